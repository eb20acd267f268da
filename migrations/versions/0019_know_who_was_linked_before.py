"""Find by its id there what became of a customer in earlier imports."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    _order("run_id_their_id", "their_id_run_id")


def downgrade() -> None:
    """Go back to the one before."""
    _order("their_id_run_id", "run_id_their_id")


def _order(before: str, after: str) -> None:
    columns = [
        "portal_id",
        *(["their_id", "run_id"] if after.startswith("their") else ["run_id", "their_id"]),
    ]
    op.drop_constraint(f"uq_run_item_portal_id_{before}", "run_item", type_="unique")
    op.create_unique_constraint(f"uq_run_item_portal_id_{after}", "run_item", columns)
