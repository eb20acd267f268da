"""Name an organization of Zoho the same whichever product it is connected through."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.execute("SELECT set_config('tandem.portal', '*', true)")
    op.execute(
        "UPDATE connection SET organization_key = 'zoho:' || organization_id "
        "WHERE provider = 'books' AND organization_key = 'books:' || organization_id"
    )


def downgrade() -> None:
    """Go back to the one before, which knew of Books alone."""
    op.execute("SELECT set_config('tandem.portal', '*', true)")
    op.execute(
        "UPDATE connection SET organization_key = 'books:' || organization_id "
        "WHERE provider = 'books' AND organization_key = 'zoho:' || organization_id"
    )
