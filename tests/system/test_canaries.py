"""Secrets and people's data that can be recognised, and where they turn up in the main job and its faults."""

from __future__ import annotations

import base64
import re
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
import psycopg
import pytest
import requests

from tests.settings import ENVIRONMENT
from tests.system.pages import Page, Visitor
from tests.system.place import Place
from tests.system.valkey import everything_in, overheard
from tests.system.whole import Tandem
from webapp.extensions import db
from webapp.sdk import ProviderError
from webapp.services import connecting, portals
from webapp.services.credentials import KeptCredentials
from webapp.store.customers import Contact

TOKEN = re.compile(rb"1000\.[0-9a-f]{32}\.[0-9a-f]{32}")
PASSWORD = "canary password Zm9vYmFy"
PERSON = {
    "first_name": "Canarina",
    "last_name": "Kanarienvogel",
    "email": "canarina@kanarien.example",
    "phone": "+49 30 7755331188",
    "designation": "Canary Keeper",
}
COMPANY = "Kanarien Canary Customer"
PEOPLE = ("canarina", "kanarien", "7755331188")


@dataclass(slots=True)
class Trail:
    """Where the canaries flew: what was seen of pages, all that went through Valkey, and what it kept."""

    place: Place
    pages: list[Page] = field(default_factory=list)
    valkey: list[bytes] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    @property
    def tandem(self) -> Tandem:
        return self.place.tandem

    def logs(self) -> bytes:
        """All that was logged."""
        return b"".join(log.read_bytes() for log in self.tandem.logs.glob("*.log"))


def connect(place: Place, secret: str) -> uuid.UUID:
    """Connect with a client secret that can be recognised, and read everything once."""
    asked = {"client_id": "1000.CANARY", "client_secret": secret}
    made = requests.post(f"{place.tandem.practice.url}/_sandbox/token", json=asked, timeout=10).json()
    credentials = {name: made[name] for name in ("client_id", "client_secret", "refresh_token")}
    with place.tandem.app.app_context():
        connection_id = connecting.add(
            place.portal_id,
            provider="books",
            region="sandbox",
            credentials=credentials,
            organization_id=made["organization_id"],
            user_id=place.user_id,
        )
    place.await_mirror(connection_id)
    return connection_id


def renewed(place: Place, connection_id: uuid.UUID) -> set[str]:
    """Have the token expire and renewed; return every secret the connection has now."""
    requests.post(f"{place.tandem.practice.url}/_sandbox/expire-all", timeout=10)
    place.refresh(connection_id)
    with place.tandem.app.app_context():
        kept = KeptCredentials(place.portal_id, connection_id).load()[1]
        return {kept[name] for name in ("client_secret", "refresh_token", "access_token")}


def walk(trail: Trail, visitor: Visitor, *addresses: str) -> None:
    """Open pages and everything below this portal they link to, once for each kind of page."""
    waiting, seen = list(addresses), set()
    while waiting:
        address = waiting.pop()
        if address in seen or len(seen) > 60:
            continue
        seen.add(address)
        page = visitor.open(address)
        trail.pages.append(page)
        base = f"{trail.tandem.url}/p/{trail.place.key}/"
        waiting += [to.partition("#")[0] for _, to in page.links if to.startswith(base)]


@pytest.fixture(scope="module")
def as_database_owner(
    running_tandem: Tandem, as_owner: Callable[[str], psycopg.Connection]
) -> Iterator[psycopg.Connection]:
    """The running Tandem's database, as its owner."""
    with as_owner(running_tandem.environment["DATABASE_URL"]) as connection:
        yield connection


@contextmanager
def broken(owner: psycopg.Connection, statement: str, mended: str) -> Iterator[None]:
    """Let the database refuse something for a while."""
    owner.execute(statement)
    try:
        yield
    finally:
        owner.execute(mended)


