"""Read in full what somebody opens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("mirror_customer", sa.Column("detail_wanted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_mirror_customer_wanted",
        "mirror_customer",
        ["portal_id", "connection_id", "their_id"],
        unique=False,
        postgresql_where=sa.text("detail_wanted_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index(
        "ix_mirror_customer_wanted",
        table_name="mirror_customer",
        postgresql_where=sa.text("detail_wanted_at IS NOT NULL"),
    )
    op.drop_column("mirror_customer", "detail_wanted_at")
