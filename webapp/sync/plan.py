"""The plan of an import, and of a sync: what brings one customer and its contacts to agreement."""

from __future__ import annotations

from typing import Literal

from webapp.sdk.directory import CustomerDetail
from webapp.sdk.provider import Capabilities
from webapp.sync.merge import Rule
from webapp.sync.steps import Choices, Limits, OurCustomer, Plan, TheirCustomer

Answer = Literal["create", "merge", "clone"]
"""What to do with a provider's customer: ``create`` and ``clone`` make a new one, ``merge`` takes ours."""


def plan_import(
    theirs: CustomerDetail,
    ours: OurCustomer | None,
    answer: Answer,
    *,
    choices: Choices | None = None,
    limits: Limits | None = None,
) -> Plan:
    """Plan bringing over one customer of the provider with its contacts.

    A merge that was begun before is taken up where it stands: give the links it left in ``ours``.
    """
    raise NotImplementedError


def plan_sync(
    ours: OurCustomer,
    theirs: TheirCustomer,
    *,
    rule: Rule,
    capabilities: Capabilities,
    limits: Limits | None = None,
) -> Plan:
    """Plan what brings a linked customer and its contacts to agreement again."""
    raise NotImplementedError
