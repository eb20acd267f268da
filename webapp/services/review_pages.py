"""A review as people read it: the plan in numbers, its items group by group, each merge field by field."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services.errors import NotFound
from webapp.services.labels import provider_label
from webapp.services.merge_outcomes import (
    FieldOutcome,
    MergeOutcome,
    PersonOutcome,
    kept_back,
    merge_outcomes,
)
from webapp.services.review_values import Candidate, Review, ReviewItem, ReviewPage
from webapp.services.review_words import changes_of, words_of
from webapp.services.suggestions import Suggestion, suggest
from webapp.store import review_items, reviews
from webapp.store.mirror import MOST_FAILURES, MirrorCustomer
from webapp.store.runs import Run, RunItem
from webapp.sync import alike

__all__ = [
    "GROUPS",
    "PAGE_SIZE",
    "Candidate",
    "FieldOutcome",
    "MergeOutcome",
    "PersonOutcome",
    "Review",
    "ReviewItem",
    "ReviewPage",
    "numbers",
    "review",
    "review_page",
    "shown_item",
]

GROUPS = ("changed", "same_name", "link", "add", "create", "skip", "blocked")
PAGE_SIZE = 50
_COMING = (*review_items.IMPORTING, "ask")


def review(run: Run) -> Review:
    """Tell the whole plan: numbers, and the first page of each group. Nothing is written at the provider."""
    tally = _tally(run)
    totals: dict[str, int] = defaultdict(int)
    for row in tally:
        totals[row.group] += row.items
    pages = (review_page(run, group, total=totals[group]) for group in GROUPS if group in totals)
    return replace(_numbers(run, tally), groups=tuple(pages))


def numbers(run: Run) -> Review:
    """Tell the plan in numbers alone, without any group."""
    return _numbers(run, _tally(run))


def _numbers(run: Run, tally: Sequence[Row[Any]]) -> Review:
    actions: dict[str, int] = defaultdict(int)
    groups: dict[str, int] = defaultdict(int)
    for row in tally:
        groups[row.group] += row.items
        if row.group != "changed":
            actions[row.action] += row.items
    coming = [row for row in tally if row.action in _COMING and row.group != "changed"]
    return Review(
        run=run,
        customers=sum(row.items for row in coming),
        contacts=sum(row.contacts for row in coming if row.action != "add"),
        contacts_unread=sum(row.unread for row in coming if row.action != "add"),
        create=actions["create"],
        link=sum(row.items for row in tally if (row.group, row.action) == ("link", "merge")),
        merge=sum(row.items for row in tally if row.action == "merge" and row.group in ("same_name",)),
        clone=actions["clone"],
        add=actions["add"],
        skip=actions["skip"],
        blocked=actions["blocked"],
        changed=groups["changed"],
        same_name=groups["same_name"],
        missing=actions["ask"],
        first_missing=review_items.first_unanswered(run) if actions["ask"] else None,
        waiting_details=review_items.details_wanted(run) if actions["merge"] else 0,
        remembered=run.answers.get("all", ""),
        groups=(),
    )


def review_page(
    run: Run, group: str, *, q: str = "", number: int = 1, total: int | None = None
) -> ReviewPage:
    """Tell one page of one group; a page beyond the end is the last. ``total`` is counted if not known."""
    total = review_items.count_group(run, group, q) if total is None else total
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = min(max(1, number), pages)
    items = review_items.group_items(run, group, q, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return ReviewPage(group=group, items=_shown(run, items), total=total, number=number, pages=pages)


def shown_item(run: Run, position: int) -> ReviewItem:
    """Tell one item; raises ``NotFound``."""
    item = review_items.item_at(run, position)
    if item is None:
        raise NotFound("There is no such customer in this review.")
    return _shown(run, [item])[0]


def _tally(run: Run) -> list[Row[Any]]:
    """Count the items; what is shown is what gets confirmed, so contacts read since are part of it now."""
    tally = review_items.tally(run)
    merging = any(row.action == "merge" for row in tally)
    if merging and run.state == "review" and reviews.pin_contacts(run):
        db.session.commit()
        return review_items.tally(run)
    return tally


def _shown(run: Run, items: Sequence[RunItem]) -> tuple[ReviewItem, ...]:
    mirrored = review_items.mirror_rows(run, [item.their_id for item in items])
    merging = [item for item in items if item.action == "merge"]
    waiting = {item.their_id for item in merging if _unread(mirrored.get(item.their_id))}
    outcomes = merge_outcomes(run, [item for item in merging if item.their_id not in waiting])
    refused = kept_back(run, [item for item in items if item.action in ("create", "clone")])
    able = _candidates(run, items)
    similar = _suggestions(run, items, mirrored)
    label = provider_label(run.portal_id, run.connection_id)
    return tuple(
        ReviewItem(
            position=item.position,
            their_id=item.their_id,
            name=item.name,
            contacts=_contacts(item, mirrored.get(item.their_id)),
            group=_group(item),
            action=item.action,
            answer=item.answer,
            our_id=item.our_id,
            basis=item.basis,
            suggestions=similar.get(item.their_id, ()),
            candidates=_able(item, able) if _group(item) in ("same_name", "link") else (),
            twins=item.twins,
            choices=_choices(item),
            words=words_of(item, label, waiting=item.their_id in waiting),
            changes=changes_of(run, item, mirrored.get(item.their_id), label),
            waiting_details=item.their_id in waiting,
            merge=outcomes.get(item.position),
            kept_back=refused.get(item.position, ""),
        )
        for item in items
    )


def _unread(row: MirrorCustomer | None) -> bool:
    return row is not None and row.detail_version != row.version and row.failures < MOST_FAILURES


def _contacts(item: RunItem, row: MirrorCustomer | None) -> int | None:
    return row.contacts_count if row is not None else item.contacts


def _group(item: RunItem) -> str:
    if item.state == "changed":
        return "changed"
    if item.action in ("blocked", "add"):
        return item.action
    if item.basis == "before":
        return "link"
    if item.namesakes or item.twins or item.basis == "similar":
        return "same_name"
    return "skip" if item.action == "skip" else "create"


def _choices(item: RunItem) -> tuple[str, ...]:
    group = _group(item)
    if group == "changed":
        return "take", "skip"
    if group in ("same_name", "link"):
        able = item.candidates or item.basis
        return ("merge", "clone", "skip") if able else ("clone", "skip")
    return {"create": ("skip",), "skip": ("clone",)}.get(group, ())


def _candidates(run: Run, items: Sequence[RunItem]) -> list[tuple[str, Candidate]]:
    """List who could be merged with, each beside its name as names are compared."""
    keys = {item.name_key for item in items if item.namesakes}
    ids = {item.our_id for item in items if item.basis and item.our_id}
    return [
        (
            row.name_key,
            Candidate(
                our_id=row.id,
                name=row.name,
                currency=row.currency,
                contacts=row.contacts,
                person=row.person or "",
                since=row.created_at,
            ),
        )
        for row in (review_items.candidates(run, keys, ids) if keys or ids else ())
    ]


def _able(item: RunItem, found: Sequence[tuple[str, Candidate]]) -> tuple[Candidate, ...]:
    """Return whom an item could be merged with: those of its name, and the one somebody chose."""
    of_basis = item.our_id if item.basis else None
    return tuple(
        each
        for name_key, each in found
        if each.our_id == of_basis or (item.namesakes and name_key == item.name_key)
    )


def _suggestions(
    run: Run, items: Sequence[RunItem], mirrored: Mapping[str, MirrorCustomer]
) -> dict[str, tuple[Suggestion, ...]]:
    """Suggest for those that would be new who here may be the same."""
    new = [
        mirrored[item.their_id] for item in items if item.their_id in mirrored and _group(item) == "create"
    ]
    asked = {
        row.their_id: alike.traits((row.name, row.company_name), (row.primary_email,), (row.primary_phone,))
        for row in new
    }
    return suggest(run.portal_id, run.connection_id, asked) if asked else {}
