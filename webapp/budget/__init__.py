"""The shared call budget: how many calls all workers together make to one remote organization.

- ``state``    what is known of one organization's budget, and what the portal remembers of it
- ``script``   the rules, as one Lua script that Valkey runs on its own clock
- ``limiter``  ``Budget``: asking for a call, telling what the provider said
"""

from webapp.budget.limiter import Budget, BudgetSpent, Clock, Permit
from webapp.budget.state import BudgetMemory, BudgetState, Limits, NoMemory

__all__ = ["Budget", "BudgetMemory", "BudgetSpent", "BudgetState", "Clock", "Limits", "NoMemory", "Permit"]
