"""The review of an import: what each ticked customer becomes, the answers still missing, the confirmation."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, marking, merge_fields, reviews
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.services.reviews import Review, ReviewPage
from webapp.store.runs import Run
from webapp.web.frame import frame
from webapp.web.render import page, wants_fragment
from webapp.web.scope import scope, to_import

blueprint = Blueprint("reviews", __name__, url_prefix="/p/<portal_key>/runs/<uuid:run_id>/review")

POSITION = re.compile(r"\d{1,9}", re.ASCII)
ANSWER_FIELD = re.compile(r"answer-(\d{1,9})", re.ASCII)
CHOICE_FIELD = re.compile(r"take-(\d{1,9})-(.{1,300})", re.ASCII)
LAST_PAGE = 1_000_000
ALL = {"merge": "merged", "clone": "cloned", "skip": "left out", "take": "taken as they are now"}


@blueprint.get("")
@to_import
def show(run_id: uuid.UUID) -> ResponseReturnValue:
    """Show the plan, group by group."""
    run = scope().run(run_id)
    if run.state != "review":
        return redirect(_where_it_went(run), 303)
    return _plan(run)


@blueprint.get("/news")
@to_import
def news(run_id: uuid.UUID) -> ResponseReturnValue:
    """Show what became known since: the merges whose details came in, and the numbers."""
    run = scope().run(run_id)
    if run.state != "review" or not wants_fragment():
        return _elsewhere(_where_it_went(run))
    waiting = {position for position in request.args.getlist("waiting", type=int) if position is not None}
    return _plan(run, fragment=("bar", "sum", "fresh"), waiting=waiting)


@blueprint.post("/answers")
@to_import
def answer(run_id: uuid.UUID) -> ResponseReturnValue:
    """Take answers: the one just given, all on the page, or one for all."""
    run = scope().run(run_id)
    problems = _keep_answers(run)
    problems |= _keep_marks(run)
    for_all = request.form.get("all", "")
    said = _answer_all(run, for_all) if for_all else ""
    item = request.form.get("item", "")
    if wants_fragment() and POSITION.fullmatch(item):
        return _one(run, int(item), problems)
    if problems or wants_fragment():
        return _plan(run, status=422 if problems else 200, problems=problems, said=said)
    if said:
        flash(said)
    return redirect(url_for(".show", run_id=run.id, **_asked()), 303)


@blueprint.get("/confirm")
@blueprint.get("/answers")
@blueprint.get("/back")
@to_import
def show_again(run_id: uuid.UUID) -> ResponseReturnValue:
    """Show the review to whoever asks for the address of its form: after a log-in, or from the history."""
    return redirect(url_for(".show", run_id=run_id), 303)


@blueprint.post("/confirm")
@to_import
def confirm(run_id: uuid.UUID) -> ResponseReturnValue:
    """Queue the import as it is shown, or say what is still in the way."""
    run = scope().run(run_id)
    problems = _keep_answers(run) if run.state == "review" else {}
    if problems:
        return _plan(run, status=422, problems=problems)
    try:
        confirmed = reviews.confirm(run, current_user.id)
    except Refused as error:
        return _plan(run, status=409, error=error.reason)
    if confirmed.state == "review":
        return _plan(confirmed, status=409, moved=True)
    return redirect(scope().address("runs.show", run_id=confirmed.id), 303)


@blueprint.post("/back")
@to_import
def back(run_id: uuid.UUID) -> ResponseReturnValue:
    """Go back to choosing; what was answered is remembered."""
    run = scope().run(run_id)
    if run.state == "review":
        _keep_answers(run)
    reviews.back(run)
    return redirect(scope().address("imports.pick", connection_id=run.connection_id), 303)


def _one(run: Run, position: int, problems: Mapping[int, str]) -> ResponseReturnValue:
    """Answer with one customer, and beside it the numbers and the bar."""
    frame()
    return page(
        "reviews/show.html",
        fragment=("item", "sum", "bar"),
        status=422 if problems else 200,
        row=reviews.shown_item(run, position),
        problems=problems,
        beside=True,
        **_shared(run, reviews.numbers(run)),
    )


def _plan(
    run: Run, *, fragment: tuple[str, ...] = ("plan", "sum"), status: int = 200, **shown: Any
) -> ResponseReturnValue:
    frame()
    plan = reviews.review(run)
    return page(
        "reviews/show.html",
        fragment=fragment,
        status=status,
        groups=_groups(run, plan, _asked()),
        size=reviews.PAGE_SIZE,
        **_shared(run, plan),
        **{"problems": {}, "waiting": (), **shown},
    )


def _shared(run: Run, plan: Review) -> dict[str, Any]:
    asked = _asked()
    return {
        "run": run,
        "plan": plan,
        "first_missing_at": _first_missing_at(plan, asked),
        "view": connection_views.view(g.portal.id, run.connection_id),
        "asked": asked,
        "q": asked.get("q", ""),
    }


def _groups(run: Run, plan: Review, asked: Mapping[str, Any]) -> tuple[ReviewPage, ...]:
    """Return the page of each group that is asked for; under a search those groups in which it finds any."""
    q = asked.get("q", "")
    shown = (
        reviews.review_page(
            run, first.group, q=q, number=asked.get(first.group, 1), total=None if q else first.total
        )
        if q or first.group in asked
        else first
        for first in plan.groups
    )
    return tuple(each for each in shown if each.total)


def _first_missing_at(plan: Review, asked: Mapping[str, Any]) -> str:
    """Return the address of the first customer that waits for an answer, or nothing."""
    number = reviews.page_of_first_missing(plan)
    if number is None:
        return ""
    place = f"i-{plan.first_missing}"
    if number == asked.get("same_name", 1) and "q" not in asked:
        return f"#{place}"
    return url_for(".show", run_id=plan.run.id, same_name=number, _anchor=place)


def _keep_answers(run: Run) -> dict[int, str]:
    """Keep every answer that differs from the one its page was made with; tell what could not be kept."""
    problems = {}
    for name, given in request.form.items():
        field = ANSWER_FIELD.fullmatch(name)
        if field is None or given == request.form.get(f"was-{field[1]}"):
            continue
        try:
            _keep_answer(run, int(field[1]), given)
        except (Invalid, NotFound, Refused) as error:
            problems[int(field[1])] = error.reason
    return problems | _keep_choices(run, problems)


def _keep_choices(run: Run, problems: Mapping[int, str]) -> dict[int, str]:
    """Keep who wins which field, where that differs from what the page was made with."""
    chosen: dict[int, dict[str, str]] = defaultdict(dict)
    for name, side in request.form.items():
        field = CHOICE_FIELD.fullmatch(name)
        if field is not None and side != request.form.get(f"was-{name}"):
            chosen[int(field[1])][field[2]] = side
    found = {}
    for position, fields in chosen.items():
        try:
            if position not in problems:
                merge_fields.choose(run, position, fields)
        except (Invalid, NotFound, Refused) as error:
            found[position] = error.reason
    return found


def _keep_marks(run: Run) -> dict[int, str]:
    """Remember what a button said for good: never to import a customer, or that two are not the same."""
    never, apart = request.form.get("never", ""), request.form.get("apart", "")
    position, _, our_id = (never or apart).partition(":")
    if not POSITION.fullmatch(position):
        return {}
    try:
        if never:
            marking.never_in_review(run, int(position), current_user.id)
        else:
            marking.keep_apart(run, int(position), uuid.UUID(our_id), current_user.id)
    except ValueError:
        return {int(position): "There is no such customer here. Choose again."}
    except (NotFound, Refused) as error:
        return {int(position): error.reason}
    return {}


def _keep_answer(run: Run, position: int, given: str) -> None:
    """Take an answer as it stands in a form: ``clone``, or ``merge:`` and the customer here."""
    verb, _, our_id = given.partition(":")
    try:
        chosen = uuid.UUID(our_id) if our_id else None
    except ValueError:
        raise Invalid("answer", "There is no such customer here. Choose again.") from None
    reviews.answer(run, position, verb, chosen)


def _answer_all(run: Run, for_all: str) -> str:
    """Give one answer to all it fits, and say what that did."""
    answered = reviews.answer_all(run, for_all)
    verb = ALL.get(for_all, "left out")
    done = "1 customer is" if answered.answered == 1 else f"{answered.answered} customers are"
    return f"{done} to be {verb}. {answered.words}".strip()


def _asked() -> dict[str, Any]:
    """Return what the page was asked for: a search, and the page of each group."""
    pages = {group: request.values.get(group, type=int) for group in reviews.GROUPS}
    asked: dict[str, Any] = {
        group: min(number, LAST_PAGE) for group, number in pages.items() if number and number > 1
    }
    q = request.values.get("q", "").strip()
    return {**asked, "q": q} if q else asked


def _where_it_went(run: Run) -> str:
    """Return where a run is found: its own page once it was confirmed, else where one chooses."""
    if run.state == "review":
        return url_for(".show", run_id=run.id)
    if run.number is not None:
        return scope().address("runs.show", run_id=run.id)
    return scope().address("imports.pick", connection_id=run.connection_id)


def _elsewhere(address: str) -> ResponseReturnValue:
    if wants_fragment():
        return "", 200, {"HX-Redirect": address}
    return redirect(address, 303)
