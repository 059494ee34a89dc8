"""Mail to the world: hands a mail to the server that MAIL_URL names."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from actions.installation import settings

PATIENCE = 20.0


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
