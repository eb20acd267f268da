"""Invite people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "invitation",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("project_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["user.id"], name=op.f("fk_invitation_accepted_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["user.id"], name=op.f("fk_invitation_invited_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["portal_id", "contact_id"],
            ["contact.portal_id", "contact.id"],
            name=op.f("fk_invitation_portal_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id", "profile_id"],
            ["profile.portal_id", "profile.id"],
            name=op.f("fk_invitation_portal_id_profile_id"),
            ondelete="SET NULL (profile_id)",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_invitation_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_invitation")),
    )
    op.create_index(
        "uq_invitation_client",
        "invitation",
        ["portal_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'client' AND accepted_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index(
        "uq_invitation_member",
        "invitation",
        ["portal_id", sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("kind = 'member' AND accepted_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index("uq_invitation_token", "invitation", ["token_digest"], unique=True)
    op.create_table(
        "invitation_mail",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "invitation_id"],
            ["invitation.portal_id", "invitation.id"],
            name=op.f("fk_invitation_mail_portal_id_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_invitation_mail_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "invitation_id", name=op.f("pk_invitation_mail")),
    )
    op.create_index(
        "ix_invitation_mail_due",
        "invitation_mail",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index(
        "ix_invitation_mail_due", table_name="invitation_mail", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_table("invitation_mail")
    op.drop_index("uq_invitation_token", table_name="invitation")
    op.drop_index(
        "uq_invitation_member",
        table_name="invitation",
        postgresql_where=sa.text("kind = 'member' AND accepted_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.drop_index(
        "uq_invitation_client",
        table_name="invitation",
        postgresql_where=sa.text("kind = 'client' AND accepted_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.drop_table("invitation")
