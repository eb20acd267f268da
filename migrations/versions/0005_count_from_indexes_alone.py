"""Count customers from indexes alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.drop_index("ix_customer_sort", table_name="customer")
    op.create_index(
        "ix_customer_sort",
        "customer",
        ["portal_id", "sort_key", "id"],
        postgresql_include=["active"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index("ix_mirror_customer_sort", table_name="mirror_customer")
    op.create_index(
        "ix_mirror_customer_sort",
        "mirror_customer",
        ["portal_id", "connection_id", "sort_key", "their_id"],
        postgresql_include=["active"],
        postgresql_where=sa.text("gone_at IS NULL"),
    )
    op.create_index(
        "ix_customer_listed",
        "customer",
        ["portal_id", "active", "run_id", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_mirror_customer_changed",
        "mirror_customer",
        ["portal_id", "connection_id", sa.literal_column("modified_there_at DESC NULLS LAST"), "their_id"],
        unique=False,
        postgresql_where=sa.text("gone_at IS NULL"),
    )
    op.create_index(
        "ix_mirror_customer_live",
        "mirror_customer",
        ["portal_id", "connection_id", "active", "their_id"],
        unique=False,
        postgresql_where=sa.text("gone_at IS NULL"),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index("ix_mirror_customer_live", table_name="mirror_customer")
    op.drop_index("ix_mirror_customer_changed", table_name="mirror_customer")
    op.drop_index("ix_customer_listed", table_name="customer")
    op.drop_index("ix_mirror_customer_sort", table_name="mirror_customer")
    op.create_index(
        "ix_mirror_customer_sort", "mirror_customer", ["portal_id", "connection_id", "sort_key", "their_id"]
    )
    op.drop_index("ix_customer_sort", table_name="customer")
    op.create_index("ix_customer_sort", "customer", ["portal_id", "sort_key", "id"])
