"""The review of an import: what each ticked customer will become, the answers that are missing, the confirmation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from webapp.sdk import Value
from webapp.store.runs import Run

GROUPS = ("changed", "same_name", "create", "blocked")
ANSWERS = ("merge", "clone", "skip", "take")
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOutcome:
    """What a merge does to one field: ``kind`` is equal, filled_here, filled_there or differs; ``winner`` ours or theirs."""

    field: str
    ours: Value
    theirs: Value
    kind: str
    winner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOutcome:
    """What a merge does with one person: paired (``why`` says by what) or added on the side that lacks it.

    ``kind`` is paired, added_here or added_there.
    """

    name: str
    kind: str
    why: str
    fields: tuple[FieldOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOutcome:
    """A merge, field by field. ``refused`` says why it cannot be carried out as it stands, if so."""

    fields: tuple[FieldOutcome, ...]
    people: tuple[PersonOutcome, ...]
    equal: int
    filled: int
    differs: int
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer here of the same name. ``hint`` tells several apart: currency, a person, when it was made."""

    our_id: uuid.UUID
    name: str
    contacts: int
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One ticked customer. ``choices`` are the answers it may get, blank when nothing is asked; ``words`` what is
    asked or will happen; ``changes`` what moved while it was chosen, as (what, before, now)."""

    position: int
    their_id: str
    name: str
    contacts: int | None
    group: str
    action: str
    answer: str
    our_id: uuid.UUID | None
    candidates: tuple[Candidate, ...]
    twins: int
    choices: tuple[str, ...]
    words: str
    changes: tuple[tuple[str, str, str], ...]
    waiting_details: bool
    merge: MergeOutcome | None


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
    ``missing`` answers and ``waiting_details`` hold the confirmation back, ``first_missing`` is the
    position to go to. ``remembered`` is the answer for all duplicates, if one was given.
    """

    run: Run
    customers: int
    contacts: int
    contacts_unread: int
    create: int
    merge: int
    clone: int
    skip: int
    blocked: int
    changed: int
    missing: int
    first_missing: int | None
    waiting_details: int
    remembered: str
    groups: tuple[ReviewPage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredAll:
    """What an answer for all did: how many took it, and how many it could not be given to, with why in words."""

    answered: int
    left: int
    words: str


def open_review(run: Run) -> Run:
    """Turn what is ticked into items with their fingerprints. Raises ``Refused`` when nothing is ticked."""
    raise NotImplementedError


def back(run: Run) -> Run:
    """Go back to choosing; the selection stays and the answers are remembered for the next review."""
    raise NotImplementedError


def review(run: Run) -> Review:
    """Tell the whole plan: numbers, and the first page of each group. Nothing is written at the provider."""
    raise NotImplementedError


def review_page(run: Run, group: str, *, q: str = "", number: int = 1) -> ReviewPage:
    """Tell one page of one group."""
    raise NotImplementedError


def answer(run: Run, position: int, answer: str, our_id: uuid.UUID | None = None) -> ReviewItem:
    """Answer for one customer. ``merge`` names which customer when several share the name; ``take`` accepts what changed.

    Raises ``NotFound`` for an unknown position, ``Invalid`` or ``Refused`` for an answer that cannot be
    given to it.
    """
    raise NotImplementedError


def answer_all(run: Run, answer: str) -> AnsweredAll:
    """Give one answer to all customers of the same-name group (or, with ``take`` and ``skip_changed``, the changed group)."""
    raise NotImplementedError


def confirm(run: Run, user_id: uuid.UUID) -> Run:
    """Queue the import exactly as reviewed; a second confirmation changes nothing.

    When something moved since, the run stays in review with those rows marked. Raises ``Refused`` while
    answers or details are missing, or when nothing would be imported.
    """
    raise NotImplementedError
