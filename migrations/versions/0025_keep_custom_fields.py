"""Keep the custom fields of customers on both sides, and what a connection shares of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = ("connection", "customer", "mirror_customer")


def upgrade() -> None:
    """Go to this revision."""
    for table in TABLES:
        column = sa.Column(
            "custom_fields", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")
        )
        op.add_column(table, column)


def downgrade() -> None:
    """Go back to the one before."""
    for table in reversed(TABLES):
        op.drop_column(table, "custom_fields")
