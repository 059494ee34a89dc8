"""Mail to the world: hands a mail to the server that MAIL_URL names."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from actions.installation import settings
from models.words import Words

PATIENCE = 20.0
MOST_SAID = 300


def send(message: EmailMessage) -> None:
    """Hand a mail to the server; smtps:// is encrypted from the start, smtp+starttls:// must become so.

    Raises OSError or smtplib.SMTPException when it was not taken.
    """
    url = urlsplit(settings().mail_url)
    with _connect(url) as server:
        if _encrypt(url, server):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def lasting(error: Exception) -> bool:
    """Whether a server refused this very mail for good, rather than us or for now."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def said(error: Exception) -> Words:
    """Say in words why a mail was not taken."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, why = next(iter(error.recipients.values()))
        return Words("The mail server does not take mail to this address: %(code)s %(why)s", code=code, why=_plain(why))
    if isinstance(error, smtplib.SMTPResponseException):
        words = _plain(error.smtp_error)
        return Words("The mail server does not take it: %(code)s %(why)s", code=error.smtp_code, why=words)
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return Words("The mail server does not answer: %(why)s", why=_plain(str(error)))
    return Words("It could not be handed to the mail server: %(why)s", why=_plain(str(error) or type(error).__name__))


def _plain(words: bytes | str) -> str:
    """What a server says, as one line of printable characters."""
    found = words.decode(errors="replace") if isinstance(words, bytes) else words
    return " ".join("".join(one if one.isprintable() else " " for one in found).split())[:MOST_SAID]


def _connect(url: SplitResult) -> smtplib.SMTP:
    host = url.hostname or "localhost"
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(host, url.port or 465, timeout=PATIENCE, context=ssl.create_default_context())
    return smtplib.SMTP(host, url.port or (25 if url.scheme == "smtp" else 587), timeout=PATIENCE)


def _encrypt(url: SplitResult, server: smtplib.SMTP) -> bool:
    """A password never travels in the clear, except to this machine."""
    if url.scheme == "smtps":
        return False
    if url.scheme in ("smtp+starttls", "starttls"):
        return True
    server.ehlo()
    offered = server.has_extn("starttls")
    if url.username and not offered and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise smtplib.SMTPNotSupportedError("the mail server offers no encryption: use smtps:// or give no password")
    return offered and bool(url.username)
