"""How mails leave an installation: what it is told of that by its environment, checked once at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

EXAMPLE = "an address such as smtps://user:password@mail.example.com or smtp://mail.example.com:587"
SENDER_EXAMPLE = "where mails come from, such as Tandem <tandem@example.com>"
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Where mails are handed in, and whom they come from.

    ``encryption`` is ``tls`` from the first byte, ``starttls`` or ``none``. Where ``folder`` is set mails are
    put there instead of being sent: that is what the demo does.
    """

    sender_name: str
    sender_address: str
    host: str = ""
    port: int = 0
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    encryption: str = "starttls"
    folder: Path | None = None


def read(
    environment: Mapping[str, str], *, at_home: Callable[[str | None], bool], demo: bool
) -> MailSettings | None:
    """Read the settings, None if there are none; raise ValueError naming the variable and the remedy.

    `at_home` tells whether a host is this machine, `demo` whether mails may be put into a folder.
    """
    found = {name: text.strip() for name, text in environment.items() if name.startswith("TANDEM_MAIL_")}
    url, sender = found.get("TANDEM_MAIL_URL", ""), found.get("TANDEM_MAIL_FROM", "")
    if not url and not sender:
        return None
    name, address = _sender(sender)
    if url.startswith("maildir:"):
        return MailSettings(sender_name=name, sender_address=address, folder=_folder(url, demo=demo))
    parts = _parts(url)
    user, password = _login(parts, found.get("TANDEM_MAIL_PASSWORD", ""))
    return MailSettings(
        sender_name=name,
        sender_address=address,
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        user=user,
        password=password,
        encryption=_encryption(parts, found.get("TANDEM_MAIL_TLS", ""), at_home, secret=bool(password)),
    )


def _sender(text: str) -> tuple[str, str]:
    if not text:
        raise ValueError(f"TANDEM_MAIL_FROM is not set: set it to {SENDER_EXAMPLE}")
    name, address = parseaddr(text)
    try:
        parsed = Address(display_name=name, addr_spec=address)
    except (HeaderParseError, ValueError, IndexError):
        parsed = Address()
    if not parsed.username or not parsed.domain or not text.isprintable():
        raise ValueError(f"TANDEM_MAIL_FROM must be {SENDER_EXAMPLE}")
    return parsed.display_name, parsed.addr_spec


def _folder(url: str, *, demo: bool) -> Path:
    path = Path(unquote(urlsplit(url).path))
    if not demo:
        raise ValueError(
            "TANDEM_MAIL_URL must lead to a mail server: a folder is for a portal on the loopback address "
            "that allows the sandbox, since everybody who opens it reads all mails"
        )
    if not path.is_absolute() or urlsplit(url).netloc:
        raise ValueError("TANDEM_MAIL_URL must name a whole path, such as maildir:///var/lib/tandem/outbox")
    return path


def _login(parts: SplitResult, password: str) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), password or unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError(
            "TANDEM_MAIL_URL must name both a user and a password, or neither; the password may stand in "
            "TANDEM_MAIL_PASSWORD instead"
        )
    return user, password


def _parts(url: str) -> SplitResult:
    if not url:
        raise ValueError(f"TANDEM_MAIL_URL is not set, though TANDEM_MAIL_FROM is: set it to {EXAMPLE}")
    try:
        parts = urlsplit(url)
        valid = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"TANDEM_MAIL_URL must be {EXAMPLE}; other characters in a password stand as %XX")
    return parts


def _encryption(parts: SplitResult, wish: str, at_home: Callable[[str | None], bool], *, secret: bool) -> str:
    """Decide how the way to the server is kept from others: always, but on this machine or by an own wish."""
    if wish not in ("", "on", "off"):
        raise ValueError("TANDEM_MAIL_TLS must be on or off")
    if parts.scheme == "smtps":
        return "tls"
    if wish == "off" and secret and not at_home(parts.hostname):
        raise ValueError("TANDEM_MAIL_TLS must be on where a password is sent to another machine")
    if wish == "off" or (not wish and at_home(parts.hostname)):
        return "none"
    return "starttls"
