"""Ask for a second factor, and find in the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("user", sa.Column("two_factor_at", sa.DateTime(timezone=True), nullable=True))
    required = sa.Column("two_factor_required", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("portal", required)
    op.create_table(
        "two_factor",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_two_factor_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_two_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_recovery_code")),
    )
    for column in ("actor", "action", "subject", "at"):
        op.create_index(f"ix_audit_{column}", "audit_entry", ["portal_id", column, "number"])


def downgrade() -> None:
    """Go back to the one before."""
    for column in ("at", "subject", "action", "actor"):
        op.drop_index(f"ix_audit_{column}", table_name="audit_entry")
    op.drop_table("recovery_code")
    op.drop_table("two_factor")
    op.drop_column("portal", "two_factor_required")
    op.drop_column("user", "two_factor_at")
