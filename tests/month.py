"""A month of Tandem and a practice Zoho in minutes: both go by one clock, which is moved from deed to deed.

A poll between deeds at which nothing is due is one call; it is left out here and counted all the same, and
one of them now and then is made to see that it is one. Every other call is counted where it arrives.
"""

from __future__ import annotations

import math
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from sandbox.hand_edits import carry_out
from sandbox.records import Contact as ZohoContact
from sandbox.register import Register
from sandbox.server import SandboxServer
from tests.moved_clock import MovedClock
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import census, imports, refresh
from webapp.services.look import look
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory
from webapp.store.links import Link
from webapp.store.runs import Query, Run, Selection
from webapp.walls import inside

DAY = timedelta(days=1)
EVERYBODY = Selection(queries=(Query(inactive=True),))

TROUBLES: tuple[dict[str, Any], ...] = (
    {"status": 429, "code": 44, "message": "The limit of calls per minute was exceeded."},
    {"status": 500, "code": 1000},
    {"status": 502, "body": "<html><h1>Bad Gateway</h1></html>"},
    {"cut": "before"},
    {"cut": "middle"},
    {"method": "PUT", "after_effect": True, "cut": "before"},
    {"method": "POST", "after_effect": True, "cut": "before"},
    {"method": "GET", "path": r"/contacts$", "edit": {"action": "delete_first_customer"}},
    {"method": "GET", "path": r"/contacts$", "short": 1},
)
"""What goes wrong with one of the calls to come."""


