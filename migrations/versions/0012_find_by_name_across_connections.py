"""Find customers there by name, and their contacts, without the connection coming first.

Two indexes that begin alike seem equally short to a planner without statistics, and it takes the wrong one.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = (("mirror_customer", "name_key", "name_key"), ("mirror_contact", "customer", "their_customer_id"))


def upgrade() -> None:
    """Go to this revision."""
    for table, name, column in INDEXES:
        op.drop_index(f"ix_{table}_{name}", table_name=table)
        op.create_index(f"ix_{table}_{name}", table, ["portal_id", column, "connection_id"])


def downgrade() -> None:
    """Go back to the one before."""
    for table, name, column in INDEXES:
        op.drop_index(f"ix_{table}_{name}", table_name=table)
        op.create_index(f"ix_{table}_{name}", table, ["portal_id", "connection_id", column])
