"""The mirror, kept: how what the provider holds comes into our tables.

    changed since the mark → census of customers → census of contacts → details of who changed → who is gone

Each page is one transaction with the mark that follows it and the fence asserted, so a crash at any point repeats
at most one page. Reading is done in slices; the tables alone say where to go on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from webapp.services.leases import Lease


def request(portal_id: uuid.UUID, connection_id: uuid.UUID) -> None:
    """Ask, as a person does, that changes be read now; harmless while that is under way. Raises NotFound, Refused."""
    raise NotImplementedError


def refresh_when_stale(portal_id: uuid.UUID, connection_id: uuid.UUID) -> bool:
    """Ask for a refresh in the background if the last one is older than the poll interval; tell whether one is due."""
    raise NotImplementedError


def ensure_contacts(lease: Lease, their_ids: Sequence[str], *, until: Callable[[], bool]) -> bool:
    """Read the contacts of these customers if they are unread, by whichever way costs fewer calls.

    Goes on until `until()` says stop and returns whether all are read by then; customers that turn out
    to be gone count as read (their ``gone_at`` is set). Call it outside a transaction.
    """
    raise NotImplementedError


def read_detail(lease: Lease, their_id: str) -> bool:
    """Read one customer in full, with its contacts, into the mirror; return False when it is gone there.

    Costs one call. Call it outside a transaction; what it stores is committed.
    """
    raise NotImplementedError


def read_details(lease: Lease, their_ids: Sequence[str], *, until: Callable[[], bool]) -> bool:
    """Read those of these customers in full whose detail is not the newest; return whether all are read by then."""
    raise NotImplementedError


def refresh_slice(lease: Lease, *, until: Callable[[], bool], bulk: bool) -> bool:
    """Do what is due of the mirror until `until`; return whether more is due at once.

    Without `bulk` only changes that a person asked for are read.
    """
    raise NotImplementedError
