"""Undo imports, choose field by field, remember what is never to be imported, and tell what is alike."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.sync.alike import keys, traits

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_PEOPLE = sa.text("""
    SELECT c.portal_id, c.id, ARRAY[c.name, c.company_name] AS names, p.emails, p.phones
      FROM customer c LEFT JOIN LATERAL (
          SELECT coalesce(array_agg(email), '{}') AS emails,
                 coalesce(array_agg(phone) || array_agg(mobile), '{}') AS phones
            FROM contact WHERE portal_id = c.portal_id AND customer_id = c.id AND deleted_at IS NULL
      ) AS p ON true
     WHERE (c.portal_id, c.id) > (:portal, :id) ORDER BY c.portal_id, c.id LIMIT 1000
""").bindparams(sa.bindparam("portal", type_=sa.Uuid()), sa.bindparam("id", type_=sa.Uuid()))
_FILLED = sa.text("UPDATE customer SET alike = :keys WHERE portal_id = :portal AND id = :id").bindparams(
    sa.bindparam("portal", type_=sa.Uuid()),
    sa.bindparam("id", type_=sa.Uuid()),
    sa.bindparam("keys", type_=postgresql.ARRAY(sa.BigInteger())),
)


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("run", sa.Column("undoes", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_run_undoes", "run", ["portal_id", "undoes"], postgresql_where=sa.text("undoes IS NOT NULL")
    )
    op.add_column("run_item", sa.Column("basis", sa.Text(), nullable=False, server_default=""))
    choices = sa.Column("choices", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("run_item", choices)
    op.add_column("run_item", sa.Column("before", postgresql.JSONB(), nullable=True))
    op.add_column(
        "customer",
        sa.Column("alike", postgresql.ARRAY(sa.BigInteger()), nullable=False, server_default=sa.text("'{}'")),
    )
    _fill_alike()
    op.create_index(
        "ix_customer_alike",
        "customer",
        ["portal_id", "alike"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    _marks("never_import", [])
    _marks("kept_apart", [sa.Column("our_id", sa.Uuid(), nullable=False)])
    op.create_foreign_key(
        None, "kept_apart", "customer", ["portal_id", "our_id"], ["portal_id", "id"], ondelete="CASCADE"
    )
    op.create_index("ix_kept_apart_ours", "kept_apart", ["portal_id", "our_id"])


def downgrade() -> None:
    """Go back to the one before."""
    op.execute("DROP FUNCTION IF EXISTS customers_alike(uuid, jsonb, int)")
    op.drop_table("kept_apart")
    op.drop_table("never_import")
    op.drop_index("ix_customer_alike", table_name="customer")
    op.drop_column("customer", "alike")
    for column in ("before", "choices", "basis"):
        op.drop_column("run_item", column)
    op.drop_index("ix_run_undoes", table_name="run")
    op.drop_column("run", "undoes")


def _fill_alike() -> None:
    """Give the customers there are the keys by which others that may be the same are found."""
    # All portals' rows are to be filled in; the wall stands already, and for the owner too.
    op.execute("SELECT set_config('tandem.portal', '*', true)")
    connection, after = op.get_bind(), (uuid.UUID(int=0), uuid.UUID(int=0))
    while rows := connection.execute(_PEOPLE, {"portal": after[0], "id": after[1]}).all():
        filled = [
            {"portal": row.portal_id, "id": row.id, "keys": keys(traits(row.names, row.emails, row.phones))}
            for row in rows
        ]
        connection.execute(_FILLED, filled)
        after = rows[-1].portal_id, rows[-1].id


def _marks(name: str, more: list[sa.Column[object]]) -> None:
    op.create_table(
        name,
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("their_id", sa.Text(), nullable=False),
        *more,
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["portal_id"], ["portal.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["marked_by"], ["user.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint(
            "portal_id", "connection_id", "their_id", *(str(column.name) for column in more)
        ),
    )
