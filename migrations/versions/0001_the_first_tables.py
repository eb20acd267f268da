"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    op.create_table(
        "portal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("duplicates", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal")),
        sa.UniqueConstraint("key", name=op.f("uq_portal_key")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_fs_uniquifier")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_audit_entry_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "number", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "connection",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attention", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("organization_key", sa.Text(), nullable=False),
        sa.Column("organization_name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("organizations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("credentials", sa.Text(), nullable=False),
        sa.Column("credentials_version", sa.Integer(), nullable=False),
        sa.Column("connected_by", sa.Uuid(), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("push_wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("census", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("census_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("census_finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacts_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("poll_seconds", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("calls", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bulk_paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connected_by"], ["user.id"], name=op.f("fk_connection_connected_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_connection_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_connection")),
    )
    op.create_index(
        "ix_connection_due",
        "connection",
        ["next_look_at"],
        unique=False,
        postgresql_where=sa.text("state = 'connected'"),
    )
    op.create_index("uq_connection_id", "connection", ["id"], unique=True)
    op.create_index(
        "uq_connection_organization",
        "connection",
        ["portal_id", "organization_key"],
        unique=True,
        postgresql_where=sa.text("organization_key <> '' AND state <> 'disconnected'"),
    )
    op.create_table(
        "customer",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column(
            "billing_address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_customer_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_customer")),
    )
    op.create_index("ix_customer_name_key", "customer", ["portal_id", "name_key"], unique=False)
    op.create_index(
        "ix_customer_search",
        "customer",
        ["portal_id", "search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_index("ix_customer_sort", "customer", ["portal_id", "sort_key", "id"], unique=False)
    op.create_table(
        "history_entry",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_history_entry_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_history_entry")),
    )
    op.create_index(op.f("ix_history_entry_customer_id"), "history_entry", ["customer_id"], unique=False)
    op.create_index(
        "ix_history_record", "history_entry", ["portal_id", "kind", "record_id", "id"], unique=False
    )
    op.create_table(
        "profile",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_profile_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_profile")),
        sa.UniqueConstraint("portal_id", "name", name=op.f("uq_profile_portal_id_name")),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stay", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_seen_at"), "session", ["seen_at"], unique=False)
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"], unique=False)
    op.create_table(
        "connect_attempt",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_digest", sa.Text(), nullable=False),
        sa.Column("state_digest", sa.Text(), nullable=False),
        sa.Column("grant", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_connect_attempt_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_connect_attempt_portal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_connect_attempt_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_connect_attempt")),
        sa.UniqueConstraint("state_digest", name=op.f("uq_connect_attempt_state_digest")),
    )
    op.create_table(
        "contact",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("salutation", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("designation", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id", "customer_id"],
            ["customer.portal_id", "customer.id"],
            name=op.f("fk_contact_portal_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_contact_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_customer", "contact", ["portal_id", "customer_id"], unique=False)
    op.create_index(
        "uq_contact_primary",
        "contact",
        ["portal_id", "customer_id"],
        unique=True,
        postgresql_where=sa.text('"primary" AND deleted_at IS NULL'),
    )
    op.create_table(
        "intent",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("our_id", sa.Uuid(), nullable=False),
        sa.Column("their_customer_id", sa.Text(), nullable=False),
        sa.Column("sent", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("existing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("found", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("our_version", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_intent_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_intent_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_intent")),
    )
    op.create_index(
        "uq_intent_open",
        "intent",
        ["portal_id", "connection_id", "kind", "our_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "link",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("our_id", sa.Uuid(), nullable=False),
        sa.Column("their_id", sa.Text(), nullable=False),
        sa.Column("agreed_ours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agreed_theirs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agreed_our_version", sa.Integer(), nullable=False),
        sa.Column("agreed_their_version", sa.Text(), nullable=True),
        sa.Column("looked_our_version", sa.Integer(), nullable=False),
        sa.Column("looked_their_version", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_link_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_link_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "connection_id", "kind", "our_id", name=op.f("pk_link")),
    )
    op.create_index("ix_link_ours", "link", ["portal_id", "kind", "our_id"], unique=False)
    op.create_index("uq_link_theirs", "link", ["portal_id", "connection_id", "kind", "their_id"], unique=True)
    op.create_table(
        "membership",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "profile_id"],
            ["profile.portal_id", "profile.id"],
            name=op.f("fk_membership_portal_id_profile_id"),
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_membership_portal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_membership_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_membership")),
        sa.UniqueConstraint("portal_id", "user_id", name=op.f("uq_membership_portal_id_user_id")),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False)
    op.create_table(
        "mirror_contact",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("their_id", sa.Text(), nullable=False),
        sa.Column("their_customer_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("salutation", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("designation", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("primary", sa.Boolean(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("census", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_mirror_contact_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_mirror_contact_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "connection_id", "their_id", name=op.f("pk_mirror_contact")),
    )
    op.create_index(
        "ix_mirror_contact_customer",
        "mirror_contact",
        ["portal_id", "connection_id", "their_customer_id"],
        unique=False,
    )
    op.create_table(
        "mirror_customer",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("their_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column(
            "billing_address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("has_transactions", sa.Boolean(), nullable=True),
        sa.Column("primary_name", sa.Text(), nullable=False),
        sa.Column("primary_email", sa.Text(), nullable=False),
        sa.Column("primary_phone", sa.Text(), nullable=False),
        sa.Column("contacts_count", sa.Integer(), nullable=True),
        sa.Column("contacts_digest", sa.Text(), nullable=True),
        sa.Column("detail_version", sa.Text(), nullable=True),
        sa.Column("created_there_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_there_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search_own", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("census", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_mirror_customer_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_mirror_customer_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "connection_id", "their_id", name=op.f("pk_mirror_customer")),
    )
    op.create_index(
        "ix_mirror_customer_name_key",
        "mirror_customer",
        ["portal_id", "connection_id", "name_key"],
        unique=False,
    )
    op.create_index(
        "ix_mirror_customer_search",
        "mirror_customer",
        ["portal_id", "search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_mirror_customer_sort",
        "mirror_customer",
        ["portal_id", "connection_id", "sort_key", "their_id"],
        unique=False,
    )
    op.create_index(
        "ix_mirror_customer_unread",
        "mirror_customer",
        ["portal_id", "connection_id", "their_id"],
        unique=False,
        postgresql_where=sa.text("contacts_digest IS NULL AND gone_at IS NULL"),
    )
    op.create_table(
        "run",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("selection", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unattended", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("current_name", sa.Text(), nullable=False),
        sa.Column("pause", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id", "connection_id"],
            ["connection.portal_id", "connection.id"],
            name=op.f("fk_run_portal_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_run_portal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["user.id"], name=op.f("fk_run_started_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("portal_id", "id", name=op.f("pk_run")),
        sa.UniqueConstraint("portal_id", "number", name=op.f("uq_run_portal_id_number")),
    )
    op.create_index(
        "ix_run_due",
        "run",
        ["connection_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index("ix_run_list", "run", ["portal_id", "created_at"], unique=False)
    op.create_index(
        "uq_run_draft",
        "run",
        ["portal_id", "connection_id", "started_by"],
        unique=True,
        postgresql_where=sa.text("kind = 'import' AND state = 'draft'"),
    )
    op.create_table(
        "run_item",
        sa.Column("portal_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("their_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("our_id", sa.Uuid(), nullable=True),
        sa.Column("seen_theirs", sa.Text(), nullable=False),
        sa.Column("seen_contacts", sa.Text(), nullable=True),
        sa.Column("seen_ours", sa.Text(), nullable=False),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("namesakes", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("twins", sa.Integer(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id", "run_id"],
            ["run.portal_id", "run.id"],
            name=op.f("fk_run_item_portal_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_run_item_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portal_id", "run_id", "position", name=op.f("pk_run_item")),
        sa.UniqueConstraint(
            "portal_id", "run_id", "their_id", name=op.f("uq_run_item_portal_id_run_id_their_id")
        ),
    )
    op.create_index(
        "ix_run_item_state",
        "run_item",
        ["portal_id", "run_id", "state", "position"],
        unique=False,
        postgresql_include=["action", "contacts"],
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index("ix_run_item_state", table_name="run_item", postgresql_include=["action", "contacts"])
    op.drop_table("run_item")
    op.drop_index(
        "uq_run_draft", table_name="run", postgresql_where=sa.text("kind = 'import' AND state = 'draft'")
    )
    op.drop_index("ix_run_list", table_name="run")
    op.drop_index("ix_run_due", table_name="run", postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.drop_table("run")
    op.drop_index(
        "ix_mirror_customer_unread",
        table_name="mirror_customer",
        postgresql_where=sa.text("contacts_digest IS NULL AND gone_at IS NULL"),
    )
    op.drop_index("ix_mirror_customer_sort", table_name="mirror_customer")
    op.drop_index(
        "ix_mirror_customer_search",
        table_name="mirror_customer",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix_mirror_customer_name_key", table_name="mirror_customer")
    op.drop_table("mirror_customer")
    op.drop_index("ix_mirror_contact_customer", table_name="mirror_contact")
    op.drop_table("mirror_contact")
    op.drop_index(op.f("ix_membership_user_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index("uq_link_theirs", table_name="link")
    op.drop_index("ix_link_ours", table_name="link")
    op.drop_table("link")
    op.drop_index("uq_intent_open", table_name="intent", postgresql_where=sa.text("state <> 'done'"))
    op.drop_table("intent")
    op.drop_index(
        "uq_contact_primary",
        table_name="contact",
        postgresql_where=sa.text('"primary" AND deleted_at IS NULL'),
    )
    op.drop_index("ix_contact_customer", table_name="contact")
    op.drop_table("contact")
    op.drop_table("connect_attempt")
    op.drop_index(op.f("ix_session_user_id"), table_name="session")
    op.drop_index(op.f("ix_session_seen_at"), table_name="session")
    op.drop_table("session")
    op.drop_table("profile")
    op.drop_index("ix_history_record", table_name="history_entry")
    op.drop_index(op.f("ix_history_entry_customer_id"), table_name="history_entry")
    op.drop_table("history_entry")
    op.drop_index("ix_customer_sort", table_name="customer")
    op.drop_index(
        "ix_customer_search",
        table_name="customer",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix_customer_name_key", table_name="customer")
    op.drop_table("customer")
    op.drop_index(
        "uq_connection_organization",
        table_name="connection",
        postgresql_where=sa.text("organization_key <> '' AND state <> 'disconnected'"),
    )
    op.drop_index("uq_connection_id", table_name="connection")
    op.drop_index(
        "ix_connection_due", table_name="connection", postgresql_where=sa.text("state = 'connected'")
    )
    op.drop_table("connection")
    op.drop_table("audit_entry")
    op.drop_table("user")
    op.drop_table("portal")
