"""Let clients in, and erase people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go to this revision; what was disconnected before counts from now on."""
    op.create_table(
        "client_user",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME, nullable=True),
        _portal("client_user"),
        _contact("client_user"),
        _user("client_user", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("portal_id", "contact_id", name=op.f("pk_client_user")),
    )
    op.create_index(op.f("ix_client_user_user_id"), "client_user", ["user_id"], unique=False)
    op.create_table(
        "erased_contact",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("their_id", sa.String(), nullable=False),
        sa.Column("their_customer_id", sa.Text(), nullable=False),
        sa.Column("erased_at", TIME, nullable=False),
        _portal("erased_contact"),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_erased_contact_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("portal_id", "connection_id", "their_id", name=op.f("pk_erased_contact")),
    )
    op.create_index(
        "ix_erased_contact_customer",
        "erased_contact",
        ["portal_id", "connection_id", "their_customer_id"],
        unique=False,
    )
    op.create_table(
        "erasure_wanted",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("wanted_by", sa.Uuid(), nullable=True),
        sa.Column("wanted_at", TIME, nullable=False),
        _portal("erasure_wanted"),
        _contact("erasure_wanted"),
        _user("erasure_wanted", "wanted_by", "SET NULL"),
        sa.PrimaryKeyConstraint("portal_id", "contact_id", name=op.f("pk_erasure_wanted")),
    )
    op.create_table(
        "portal_deletion",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        _portal("portal_deletion"),
        _user("portal_deletion", "asked_by", "SET NULL"),
        sa.PrimaryKeyConstraint("portal_id", name=op.f("pk_portal_deletion")),
    )
    op.add_column("audit_entry", sa.Column("erased_by", sa.BigInteger(), nullable=True))
    op.add_column("connection", sa.Column("disconnected_at", TIME, nullable=True))
    op.execute("SELECT set_config('tandem.portal', '*', true)")
    op.execute("UPDATE connection SET disconnected_at = now() WHERE state = 'disconnected'")


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("connection", "disconnected_at")
    op.execute("DROP FUNCTION IF EXISTS erase_audit(bigint)")
    op.drop_column("audit_entry", "erased_by")
    op.execute("DROP FUNCTION IF EXISTS delete_due_portal(uuid)")
    for table in ("portal_deletion", "erasure_wanted", "erased_contact", "client_user"):
        op.drop_table(table)
    op.execute("DROP FUNCTION IF EXISTS note_portal_deletion()")


def _portal(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["portal_id"], ["portal.id"], name=op.f(f"fk_{table}_portal_id"), ondelete="CASCADE"
    )


def _contact(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["portal_id", "contact_id"],
        ["contact.portal_id", "contact.id"],
        name=op.f(f"fk_{table}_portal_id_contact_id"),
        ondelete="CASCADE",
    )


def _user(table: str, column: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["user.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )
