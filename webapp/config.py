"""What an installation is told by its environment, checked once at start."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from webapp import mail_settings
from webapp.mail_settings import MailSettings

PROVIDER_CALLS_PER_MINUTE = 100
"""No organization is asked more often than this, whatever is set."""

SWITCH = ("on", "off")
LOG_FORMATS = ("logfmt", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")
SHORTEST_SECRET = 32
SHORTEST_TOKEN = 24
ENCRYPTION_KEY_BYTES = 32
DATABASE_EXAMPLE = "an address such as postgresql://tandem_app:password@host/tandem"
OWNER_EXAMPLE = "the owner's address of the same database, such as postgresql://tandem:password@host/tandem"
MAKE_SECRET = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
MAKE_KEY = "python3 -c \"import base64, os; print('1:' + base64.b64encode(os.urandom(32)).decode())\""
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_CLIENT_CREDENTIAL = re.compile(r"TANDEM_([A-Z][A-Z0-9_]*)_(CLIENT_ID|CLIENT_SECRET)")
_T = TypeVar("_T")


class SettingsError(Exception):
    """The environment does not say what is needed; the text names each variable and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every process of one installation agrees on.

    ``keys`` are the keys of secrets at rest by their id: the first encrypts, all decrypt.
    ``sandbox_url`` is the one outside address that need not be a provider's own, or ``None``.
    ``proxies`` counts the reverse proxies before the web server: whose word on a visitor's address is taken.
    Of one that is ``read_only`` nothing writes, here or at a provider (``webapp.read_only``).
    ``metrics_token`` opens ``/metrics`` to more than this machine. Without ``mail`` people are told things in
    the portal alone.
    ``keep_…_days`` say how long what came of the past is kept (``services.retention``).
    ``client_credentials`` are the ``client_id`` and ``client_secret`` the operator has for a provider, by its
    name: they stand in where someone who connects enters none.
    """

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    keys: Mapping[str, bytes] = field(repr=False)
    base_url: str
    sandbox_url: str | None = None
    poll_seconds: int = 300
    calls_per_minute: int = 90
    proxies: int = 0
    read_only: bool = False
    log_format: str = "logfmt"
    log_level: str = "info"
    metrics_token: str = field(default="", repr=False)
    keep_runs_days: int = 400
    keep_history_days: int = 1095
    keep_mirror_days: int = 90
    keep_notices_days: int = 90
    mail: MailSettings | None = None
    client_credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check all settings; raise ``SettingsError`` naming everything that is wrong at once."""
        reading = _Reading(environment)
        settings = cls(
            database_url=reading.needed("DATABASE_URL", _database_url, "", DATABASE_EXAMPLE),
            redis_url=reading.needed("REDIS_URL", _redis_url, "", "an address such as redis://host:6379/0"),
            secret_key=reading.needed(
                "TANDEM_SECRET_KEY", _secret_key, "", f"what this prints: {MAKE_SECRET}"
            ),
            keys=reading.needed("TANDEM_KEYS", _keys, {}, f"what this prints: {MAKE_KEY}"),
            base_url=reading.needed(
                "TANDEM_BASE_URL", _base_url, "", "an address such as https://portal.example.com"
            ),
            sandbox_url=reading.optional("TANDEM_SANDBOX_URL", _sandbox_url, None),
            poll_seconds=reading.optional("TANDEM_POLL_SECONDS", _between(10, 86_400), 300),
            calls_per_minute=reading.optional(
                "TANDEM_CALLS_PER_MINUTE", _between(1, PROVIDER_CALLS_PER_MINUTE), 90
            ),
            proxies=reading.optional("TANDEM_PROXIES", _between(0, 9), 0),
            read_only=reading.optional("TANDEM_READ_ONLY", _one_of(SWITCH), "off") == "on",
            log_format=reading.optional("TANDEM_LOG_FORMAT", _one_of(LOG_FORMATS), LOG_FORMATS[0]),
            log_level=reading.optional("TANDEM_LOG_LEVEL", _one_of(LOG_LEVELS), "info"),
            metrics_token=reading.optional("TANDEM_METRICS_TOKEN", _metrics_token, ""),
            keep_runs_days=reading.optional("TANDEM_KEEP_RUNS_DAYS", _between(90, 36_500), 400),
            keep_history_days=reading.optional("TANDEM_KEEP_HISTORY_DAYS", _between(90, 36_500), 1095),
            keep_mirror_days=reading.optional("TANDEM_KEEP_MIRROR_DAYS", _between(1, 36_500), 90),
            keep_notices_days=reading.optional("TANDEM_KEEP_NOTICES_DAYS", _between(7, 90), 90),
            mail=reading.mail(),
            client_credentials=_client_credentials(environment),
        )
        if reading.problems:
            raise SettingsError("\n".join(reading.problems))
        return settings

    @property
    def secure_cookies(self) -> bool:
        """Tell whether cookies are for https only: always, but for a portal on this machine's loopback."""
        return urlsplit(self.base_url).scheme == "https"


@dataclass(frozen=True, slots=True)
class DatabaseOwner:
    """How to reach the database as the owner of its tables, and for which role they are made."""

    url: str = field(repr=False)
    application_role: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> DatabaseOwner:
        """Read what changing the schema needs, and nothing else; raise ``SettingsError``."""
        reading = _Reading(environment)
        url = reading.needed("TANDEM_OWNER_DATABASE_URL", _database_url, "", OWNER_EXAMPLE)
        address = reading.needed("DATABASE_URL", _database_url, "", DATABASE_EXAMPLE)
        role = urlsplit(address).username
        if not reading.problems and not role:
            reading.problems.append(
                f"DATABASE_URL must name the application's role: set it to {DATABASE_EXAMPLE}"
            )
        if not reading.problems and role == urlsplit(url).username:
            reading.problems.append(
                "DATABASE_URL and TANDEM_OWNER_DATABASE_URL name one role: give the application one of its "
                "own, which owns nothing; docs/operations.md says how to make it"
            )
        if reading.problems:
            raise SettingsError("\n".join(reading.problems))
        return cls(url, unquote(role or ""))


def _client_credentials(environment: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Collect what the operator has for each provider, such as ``TANDEM_BOOKS_CLIENT_ID``."""
    found: dict[str, dict[str, str]] = {}
    for name, value in environment.items():
        match = _CLIENT_CREDENTIAL.fullmatch(name)
        if match and value.strip():
            found.setdefault(match[1].lower(), {})[match[2].lower()] = value.strip()
    return MappingProxyType(found)


class _Reading:
    """One pass over the environment, collecting what is wrong instead of stopping at the first fault."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def needed(self, name: str, parse: Callable[[str], _T], blank: _T, remedy: str) -> _T:
        if not self._environment.get(name, "").strip():
            self.problems.append(f"{name} is not set: set it to {remedy}")
        return self.optional(name, parse, blank)

    def optional(self, name: str, parse: Callable[[str], _T], default: _T) -> _T:
        text = self._environment.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.problems.append(f"{name} {error}")
            return default

    def mail(self) -> MailSettings | None:
        """Read how mails leave; a folder takes them where the portal and its provider are but for trying."""
        base = self._environment.get("TANDEM_BASE_URL", "")
        demo = base.startswith("http://") and "TANDEM_SANDBOX_URL" in self._environment
        try:
            return mail_settings.read(self._environment, at_home=is_loopback, demo=demo)
        except ValueError as error:
            self.problems.append(str(error))
            return None


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _database_url(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    if not mark or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ValueError("must start with postgresql:// (PostgreSQL is the only database Tandem runs on)")
    return f"postgresql+psycopg://{rest}"


def _redis_url(text: str) -> str:
    if text.partition("://")[0] not in {"redis", "rediss", "unix"}:
        raise ValueError(
            "must start with redis://, rediss:// or unix:// and lead to a Valkey or Redis server"
        )
    return text


def _secret_key(text: str) -> str:
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"must have at least {SHORTEST_SECRET} characters: make one with {MAKE_SECRET}")
    return text


def _keys(text: str) -> Mapping[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in text.split(","):
        key_id, _, encoded = entry.strip().partition(":")
        if not _KEY_ID.fullmatch(key_id):
            raise ValueError("must be a list like 1:<key>,0:<older key>; an id has letters, digits, _ or -")
        if key_id in keys:
            raise ValueError(f"names the key {key_id} twice: give each key an id of its own")
        keys[key_id] = _key(key_id, encoded)
    return MappingProxyType(keys)


def _key(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != ENCRYPTION_KEY_BYTES:
        raise ValueError(
            f"must hold {ENCRYPTION_KEY_BYTES} bytes in base64 for the key {key_id}: make one with {MAKE_KEY}"
        )
    return key


def _base_url(text: str) -> str:
    parts = _address(text)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must start with https:// (http is for this machine's loopback address only)")
    return text.rstrip("/")


def _sandbox_url(text: str) -> str:
    if not is_loopback(_address(text).hostname):
        raise ValueError(
            "must be on this machine, such as http://127.0.0.1:9000: it stands in for a provider"
        )
    return text.rstrip("/")


def _address(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("must be an address such as https://portal.example.com")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be scheme, host and port alone, such as https://portal.example.com")
    return parts


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text.lower()

    return parse


def _metrics_token(text: str) -> str:
    if len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(
            f"must have at least {SHORTEST_TOKEN} characters, none of them a space or beyond ASCII: "
            f"make one with {MAKE_SECRET}"
        )
    return text


def _between(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(text)

    return parse
