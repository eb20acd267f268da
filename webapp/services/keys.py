"""Keys of secrets at rest: which are in use, sealing everything with the first, giving up what is lost.

put a new key first → restart → rotate, while all goes on → take the old one off
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from webapp.extensions import db
from webapp.services import audit, connections, context
from webapp.services.errors import NotFound, Refused
from webapp.store import sealed as store
from webapp.store.connections import Connection
from webapp.store.sealed import Place, Sealed
from webapp.store.secrets import NO_PORTAL, SecretMoved, UnknownKey
from webapp.walls import across_portals, inside

ROWS_AT_ONCE = 100
PASSES = 5
"""How often what others sealed meanwhile with an older key is taken up again."""

LOST = "The key its secrets were sealed with is lost: connect again."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """One key: how many values it sealed, whether it is among the settings, whether it seals."""

    key: str
    values: int
    known: bool
    current: bool

    @property
    def removable(self) -> bool:
        """Whether the settings can do without it."""
        return self.known and not self.current and not self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation came to; ``left`` are values that could not be sealed anew, by the reason."""

    resealed: int
    left: dict[str, int]


@across_portals()
def in_use() -> list[KeyUse]:
    """List the keys of the settings, and those that values in the database name beside them."""
    safe = context.safe()
    counts: Counter[str] = Counter()
    for place in store.PLACES:
        counts.update(store.count_by_key(place))
    db.session.rollback()
    names = [*safe.key_ids, *sorted(set(counts) - set(safe.key_ids))]
    return [
        KeyUse(key=name, values=counts[name], known=name in safe.key_ids, current=name == safe.current)
        for name in names
    ]


def problems() -> list[str]:
    """Name each key that is still needed and not among the settings, with the remedy."""
    return [
        f"The key {use.key} is not among TANDEM_KEYS, and {_values(use.values)} sealed with it: add it there "
        f"again, after the first. If it is lost, run `tandem keys forget {use.key}` and connect again."
        for use in in_use()
        if not use.known
    ]


@across_portals()
def rotate() -> Rotation:
    """Seal every secret with the first key, one by one, while everything else goes on.

    Each value is its own transaction and only takes the place of the very value it was made of: a renewal in
    between wins, and is sealed anew in a later pass. What was done stays when this is stopped half way.
    """
    resealed, left = 0, Counter[str]()
    for _ in range(PASSES):
        left = Counter()
        for place in store.PLACES:
            resealed += _rotate_place(place, left)
        if not left[CHANGED]:
            break
    return Rotation(resealed=resealed, left={reason: count for reason, count in left.items() if count})


@across_portals()
def forget(key: str) -> int:
    """Give up what a lost key sealed; its connections need somebody to connect again. Return how many.

    Raises ``Refused`` for a key that is not lost, ``NotFound`` for one that nothing is sealed with.
    """
    if key in context.safe().key_ids:
        raise Refused(
            f"The key {key} is among TANDEM_KEYS, so what it sealed is not lost. Nothing was changed."
        )
    lost = [(place, each) for place in store.PLACES for each in store.sealed_with(place, key)]
    db.session.rollback()
    if not lost:
        raise NotFound(f"Nothing is sealed with the key {key}. See the keys with: tandem keys list.")
    given_up = sum(_give_up(place, each, key) for place, each in lost)
    log.warning("keys.forgotten", key=key, values=given_up)
    return given_up


CHANGED = "changed by somebody else meanwhile"
MOVED = "not sealed for the place they stand in"
UNKNOWN = "sealed with a key that is not among TANDEM_KEYS"


def _rotate_place(place: Place, left: Counter[str]) -> int:
    """Seal the values of one place anew; count in ``left`` those that stay as they are."""
    done, after, safe = 0, None, context.safe()
    while True:
        rows = store.sealed_with_others(place, safe.current, after=after, limit=ROWS_AT_ONCE)
        db.session.rollback()
        for each in rows:
            reason = _reseal(place, each)
            done += not reason
            left[reason] += bool(reason)
        if len(rows) < ROWS_AT_ONCE:
            return done
        after = rows[-1].owner


def _reseal(place: Place, each: Sealed) -> str:
    """Seal one value with the first key; return why not, or nothing."""
    safe = context.safe()
    try:
        text = safe.open(each.value, portal=each.portal_id or NO_PORTAL, owner=each.owner, field=place.field)
    except UnknownKey:
        return UNKNOWN
    except SecretMoved:
        return MOVED
    value = safe.seal(text, portal=each.portal_id or NO_PORTAL, owner=each.owner, field=place.field)
    with _holding(each):
        if not store.exchange(place, each, value):
            db.session.rollback()
            return CHANGED
        _tell(each, "secret.resealed", {"field": place.field, "key": safe.current})
    return ""


def _give_up(place: Place, each: Sealed, key: str) -> bool:
    with _holding(each):
        if not store.empty(place, each):
            db.session.rollback()
            return False
        _tell(each, "secret.given_up", {"field": place.field, "key": key})
        if place.table is Connection:
            connections.needs_attention(each.owner, LOST)
    return True


@contextmanager
def _holding(each: Sealed) -> Iterator[None]:
    """Enter the portal of a value and hold its audit; a user's own values are no portal's."""
    if each.portal_id is None:
        yield
        return
    with inside(each.portal_id):
        audit.hold(each.portal_id)
        yield


def _tell(each: Sealed, action: str, details: dict[str, str]) -> None:
    if each.portal_id is None:
        audit.record_for_user(each.owner, audit.COMMAND_LINE, action, details)
    else:
        audit.record(each.portal_id, audit.COMMAND_LINE, action, str(each.owner), details)
    db.session.commit()


def _values(count: int) -> str:
    return "1 secret is" if count == 1 else f"{count} secrets are"
