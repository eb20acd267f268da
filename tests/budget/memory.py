"""A budget memory that keeps in memory."""

from dataclasses import dataclass, field

from webapp.budget import BudgetState


@dataclass
class KeptBudgets:
    """Keeps states by key; `loads` counts how often it was asked."""

    states: dict[str, BudgetState] = field(default_factory=dict)
    loads: int = 0

    def load(self, key: str) -> BudgetState | None:
        self.loads += 1
        return self.states.get(key)

    def keep(self, key: str, state: BudgetState) -> None:
        self.states[key] = state
