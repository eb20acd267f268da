"""One linked customer brought to agreement: the one step a pass repeats for every customer that is due.

    settle what may have been sent before a crash | plan | read where it would write | may it? | apply | again

It costs no call where there is nothing to write, and one reading beside the writes where there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from webapp.sdk.directory import CustomerDetail, Directory
from webapp.sdk.errors import Gone, HasTransactions, Skip
from webapp.sync.apply import apply
from webapp.sync.ledger import Done, Failure, Ledger, Outcome, Portal
from webapp.sync.plan import may_be_merged
from webapp.sync.steps import Conflict, OpenItem, OurCustomer, Plan, Ref, TheirCustomer

TRIES = 4
"""How often a customer that keeps moving is planned before it is left to the next pass."""


class Sides(Protocol):
    """Where a pass reads both sides of a linked customer, and keeps what it learns. It writes no record."""

    def ours(self, our_id: str) -> OurCustomer | None:
        """Return a customer here, from the bin if it lies there, as it is now; ``None`` without a link.

        Among the ``held`` are contacts there that are linked to one of another customer here: a merge there
        moved them, and they wait until it is decided what becomes of that customer.
        """
        ...

    def theirs(self, ours: OurCustomer) -> TheirCustomer | None:
        """Return its twin out of the mirror; ``None`` when that is too little to go by.

        ``gone`` only where the provider itself was asked and said so: not being in a list is no proof.
        ``survivors`` may be left out.
        """
        ...

    def keep(self, their_id: str, reading: CustomerDetail | None) -> None:
        """Put into the mirror what the provider just told of a customer; ``None``: that it is gone."""
        ...

    def survivors(self, ours: OurCustomer) -> tuple[str, ...] | None:
        """Return the live customers there that may have taken its twin in; ``None``: look again later."""
        ...

    def unsettled(self, their_id: str) -> bool:
        """Tell whether something may have been written to a customer there before a crash."""
        ...

    def settle(self, their_id: str, reading: CustomerDetail | None) -> None:
        """Find out by a reading what became of that (``recover``), and commit it; ``None``: it is gone."""
        ...


Status = Literal["agreed", "partly", "failed", "held", "moving", "waiting", "unlinked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What came of one customer.

    ``agreed``: nothing is left but ``conflicts`` and ``open_items``, for a person. ``partly`` and
    ``failed``: some records, or all, failed: see ``failures``. ``held``: it may not be done now, and nothing
    was. ``moving``: it was edited all the while, look again soon. ``waiting``: it cannot be told yet whether
    it was merged there, and so not either what became of writes before a crash. ``unlinked``: it is linked
    no more. ``ours`` and ``theirs`` are what ``plan`` was made of; ``done`` is everything that was written,
    in all tries.
    """

    our_id: str
    status: Status
    plan: Plan | None = None
    ours: OurCustomer | None = None
    theirs: TheirCustomer | None = None
    done: tuple[Done, ...] = ()
    failures: tuple[Failure, ...] = ()
    open_items: tuple[OpenItem, ...] = ()

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The fields that wait for a person; what is listed of this customer and not among them is over."""
        return self.plan.conflicts if self.plan else ()


Planner = Callable[[OurCustomer, TheirCustomer], Plan]
"""``plan_sync`` with its terms given."""


def agree(
    our_id: str,
    sides: Sides,
    portal: Portal,
    directory: Directory,
    ledger: Ledger,
    *,
    plan: Planner,
    may: Callable[[Plan], bool],
) -> Agreement:
    """Bring a linked customer to agreement, or say what keeps it from that.

    ``may`` is asked with the whole plan, before the provider is read and again before anything is written;
    not while a record was not seen there, since what that comes to is not known before it is read.
    ``RetryLater``, ``Fatal`` and what the ledger raises pass through, after what was done is kept.
    """
    return _Agreeing(our_id, sides, portal, directory, ledger, plan, may).run()


def foresee(our_id: str, sides: Sides, plan: Planner) -> Plan | None:
    """Return what would be planned by what is known, without a call; ``None`` where that is not enough."""
    ours = sides.ours(our_id)
    theirs = sides.theirs(ours) if ours else None
    if ours is None or theirs is None:
        return None
    if may_be_merged(ours, theirs):
        theirs = replace(theirs, survivors=sides.survivors(ours) or ())
    return plan(ours, theirs)


class _Agreeing:
    def __init__(
        self,
        our_id: str,
        sides: Sides,
        portal: Portal,
        directory: Directory,
        ledger: Ledger,
        plan: Planner,
        may: Callable[[Plan], bool],
    ) -> None:
        self._our_id = our_id
        self._sides = sides
        self._portal = portal
        self._directory = directory
        self._ledger = ledger
        self._plan = plan
        self._may = may
        self._reading: TheirCustomer | None = None
        self._done: list[Done] = []

    def run(self) -> Agreement:
        """Try until it stands still."""
        try:
            for _ in range(TRIES):
                agreement = self._try()
                if agreement.status != "moving":
                    break
        except Skip as error:
            agreement = self._unreadable(error)
        return replace(agreement, done=tuple(self._done))

    def _try(self) -> Agreement:
        ours = self._sides.ours(self._our_id)
        if ours is None or ours.link is None:
            return Agreement(our_id=self._our_id, status="unlinked")
        their_id = ours.link.their_id
        if self._reading is None and self._sides.unsettled(their_id):
            return self._try() if self._settle(ours, their_id) else self._waiting(ours, self._reading)
        theirs = self._reading or self._sides.theirs(ours)
        if theirs is None:
            self._read(their_id)
            return self._try()
        agreement = self._look(ours, theirs)
        if agreement.status == "moving" and self._reading is None and _needs_reading(agreement.theirs):
            self._read(their_id)
            return self._try()
        return self._carried_out(agreement) if agreement.status == "moving" else agreement

    def _look(self, ours: OurCustomer, theirs: TheirCustomer) -> Agreement:
        """Plan; the agreement is ``moving`` when there is something to do and it may be done."""
        theirs = _with_absent(ours, theirs) if self._reading else theirs
        if may_be_merged(ours, theirs):
            survivors = self._sides.survivors(ours)
            if survivors is None:
                return self._waiting(ours, theirs)
            theirs = replace(theirs, survivors=survivors)
        plan = self._plan(ours, theirs)
        status: Status = "agreed"
        if plan.unconfirmed and self._reading is None:
            # What a list left out may be there or not: asking writes nothing, and then the plan is another.
            status = "moving"
        elif not plan.empty or plan.unconfirmed:
            status = "moving" if self._may(plan) else "held"
        return Agreement(
            our_id=self._our_id,
            status=status,
            plan=plan,
            ours=ours,
            theirs=theirs,
            open_items=plan.open_items,
        )

    def _carried_out(self, agreement: Agreement) -> Agreement:
        if agreement.plan is None:
            return agreement
        just_read = self._reading is not None
        outcome = apply(agreement.plan, self._portal, self._directory, self._ledger, just_read=just_read)
        self._done += outcome.done
        self._learn(agreement.plan.their_id, outcome)
        # What the provider keeps for its transactions has become an open item: trying again changes nothing.
        failures = tuple(row for row in outcome.failures if not isinstance(row.error, HasTransactions))
        return replace(
            agreement,
            status=_status(outcome, failures),
            failures=failures,
            open_items=outcome.open_items,
        )

    def _learn(self, their_id: str, outcome: Outcome) -> None:
        """Take what applying has read, if it could not go on; what was read before is out of date."""
        self._reading = None
        if outcome.status == "gone":
            self._take(their_id, None)
        elif outcome.fresh:
            self._take(their_id, outcome.fresh)

    def _waiting(self, ours: OurCustomer, theirs: TheirCustomer | None) -> Agreement:
        return Agreement(our_id=self._our_id, status="waiting", ours=ours, theirs=theirs)

    def _settle(self, ours: OurCustomer, their_id: str) -> bool:
        """Find out what was sent before a crash; not while it may be a merge there that took it away."""
        theirs = self._read(their_id)
        if may_be_merged(ours, theirs) and self._sides.survivors(ours) is None:
            return False
        known = theirs.customer
        detail = CustomerDetail(customer=known, contacts=theirs.contacts) if known else None
        self._sides.settle(their_id, detail)
        return True

    def _read(self, their_id: str) -> TheirCustomer:
        self._ledger.allowed()
        try:
            return self._take(their_id, self._directory.customer(their_id))
        except Gone:
            return self._take(their_id, None)

    def _take(self, their_id: str, reading: CustomerDetail | None) -> TheirCustomer:
        self._sides.keep(their_id, reading)
        if reading is None:
            self._reading = TheirCustomer(customer=None, gone=True)
        else:
            self._reading = TheirCustomer(customer=reading.customer, contacts=reading.contacts)
        return self._reading

    def _unreadable(self, error: Skip) -> Agreement:
        ref = Ref(kind="customer", our_id=self._our_id, their_id=None)
        failure = Failure(ref=ref, side="theirs", reason=str(error), error=error)
        return Agreement(our_id=self._our_id, status="failed", failures=(failure,))


def _needs_reading(theirs: TheirCustomer | None) -> bool:
    """Tell whether the mirror is not enough to act upon: it may be behind, but what is gone stays gone.

    Agreeing on what it holds alike would do, too, if that were not yesterday's.
    """
    return theirs is not None and not theirs.gone


def _with_absent(ours: OurCustomer, theirs: TheirCustomer) -> TheirCustomer:
    """Note which linked contacts a reading of the customer itself does not have: those are gone."""
    there = {contact.id for contact in theirs.contacts}
    absent = frozenset(link.their_id for link in ours.contact_links if link.their_id not in there)
    return replace(theirs, gone_contacts=absent)


def _status(outcome: Outcome, failures: tuple[Failure, ...]) -> Status:
    if outcome.status in ("stale", "gone"):
        return "moving"
    if not failures:
        return "agreed"
    return "partly" if outcome.done else "failed"