@pytest.fixture(scope="module")
def trail(running_tandem: Tandem, as_database_owner: psycopg.Connection) -> Trail:
    """The main job and its faults, done with canaries."""
    running_tandem.begin(seed=1, customers=5)
    place, secret = Place.new(running_tandem), f"canary-secret-{secrets.token_hex(16)}"
    trail, ids = Trail(place, secrets={secret, PASSWORD}), put_on_both_sides(place)
    with overheard(running_tandem.environment["REDIS_URL"], trail.valkey):
        connection_id = connect(place, secret)
        trail.secrets |= renewed(place, connection_id)
        visitor = log_in(trail)
        base = f"/p/{place.key}"
        walk(trail, visitor, f"{base}/connections/{connection_id}/import/?q=Canarina+7755331188")
        fault_at_the_provider(running_tandem.practice)
        with broken(as_database_owner, *REFUSE_A_PERSON):
            run = place.start(connection_id, "merge", *ids)
            place.await_end(run)
        with broken(as_database_owner, *LOSE_A_TABLE):
            trail.pages.append(visitor.open(f"{base}/client-users/?q=Canarina"))
        trail.secrets |= renewed(place, connection_id)
        walk(trail, visitor, f"{base}/runs/{run}", f"{base}/client-users/")
        trail.pages.append(erase(place, visitor))
    trail.kept += everything_in(running_tandem.environment["REDIS_URL"])
    return trail


def put_on_both_sides(place: Place) -> list[str]:
    """Make customers there, half of which are here too; return their ids there."""
    for number in range(3):
        person = {**PERSON, "email": f"other{number}@kanarien.example"}
        place.add(f"{COMPANY} {number}", person, website="https://x.example")
    website = "https://kanarien.example"
    return [place.tandem.practice.create(f"{COMPANY} {at}", PERSON, website=website) for at in range(6)]


def log_in(trail: Trail) -> Visitor:
    """Log somebody in whose e-mail and password can be recognised, at the second attempt."""
    place, visitor = trail.place, Visitor(trail.tandem.url)
    email = f"kanarienwart@{place.key}.example"
    with trail.tandem.app.app_context():
        portals.add_user(place.portal_id, email, "Canary Owner", password=PASSWORD, profile="Owner")
    door = visitor.open(f"/p/{place.key}/")
    for password in (f"{PASSWORD} x", PASSWORD):
        trail.pages.append(visitor.press(door, "Log in", email=email, password=password))
    return visitor


def erase(place: Place, visitor: Visitor) -> Page:
    """Erase what is kept of one of the persons; return what is said then."""
    with place.tandem.app.app_context():
        mine = db.select(Contact.customer_id, Contact.id).where(Contact.portal_id == place.portal_id)
        found = db.session.execute(mine.where(Contact.first_name == PERSON["first_name"]).limit(1)).one()
    page = visitor.open(f"/p/{place.key}/customers/{found.customer_id}/contacts/{found.id}/data/")
    return visitor.press(page, "Erase for good", where="here")


REFUSE_A_PERSON = (
    "ALTER TABLE contact ADD CONSTRAINT refused CHECK (first_name <> 'Canarina') NOT VALID",
    "ALTER TABLE contact DROP CONSTRAINT refused",
)
LOSE_A_TABLE = ("ALTER TABLE contact RENAME TO lost_contact", "ALTER TABLE lost_contact RENAME TO contact")


def fault_at_the_provider(practice: object) -> None:
    """Let the next writes fail with words, with a broken answer and without one, each naming a person."""
    words = f"{PERSON['first_name']} of {COMPANY} <{PERSON['email']}> is not allowed"
    practice.fault(method="PUT", status=400, code=4, message=words)
    practice.fault(method="PUT", status=500, body=f"<html>{words}</html>")
    practice.fault(
        method="POST", path="contactpersons", body={"contact_person": {"first_name": words, "x": [1]}}
    )


