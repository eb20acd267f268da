"""Know of each customer where it stands beside the other side."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

HERE, THERE = sa.text("deleted_at IS NULL"), sa.text("gone_at IS NULL")
CHANGED = sa.literal_column("modified_there_at DESC NULLS LAST")
PEOPLE = sa.literal_column("contacts_count DESC NULLS LAST")
LISTED = ["active", "linked", "run_id"]


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("customer", sa.Column("linked", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("mirror_customer", sa.Column("known_by", sa.Text(), nullable=False, server_default=""))
    # All portals' rows are to be filled in; the wall stands already, and for the owner too.
    op.execute("SELECT set_config('tandem.portal', '*', true)")
    op.execute("""
        UPDATE customer SET linked = true
         WHERE EXISTS (SELECT FROM link WHERE link.portal_id = customer.portal_id
                          AND link.kind = 'customer' AND link.our_id = customer.id)
    """)
    op.execute("""
        UPDATE mirror_customer their SET known_by = 'name'
         WHERE EXISTS (SELECT FROM customer WHERE customer.portal_id = their.portal_id
                          AND customer.name_key = their.name_key AND customer.deleted_at IS NULL)
    """)
    op.execute("""
        UPDATE mirror_customer their SET known_by = 'link'
         WHERE EXISTS (SELECT FROM link WHERE link.portal_id = their.portal_id
                          AND link.connection_id = their.connection_id
                          AND link.kind = 'customer' AND link.their_id = their.their_id)
    """)
    _drop_indexes()
    for name, columns in (("sort", ["sort_key", "id"]), ("newest", ["created_at", "id"])):
        _customer_index(name, ["portal_id", *columns], LISTED)
    _customer_index("changed", ["portal_id", "updated_at", "id"], LISTED)
    _customer_index("listed", ["portal_id", *LISTED])
    for name, order in (
        ("sort", ["sort_key", "their_id"]),
        ("changed", [CHANGED, "their_id"]),
        ("people", [PEOPLE, "sort_key", "their_id"]),
    ):
        _mirror_index(name, order, ["active", "known_by"])
    _mirror_index("live", ["active", "known_by"])


def downgrade() -> None:
    """Go back to the one before."""
    for table in ("link", "customer", "mirror_customer"):
        for act in ("insert", "update", "delete"):
            op.execute(f"DROP FUNCTION IF EXISTS standing_{table}_{act}() CASCADE")
    op.drop_index("ix_customer_newest", table_name="customer")
    op.drop_index("ix_customer_changed", table_name="customer")
    op.drop_index("ix_mirror_customer_people", table_name="mirror_customer")
    _drop_indexes()
    op.drop_column("mirror_customer", "known_by")
    op.drop_column("customer", "linked")
    _customer_index("sort", ["portal_id", "sort_key", "id"], ["active"])
    _customer_index("listed", ["portal_id", "active", "run_id", "id"])
    _mirror_index("sort", ["sort_key", "their_id"], ["active"])
    _mirror_index("changed", [CHANGED, "their_id"])
    _mirror_index("live", ["active", "their_id"])


def _drop_indexes() -> None:
    for name in ("sort", "listed"):
        op.drop_index(f"ix_customer_{name}", table_name="customer")
    for name in ("sort", "changed", "live"):
        op.drop_index(f"ix_mirror_customer_{name}", table_name="mirror_customer")


def _customer_index(name: str, columns: list[str], include: list[str] | None = None) -> None:
    op.create_index(
        f"ix_customer_{name}", "customer", columns, postgresql_include=include, postgresql_where=HERE
    )


def _mirror_index(
    name: str, order: list[str | sa.ColumnElement[object]], include: list[str] | None = None
) -> None:
    op.create_index(
        f"ix_mirror_customer_{name}",
        "mirror_customer",
        ["portal_id", "connection_id", *order],
        postgresql_include=include,
        postgresql_where=THERE,
    )