@dataclass
class Month:
    """A portal, a sandbox it is connected to, and what chance does on both sides."""

    portal_id: uuid.UUID
    connection_id: uuid.UUID
    user_id: uuid.UUID
    server: SandboxServer
    clock: MovedClock
    chance: random.Random
    left_out: int = 0
    changed: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """Fill the mirror and import everybody."""
        with inside(self.portal_id):
            self.settle()
            run = imports.start(
                self.portal_id, self.connection_id, self.user_id, EVERYBODY, duplicates="clone"
            )
            self.settle()
            assert db.session.get_one(Run, (self.portal_id, run.id)).state == "done"
        self.server.state.calls.clear()

    def pass_days(self, days: int, *, here: float, there: float, troubles: float) -> float:
        """Let days pass, from census to census, with so many deeds and troubles in each; return how many."""
        with inside(self.portal_id):
            began = now()
            for number in range(days):
                self._pass_day(number, here, there, troubles)
            return (now() - began) / DAY

    def calls(self) -> int:
        """Count the calls to the API since the month began, those left out among them."""
        log = self.server.state.calls.since()
        return self.left_out + sum("/v3/" in call["path"] for call in log)

    def records(self) -> int:
        """Count the customers and persons there."""
        register = self._register()
        return len(register.contacts) + len(register.persons)

    def set_rule(self, rule: str) -> None:
        """Say who wins where both sides changed a field."""
        with inside(self.portal_id):
            self._connection().rule = rule
            db.session.commit()

    def unlike(self) -> list[str]:
        """Name the linked customers that are not the same on both sides, by looking at both alone."""
        with inside(self.portal_id):
            here = {each.their_id: _here(each.our_id) for each in self._links()}
        contacts = self._register().contacts
        there = {each: _there(contacts[each]) if each in contacts else None for each in here}
        return [f"{here[each]} here, {there[each]} there" for each in here if here[each] != there[each]]

    def settle(self) -> None:
        """Work until nothing is due and nothing waits for a moment within the next minutes."""
        for _ in range(200):
            while look(self.connection_id, interactive=True, seconds=600):
                pass
            while look(self.connection_id, interactive=False, seconds=600):
                pass
            wait = self._wait()
            if wait is None:
                return
            self.clock.advance(wait)
        raise AssertionError("it does not come to rest")

    def _pass_day(self, number: int, here: float, there: float, troubles: float) -> None:
        acts: list[Callable[[], None]] = []
        rates = {self._deed_here: here, self._deed_there: there, self._trouble: troubles, self._idle: 0.2}
        for act, rate in rates.items():
            acts += [act] * (math.floor((number + 1) * rate) - math.floor(number * rate))
        self.chance.shuffle(acts)
        census_at = census.next_census_at(self._connection())
        assert census_at is not None
        length = max(census_at - now(), timedelta())
        for moment in sorted(now() + length * self.chance.random() for _ in acts):
            self._advance_to(moment)
            acts.pop()()
            self.settle()
        self._advance_to(census_at)
        self.settle()

    def _advance_to(self, moment: datetime) -> None:
        connection = self._connection()
        every, polled = refresh.poll_interval(connection), connection.refreshed_at
        assert polled is not None
        polls = max(math.ceil((moment - polled) / every), 1)
        # The last of these polls is made.
        self.left_out += polls - 1
        self.clock.advance(polled + polls * every - now())

    def _idle(self) -> None:
        """See that a poll at which nothing is due is one call."""
        self.settle()
        self.server.state.faults.clear()
        self._advance_to(now() + timedelta(seconds=1))
        before = self.calls()
        self.settle()
        assert self.calls() - before == 1, self.server.state.calls.latest(5)

    def _wait(self) -> timedelta | None:
        connection, moment = self._connection(), now()
        due = select(func.min(Link.due_at)).where(
            Link.connection_id == self.connection_id, Link.due_at > moment
        )
        moments = [connection.paused_until, connection.bulk_paused_until, db.session.scalar(due)]
        db.session.rollback()
        soon = [each - moment for each in moments if each and moment < each < moment + timedelta(hours=2)]
        return min(soon) + timedelta(seconds=1) if soon else None

    def _trouble(self) -> None:
        trouble = self.chance.choice(TROUBLES)
        fault = {"path": r"/books/v3/contacts", "skip": self.chance.randrange(4), **trouble}
        self.server.state.faults.add(fault)
        self.changed += "edit" in fault

    def _deed_there(self) -> None:
        state = self.server.state
        known = self._register().contacts.values()
        customers = [each for each in known if each.contact_type == "customer"]
        customer = self.chance.choice(customers)
        person = self.chance.choice(customer.persons) if customer.persons else None
        mark = f"{self.chance.randrange(10**6)}"
        order: dict[str, Any] = {"contact_id": customer.id, "fields": {}}
        kinds = ["update_contact", "update_contact", "create_person", "set_status"]
        kinds += ["update_person", "update_person", "mark_primary", "delete_person"] if person else []
        kinds += ["delete_contact"] if not customer.has_transaction and self.chance.random() < 0.2 else []
        kind = self.chance.choice(kinds)
        if kind == "update_contact":
            order["fields"] = {self.chance.choice(["website", "company_name"]): f"there-{mark}.example"}
        elif kind == "set_status":
            order["status"] = "inactive" if customer.status == "active" else "active"
        elif kind == "create_person":
            order["fields"] = {"first_name": f"There {mark}", "email": f"t{mark}@there.example"}
        elif person is not None:
            order["contact_person_id"] = person.id
            order["fields"] = {"phone": f"+49 40 {mark}"}
        carry_out(state, {"action": kind, **order})
        self._note(f"there: {kind}")

    def _deed_here(self) -> None:
        linked = select(Link.our_id).where(Link.connection_id == self.connection_id, Link.kind == "customer")
        living = Customer.id.in_(linked), Customer.deleted_at.is_(None)
        ids = list(db.session.scalars(select(Customer.id).where(*living).order_by(Customer.id)))
        our_id = self.chance.choice(ids)
        own = Contact.customer_id == our_id, Contact.deleted_at.is_(None)
        people = list(db.session.scalars(select(Contact.id).where(*own).order_by(Contact.id)))
        directory, mark = PortalDirectory(self.portal_id), f"{self.chance.randrange(10**6)}"
        kinds = ["update", "update", "create contact"] + ["update contact", "delete contact"] * bool(people)
        kind = self.chance.choice(kinds)
        if kind == "update":
            directory.update_customer(str(our_id), {"company_name": f"Here {mark}"})
        elif kind == "create contact":
            directory.create_contact(str(our_id), _somebody(mark))
        elif kind == "update contact":
            person = str(self.chance.choice(people))
            directory.update_contact(str(our_id), person, {"phone": f"+49 89 {mark}"})
        else:
            directory.delete_contact(str(our_id), str(self.chance.choice(people)))
        directory.flush()
        db.session.commit()
        self._note(f"here: {kind}")

    def _register(self) -> Register:
        return self.server.state.registers[self.server.state.default_organization.id]

    def _links(self) -> list[Link]:
        own = Link.connection_id == self.connection_id, Link.kind == "customer"
        living = select(Link).join(Customer, Customer.id == Link.our_id).where(Customer.deleted_at.is_(None))
        return list(db.session.scalars(living.where(*own)))

    def _note(self, deed: str) -> None:
        self.changed += 1
        self.done[deed] += 1

    def _connection(self) -> Connection:
        db.session.rollback()
        return db.session.get_one(Connection, (self.portal_id, self.connection_id), populate_existing=True)


def _somebody(mark: str) -> ContactData:
    names = {"salutation": "", "designation": "", "department": "", "mobile": ""}
    return ContactData(
        first_name=f"Here {mark}", last_name="", email=f"h{mark}@here.example", phone="", **names
    )


def _here(our_id: uuid.UUID) -> tuple[Any, ...]:
    customer = db.session.scalars(select(Customer).where(Customer.id == our_id)).one()
    people = db.session.scalars(
        select(Contact).where(Contact.customer_id == our_id, Contact.deleted_at.is_(None))
    )
    told = sorted((each.first_name, each.last_name, each.email, each.phone, each.primary) for each in people)
    return customer.name, customer.company_name, customer.website, customer.active, told


def _there(contact: ZohoContact) -> tuple[Any, ...]:
    people = contact.persons
    told = sorted(
        (each.first_name, each.last_name, each.email, each.phone, each.id == contact.primary_contact_id)
        for each in people
    )
    return contact.name, contact.company_name, contact.website, contact.status == "active", told
