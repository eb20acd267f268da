"""Know which wish a poll answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column(
        "connection",
        sa.Column(
            "poll", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")
        ),
    )
    op.alter_column("connection", "poll", server_default=None)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_column("connection", "poll")
