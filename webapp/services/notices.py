"""Notices: telling people what needs them or came to its end, in the portal and by mail.

what happened → one notice for the matter, in the same transaction → who may hear it reads it here, or gets a
mail of it, which is written when it is sent → what is solved rings no longer
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from webapp.extensions import db
from webapp.services import context
from webapp.services.errors import NotFound
from webapp.services.labels import label_of, provider_label
from webapp.services.notice_kinds import KINDS, Kind, Words, kinds_for
from webapp.services.reader import Reader
from webapp.store import mails
from webapp.store import notices as store
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.notices import WAYS, Audience, Head, Notice
from webapp.store.portals import Membership, places_of
from webapp.store.runs import Run

PAGE_SIZE = 30
MOST_COUNTED = 100
"""More unread notices than that are not counted one by one."""

WORTH_A_NOTICE = 20 * 60
"""Seconds from which on a pause is told."""

ABOUT_WAITING = ("limits.day", "limits.pause")
ABOUT_CONNECTION = ("connection.attention", "connection.keys", *ABOUT_WAITING)
ABOUT_RESTORING = ("connection.restored",)
BRAKE = "sync.brake"
ENDED = "The connection was ended."


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeData:
    """A notice as somebody reads it."""

    id: uuid.UUID
    kind: Kind
    subject_id: uuid.UUID
    words: Words
    times: int
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None
    solved: str
    read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """A page of notices, and how many there are of each sort."""

    rows: tuple[NoticeData, ...]
    number: int
    total: int
    unread: int


def tell(
    portal_id: uuid.UUID,
    kind: str,
    subject_id: uuid.UUID,
    details: Mapping[str, Any],
    *,
    user_id: uuid.UUID | None = None,
) -> None:
    """Tell of a matter, in the caller's transaction; repeated trouble updates its notice.

    Call it last: its row is locked after the audit, and after connections, runs and the portal.
    """
    known, moment = KINDS[kind], now()
    notice_id = store.keep(portal_id, kind, subject_id, dict(details), user_id=user_id, moment=moment)
    if notice_id is None:
        return
    mails.post_notice(
        portal_id,
        notice_id,
        kind,
        permission=known.permission,
        user_id=user_id,
        moment=moment,
        wait=known.wait,
    )
    store.forget_old(portal_id, moment)


def tell_attention(connection: Connection, reason: str, *, keys: bool = False) -> None:
    """Tell that a connection needs a person; `keys` when its secrets cannot be opened."""
    details = {**_about(connection), "reason": reason}
    kind = "connection.keys" if keys else "connection.attention"
    tell(connection.portal_id, kind, connection.id, details)


def tell_restored(connection: Connection) -> None:
    """Tell that the database is older than what was done with a connection, and its sync held."""
    tell(connection.portal_id, "connection.restored", connection.id, _about(connection))


def tell_brake(connection: Connection, brakes: Iterable[Mapping[str, Any]]) -> None:
    """Tell that a pass would delete or blank so much that a person has to look first."""
    tell(connection.portal_id, BRAKE, connection.id, {**_about(connection), "brakes": list(brakes)})


def brake_is_off(connection: Connection) -> None:
    """Note that the brake holds nothing of a connection any more."""
    _resolve(connection, (BRAKE,))


def tell_waiting(connection: Connection, kind: str, records: int, since: datetime) -> None:
    """Tell how many conflicts, or problems (``kind``), of a connection wait, and since when the oldest."""
    details = {**_about(connection), "records": records, "since": since.isoformat()}
    tell(connection.portal_id, kind, connection.id, details)


def waits_no_more(connection: Connection, kinds: Iterable[str]) -> None:
    """Note that nothing waits of some kinds at a connection any more."""
    _resolve(connection, kinds)


def tell_pause(connection: Connection, reason: str, until: datetime, *, day: bool) -> None:
    """Tell that work with a connection waits for long; `day` when the day's calls are used up."""
    if not day and until - now() < timedelta(seconds=WORTH_A_NOTICE):
        return
    details = {**_about(connection), "reason": reason, "until": until.isoformat()}
    tell(connection.portal_id, "limits.day" if day else "limits.pause", connection.id, details)


def tell_end(run: Run, counts: Mapping[str, int]) -> None:
    """Tell of a run that ended: what failed to those who look after connections, else to who started it."""
    told = {name: counts.get(name, 0) for name in ("contacts", "failed", "partly", "changed")}
    details = {
        "label": provider_label(run.portal_id, run.connection_id),
        "number": run.number,
        "arrived": sum(counts.get(name, 0) for name in ("created", "merged", "cloned")),
        **told,
    }
    if told["failed"] or told["partly"] or run.state == "failed":
        tell(run.portal_id, "run.failed", run.id, details, user_id=run.started_by)
    elif run.started_by is not None and run.state == "done":
        tell(run.portal_id, "run.finished", run.id, details, user_id=run.started_by)


def goes_on(connection: Connection) -> None:
    """Note that work with a connection goes on again."""
    _resolve(connection, ABOUT_WAITING)


