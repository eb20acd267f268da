"""The demo's outbox: mails that were laid into a folder instead of being sent, to be read there."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_binary_file, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, cast

from webapp.services import context
from webapp.services.errors import NotFound

MOST_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MailData:
    """A mail as it would have arrived."""

    key: str
    sender: str
    recipient: str
    subject: str
    at: datetime
    text: str


def is_open() -> bool:
    """Tell whether mails are laid into a folder here."""
    return _folder() is not None


def mails() -> list[MailData]:
    """List the newest mails, the last first."""
    return sorted(_read(), key=_arrived, reverse=True)[:MOST_LISTED]


def mail(key: str) -> MailData:
    """Return one mail; raise NotFound."""
    found = next((mail for mail in _read() if mail.key == key), None)
    if found is None:
        raise NotFound("There is no such mail.")
    return found


def _arrived(mail: MailData) -> list[int]:
    """Tell when a mail was laid down, by its key: the seconds, then the microseconds."""
    return [int(number) for number in re.findall(r"\d+", mail.key)[:2]]


def _read() -> Iterator[MailData]:
    folder = _folder()
    if folder is None:
        raise NotFound("Mails are sent here, not kept.")
    box = mailbox.Maildir(folder, factory=_parse)  # type: ignore[arg-type]
    for key, message in box.iteritems():
        yield _mail(key, cast(EmailMessage, message))


def _parse(file: IO[bytes]) -> EmailMessage:
    return message_from_binary_file(file, policy=policy.default)


def _mail(key: str, message: EmailMessage) -> MailData:
    text = message.get_body(("plain",))
    at = parsedate_to_datetime(message["Date"]) if message["Date"] else datetime.fromtimestamp(0, UTC)
    return MailData(
        key=key,
        sender=str(message["From"]),
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        text=text.get_content() if text is not None else "",
    )


def _folder() -> Path | None:
    settings = context.settings().mail
    return settings.folder if settings else None
