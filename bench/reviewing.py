"""How long the review of very many customers takes: opening it, answering, confirming it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from bench.figures import Measured
from bench.ground import Site, ground
from bench.pages import filled
from bench.timing import p95_ms, seconds_of
from bench.visitor import Visitor
from tests.web.people import token_on
from webapp.extensions import db
from webapp.services import drafts, picker, reviews, runs
from webapp.store.runs import Run, RunItem
from webapp.walls import inside

ANSWERS = 20


def measure(size: int) -> Iterator[Measured]:
    """Tick all customers, a twentieth of which are here by the same name, and go through the review."""
    with ground() as place:
        there = filled(place, size, here=size // 2)
        with place.app.app_context(), inside(there.portal_id):
            run = drafts.draft(there.portal_id, there.connection_id, there.user_id)
            picker.tick_all(run, inactive=True)
            yield Measured("review.open", round(seconds_of(lambda: reviews.open_review(run)), 1))
            run_id, asked = run.id, _asked(run)
        address = f"/runs/{run_id}/review"
        visitor = Visitor(place, there)
        visitor.get(address)
        pages = [visitor.get(address) for _ in range(ANSWERS)]
        yield Measured("review.page", p95_ms([page.seconds for page in pages]))
        token = token_on(pages[-1].text)
        answers = [
            visitor.post(
                f"{address}/answers", csrf_token=token, item=at, **{f"answer-{at}": "clone", f"was-{at}": ""}
            )
            for at in asked
        ]
        yield Measured("review.answer", p95_ms([answer.seconds for answer in answers]))
        yield Measured("review.answer.queries", max(answer.queries for answer in answers))
        for_all = visitor.post(f"{address}/answers", csrf_token=token, all="clone")
        yield Measured("review.answer-all", round(for_all.seconds, 1))
        with place.app.app_context(), inside(there.portal_id):
            yield Measured("review.confirm", round(seconds_of(lambda: _confirm(there, run_id)), 1))


def _asked(run: Run) -> list[int]:
    query = select(RunItem.position).where(RunItem.run_id == run.id, RunItem.action == "ask")
    return list(db.session.scalars(query.order_by(RunItem.position).limit(ANSWERS)))


def _confirm(there: Site, run_id: object) -> None:
    found = reviews.confirm(runs.run(there.portal_id, run_id), there.user_id)  # type: ignore[arg-type]
    assert found.state == "queued", found.state
