"""What the doctor asks of what stands around: plugins, keys, mail, clocks, the portal's address, the disk."""

from __future__ import annotations

import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from flask_mail import Message
from redis.exceptions import RedisError

from webapp.config import is_loopback
from webapp.mail_settings import MailSettings
from webapp.outside import Caps, Wire
from webapp.outside.wire import Request
from webapp.sdk import Unavailable
from webapp.services import context, hook_faults, keys, mail_transport, observing
from webapp.services.doctor.findings import CLOCK_APART, NTP, Area, Finding, clock_words, duration
from webapp.services.mail_transport import MailTrouble
from webapp.services.plugins import REPLACE
from webapp.services.presence import GONE_AFTER
from webapp.store import figures, processes

PLUGINS = Area("plugins")
KEYS = Area("keys")
MAIL = Area("mail")
CLOCKS = Area("clocks")
ADDRESS = Area("address")
DISK = Area("disk")

PROVIDER_CLOCK = 30.0
CERTIFICATE_DAYS = 14
LEAST_DISK = 1_000_000_000
TRIAL = "A mail from Tandem, to see whether it comes"
TRIAL_WORDS = "Somebody ran `tandem doctor --mail-to` with your address. Mails leave as they should.\n"
CAPS = Caps(connect=3, total=5, body=64 * 1024)


def plugins() -> Iterator[Finding]:
    """Look at the plugins that are installed, whether each can be used."""
    registry = context.registry()
    for broken in registry.unavailable():
        yield PLUGINS.fault(
            broken.name,
            f"The plugin of {broken.distribution} cannot be used, nor can its connections: {broken.reason}",
            REPLACE,
        )
    for fault in hook_faults.noted():
        yield PLUGINS.warning(
            fault.plugin,
            f"{fault.words} That was at {fault.at:%Y-%m-%d %H:%M} UTC.",
            hook_faults.REMEDY,
        )
    labels = ", ".join(provider.label for provider in registry.providers())
    if labels:
        yield PLUGINS.ok("usable", f"{labels}.")
    else:
        yield PLUGINS.warning("usable", "There is none, so nothing can be connected.", "Install one.")


def sealing() -> Iterator[Finding]:
    """Look at the keys of secrets at rest."""
    uses = keys.in_use()
    for use in uses:
        if not use.known:
            yield KEYS.fault(
                use.key,
                f"{_secrets(use.values)} sealed with it, and it is not among TANDEM_KEYS.",
                f"Add it there again, after the first. If it is lost: tandem keys forget {use.key}.",
            )
        elif use.removable:
            yield KEYS.ok(use.key, "Nothing is sealed with it any more: it may be taken off TANDEM_KEYS.")
        elif not use.current:
            yield KEYS.warning(
                use.key, f"{_secrets(use.values)} still sealed with this older key.", "tandem keys rotate"
            )
        else:
            yield KEYS.ok(use.key, f"It seals; {_secrets(use.values)} sealed with it.")


def _secrets(count: int) -> str:
    return "1 secret is" if count == 1 else f"{count} secrets are"


def mail(mail_to: str) -> Iterator[Finding]:
    """Reach the mail server and log in; send a mail only if somebody is named."""
    settings = context.settings().mail
    if settings is None and mail_to:
        yield MAIL.fault(
            "server", "None is set, so nothing was sent.", "Set TANDEM_MAIL_URL and TANDEM_MAIL_FROM."
        )
        return
    if settings is None:
        yield MAIL.ok("server", "None is set: people are told things in the portal alone.")
        return
    try:
        mail_transport.check()
        if mail_to:
            mail_transport.deliver(_trial(settings, mail_to))
    except MailTrouble as error:
        yield MAIL.fault("server", f"Mails do not leave. {error}", "Correct TANDEM_MAIL_URL, or that server.")
        return
    where = str(settings.folder) if settings.folder else f"{settings.host}:{settings.port}"
    yield MAIL.ok("server", f"{where} takes mails from {settings.sender_address}.")
    overdue = figures.mails_overdue()
    if overdue:
        yield MAIL.warning(
            "outbox",
            f"{overdue} mails could not be sent for more than an hour.",
            "Look for mail. in the workers' logs, and at that server's.",
        )
    else:
        yield MAIL.ok("outbox", "No mail waits for long.")


