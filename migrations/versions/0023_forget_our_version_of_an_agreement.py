"""Forget at which version here a link was agreed on: what each side held says it all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.drop_column("intent", "our_version")
    op.drop_column("link", "agreed_our_version")


def downgrade() -> None:
    """Go back to the one before."""
    for table, column in (("link", "agreed_our_version"), ("intent", "our_version")):
        op.add_column(table, sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
        op.alter_column(table, column, server_default=None)