def spellings(secret: str) -> Iterator[bytes]:
    """The ways a secret may stand somewhere: plain, in hex, and in base64 at each of its three places."""
    plain = secret.encode()
    yield from (plain, plain.hex().encode(), secret[::-1].encode())
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + plain)
        # The ends depend on what stands beside it.
        yield encoded[4 if shift else 0 : -4]


def found(secrets_known: set[str], text: bytes) -> list[str]:
    """Which secrets a text holds, in whatever spelling; tokens by their form too."""
    held = [secret[:12] for secret in secrets_known if any(each in text for each in spellings(secret))]
    return held + [token[:12].decode() for token in TOKEN.findall(text)]


def named(text: bytes) -> list[str]:
    """Which of the people's data a text holds."""
    lower = text.lower()
    return [
        lower[max(0, at - 80) : at + 80].decode("utf-8", "replace")
        for word in PEOPLE
        if (at := lower.find(word.encode())) >= 0
    ]


def test_the_trail_leads_through_the_faults(trail: Trail):
    logs = trail.logs()
    assert b"run.item_failed" in logs or b"look.failed" in logs
    assert b"page_failed" in logs
    assert b"CheckViolation" in logs
    assert b"UndefinedTable" in logs
    assert b"level=debug" in logs
    assert len(trail.secrets) >= 5
    assert len(trail.valkey) > 100
    assert len(trail.pages) > 20
    assert 500 in {page.status for page in trail.pages}
    assert any(COMPANY in page for page in trail.pages)


def test_no_secret_is_in_a_log(trail: Trail):
    assert found(trail.secrets, trail.logs()) == []


def test_nobodys_data_is_in_a_log(trail: Trail):
    assert named(trail.logs()) == []


def test_no_secret_and_nobodys_data_went_through_valkey(trail: Trail):
    everything = b"\n".join(trail.valkey)
    assert found(trail.secrets, everything) == []
    assert named(everything) == []


def test_nothing_of_a_person_who_was_erased_is_left_in_valkey_or_in_a_log(trail: Trail):
    assert "They are not imported again." in trail.pages[-1]
    assert len(trail.kept) > 10
    assert named(b"\n".join(trail.kept)) == []
    assert named(trail.logs()) == []


def test_no_secret_is_on_a_page_not_even_on_one_that_broke(trail: Trail):
    for page in trail.pages:
        assert found(trail.secrets, page.html.encode()) == [], page.url


def test_no_secret_is_in_the_database_in_any_spelling(trail: Trail, as_database_owner: psycopg.Connection):
    tables = as_database_owner.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    dump = b""
    for (table,) in tables.fetchall():
        with as_database_owner.cursor().copy(f'COPY (SELECT * FROM "{table}") TO STDOUT') as rows:
            dump += b"".join(bytes(row) for row in rows)
    assert COMPANY.encode() in dump
    assert found(trail.secrets, dump) == []


def test_no_secret_is_among_the_arguments_of_a_process(trail: Trail):
    settings = {ENVIRONMENT["TANDEM_SECRET_KEY"], ENVIRONMENT["TANDEM_KEYS"].partition(":")[2]}
    processes = psutil.Process().children(recursive=True)
    words = [" ".join(each.cmdline()) for each in processes if each.status() != psutil.STATUS_ZOMBIE]
    assert any("worker" in each for each in words)
    for each in words:
        assert found(trail.secrets | settings, each.encode()) == []
        assert "postgresql://" not in each


def test_a_connection_that_is_refused_says_nothing_of_its_secrets(trail: Trail):
    entered = {"client_id": "1000.NOBODY", "client_secret": PASSWORD, "refresh_token": PASSWORD}
    with trail.tandem.app.app_context(), pytest.raises(ProviderError) as caught:
        connecting.add(trail.place.portal_id, provider="books", region="sandbox", credentials=entered)
    assert found(trail.secrets, f"{caught.value!r} {caught.value}".encode()) == []
    assert PASSWORD not in repr(trail.tandem.app.config["TANDEM"])
