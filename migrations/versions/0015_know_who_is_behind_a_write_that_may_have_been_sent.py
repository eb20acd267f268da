"""Know who is behind a write that may have been sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision; of what is open already nobody is known but the provider."""
    for name in ("actor", "auditor"):
        op.add_column("intent", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.execute("SELECT set_config('tandem.portal', '*', true)")
    op.execute("UPDATE intent SET actor = 'provider:' || connection_id, auditor = 'portal'")
    for name in ("actor", "auditor"):
        op.alter_column("intent", name, server_default=None)


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("intent", "auditor")
    op.drop_column("intent", "actor")
