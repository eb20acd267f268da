"""An account at a provider, as a plugin is given it: the only way out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime
from typing import Protocol, cast
from urllib.parse import urlsplit

import structlog

from webapp import clock
from webapp.budget import Budget, BudgetSpent, Limits
from webapp.outside.wire import Call, Request, Wire
from webapp.sdk import Answer, CustomField, Fatal, RateLimited, Region, Unavailable
from webapp.shape import misfit, plain

log = structlog.get_logger(__name__)

_WHOLE = re.compile(r"-?[0-9]{1,9}")


MOST_UNCOUNTED = 50
"""How many calls that leave the budget out one opened account may make."""


class TooManyUncounted(Exception):
    """The plugin left the budget out of call after call."""


class CredentialStore(Protocol):
    """Where a connection's credentials are kept."""

    def load(self) -> tuple[int, Mapping[str, str]]:
        """Return the version and the credentials as last kept."""
        ...

    def keep(self, credentials: Mapping[str, str], *, expected: int) -> bool:
        """Keep new credentials at once if the version is still ``expected``; tell whether it was."""
        ...

    def renewal_lock(self) -> AbstractContextManager[object]:
        """Wait until no other process renews this connection's credentials, and keep others out meanwhile."""
        ...


def _let_pass() -> None:
    """Let every call go out."""


def _look_away(seen: Call | RateLimited) -> None:
    """Observe nothing."""


class OutsideAccount:
    """The ``Account`` of one connection.

    ``provider`` is the plugin's name, for whoever is told what it tried. ``budget_key`` names the remote
    organization for all workers, connections and products that share its limits; blank while none is chosen,
    when nothing is counted. ``before_call`` is asked right before each call and stops it by raising: whatever
    it, or the credential store, raises is never taken for a fault of the plugin, even where the plugin
    swallowed it. ``on_call`` is told of each call that went out, ``on_refusal`` of each that the provider's
    limits refused.
    """

    def __init__(
        self,
        *,
        region: Region,
        credentials: CredentialStore,
        budget: Budget,
        limits: Limits,
        wire: Wire,
        provider: str = "",
        organization: str = "",
        budget_key: str = "",
        features: Mapping[str, bool] | None = None,
        custom_fields: Sequence[CustomField] = (),
        interactive: bool = False,
        patience: float = 30,
        before_call: Callable[[], None] = _let_pass,
        on_call: Callable[[Call], None] = _look_away,
        on_refusal: Callable[[RateLimited], None] = _look_away,
    ) -> None:
        self.region = region
        self.organization = organization
        self.features: Mapping[str, bool] = dict(features or {})
        self.custom_fields = tuple(custom_fields)
        self.stopped_by: BaseException | None = None
        self._provider = provider
        self._uncounted = 0
        self._credentials = credentials
        self._budget = budget
        self._key = budget_key
        self._limits = limits
        self._wire = wire
        self._interactive = interactive
        self._patience = patience
        self._before_call = before_call
        self._on_call = on_call
        self._on_refusal = on_refusal

    def now(self) -> datetime:
        """Tell the time: aware, UTC."""
        return clock.now()

    def credentials(self) -> Mapping[str, str]:
        """Return the credentials as last kept."""
        with self._portal_side():
            return self._credentials.load()[1]

    def renew(
        self, used: Mapping[str, str], refresh: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> Mapping[str, str]:
        """Replace credentials that no longer work, once for all who ask at the same time."""
        if dict(kept := self.credentials()) != dict(used):
            return kept
        with self._renewing():
            with self._portal_side():
                version, kept = self._credentials.load()
            if dict(kept) != dict(used):
                return kept
            renewed = {**kept, **_texts(refresh(kept))}
            with self._portal_side():
                if self._credentials.keep(renewed, expected=version):
                    return renewed
                return self._credentials.load()[1]

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        counted: bool = True,
    ) -> Answer:
        """Make one HTTP call; see ``webapp.sdk.Account.call``."""
        request = Request(method=method, url=url, params=params, headers=headers, json=json, form=form)
        self._check(request)
        self._count_uncounted(counted=counted)
        counted = counted and bool(self._key)
        with self._permit(counted=counted):
            with self._portal_side():
                self._before_call()
            answer = self._observed(request)
            if counted:
                self._tell_day(answer)
            return answer

    def penalise(self, refusal: RateLimited) -> None:
        """Tell the budget that the provider refused a call, unless the refusal is the budget's own."""
        if self._key and not isinstance(refusal, BudgetSpent):
            self._budget.penalise(self._key, refusal)
            self._on_refusal(refusal)

    def _check(self, request: Request) -> None:
        """Refuse a foreign host and name who asked, even where the plugin keeps the refusal to itself."""
        try:
            self._wire.check(request)
        except Fatal as refusal:
            log.error("plugin.stopped", provider=self._provider, reason=str(refusal))
            self.stopped_by = Fatal(f"The plugin {self._provider} was stopped. {refusal}")
            raise self.stopped_by from None

    def _count_uncounted(self, *, counted: bool) -> None:
        """Let a plugin leave the budget out for tokens, not for its work."""
        self._uncounted += not counted
        if self._uncounted > MOST_UNCOUNTED:
            raise TooManyUncounted

    def _permit(self, *, counted: bool) -> AbstractContextManager[object]:
        if self.stopped_by:
            raise self.stopped_by
        if not counted:
            return nullcontext()
        return self._budget.take(
            self._key, limits=self._limits, interactive=self._interactive, timeout=self._patience
        )

    def _observed(self, request: Request) -> Answer:
        started = time.monotonic()
        try:
            answer = self._wire.exchange(request)
        except Unavailable:
            self._observe(request, None, started)
            raise
        self._observe(request, answer, started)
        return answer

    def _observe(self, request: Request, answer: Answer | None, started: float) -> None:
        parts = urlsplit(request.url)
        call = Call(
            method=request.method,
            host=parts.netloc,
            path=parts.path,
            status=answer.status if answer else None,
            ms=round((time.monotonic() - started) * 1000),
            date=answer.headers.get("date", "") if answer else "",
        )
        try:
            self._on_call(call)
        except Exception as error:  # noqa: BLE001 - the call was made, and this must not hide how it went
            log.warning("call_not_observed", host=call.host, status=call.status, error=type(error).__name__)

    def _tell_day(self, answer: Answer) -> None:
        limit, left, reset = (
            _whole(answer.headers.get(f"x-rate-limit-{name}")) for name in ("limit", "remaining", "reset")
        )
        if limit and limit > 0 and left is not None:
            self._budget.saw(self._key, day_limit=limit, day_remaining=left, reset_seconds=reset)

    @contextmanager
    def _renewing(self) -> Generator[None]:
        with ExitStack() as held:
            with self._portal_side():
                held.enter_context(self._credentials.renewal_lock())
            yield

    @contextmanager
    def _portal_side(self) -> Generator[None]:
        try:
            yield
        except BaseException as error:
            self.stopped_by = error
            raise


def _texts(fresh: object) -> dict[str, str]:
    """Take what a plugin says replaces credentials; raises ``TypeError`` for anything but texts by name."""
    texts = plain(fresh)
    fault = misfit(texts, Mapping[str, str], "what it renewed")
    if fault:
        raise TypeError(fault)
    return cast(dict[str, str], texts)


def _whole(text: str | None) -> int | None:
    return int(text) if text and _WHOLE.fullmatch(text.strip()) else None
