"""What a review is made of, as pages show it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from webapp.services.merge_outcomes import MergeOutcome
from webapp.services.suggestions import Suggestion
from webapp.store.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer here of the same name; what else is told of it tells several apart.

    ``person`` is its primary contact, or blank.
    """

    our_id: uuid.UUID
    name: str
    currency: str
    contacts: int
    person: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One ticked customer.

    ``basis`` says why it is brought together with one here of another name: ``before`` or ``similar``.
    ``suggestions`` name others here that may be the same.

    ``choices`` are the answers it may get, none when nothing is asked; ``words`` say what is asked or will
    happen; ``changes`` what moved while it was chosen, as (what, before, now). ``kept_back`` is what plugins
    would not have written, and why; blank where that is nothing.
    """

    position: int
    their_id: str
    name: str
    contacts: int | None
    group: str
    action: str
    answer: str
    our_id: uuid.UUID | None
    basis: str
    suggestions: tuple[Suggestion, ...]
    candidates: tuple[Candidate, ...]
    twins: int
    choices: tuple[str, ...]
    words: str
    changes: tuple[tuple[str, str, str], ...]
    waiting_details: bool
    merge: MergeOutcome | None
    kept_back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Some items of one group; ``total`` of the whole group (of those found, under a search)."""

    group: str
    items: tuple[ReviewItem, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The plan in numbers, and the first page of each group that has items.

    ``customers`` and ``contacts`` will come (contacts of ``contacts_unread`` customers not counted);
    ``link`` customers were linked before. ``same_name`` customers are asked about; ``missing`` answers,
    ``changed`` customers and ``waiting_details`` hold the confirmation back; ``first_missing`` is the
    position to go to.
    ``remembered`` is the answer for all duplicates, if one was given.
    """

    run: Run
    customers: int
    contacts: int
    contacts_unread: int
    create: int
    link: int
    merge: int
    clone: int
    add: int
    skip: int
    blocked: int
    changed: int
    same_name: int
    missing: int
    first_missing: int | None
    waiting_details: int
    remembered: str
    groups: tuple[ReviewPage, ...]