def clocks() -> Iterator[Finding]:
    """Look at the clocks of workers' machines and of providers."""
    worst: dict[str, float] = {}
    for each in processes.seen():
        if each.age < GONE_AFTER and abs(each.clock_off) >= abs(worst.get(each.host, 0.0)):
            worst[each.host] = each.clock_off
    yield from (_machine(host, off) for host, off in sorted(worst.items()))
    try:
        seen = observing.clocks()
    except RedisError:
        return
    for provider, clock in sorted(seen.items()):
        yield _provider(provider, clock.ahead)


def address() -> Iterator[Finding]:
    """Ask the portal where people do."""
    settings = context.settings()
    parts = urlsplit(settings.base_url)
    if settings.sandbox_url and not is_loopback(parts.hostname):
        yield ADDRESS.warning(
            "sandbox",
            "TANDEM_SANDBOX_URL allows a practice provider, and people reach this portal from elsewhere.",
            "Take TANDEM_SANDBOX_URL away.",
        )
    yield _portal_answers(settings.base_url)
    if parts.scheme == "https":
        yield _certificate(parts.hostname or "", parts.port or 443)


def disk() -> Iterator[Finding]:
    """Look at the room left where this command runs."""
    places = {path.stat().st_dev: path for path in (Path(tempfile.gettempdir()), Path.cwd())}
    for path in places.values():
        room = shutil.disk_usage(path)
        says = f"{room.free / 1e9:.1f} GB of {room.total / 1e9:.1f} GB are free."
        if room.free < LEAST_DISK:
            yield DISK.warning(str(path), says, "Make room, or move what grows there.")
        else:
            yield DISK.ok(str(path), says)


def _trial(settings: MailSettings, mail_to: str) -> Message:
    sender = (settings.sender_name or "Tandem", settings.sender_address)
    return Message(TRIAL, recipients=[mail_to], sender=sender, body=TRIAL_WORDS, charset="utf-8")


def _machine(host: str, off: float) -> Finding:
    if abs(off) > CLOCK_APART:
        return CLOCKS.warning(host, f"Its {clock_words(off)}", NTP)
    return CLOCKS.ok(host, "Its clock and the database's agree.")


def _provider(provider: str, ahead: float) -> Finding:
    if abs(ahead) > PROVIDER_CLOCK:
        way = "ahead of" if ahead > 0 else "behind"
        return CLOCKS.warning(
            provider,
            f"The provider's clock was {duration(abs(ahead))} {way} ours when it last answered: tokens may "
            "seem to live longer or shorter than they do.",
            NTP,
        )
    return CLOCKS.ok(provider, "The provider's clock and ours agreed when it last answered.")


def _portal_answers(base_url: str) -> Finding:
    wire = Wire(frozenset({base_url}), caps=CAPS)
    try:
        answer = wire.exchange(Request(method="GET", url=f"{base_url}/healthz"))
        well = answer.status == 200 and answer.json() == {"status": "ok"}
    except Unavailable as error:
        return ADDRESS.warning(
            base_url,
            f"{error} Asked from this machine, the portal is not there.",
            "Check TANDEM_BASE_URL, the proxy in front, and that `tandem serve` runs.",
        )
    except ValueError:
        well = False
    finally:
        wire.close()
    if not well:
        return ADDRESS.warning(
            base_url,
            "Something answers there, but it is not this portal.",
            "Check TANDEM_BASE_URL, and where the proxy in front leads.",
        )
    return ADDRESS.ok(base_url, "The portal answers.")


def _certificate(host: str, port: int) -> Finding:
    try:
        with (
            socket.create_connection((host, port), timeout=CAPS.connect) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            ends = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except (OSError, KeyError, ValueError) as error:
        return ADDRESS.warning(
            "certificate",
            f"It could not be checked from here ({type(error).__name__}).",
            f"Open https://{host} from elsewhere and look.",
        )
    left = (ends - time.time()) / 86_400
    if left < CERTIFICATE_DAYS:
        return ADDRESS.warning(
            "certificate", f"It ends in {left:.0f} days.", "See why it was not renewed by itself."
        )
    return ADDRESS.ok("certificate", f"It is good for {left:.0f} days.")
