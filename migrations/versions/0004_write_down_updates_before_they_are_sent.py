"""Write down updates before they are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("intent", sa.Column("their_id", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "intent",
        sa.Column(
            "told", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'[]'")
        ),
    )
    op.alter_column("intent", "their_id", server_default=None)
    op.alter_column("intent", "told", server_default=None)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_column("intent", "told")
    op.drop_column("intent", "their_id")
