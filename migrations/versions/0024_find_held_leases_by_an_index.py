"""Find the leases that are held by an index: few are, however many connections there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_index(
        "ix_connection_held",
        "connection",
        ["lease_holder"],
        unique=False,
        postgresql_where=sa.text("lease_holder <> ''"),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index("ix_connection_held", table_name="connection")