def looked_at(connection: Connection) -> None:
    """Note that a person has looked at an older database, and let the sync go on."""
    _resolve(connection, ABOUT_RESTORING)


def connected_again(connection: Connection) -> None:
    """Note that a connection works again."""
    _resolve(connection, ABOUT_CONNECTION)


def connection_ended(connection: Connection) -> None:
    """Note that a connection was ended, so that nothing of it matters any more."""
    _resolve(connection, ABOUT_CONNECTION, how=ENDED)


def portal_kept(portal_id: uuid.UUID) -> None:
    """Note that a portal is not deleted after all."""
    store.resolve(portal_id, ("portal.deletion",), portal_id, how="The portal stays.", moment=now())


def unread(place: Membership) -> list[Notice]:
    """List what somebody has not read and what still matters, newest first, 100 at most."""
    return [notice for notice in store.unread(audience_of(place), limit=MOST_COUNTED) if notice.kind in KINDS]


def heads(told: Iterable[tuple[str, str, str]] | None) -> tuple[Head, ...]:
    """Read the heads of notices that were asked for along with something else."""
    return tuple(
        Head(uuid.UUID(notice), kind, uuid.UUID(about)) for notice, kind, about in told or () if kind in KINDS
    )


def page(place: Membership, reader: Reader, *, only_unread: bool, number: int) -> NoticePage:
    """Return a page of what somebody was told, newest first."""
    audience = audience_of(place)
    waiting = store.unread(audience, limit=MOST_COUNTED)
    if only_unread:
        rows = [(notice, False) for notice in waiting]
        number, total = 1, len(waiting)
    else:
        number = max(number, 1)
        rows, total = store.page(audience, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    shown = tuple(
        _read(notice, reader, was_read=was_read) for notice, was_read in rows if notice.kind in KINDS
    )
    return NoticePage(rows=shown, number=number, total=total, unread=len(waiting))


def find(place: Membership, notice_id: uuid.UUID) -> Notice:
    """Return a notice that somebody may see; raise NotFound."""
    found = store.one(audience_of(place), notice_id)
    if found is None or found.kind not in KINDS:
        raise NotFound("This notice is gone.")
    return found


def mark_read(place: Membership, *, among: Iterable[uuid.UUID] | None = None) -> None:
    """Note that somebody has read notices, all of them unless some are named; not in read-only mode."""
    if context.settings().read_only:
        return
    store.mark_read(audience_of(place), now(), among=None if among is None else list(among))
    db.session.commit()


def mark_unread(place: Membership, notice_id: uuid.UUID) -> None:
    """Take back that somebody has read a notice."""
    store.mark_unread(audience_of(place), find(place, notice_id).id)
    db.session.commit()


def audience_of(place: Membership) -> Audience:
    """Tell what a member may hear."""
    kinds = kinds_for(frozenset(place.profile.permissions))
    return Audience(portal_id=place.portal_id, user_id=place.user_id, kinds=kinds)


def kinds_that_concern(user_id: uuid.UUID) -> list[Kind]:
    """List the kinds a user may hear in any portal, in the order of settings."""
    held = frozenset(permission for place in places_of(user_id) for permission in place.profile.permissions)
    return [kind for kind in KINDS.values() if kind.permission is None or kind.permission in held]


def wanted(user_id: uuid.UUID) -> dict[str, dict[str, bool]]:
    """Tell for every kind and way whether a user wants to hear it."""
    muted = store.mutes_of(user_id)
    return {kind: {way: (kind, way) not in muted for way in WAYS} for kind in KINDS}


def set_wanted(
    user_id: uuid.UUID, wishes: Mapping[str, Iterable[str]], *, ways: Iterable[str] = WAYS
) -> None:
    """Set by which ways a user wants to hear of kinds; ways and kinds that are not named stay as they are."""
    ways, muted = tuple(ways), store.mutes_of(user_id)
    kinds = [kind for kind in wishes if kind in KINDS]
    kept = {(kind, way) for kind, way in muted if kind in kinds and way not in ways}
    off = {(kind, way) for kind in kinds for way in ways if way not in wishes[kind]}
    store.set_mutes(user_id, kinds, kept | off)
    db.session.commit()


def words_of(notice: Notice, reader: Reader) -> Words:
    """Write a notice out for a reader."""
    return KINDS[notice.kind].words(notice.details, reader)


def _about(connection: Connection) -> dict[str, Any]:
    return {"label": label_of(connection.provider), "organization": connection.organization_name}


def _resolve(connection: Connection, kinds: Iterable[str], *, how: str = "") -> None:
    store.resolve(connection.portal_id, kinds, connection.id, how=how, moment=now())


def _read(notice: Notice, reader: Reader, *, was_read: bool) -> NoticeData:
    return NoticeData(
        id=notice.id,
        kind=KINDS[notice.kind],
        subject_id=notice.subject_id,
        words=words_of(notice, reader),
        times=notice.times,
        first_at=notice.first_at,
        last_at=notice.last_at,
        resolved_at=notice.resolved_at,
        solved=(notice.details.get("solved") or KINDS[notice.kind].solved) if notice.resolved_at else "",
        read=was_read,
    )
