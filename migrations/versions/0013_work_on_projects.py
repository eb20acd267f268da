"""Work on projects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "project",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_project_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_project_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_project")),
        sa.UniqueConstraint("portal_id", "key", name=op.f("uq_project_portal_id_key")),
    )
    op.create_index("ix_project_sort", "project", ["portal_id", "sort_key", "id"], unique=False)
    op.create_table(
        "project_customer",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "customer_id"],
            ["customer.portal_id", "customer.id"],
            name=op.f("fk_project_customer_portal_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id", "project_id"],
            ["project.portal_id", "project.id"],
            name=op.f("fk_project_customer_portal_id_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_project_customer_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "project_id", "customer_id", name=op.f("pk_project_customer")),
    )
    op.create_index(
        "ix_project_customer", "project_customer", ["portal_id", "customer_id", "project_id"], unique=False
    )
    op.execute("""
        ALTER TABLE project_customer ADD CONSTRAINT uq_project_primary
            EXCLUDE USING btree (portal_id WITH =, project_id WITH =) WHERE ("primary")
            DEFERRABLE INITIALLY IMMEDIATE
    """)
    op.create_table(
        "project_member",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "project_id"],
            ["project.portal_id", "project.id"],
            name=op.f("fk_project_member_portal_id_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id", "user_id"],
            ["membership.portal_id", "membership.user_id"],
            name=op.f("fk_project_member_portal_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_project_member_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "project_id", "user_id", name=op.f("pk_project_member")),
    )
    op.create_index(
        "ix_project_member_user", "project_member", ["portal_id", "user_id", "project_id"], unique=False
    )
    op.add_column("membership", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("run", sa.Column("project_id", sa.Uuid(), nullable=True))
    op.drop_index(
        op.f("uq_run_draft"),
        table_name="run",
        postgresql_where="((kind = 'import'::text) AND (state = 'draft'::text))",
    )
    op.create_index(
        "uq_run_draft",
        "run",
        ["portal_id", "connection_id", "started_by", "project_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("kind = 'import' AND state = 'draft'"),
    )
    op.create_foreign_key(
        op.f("fk_run_portal_id_project_id"),
        "run",
        "project",
        ["portal_id", "project_id"],
        ["portal_id", "id"],
        ondelete="SET NULL (project_id)",
    )
    op.execute("SELECT set_config('tandem.portal', '*', true)")
    op.execute("""
        UPDATE profile SET permissions = array_append(permissions, 'projects')
         WHERE name IN ('Owner', 'Admin', 'Manager') AND NOT 'projects' = ANY (permissions)
    """)


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_constraint(op.f("fk_run_portal_id_project_id"), "run", type_="foreignkey")
    op.drop_index(
        "uq_run_draft",
        table_name="run",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("kind = 'import' AND state = 'draft'"),
    )
    op.create_index(
        op.f("uq_run_draft"),
        "run",
        ["portal_id", "connection_id", "started_by"],
        unique=True,
        postgresql_where="((kind = 'import'::text) AND (state = 'draft'::text))",
    )
    op.drop_column("run", "project_id")
    op.drop_column("membership", "disabled_at")
    op.drop_index("ix_project_member_user", table_name="project_member")
    op.drop_table("project_member")
    op.drop_index("ix_project_customer", table_name="project_customer")
    op.drop_table("project_customer")
    op.drop_index("ix_project_sort", table_name="project")
    op.drop_table("project")
