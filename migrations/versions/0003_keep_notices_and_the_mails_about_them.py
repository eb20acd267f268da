"""Keep notices and the mails about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "login_mail",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_login_mail_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "about", name=op.f("pk_login_mail")),
    )
    op.create_index(
        "ix_login_mail_due",
        "login_mail",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "notice",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_notice_portal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "portal_id", "kind", "subject_id", name=op.f("uq_notice_portal_id_kind_subject_id")
        ),
    )
    op.create_index("ix_notice_told", "notice", ["portal_id", "told_at"], unique=False)
    op.create_table(
        "notice_mute",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_notice_mute_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", "way", name=op.f("pk_notice_mute")),
    )
    op.create_table(
        "notice_mail",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "notice_id"],
            ["notice.portal_id", "notice.id"],
            name=op.f("fk_notice_mail_portal_id_notice_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_notice_mail_portal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_notice_mail_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "notice_id", "user_id", name=op.f("pk_notice_mail")),
    )
    op.create_index(
        "ix_notice_mail_due",
        "notice_mail",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "notice_reading",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "notice_id"],
            ["notice.portal_id", "notice.id"],
            name=op.f("fk_notice_reading_portal_id_notice_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_notice_reading_portal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_notice_reading_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "user_id", "notice_id", name=op.f("pk_notice_reading")),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("notice_reading")
    op.drop_index(
        "ix_notice_mail_due", table_name="notice_mail", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_table("notice_mail")
    op.drop_table("notice_mute")
    op.drop_index("ix_notice_told", table_name="notice")
    op.drop_table("notice")
    op.drop_index(
        "ix_login_mail_due", table_name="login_mail", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_table("login_mail")
