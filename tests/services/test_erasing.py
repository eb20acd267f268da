"""Erasing a person: nothing of them is left anywhere, nothing brings them back, and the audit verifies."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from tests.services.synced import BO, SyncWorld
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import audit, client_users, erasing
from webapp.services.errors import NotFound, Refused
from webapp.store import client_users as client_store
from webapp.store import drift, notices
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.customers import Contact
from webapp.store.erased import ErasedContact
from webapp.store.history import HistoryEntry
from webapp.store.invitations import Invitation
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.portals import Membership, Profile, User
from webapp.store.runs import Run, RunItem
from webapp.walls import inside

CANARY = ContactData(
    first_name="Zwölfina",
    last_name="Qanarienvogel",
    email="zwoelfina.qanarienvogel@arc.example",
    phone="040 98765432",
    mobile="0171 87654321",
    designation="Qanarienchefin",
)
WORDS = ("qanarien", "zwölfina", "zwoelfina", "zwolfina", "98765432", "87654321")


@pytest.fixture
def synced(world):
    return SyncWorld(world)


@pytest.fixture
def dump(synced, as_owner, module_database_url):
    """Find words in all rows of this portal and of no portal, as whoever holds a dump would."""
    ours = f'"portal_id":"{synced.portal_id}"'

    def read(*words: str) -> list[str]:
        db.session.commit()
        with as_owner(module_database_url) as owner:
            found = []
            for table in db.metadata.sorted_tables:
                rows = owner.execute(
                    f'SELECT row_to_json("{table.name}")::text FROM "{table.name}"'
                ).fetchall()
                rows = [row for row in rows if ours in row[0] or '"portal_id"' not in row[0]]
                found += [f"{table.name}: {row}" for (row,) in rows if any(w in row.lower() for w in words)]
            return found

    return read


@pytest.fixture
def person(synced):
    """Somebody linked, edited, told of everywhere; as (our customer, their customer, the contact)."""
    [(our_id, their_id)] = synced.linked("Arc", people=(CANARY, BO))
    contact = synced.person(our_id, CANARY.first_name)
    with synced.editing() as directory:
        directory.update_contact(str(our_id), str(contact.id), {"department": "Qanarienabteilung"})
    synced.poll()
    told_everywhere(synced, our_id, their_id, contact.id)
    return our_id, their_id, contact.id


def told_everywhere(synced, our_id, their_id, contact_id) -> None:
    portal_id, name = synced.portal_id, "Zwölfina Qanarienvogel"
    run = db.session.scalars(select(Run).where(Run.portal_id == portal_id)).first()
    run.selection, run.error = {"queries": [{"q": "Qanarienvogel"}]}, f"{CANARY.email} was refused"
    for item in db.session.scalars(select(RunItem).where(RunItem.portal_id == portal_id)):
        item.seen, item.before = {"people": [name]}, {"contacts": [{"email": CANARY.email}]}
    db.session.add(
        HistoryEntry(
            portal_id=portal_id, kind="customer", record_id=our_id, customer_id=our_id, actor="x",
            action="changed", field="primary", old=name, new="Bo Ek",
        )
    )  # fmt: skip
    db.session.add(
        drift.DriftItem(
            portal_id=portal_id, connection_id=synced.connection_id, position=1, customer_id=our_id,
            their_customer_id=their_id, customer="Arc", kind="contact", our_id=contact_id, record=name,
            field="phone", ours=CANARY.phone, reason="edited", search="zwolfina qanarienvogel",
        )
    )  # fmt: skip
    notices.keep(portal_id, "connection.attention", new_id(), {"reason": name}, user_id=None, moment=now())
    audit.record(portal_id, "ada", "contact.deleted", str(contact_id), {"name": name})
    asked = Invitation(
        portal_id=portal_id, kind="client", email=CANARY.email, name=name, contact_id=contact_id,
        token_digest=uuid.uuid4().hex, expires_at=now(),
    )  # fmt: skip
    db.session.add(asked)
    db.session.commit()


def actor(synced) -> uuid.UUID:
    return db.session.scalars(select(User.id)).first()


def erase(synced, person, *, there: bool = False) -> bool:
    our_id, _, contact_id = person
    with inside(synced.portal_id):
        return erasing.erase_contact(synced.portal_id, our_id, contact_id, actor(synced), there=there)


def test_the_person_stands_in_many_tables_before(person, dump):
    assert len({row.partition(":")[0] for row in dump(*WORDS)}) >= 10


def test_nothing_of_an_erased_contact_is_left_in_any_table(synced, person, dump):
    assert erase(synced, person)
    assert dump(*WORDS, str(person[2])) == []


def test_a_person_whom_the_provider_still_holds_does_not_come_back(synced, person, dump):
    our_id, their_id, _ = person
    erase(synced, person)
    with synced.theirs.behind():
        synced.theirs.update_customer(their_id, {"website": "https://arc.example"})
        synced.theirs.update_contact(
            their_id, synced.person_there(their_id, CANARY.first_name).id, {"designation": "Qanarienboss"}
        )
    synced.poll()
    synced.imports.mirror()
    synced.look()
    assert dump(*WORDS) == []
    assert synced.first_names(our_id) == ["Bo"]
    assert CANARY.first_name in synced.first_names_there(their_id)
    assert "create_contact" not in synced.written()
    assert "delete_contact" not in synced.written()


def test_the_rest_of_the_customer_stays_in_step(synced, person):
    our_id, their_id, _ = person
    erase(synced, person)
    with synced.theirs.behind():
        synced.theirs.update_contact(their_id, synced.person_there(their_id, "Bo").id, {"phone": "030 55"})
    synced.poll()
    assert synced.person(our_id, "Bo").phone == "030 55"
    assert synced.person(our_id, "Bo").primary


def test_only_an_id_is_kept_of_whom_the_provider_holds(synced, person):
    link = select(Link.their_id).where(Link.our_id == person[2])
    their_id = db.session.scalars(link).one()
    erase(synced, person)
    (kept,) = db.session.scalars(select(ErasedContact).where(ErasedContact.portal_id == synced.portal_id))
    assert (kept.their_id, kept.their_customer_id) == (their_id, person[1])


def test_erased_there_too_it_waits_until_the_deletion_has_travelled(synced, person, dump):
    _, their_id, contact_id = person
    assert not erase(synced, person, there=True)
    assert erasing.erase_ready() == 0
    synced.look(interactive=True)
    synced.look()
    assert CANARY.first_name not in synced.first_names_there(their_id)
    assert erasing.erase_ready() == 1
    assert db.session.get(Contact, (synced.portal_id, contact_id)) is None
    assert dump(*WORDS, str(contact_id)) == []
    assert erasing.erase_ready() == 0


def test_the_audit_verifies_and_says_that_somebody_was_erased_by_whom(synced, person):
    noted = audit.walk(synced.portal_id).head
    erase(synced, person)
    assert audit.walk(synced.portal_id, noted).broken_at is None
    told = audit.newest(synced.portal_id, 5)
    assert told[0].action == "contact.erased"
    assert told[0].actor == str(actor(synced))
    assert told[0].subject == ""


def test_whoever_works_with_what_was_read_before_has_to_stop(synced, person):
    before = fence(synced)
    erase(synced, person)
    assert fence(synced) == before + 1


def fence(synced) -> int:
    return db.session.scalar(select(Connection.fence).where(Connection.id == synced.connection_id))


def test_a_login_goes_with_the_contact_unless_it_has_another_place(synced, person, dump):
    portal_id = synced.portal_id
    users = [
        User(id=new_id(), email=f"{name}.qanarienvogel@arc.example", name="Zwölfina", fs_uniquifier=name)
        for name in ("a", "b")
    ]
    db.session.add_all(users)
    db.session.flush()
    profile = Profile(portal_id=portal_id, name="Any", permissions=[])
    db.session.add(profile)
    db.session.flush()
    client_store.admit(portal_id, person[2], users[0].id, now())
    db.session.commit()
    gone = users[0].id
    erase(synced, person)
    assert db.session.scalar(select(User.id).where(User.id == gone)) is None
    db.session.add(Membership(portal_id=portal_id, user_id=users[1].id, profile_id=profile.id))
    other = synced.imports.here("Bee", ContactData(first_name="Zwölfina", email="b@bee.example"))
    (contact_id,) = db.session.scalars(select(Contact.id).where(Contact.customer_id == other))
    client_store.admit(portal_id, contact_id, users[1].id, now())
    db.session.commit()
    kept = users[1].id
    erase(synced, (other, "", contact_id))
    assert db.session.scalar(select(User.id).where(User.id == kept)) == kept


def test_an_erased_user_is_told_of_nowhere(synced, person, dump):
    portal_id = synced.portal_id
    user = User(
        id=new_id(), email="qanarien.user@x.example", name="Qanarien User", fs_uniquifier=uuid.uuid4().hex
    )
    db.session.add(user)
    db.session.flush()
    gone = user.id
    profile = Profile(portal_id=portal_id, name="Some", permissions=[])
    db.session.add(profile)
    db.session.flush()
    db.session.add(Membership(portal_id=portal_id, user_id=gone, profile_id=profile.id))
    db.session.add(
        HistoryEntry(
            portal_id=portal_id, kind="customer", record_id=person[0], customer_id=person[0],
            actor=str(gone), action="changed", field="website", old="", new="https://arc.example",
        )
    )  # fmt: skip
    audit.record(portal_id, str(gone), "user.logged_in", str(gone))
    audit.record(portal_id, "ada", "user.profile_changed", str(gone), {"to": "Owner"})
    asked = Invitation(
        portal_id=portal_id, kind="member", email="Qanarien.User@x.example", name="Qanarien",
        token_digest=uuid.uuid4().hex, expires_at=now(), accepted_by=gone, accepted_at=now(),
    )  # fmt: skip
    db.session.add(asked)
    db.session.commit()
    erasing.erase_user(gone, actor=str(gone))
    assert dump(str(gone), "qanarien.user", "qanarien user") == []
    with inside(portal_id):
        assert audit.verify(portal_id) is None
        told = select(HistoryEntry.actor).where(HistoryEntry.field == "website")
        assert "erased" in db.session.scalars(told).all()


def test_the_only_owner_of_a_portal_is_not_erased(synced):
    portal_id = synced.portal_id
    user = User(
        id=new_id(), email=f"{uuid.uuid4().hex}@x.example", name="Owner", fs_uniquifier=uuid.uuid4().hex
    )
    db.session.add(user)
    db.session.flush()
    profile = Profile(portal_id=portal_id, name="Owner", permissions=[])
    db.session.add(profile)
    db.session.flush()
    db.session.add(Membership(portal_id=portal_id, user_id=user.id, profile_id=profile.id))
    db.session.commit()
    with pytest.raises(Refused, match="only Owner"):
        erasing.erase_user(user.id, actor="command line")
    assert db.session.get(User, user.id) is not None


def test_whoever_is_not_here_cannot_be_erased(synced):
    with pytest.raises(NotFound):
        erasing.erase_contact(synced.portal_id, new_id(), new_id(), new_id(), there=False)
    with pytest.raises(NotFound):
        erasing.erase_user(new_id(), actor="command line")


def test_the_mirror_takes_no_erased_person_from_whoever_gives_one(synced, person):
    erase(synced, person)
    people = select(MirrorContact.first_name).where(MirrorContact.portal_id == synced.portal_id)
    assert db.session.scalars(people).all() == ["Bo"]
    row = db.session.scalars(select(MirrorCustomer).where(MirrorCustomer.portal_id == synced.portal_id)).one()
    assert (row.primary_name, row.primary_email, row.primary_phone) == ("", "", "")


def test_an_erased_contact_is_no_client_user_any_more(synced, person):
    erase(synced, person)
    with pytest.raises(NotFound):
        client_users.invite(synced.portal_id, person[0], person[2], by=actor(synced))
