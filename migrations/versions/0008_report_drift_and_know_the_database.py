"""Report drift, and know the database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DATABASE = """
    CREATE FUNCTION database_identity() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog
    AS $$
    DECLARE
        here text := (SELECT oid FROM pg_database WHERE datname = current_database())
                     || '.' || 'public.connection'::regclass::oid;
    BEGIN
        RETURN (SELECT system_identifier FROM pg_control_system())
               || '.' || (SELECT timeline_id FROM pg_control_checkpoint()) || '.' || here;
    EXCEPTION WHEN insufficient_privilege THEN
        RETURN here;
    END $$
"""
"""Names this database unlike every copy of it: cluster, timeline, database and table."""


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "drift_item",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("their_customer_id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("our_id", sa.Uuid(), nullable=True),
        sa.Column("their_id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("ours", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("theirs", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("agreed_ours", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("agreed_theirs", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_drift_item_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_drift_item_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "connection_id", "position", name=op.f("pk_drift_item")),
    )
    op.create_index(
        "ix_drift_item_reason",
        "drift_item",
        ["portal_id", "connection_id", "reason", "position"],
        unique=False,
    )
    op.create_table(
        "drift_report",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user.id"], name=op.f("fk_drift_report_made_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_drift_report_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_drift_report_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "connection_id", name=op.f("pk_drift_report")),
    )
    op.add_column("connection", sa.Column("database", sa.Text(), nullable=False, server_default=""))
    op.alter_column("connection", "database", server_default=None)
    op.execute(DATABASE)
    op.create_index(
        "ix_history_run",
        "history_entry",
        ["portal_id", "run_id", "id"],
        unique=False,
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.create_index(
        "ix_run_passes",
        "run",
        ["portal_id", "connection_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("kind = 'sync'"),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.execute("DROP FUNCTION database_identity()")
    op.drop_index("ix_run_passes", table_name="run", postgresql_where=sa.text("kind = 'sync'"))
    op.drop_index(
        "ix_history_run", table_name="history_entry", postgresql_where=sa.text("run_id IS NOT NULL")
    )
    op.drop_column("connection", "database")
    op.drop_table("drift_report")
    op.drop_index("ix_drift_item_reason", table_name="drift_item")
    op.drop_table("drift_item")
