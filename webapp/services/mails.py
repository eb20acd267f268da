"""The outbox carried out: mails that are due are taken, written, handed in, and noted as sent.

Whoever dies in between leaves a mail that is due again five minutes later. A server that does not answer is
tried again, less and less often.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from webapp.extensions import db
from webapp.services.mail_transport import MailTrouble, deliver, is_set_up
from webapp.services.mail_words import compose
from webapp.store import mails as store
from webapp.store.columns import now
from webapp.store.mails import Claim

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
PATIENCE = 12
"""Attempts after which a mail is given up: about a day."""

SLICE = 30.0
"""Seconds that one round of sending may take."""

log = structlog.get_logger(__name__)


def are_due() -> bool:
    """Tell whether there are mails to send, and a way to send them."""
    due = is_set_up() and store.any_due(now())
    db.session.rollback()
    return due


def send_due(*, over: Callable[[], bool] | None = None) -> int:
    """Send what is due until nothing is, or ``over()`` says so; return how many mails left."""
    ends = time.monotonic() + SLICE
    over = over or (lambda: time.monotonic() > ends)
    sent = 0
    while is_set_up() and not over():
        claim = store.claim(now())
        db.session.commit()
        if claim is None:
            break
        sent += _send(claim)
    return sent


def _send(claim: Claim) -> bool:
    try:
        message = compose(claim)
        # Nothing of the database may be held while a mail server takes its time.
        db.session.rollback()
        if message is not None:
            deliver(message)
    except MailTrouble as trouble:
        _try_later(claim, str(trouble), final=trouble.final)
        return False
    except Exception:
        db.session.rollback()
        log.exception("mail.failed", about=claim.about or "notice")
        _try_later(claim, "Something unexpected happened here: the log says what.", final=False)
        return False
    store.settle(claim, sent_at=now() if message is not None else None)
    db.session.commit()
    if message is not None:
        log.info("mail.sent", about=claim.about or "notice", notice=str(claim.notice_id or ""))
    return message is not None


def _try_later(claim: Claim, problem: str, *, final: bool) -> None:
    final = final or claim.attempts >= PATIENCE
    pause = min(FIRST_PAUSE * 2 ** (claim.attempts - 1), LONGEST_PAUSE)
    store.settle(claim, due_at=None if final else now() + pause, problem=problem)
    db.session.commit()
    event = "mail.given_up" if final else "mail.not_sent"
    log.warning(event, about=claim.about or "notice", attempts=claim.attempts, problem=problem)
