"""Undoing an import: said beforehand, confirmed, and carried out one customer a commit. Only here is written.

What the import made is unlinked and goes into the bin; what it merged is unlinked and put back to what it
was; what it added to its project is taken off that, without the currency it got for it. A customer that
somebody edited or used since is kept as it is. An undo is a run: whoever holds the connection's lease carries
it out, whether or not the provider lets us in, and after a crash the next one goes on with what is left.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.exc import OperationalError

from webapp import logs
from webapp.extensions import db
from webapp.sdk import Skip
from webapp.services import admitting, audit, run_ends, signals, unlinking
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.labels import provider_label
from webapp.services.leases import Lease, LeaseLost
from webapp.services.snapshots import PutBack
from webapp.store import history, project_people, run_items, runs, undone
from webapp.store.columns import new_id, now
from webapp.store.customers import locked_customer
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData
from webapp.store.run_data import ItemData, RunData
from webapp.store.runs import UNDER_WAY, Run

AT_ONCE = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan:
    """What an undo would do: how many go into the bin, with their contacts, are put back, and are kept.

    ``take_off`` are customers that the import only added to its project.
    ``kept`` is by the words for why. ``under_way`` is an undo of this import that is not over.
    """

    run: Run
    bin: int
    contacts: int
    put_back: int
    take_off: int
    kept: Mapping[str, int]
    under_way: Run | None

    @property
    def undone(self) -> int:
        """How many customers are taken back."""
        return self.bin + self.put_back + self.take_off


def plan(run: Run) -> UndoPlan:
    """Say what undoing an import would do; raises ``Refused`` for what cannot be undone."""
    _require_over(run)
    words = words_of(run)
    found = undone.fates(run)
    kept: dict[str, int] = {}
    for fate in found:
        if fate.kept:
            kept[words[fate.kept]] = kept.get(words[fate.kept], 0) + fate.items
    free = [fate for fate in found if not fate.kept]
    made = [fate for fate in free if fate.action in ("create", "clone")]
    return UndoPlan(
        run=run,
        bin=sum(fate.items for fate in made),
        contacts=sum(fate.contacts for fate in made),
        put_back=sum(fate.items for fate in free if fate.action == "merge"),
        take_off=sum(fate.items for fate in free if fate.action == "add"),
        kept=dict(sorted(kept.items(), key=lambda each: -each[1])),
        under_way=undone.under_way(run.portal_id, run.id),
    )


def start(run: Run, user_id: uuid.UUID) -> Run:
    """Queue the undo of an import; what is kept is written down with why. Raises ``Refused``."""
    audit.hold(run.portal_id)
    locked = runs.locked_run(run.portal_id, run.id)
    try:
        if locked is None:
            raise NotFound("There is no such run in this portal.")
        _require_over(locked)
        if undone.under_way(locked.portal_id, locked.id) is not None:
            raise Refused("This import is being undone already. Look at its progress.")
        undo = _queued(locked, user_id)
    except (NotFound, Refused):
        db.session.rollback()
        raise
    details = {"number": undo.number, "import": locked.number, "customers": undo.total}
    audit.record(run.portal_id, str(user_id), "import.undone", str(run.id), details)
    db.session.commit()
    log.info("undo.confirmed", run=str(undo.id), number=undo.number, customers=undo.total)
    signals.announce_due(undo.connection_id)
    return undo


def undo_slice(lease: Lease, *, until: Callable[[], bool]) -> bool:
    """Carry out undos of a connection until ``until()`` says stop; tell whether more are left."""
    waiting = undone.to_carry_out(lease.connection_id)
    db.session.rollback()
    for run_id in waiting:
        with logs.bound(run=str(run_id)):
            if until() or _carry_out(run_id, lease, until):
                return True
    return False


def words_of(run: Run) -> dict[str, str]:
    """Say why a customer is kept, by the word for it."""
    label = provider_label(run.portal_id, run.connection_id)
    return {
        "purged": "It was deleted for good since.",
        "merged": "It was merged into another customer here since.",
        "deleted": "It lies in the bin already.",
        "deleting": f"It was deleted since, and that is on its way to {label}.",
        "unlinked": f"It was unlinked from {label} since.",
        "linked anew": f"It was linked with {label} anew since.",
        "linked elsewhere": "It was linked with another provider as well since.",
        "project": "It was added to a project since.",
        "taken off": "It is not in the project any more, or was added anew since.",
        "edited": "Somebody edited it, or its contacts, since.",
        "unknown": "It was merged before Tandem kept what was here: what to put back is not known.",
    }


def _require_over(run: Run) -> None:
    if run.kind != "import" or run.number is None:
        raise Refused("Only an import can be undone.")
    if run.state in UNDER_WAY or run_items.pending(run, 1):
        raise Refused("This import is still under way. Cancel it, or wait for its end, then undo it.")


def _queued(run: Run, user_id: uuid.UUID) -> Run:
    undo = Run(
        portal_id=run.portal_id,
        id=new_id(),
        connection_id=run.connection_id,
        kind="undo",
        state="queued",
        selection={},
        answers={},
        undoes=run.id,
        project_id=run.project_id,
        started_by=user_id,
        confirmed_at=now(),
    )
    db.session.add(undo)
    db.session.flush()
    undone.make_items(undo, run, words_of(run))
    counts = undone.counts(undo)
    undo.total = counts["pending"]
    if not undo.total:
        raise Refused("Nothing of this import can be undone: everything is kept, with why beside it.")
    undo.number = runs.next_number(run.portal_id)
    return undo


def _carry_out(run_id: uuid.UUID, lease: Lease, until: Callable[[], bool]) -> bool:
    undo, undoes = _begin(run_id, lease)
    while undo is not None and undoes is not None:
        items = run_items.pending(undo, AT_ONCE)
        db.session.rollback()
        if not items:
            _end(undo, lease)
            return False
        for item in items:
            if until():
                return True
            _undo(undo, undoes, item, lease)
    return False


def _begin(run_id: uuid.UUID, lease: Lease) -> tuple[RunData | None, uuid.UUID | None]:
    lease.assert_held()
    found = runs.run_by_id(run_id)
    if found is None or found.state not in UNDER_WAY:
        db.session.rollback()
        return None, None
    found.state, found.started_at = "running", found.started_at or now()
    undo, undoes = RunData.of(found), found.undoes
    db.session.commit()
    return undo, undoes


def _end(undo: RunData, lease: Lease) -> None:
    lease.assert_held()
    found = runs.run_by_id(undo.id)
    if found is not None and found.state in UNDER_WAY:
        found.state, found.finished_at, found.counts = "done", now(), undone.counts(undo)
        log.info("undo.done", number=found.number, **{name: n for name, n in found.counts.items() if n})
    db.session.commit()
    run_ends.announce(undo.portal_id, undo.id)


def _undo(undo: RunData, undoes: uuid.UUID, item: ItemData, lease: Lease) -> None:
    """Undo one customer and commit; one that fails does not stop the others."""
    try:
        state, reason = _take_back(undo, undoes, item)
    except (LeaseLost, OperationalError):
        db.session.rollback()
        raise
    except Skip as refusal:
        db.session.rollback()
        state, reason = "failed", str(refusal)
    except Exception:
        db.session.rollback()
        reference = secrets.token_hex(4)
        log.exception("undo.item_failed", position=item.position, reference=reference)
        state, reason = "failed", f"Something unexpected happened here (reference {reference})."
    lease.assert_held()
    if not run_items.finish(item, state, reason=reason):
        return db.session.rollback()
    db.session.commit()


def _take_back(undo: RunData, undoes: uuid.UUID, item: ItemData) -> tuple[str, str]:
    """Write the undo of a customer, unlinked first; tell what came of it and why."""
    run = runs.find_run(undo.portal_id, undoes)
    if run is None or item.our_id is None:
        raise Conflict("The import that is being undone is gone.")
    locked_customer(undo.portal_id, item.our_id)
    against = undone.what_speaks_against(undo, undoes, item.position)
    if against:
        return "kept", words_of(run)[against]
    actor = str(undo.started_by or f"provider:{undo.connection_id}")
    if item.action == "take_off":
        return "done", _take_off(undo, undoes, item.our_id, actor)
    ended = unlinking.end_links(undo.portal_id, undo.connection_id, item.our_id, actor, run_id=undo.id)
    put = _put_into_bin if item.action == "bin" else partial(_put_back, undoes=undoes)
    came_of_it = put(undo, item, item.our_id, actor)
    stays = _take_off(undo, undoes, item.our_id, actor)
    unlinking.audit_given_up(undo.portal_id, ended.in_doubt)
    return "done", " ".join(filter(None, (came_of_it, stays)))


def _take_off(undo: RunData, undoes: uuid.UUID, our_id: uuid.UUID, actor: str) -> str:
    """Take a customer off the import's project with the currency it got for it; say what stays and why."""
    project_people.take_back(undo.portal_id, undoes, [our_id])
    return admitting.take_currency_back(undo.portal_id, undoes, our_id, actor=actor, undo_id=undo.id)


def _put_back(undo: RunData, item: ItemData, our_id: uuid.UUID, actor: str, *, undoes: uuid.UUID) -> str:
    back = PutBack(undo.portal_id, our_id, [])
    back.carry_out(undone.before(undo, undoes, item.position))
    history.add(undo.portal_id, back.told, actor=actor, run_id=undo.id)
    missed = "1 contact of then was" if back.missed == 1 else f"{back.missed} contacts of then were"
    return f"{missed} deleted for good since." if back.missed else ""


def _put_into_bin(undo: RunData, item: ItemData, our_id: uuid.UUID, actor: str) -> str:
    directory = PortalDirectory(undo.portal_id)
    directory.delete_customer(str(our_id))
    told = EntryData(kind="customer", record_id=our_id, customer_id=our_id, action="deleted", old=item.name)
    history.add(undo.portal_id, [told], actor=actor, run_id=undo.id)
    return ""
