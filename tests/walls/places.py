"""Two portals full of data: one to ask from, and one whose data must never be seen there nor change."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import select, update

from tests.web.import_world import came_of, confirmed, connected, reviewed, run_is
from tests.web.people import Cast, cast_of_people
from tests.web.project_world import is_for, project_of
from tests.web.waiting_world import conflict, problem
from webapp.extensions import db
from webapp.services import audit, invitations, webhooks
from webapp.store import client_users, notices
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.customers import Contact
from webapp.store.invitations import MEMBER
from webapp.store.links import Link
from webapp.store.policies import portal_column, walled_tables
from webapp.store.portals import Profile, User
from webapp.store.webhooks import Webhook
from webapp.walls import across_portals

CLIENT = "Client user"
DIGEST = "SELECT md5(string_agg(md5({0}::text), '' ORDER BY md5({0}::text))) FROM {0} WHERE {1} = %s"


@dataclass(frozen=True, slots=True)
class Place:
    """A portal with everything that can stand in one, and the ids by which it could be asked for."""

    people: Cast
    secret: str
    connection_id: uuid.UUID
    client_id: uuid.UUID
    ids: dict[str, list[str]]

    @property
    def key(self) -> str:
        """What its addresses begin with."""
        return self.people.portal_key

    @property
    def askers(self) -> dict[str, uuid.UUID]:
        """Who asks from there: one of each profile, and a client user."""
        return {**self.people.users, CLIENT: self.client_id}


def furnished(app: Flask, key: str, secret: str) -> Place:
    """Make a portal in whose every text stands a secret."""
    with app.app_context(), across_portals():
        people = cast_of_people(key, f"{secret} Ltd")
        world = connected(people)
        db.session.execute(update(User).where(User.id.in_(people.users.values())).values(name=secret))
        told = {"organization_name": secret, "pause_reason": secret}
        db.session.execute(update(Connection).where(Connection.id == world.connection_id).values(told))
        there = [
            world.there(f"{key}-{number}", f"{secret} {number}", person(secret, number))
            for number in range(1, 13)
        ]
        here = [
            world.here(f"{secret} here {number}", person(secret, number), website=f"https://{secret}.example")
            for number in range(1, 5)
        ]
        world.link(there[0], here[0])
        done = confirmed(world, *there[1:4])
        came_of(world, done, [there[1]], "created", our_id=here[1])
        came_of(world, done, [there[2]], "failed", reason=f"{secret} was refused")
        run_is(done, state="done", finished_at=now(), current_name=secret)
        waiting = confirmed(world, *there[4:6])
        review = reviewed(world, *there[6:9])
        notice = notices.keep(
            people.portal_id, "connection.attention", world.connection_id,
            {"label": secret, "organization": secret, "reason": secret}, user_id=None, moment=now(),
        )  # fmt: skip
        webhooks.make(people.portal_id, world.connection_id, user_id=people.users["Owner"])
        refused = update(Webhook).where(Webhook.connection_id == world.connection_id)
        db.session.execute(refused.values(refusal=secret, refused_at=now()))
        known = update(Link).where(Link.portal_id == people.portal_id)
        db.session.execute(known.values(brake="held", agreed_ours={"name": secret}))
        website = f"https://{secret}.example"
        conflict(world, here[0], there[0], "website", website, f"{website}/there", ours_by=secret)
        asked = problem(world, here[0], there[0], "merged there", f"{secret} vanished", survivors=[there[9]])
        audit.record(people.portal_id, "ada", "customer.written", secret, {"name": secret})
        db.session.commit()
        project = project_of(people, f"{secret} relaunch", key=f"P{key[:4].upper()}", description=secret)
        is_for(people, project, *here[:2])
        contacts = db.session.scalars(select(Contact.id).where(Contact.portal_id == people.portal_id))
        client = client_of(people, secret, here[0])
        profiles = db.session.scalars(select(Profile.id).where(Profile.portal_id == people.portal_id)).all()
        invitation = invited(people, secret, profiles[0])
        return Place(
            people,
            secret,
            world.connection_id,
            client,
            {
                "portal_id": [str(people.portal_id)],
                "connection_id": [str(world.connection_id)],
                "customer_id": [str(each) for each in here],
                "contact_id": [str(each) for each in contacts],
                "run_id": [done, waiting, review],
                "project_id": [str(project)],
                "profile_id": [str(each) for each in profiles],
                "invitation_id": [str(invitation)],
                "connection": [str(world.connection_id)],
                "problem_id": [asked],
                "notice_id": [str(notice)],
                "user_id": [str(each) for each in people.users.values()],
                "their_id": there,
                "portal_key": [key],
            },
        )


def invited(people: Cast, secret: str, profile_id: uuid.UUID) -> uuid.UUID:
    """Invite somebody who does not answer."""
    email, by = f"guest@{secret}.example", people.users["Owner"]
    made = invitations.make(people.portal_id, MEMBER, email, by=by, name=secret, profile_id=profile_id)
    db.session.commit()
    return made.id


def client_of(people: Cast, secret: str, customer_id: uuid.UUID) -> uuid.UUID:
    """Give a contact of a customer a login of their own."""
    contact_id = db.session.scalars(select(Contact.id).where(Contact.customer_id == customer_id)).first()
    assert contact_id is not None
    mail = f"client@{secret}.example"
    user = User(id=new_id(), email=mail, name=secret, fs_uniquifier=new_id().hex)
    db.session.add(user)
    db.session.flush()
    client_users.admit(people.portal_id, contact_id, user.id, now())
    db.session.commit()
    return user.id


def person(secret: str, number: int) -> dict[str, str]:
    """Somebody whose every field tells whose they are."""
    return {
        "first_name": f"Ada {secret}",
        "last_name": f"{secret} {number}",
        "email": f"a{number}@{secret}.example",
        "phone": f"555 01{number:02}",
    }


def digest_of(owner: psycopg.Connection, place: Place) -> dict[str, str | None]:
    """Sum up all rows of a portal and its people, by table."""
    found = {}
    for table in walled_tables():
        asked = sql.SQL(DIGEST).format(sql.Identifier(table.name), sql.Identifier(portal_column(table)))
        found[table.name] = owner.execute(asked, [place.people.portal_id]).fetchone()[0]
    users = 'SELECT md5(string_agg("user"::text, \'\' ORDER BY id)) FROM "user" WHERE id = ANY(%s)'
    found["user"] = owner.execute(users, [list(place.askers.values())]).fetchone()[0]
    return found
