"""Keys: everything is sealed anew while others renew, nothing is lost, and what is still needed is named."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.mirror_world import Place, connection
from tests.services.test_connecting import begin, finish, state_of
from webapp.extensions import db
from webapp.sdk import Fatal
from webapp.services import audit, context, keys, webhooks
from webapp.services.credentials import KeptCredentials
from webapp.services.errors import NotFound, Refused
from webapp.services.look import look
from webapp.store.audit import AuditEntry
from webapp.store.connections import ConnectAttempt, Connection
from webapp.store.portals import User
from webapp.store.secrets import NO_PORTAL, Safe
from webapp.store.tables import TABLES
from webapp.store.two_factor import TwoFactor
from webapp.store.webhooks import Webhook

OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}
Keys = Callable[..., None]


class BusySafe(Safe):
    """A safe during whose work something else happens, once."""

    def __init__(self, keys: dict[str, bytes], meanwhile: Callable[[], object]) -> None:
        super().__init__(keys)
        self._meanwhile = [meanwhile]

    def open(self, value: str, **place: Any) -> str:
        """Open a value, and let the other thing happen before whoever asked goes on."""
        text = super().open(value, **place)
        if self._meanwhile:
            self._meanwhile.pop()()
        return text


@pytest.fixture
def use(mirror_app: Flask) -> Iterator[Keys]:
    """Restart, as it were, with other keys."""
    before = mirror_app.extensions["tandem_safe"]

    def use(*known: dict[str, bytes], safe: Safe | None = None) -> None:
        merged = {key: value for each in known for key, value in each.items()}
        mirror_app.extensions["tandem_safe"] = safe or Safe(merged)

    for table in (ConnectAttempt, Webhook, Connection):
        db.session.execute(table.__table__.delete())
    db.session.commit()
    use(OLD)
    yield use
    mirror_app.extensions["tandem_safe"] = before


def kept(connection_id: uuid.UUID) -> KeptCredentials:
    return KeptCredentials(connection(connection_id).portal_id, connection_id)


def keys_of(*connection_ids: uuid.UUID) -> set[str]:
    return {connection(each).credentials.partition(":")[0] for each in connection_ids}


def renew(store: KeptCredentials, token: str) -> None:
    version, credentials = store.load()
    assert store.keep({**credentials, "token": token}, expected=version)


def test_everything_is_sealed_with_the_first_key_and_opens_with_it_alone(place: Place, use: Keys):
    made = place.connect()
    trip = begin(place)
    use(NEW, OLD)
    rotation = keys.rotate()
    assert (rotation.resealed, rotation.left) == (2, {})
    use(NEW)
    assert kept(made).load()[1] == {"client_secret": "s", "token": "t"}
    finish(place, state_of(trip))
    assert keys.problems() == []


def test_a_second_rotation_finds_nothing_to_do(place: Place, use: Keys):
    place.connect()
    use(NEW, OLD)
    keys.rotate()
    assert keys.rotate().resealed == 0


def test_rotating_keeps_the_version_so_that_a_renewal_under_way_is_not_refused(place: Place, use: Keys):
    made = place.connect()
    use(NEW, OLD)
    version, credentials = kept(made).load()
    keys.rotate()
    assert kept(made).keep({**credentials, "token": "renewed"}, expected=version)
    assert kept(made).load()[1]["token"] == "renewed"


def test_a_renewal_between_reading_and_writing_wins(place: Place, use: Keys):
    made = place.connect()
    use(OLD, NEW)
    worker = kept(made)
    use(safe=BusySafe(NEW | OLD, lambda: renew(worker, "renewed")))
    assert keys.rotate().left == {}
    use(NEW)
    assert kept(made).load()[1]["token"] == "renewed"


def test_renewals_by_workers_with_either_key_first_lose_nothing(place: Place, use: Keys):
    made = [Place.new().connect(), place.connect()]
    use(OLD, NEW)
    workers = [kept(each) for each in made]
    use(NEW, OLD)
    workers += [kept(each) for each in made]
    renewed: dict[int, int] = dict.fromkeys(range(len(workers)), 0)
    over = threading.Event()

    def work(number: int) -> None:
        store = workers[number]
        while not over.is_set() and renewed[number] < 200:
            with store.renewal_lock():
                version, credentials = store.load()
                count = int(credentials.get(f"count {number}", 0))
                assert store.keep({**credentials, f"count {number}": str(count + 1)}, expected=version)
                renewed[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in renewed]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            keys.rotate()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert keys.rotate().left == {}
    use(NEW)
    for number in renewed:
        credentials = kept(made[number % 2]).load()[1]
        assert int(credentials[f"count {number}"]) == renewed[number] > 0


def test_a_rotation_that_was_stopped_goes_on_where_it_was(place: Place, use: Keys):
    made = [Place.new().connect() for _ in range(3)]

    def stop() -> None:
        raise KeyboardInterrupt

    use(safe=BusySafe(NEW | OLD, stop))
    with pytest.raises(KeyboardInterrupt):
        keys.rotate()
    db.session.rollback()
    assert keys_of(*made) <= {"old", "new"}
    use(NEW, OLD)
    keys.rotate()
    assert keys_of(*made) == {"new"}


def test_a_key_that_is_needed_and_missing_is_named_with_the_remedy(place: Place, use: Keys):
    place.connect()
    use(NEW)
    (problem,) = keys.problems()
    assert "The key old is not among TANDEM_KEYS" in problem
    assert "tandem keys forget old" in problem
    rotation = keys.rotate()
    assert rotation.resealed == 0
    assert rotation.left == {keys.UNKNOWN: 1}


def test_a_value_from_another_row_is_left_alone_and_told(place: Place, use: Keys):
    one, other = place.connect(), Place.new().connect()
    db.session.execute(
        update(Connection).where(Connection.id == one).values(credentials=connection(other).credentials)
    )
    db.session.commit()
    use(NEW, OLD)
    assert keys.rotate().left == {keys.MOVED: 1}
    assert keys_of(one) == {"old"}


def test_the_list_tells_which_key_may_be_removed(place: Place, use: Keys):
    place.connect()
    use(NEW, OLD)
    assert [(each.key, each.values, each.removable) for each in keys.in_use()] == [
        ("new", 0, False),
        ("old", 1, False),
    ]
    keys.rotate()
    assert [(each.key, each.values, each.removable) for each in keys.in_use()] == [
        ("new", 1, False),
        ("old", 0, True),
    ]


def test_forgetting_a_lost_key_leaves_connections_that_ask_to_be_connected_again(place: Place, use: Keys):
    made = place.connect()
    begin(place)
    use(NEW)
    assert keys.forget("old") == 2
    found = connection(made)
    assert (found.state, found.attention, found.credentials) == ("attention", keys.LOST, "")
    with pytest.raises(Fatal, match="connect again"):
        kept(made).load()
    assert keys.problems() == []


def test_a_trip_whose_key_was_forgotten_ends_in_words(place: Place, use: Keys):
    trip = begin(place)
    finish(place, state_of(trip))
    use(NEW)
    keys.forget("old")
    look(trip.connection_id, interactive=True)
    assert connection(trip.connection_id).attention == "Connecting was interrupted: connect again."


def test_a_key_that_is_not_lost_is_not_forgotten(place: Place, use: Keys):
    place.connect()
    with pytest.raises(Refused, match="not lost"):
        keys.forget("old")
    with pytest.raises(NotFound, match="Nothing is sealed"):
        keys.forget("older")


def test_the_audit_tells_of_every_value_sealed_anew(place: Place, use: Keys):
    made = place.connect()
    use(NEW, OLD)
    keys.rotate()
    told = select(AuditEntry.subject, AuditEntry.details).where(
        AuditEntry.portal_id == place.portal_id, AuditEntry.action == "secret.resealed"
    )
    assert list(db.session.execute(told)) == [(str(made), {"field": "credentials", "key": "new"})]
    assert audit.verify(place.portal_id) is None


def test_every_sealed_value_of_the_database_is_known_to_the_rotation(place: Place, use: Keys):
    webhooks.make(place.portal_id, place.connect(), user_id=None)
    finish(place, state_of(begin(place)))
    someone = db.session.scalars(select(User.id).limit(1)).one()
    letters = context.safe().seal("A" * 32, portal=NO_PORTAL, owner=someone, field="secret")
    db.session.add(TwoFactor(user_id=someone, secret=letters))
    db.session.commit()
    sealed = "^old:[A-Za-z0-9+/]{40,}=*$"
    found = {
        (table.name, column.name)
        for module in TABLES
        for table in {each.__table__ for each in vars(module).values() if hasattr(each, "__table__")}
        for column in table.columns
        if db.session.scalar(select(func.count()).where(column.cast(db.Text).regexp_match(sealed)))
    }
    assert found == {(each.table.__tablename__, each.field) for each in keys.store.PLACES}
    assert context.safe().current == "old"
