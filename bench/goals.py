"""One table: every figure, its unit and the goal it is held against."""

from __future__ import annotations

from dataclasses import dataclass

CLASSES = ("one", "two", "three", "many", "digits", "e-mail", "none", "accents", "chinese")
"""The classes of queries that searching is measured by."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure means, and how much it is to be at ``least`` or at ``most``; neither is a yardstick."""

    about: str
    unit: str
    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        """Tell whether a value reaches the goal."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    @property
    def bound(self) -> float | None:
        """The value to reach, or none."""
        return self.least if self.least is not None else self.most


def most_calls(customers: int, contacts: int) -> int:
    """Return how many calls the first reading and the import of so many may cost."""
    return int(1.02 * (customers + contacts) / 200 + 15)


_SIZES = {"size": "the size", "tenfold": "ten times that"}

GOALS = {
    "size": Goal("customers of the large portal: the size", "customers"),
    "machine.commits": Goal("this machine: durable commits of one row", "a second"),
    "machine.python": Goal("this machine: SHA-256 of 1 kB in Python", "a second"),
    "limiter.share": Goal("share of the permitted rate, 8 processes, clocks ±3 s", "%", least=97),
    "limiter.rejections": Goal("rejections by the provider meanwhile", "calls", most=0),
    "limiter.share.pyrate-limiter": Goal("the same with pyrate-limiter", "%"),
    "limiter.rejections.pyrate-limiter": Goal("rejections with pyrate-limiter", "calls"),
    "limiter.share.urllib3": Goal("the same with urllib3 Retry alone", "%"),
    "limiter.rejections.urllib3": Goal("rejections with urllib3 Retry", "calls"),
    "tokens.calls": Goal("token calls for 50 concurrent 401s", "calls", least=1, most=1),
    "calls.small": Goal("calls to read and import a tenth of the size", "calls", most=193),
    "calls.large": Goal("calls to read and import the whole size", "calls", most=1800),
    "reading.small": Goal("customers read with their contacts", "a second"),
    "storing.share": Goal("storing mirror pages, against raw COPY and upsert", "%", least=50),
    "storing.ours": Goal("mirror customers stored", "a second"),
    "storing.raw": Goal("the same rows by raw COPY and upsert", "a second"),
    "storing.core": Goal("the same rows by SQLAlchemy Core lists", "a second"),
    "applying.ours": Goal("customers imported, some thirty to a durable commit", "a second", least=200),
    "applying.orm": Goal("the same rows by an ORM session per customer", "a second"),
    "applying.statements": Goal("statements per customer imported", "statements", most=1),
    **{
        f"search.{size}.{where}.{kind}": Goal(f"search p95, {kind}, {_SIZES[size]}, {whole}", "ms", most=most)
        for size, limits in (("size", (10, 30)), ("tenfold", (20, 45)))
        for where, whole, most in (
            ("database", "database", limits[0]),
            ("answer", "whole fragment", limits[1]),
        )
        for kind in CLASSES
    },
    **{
        f"search.{size}.like.{kind}": Goal(f"search p95, {kind}, {_SIZES[size]}, plain LIKE", "ms")
        for size in ("size", "tenfold")
        for kind in CLASSES
    },
    **{
        f"pages.{page}.{what}": Goal(f"{about}: {words}", unit, most=most)
        for page, about in (
            ("list", "list of client users"),
            ("list.last", "its last page"),
            ("list.filtered", "filtered"),
            ("customer", "one customer"),
            ("picker", "picker"),
            ("picker.last", "its last page"),
            ("picker.filtered", "filtered"),
            ("runs", "list of runs"),
        )
        for what, words, unit, most in (("p95", "p95", "ms", 50), ("queries", "queries", "queries", 6))
    },
    "suggest.page.p95": Goal("who may be the same, for a page of 50: p95", "ms", most=50),
    "suggest.page.database": Goal("the database's part of it, on average", "ms"),
    "suggest.page.queries": Goal("its queries", "queries", most=1),
    **{
        f"audit.{page}.{what}": Goal(f"log of ten entries a customer, {about}: {words}", unit, most=most)
        for page, about in (
            ("newest", "newest"),
            ("middle", "its middle"),
            ("kind", "of a kind"),
            ("person", "of a person and a kind"),
            ("record", "about a record"),
            ("days", "between two days"),
            ("search", "searched"),
            ("nobody", "searched in vain"),
        )
        for what, words, unit, most in (("p95", "p95", "ms", 50), ("queries", "queries", "queries", 12))
    },
    "audit.verify.seconds": Goal("walking all of that log", "s"),
    "audit.verify.memory": Goal("memory it takes", "MB", most=50),
    "person.first": Goal("data of who did a third of it: the first byte", "s", most=1),
    "person.seconds": Goal("all of it", "s"),
    "person.memory": Goal("memory it takes", "MB", most=50),
    "review.open": Goal("opening the review of all", "s", most=8),
    "review.page": Goal("the review's page, p95", "ms"),
    "review.answer": Goal("one answer in it, p95", "ms"),
    "review.answer.queries": Goal("one answer in it", "queries", most=12),
    "review.answer-all": Goal("one answer for all", "s"),
    "review.confirm": Goal("confirming it", "s", most=8),
    "meanwhile.idle": Goal("web p95 with nothing going on", "ms"),
    "meanwhile.busy": Goal("web p95 while the import runs", "ms"),
    "meanwhile.ratio": Goal("that against idle", "times", most=2),
    "meanwhile.errors": Goal("answers of 5xx meanwhile", "answers", most=0),
    "memory.small": Goal("peak memory of the import worker, 1k customers", "MB", most=150),
    "memory.large": Goal("peak memory of the import worker, whole size", "MB", most=150),
    "travelling.there": Goal("an edit here is there, idle, p95", "s", most=5),
    "travelling.there-meanwhile": Goal("the same while everything is imported", "s", most=5),
    "travelling.imported-meanwhile": Goal("customers imported meanwhile", "customers", least=1),
    "travelling.here": Goal("an edit there is here, beyond the time between polls", "s", most=2),
    "travelling.webhook": Goal("an edit there is here, by webhook", "s", most=35),
    "pass.idle.calls": Goal("a pass over the size with nothing to do", "calls", most=1),
    "pass.idle.database": Goal("the database's time for it", "ms", most=100),
    "pass.dirty.written-there": Goal("a pass over all, 3 edited: written there", "writes", least=3, most=3),
    "pass.dirty.calls": Goal("all calls of it", "calls", most=7),
    "pass.dirty.rows-read": Goal("rows read for it", "rows", most=600),
    "pass.dirty.rows-written": Goal("rows written for it", "rows", most=30),
    "pass.converged.written-here": Goal("a pass when both agree: written here", "rows", most=0),
    "pass.converged.written-there": Goal("written there", "writes", most=0),
    "nightly.seconds": Goal("looking at night for what was missed", "s"),
    "nightly.found": Goal("found by it where nothing was", "customers", most=0),
    "drift.seconds": Goal("a drift report of all", "s"),
    "bulk.prospect": Goal("telling what an action on 5,000 would do", "s"),
    "bulk.carry-out": Goal("doing it", "s"),
    "export.memory": Goal("memory of an Excel file of all", "MB", most=50),
    "recovery.longest": Goal("going on after SIGKILL of a worker", "s", most=30),
    "recovery.violations": Goal("customers found twice or lost after it", "violations", most=0),
}
"""Every figure by its name. ``size`` is 100,000 customers unless another is asked for."""
