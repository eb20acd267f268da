"""Keep in step both ways.

Every customer linked before is looked at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FILLED = {
    "connection": ("rule", "held", "brakes"),
    "link": ("looked_ours", "looked_theirs", "edited_here", "brake"),
    "run": ("cause",),
}
"""The columns that get a value in rows that were there before."""


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "conflict",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("our_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("their_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("their_customer_id", sa.Text(), nullable=False),
        sa.Column("ours", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("theirs", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("agreed_ours", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("agreed_theirs", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("ours_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ours_by", sa.Text(), nullable=False),
        sa.Column("theirs_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_conflict_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_conflict_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "portal_id", "connection_id", "kind", "our_id", "field", name=op.f("pk_conflict")
        ),
    )
    op.create_index(
        "ix_conflict_customer", "conflict", ["portal_id", "connection_id", "customer_id"], unique=False
    )
    op.create_index("ix_conflict_list", "conflict", ["portal_id", "found_at"], unique=False)
    op.create_table(
        "problem",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("our_id", sa.Uuid(), nullable=True),
        sa.Column("their_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("their_customer_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("survivors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_problem_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_problem_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_problem")),
    )
    op.create_index(
        "ix_problem_customer", "problem", ["portal_id", "connection_id", "customer_id"], unique=False
    )
    op.create_index("ix_problem_list", "problem", ["portal_id", "found_at"], unique=False)
    op.create_index(
        "uq_problem",
        "problem",
        ["portal_id", "connection_id", "kind", "our_id", "their_id", "question"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "webhook",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("arrivals", sa.Integer(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user.id"], name=op.f("fk_webhook_made_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_webhook_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_webhook_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "connection_id", name=op.f("pk_webhook")),
    )
    op.create_index("uq_webhook_token", "webhook", ["token_digest"], unique=True)
    op.add_column("connection", sa.Column("rule", sa.Text(), nullable=False, server_default=sa.text("'ask'")))
    op.add_column(
        "connection",
        sa.Column(
            "held", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")
        ),
    )
    op.add_column(
        "connection",
        sa.Column(
            "brakes", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'[]'")
        ),
    )
    op.add_column("connection", sa.Column("sync_paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connection", sa.Column("sync_paused_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_connection_sync_paused_by"),
        "connection",
        "user",
        ["sync_paused_by"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_contact_binned",
        "contact",
        ["portal_id", "deleted_at"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.add_column("customer", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_customer_binned",
        "customer",
        ["portal_id", "deleted_at"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.add_column("link", sa.Column("looked_ours", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("link", sa.Column("looked_theirs", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("link", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "link", sa.Column("edited_here", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.add_column("link", sa.Column("brake", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_index(
        "ix_link_braked",
        "link",
        ["portal_id", "connection_id", "brake"],
        unique=False,
        postgresql_where=sa.text("brake <> ''"),
    )
    op.create_index(
        "ix_link_due",
        "link",
        ["portal_id", "connection_id", "edited_here", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_column("link", "looked_their_version")
    op.drop_column("link", "looked_our_version")
    op.add_column("run", sa.Column("cause", sa.Text(), nullable=False, server_default=sa.text("''")))
    for table, columns in FILLED.items():
        for column in columns:
            op.alter_column(table, column, server_default=None)
    op.execute("UPDATE link SET due_at = now() WHERE kind = 'customer'")


def downgrade() -> None:
    """Go back to the revision before."""
    marks = ("customer_update", "contact_insert", "contact_update", "mirror_customer_update", "link_delete")
    for function in marks:
        op.execute(f"DROP FUNCTION IF EXISTS touched_{function}() CASCADE")
    op.drop_column("run", "cause")
    op.add_column("link", sa.Column("looked_our_version", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("link", "looked_our_version", server_default=None)
    op.add_column("link", sa.Column("looked_their_version", sa.Text(), nullable=True))
    for index in ("ix_link_due", "ix_link_braked"):
        op.drop_index(index, table_name="link")
    for column in ("brake", "edited_here", "due_at", "looked_theirs", "looked_ours"):
        op.drop_column("link", column)
    op.drop_index("ix_customer_binned", table_name="customer")
    op.drop_column("customer", "merged_into")
    op.drop_index("ix_contact_binned", table_name="contact")
    for column in ("sync_paused_by", "sync_paused_at", "brakes", "held", "rule"):
        op.drop_column("connection", column)
    for table in ("webhook", "problem", "conflict"):
        op.drop_table(table)
