"""How a mail leaves: handed in at the mail server, or laid into a folder where there is only the demo's."""

from __future__ import annotations

import mailbox
import smtplib
import ssl
from contextlib import suppress
from typing import Any

import structlog
from flask_mail import Connection, Message

from webapp.extensions import mail
from webapp.mail_settings import MailSettings
from webapp.services import context

SECONDS = 15.0
"""How long the mail server may take for one answer."""

FOR_GOOD = 500
"""The first of the answers that another attempt does not change."""

log = structlog.get_logger(__name__)


class MailTrouble(Exception):
    """A mail could not be handed in; ``final`` when it never can be. The text names no address."""

    def __init__(self, words: str, *, final: bool = False) -> None:
        super().__init__(words)
        self.final = final


class Door(Connection):
    """A connection to the mail server that is kept from others' eyes as set, and does not wait for ever."""

    def configure_host(self) -> smtplib.SMTP:
        """Connect, check who answers, and log in."""
        settings = _settings()
        trust = ssl.create_default_context()
        if settings.encryption == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=SECONDS, context=trust
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=SECONDS)
        try:
            if settings.encryption == "starttls":
                server.starttls(context=trust)
            if settings.user:
                server.login(settings.user, settings.password)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def __exit__(self, *error: Any) -> None:
        """Say goodbye: what was handed in stays so, however the server takes it."""
        with suppress(OSError, smtplib.SMTPException):
            super().__exit__(*error)


def is_set_up() -> bool:
    """Tell whether mails can leave at all."""
    return context.settings().mail is not None


def deliver(message: Message) -> None:
    """Hand a mail in; raise MailTrouble."""
    settings = _settings()
    if settings.folder is not None:
        mailbox.Maildir(settings.folder).add(message.as_bytes())
        return
    try:
        with Door(mail) as door:
            door.send(message)
    except (OSError, smtplib.SMTPException) as error:
        raise _trouble(error) from error


def check() -> None:
    """Reach the mail server and log in, without sending anything; raise MailTrouble with the remedy."""
    settings = _settings()
    if settings.folder is not None:
        mailbox.Maildir(settings.folder)
        return
    try:
        with Door(mail):
            log.debug("mail.server_answers", host=settings.host, port=settings.port)
    except (OSError, smtplib.SMTPException) as error:
        raise _trouble(error) from error


def _settings() -> MailSettings:
    settings = context.settings().mail
    if settings is None:
        raise MailTrouble("No mail server is set: set TANDEM_MAIL_URL and TANDEM_MAIL_FROM.")
    return settings


def _trouble(error: OSError | smtplib.SMTPException) -> MailTrouble:
    """Say what went wrong in words that name nobody."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        final = all(code >= FOR_GOOD for code in codes)
        return MailTrouble(f"The mail server refused the address ({codes[0]}).", final=final)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return MailTrouble("The mail server refuses user or password: check TANDEM_MAIL_URL.")
    if isinstance(error, smtplib.SMTPSenderRefused):
        return MailTrouble(f"The mail server refused TANDEM_MAIL_FROM ({error.smtp_code}).")
    if isinstance(error, smtplib.SMTPDataError):
        final = error.smtp_code >= FOR_GOOD
        return MailTrouble(f"The mail server refused the mail ({error.smtp_code}).", final=final)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailTrouble("The mail server offers no encryption: use smtps://, or set TANDEM_MAIL_TLS=off.")
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailTrouble("The mail server's certificate is not trusted: check the host in TANDEM_MAIL_URL.")
    return MailTrouble(f"The mail server does not answer ({type(error).__name__}): check TANDEM_MAIL_URL.")
