"""What is kept of each organization's call budget, for a Valkey that was wiped: in the connections to it."""

from __future__ import annotations

from sqlalchemy import select, update

from webapp.budget import BudgetState
from webapp.extensions import db
from webapp.store.connections import Connection
from webapp.walls import across_portals


class RememberedCalls:
    """The memory of the call budget. Each of its acts is a transaction of its own."""

    @across_portals()
    def load(self, key: str) -> BudgetState | None:
        """Return what was last kept for an organization."""
        with db.engine.connect() as side:
            kept = side.scalars(select(Connection.calls).where(Connection.organization_key == key)).all()
        return next((BudgetState.from_mapping(calls) for calls in kept if calls), None)

    @across_portals()
    def keep(self, key: str, state: BudgetState) -> None:
        """Keep it with every connection to the organization, whichever portal it belongs to."""
        with db.engine.begin() as side:
            side.execute(
                update(Connection).where(Connection.organization_key == key).values(calls=state.to_mapping())
            )
