"""Customers that are new here, carried out together: many in one commit, of which none needs the others.

    items | plan | apply, in memory | write all | close all | commit

Nothing of them is written at the provider, so that they may wait for each other. Whatever does not go along
is carried out by itself: an item of another kind at once, and all of them one by one where the commit fails.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Never

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.sdk import Skip
from webapp.services.admitting import take_in
from webapp.services.batches import Batch
from webapp.services.carrying import Work, carry_out, plan_new
from webapp.services.entries import entries
from webapp.services.keeping import rows_of
from webapp.services.leases import LeaseLost
from webapp.services.ledger import Cancelled, NameTaken, author_of, must_stand, new_name, ours_of
from webapp.store.closing import DoneItem, close
from webapp.store.columns import now
from webapp.store.customers import name_lock
from webapp.store.directory import PortalDirectory
from webapp.store.inserts import Rows, insert_rows, joined
from webapp.store.run_data import ItemData
from webapp.sync.apply import apply
from webapp.sync.ledger import Agreed
from webapp.sync.steps import Plan

RECORDS = 100
"""So many customers and contacts make a commit: whoever needs what it locks waits for a moment only."""

log = structlog.get_logger(__name__)


def carry_out_batch(work: Work, batch: Batch, until: Callable[[], bool]) -> bool:
    """Carry out the items of a batch until ``until()`` says stop; tell whether that was all.

    Raises what ``carrying.carry_out`` raises; what waits to be written then is left to the next slice.
    """
    together = _Together(work, batch)
    for item in batch.items:
        if until():
            together.write()
            return False
        together.carry_out(item)
    together.write()
    return True


class _Apart(Exception):
    """What an item comes to is nothing that can wait for others."""


class _Awaiting:
    """A ledger that commits nothing yet, for a plan of which nothing fails and nothing is written there."""

    def __init__(self) -> None:
        self.agreement: Agreed | None = None

    def agreed(self, agreed: Agreed) -> None:
        """Keep in mind what is to be committed."""
        self.agreement = agreed

    def allowed(self) -> Never:
        """Refuse; so does whatever else is no plain making of records here."""
        raise _Apart

    def intend(self, *_: object) -> Never:
        """Refuse."""
        raise _Apart

    def intend_change(self, *_: object) -> Never:
        """Refuse."""
        raise _Apart

    def written(self, *_: object) -> Never:
        """Refuse."""
        raise _Apart

    def failed(self, *_: object) -> Never:
        """Refuse."""
        raise _Apart


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """An item that waits: its plan, and what carrying it out in memory came to."""

    item: ItemData
    plan: Plan
    agreed: Agreed
    customer_id: uuid.UUID
    here: Rows
    at: datetime = field(default_factory=now)

    @property
    def done(self) -> DoneItem:
        """How it is to be closed."""
        return DoneItem(
            position=self.item.position,
            our_id=self.customer_id,
            contacts=sum(link.kind == "contact" for link in self.agreed.links),
            new_name=new_name(self.item, self.agreed),
            at=self.at,
        )


class _Together:
    """Items that wait to be written in one commit, in their order."""

    def __init__(self, work: Work, batch: Batch) -> None:
        self._work = work
        self._batch = batch
        self._waiting: list[_Made] = []

    def carry_out(self, item: ItemData) -> None:
        """Have an item wait for others, or carry it out by itself after those that wait."""
        plan, made = None, None
        try:
            plan = plan_new(self._work, self._batch, item)
            made = self._make(item, plan) if plan else None
        except Exception:
            # By itself it fails again, and that is told with it.
            log.exception("run.item_apart", run=str(self._work.run.id), position=item.position)
        if made is None:
            self.write()
            carry_out(self._work, self._batch, item, plan)
            return
        self._waiting.append(made)
        if sum(len(each.agreed.links) for each in self._waiting) >= RECORDS:
            self.write()

    def write(self) -> None:
        """Commit all that wait; where that does not go, one by one: then each says what is wrong with it."""
        waiting, self._waiting = self._waiting, []
        if len(waiting) > 1 and self._is_committed(waiting):
            return
        for made in waiting:
            carry_out(self._work, self._batch, made.item, made.plan)

    def _is_committed(self, waiting: list[_Made]) -> bool:
        try:
            self._commit(waiting)
        except LeaseLost:
            db.session.rollback()
            raise
        except (Skip, Cancelled, NameTaken, SQLAlchemyError) as error:
            db.session.rollback()
            told = {"items": len(waiting), "error": type(error).__name__}
            log.info("run.not_together", run=str(self._work.run.id), **told)
            return False
        except Exception:
            db.session.rollback()
            log.exception("run.not_together", run=str(self._work.run.id), items=len(waiting))
            return False
        return True

    def _make(self, item: ItemData, plan: Plan) -> _Made | None:
        """Carry a plan out in memory; return None where more than rows here comes of it."""
        run = self._work.run
        directory = PortalDirectory(run.portal_id, run_id=run.id, currency=self._work.currency)
        ledger = _Awaiting()
        try:
            apply(plan, directory, self._work.theirs, ledger)
        except _Apart:
            return None
        agreed = ledger.agreement
        if agreed is None or agreed.our_id is None:
            return None
        return _Made(
            item=item,
            plan=plan,
            agreed=agreed,
            customer_id=uuid.UUID(agreed.our_id),
            here=directory.take(linked=ours_of(agreed.links)),
        )

    def _commit(self, waiting: list[_Made]) -> None:
        """Write and close all of them, or raise."""
        run = self._work.run
        done = [made.done for made in waiting]
        links = [link for made in waiting for link in made.agreed.links]
        told = [entry for made in waiting for entry in entries(made.agreed.done, made.agreed.our_id)]
        rows = rows_of(self._work.mirror, run.id, links, told, actor=author_of(run).actor)
        locks = [name_lock(run.portal_id, each.new_name) for each in done if each.new_name]
        insert_rows(joined([*(made.here for made in waiting), rows]), alone=locks)
        take_in(run, [made.customer_id for made in waiting], begun=False)
        # A statement of its own: only now is all to be seen that was committed before the locks were ours.
        must_stand(run, close(run, done, self._work.lease.fence))
        db.session.commit()
