"""Mail to the world: hands a mail to the server that MAIL_URL names."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from actions import mail_sources
from actions.installation import settings
from actions.mail_sources import Server
from channels import dkim_signing, imap_tokens
from channels.imap import Trouble
from channels.mail_headers import POLICY
from models import db
from models.words import Words

PATIENCE, LITTLE_PATIENCE = 20.0, 5.0  # seconds
# Once it has the whole mail, a server that is given up too early delivers what is then sent again (RFC 5321, 4.5.3.2.6).
PATIENCE_IN_THE_END = 120.0
MOST_SAID = 300


def send(message: EmailMessage) -> None:
    """Hand a mail to the server; smtps:// is encrypted from the start, smtp+starttls:// must become so.

    Raises OSError or smtplib.SMTPException when it was not taken, Trouble when there is nothing to sign in with.
    """
    sender, reader = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    abroad = not (sender + reader).isascii()
    raw = dkim_signing.signed(message.as_bytes(policy=POLICY.clone(linesep="\r\n", utf8=abroad)))
    with _let_in(PATIENCE) as server:
        server.sendmail(sender, [reader], raw, mail_options=["SMTPUTF8", "BODY=8BITMIME"] if abroad else [])


def greet() -> None:
    """See whether the server would take a mail now, without giving it one. Raises what `send` does."""
    with _let_in(LITTLE_PATIENCE) as server:
        server.noop()


@contextmanager
def _let_in(patience: float) -> Iterator[smtplib.SMTP]:
    """The server, encrypted and signed in to as MAIL_URL says."""
    url = urlsplit(settings().mail_url)
    source = _source() if settings().mail_auth == "oauth2" else None
    server = _connect(url, patience)
    try:
        if _encrypt(url, server):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if source is not None:
            _sign_in(url, server, source)
        elif url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
        with suppress(OSError, smtplib.SMTPException):  # what was taken is taken, whatever is said in parting
            if server.sock:
                server.sock.settimeout(LITTLE_PATIENCE)
            server.quit()
    finally:
        server.close()


def _source() -> Server:
    """What opens the server: the access that the address our mails come from fetches its own with."""
    with db.unit(write=False):
        row = mail_sources.of_address(settings().mail_from)
        if row is None or row.auth != "oauth2":
            raise Trouble("%(address)s has no access with OAuth 2.0 under Mailboxes.", address=settings().mail_from)
        return mail_sources.server(row)


def _sign_in(url: SplitResult, server: smtplib.SMTP, source: Server) -> None:
    """Show an access token; one that is not taken any more is forgotten, so that the next try asks for another."""
    user, token = unquote(url.username or "") or source.username, imap_tokens.access(source)
    words = f"user={user}\x01auth=Bearer {token}\x01\x01"
    server.ehlo_or_helo_if_needed()
    try:
        server.auth("XOAUTH2", lambda challenge=None: words if challenge is None else "")
    except smtplib.SMTPAuthenticationError:
        imap_tokens.forget(source)
        raise


def lasting(error: Exception) -> bool:
    """Whether a server refused this very mail for good, rather than us or for now."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def said(error: Exception) -> Words:
    """Say in words why a mail was not taken."""
    if isinstance(error, Trouble):
        return error.words
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


class _Patient(smtplib.SMTP):
    """Gives a server that has been handed a whole mail more time to say whether it takes it."""

    def send(self, words: bytes | str) -> None:  # type: ignore[override]
        super().send(words)
        if isinstance(words, bytes) and words.endswith(b"\r\n.\r\n") and self.sock:
            self.sock.settimeout(PATIENCE_IN_THE_END)


class _Sealed(_Patient, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


def _connect(url: SplitResult, patience: float) -> smtplib.SMTP:
    host = url.hostname or "localhost"
    if url.scheme == "smtps":
        return _Sealed(host, url.port or 465, timeout=patience, context=ssl.create_default_context())
    return _Patient(host, url.port or (25 if url.scheme == "smtp" else 587), timeout=patience)


def _encrypt(url: SplitResult, server: smtplib.SMTP) -> bool:
    """A password or token never travels in the clear, except to this machine."""
    if url.scheme == "smtps":
        return False
    if url.scheme in ("smtp+starttls", "starttls"):
        return True
    signs_in = bool(url.username) or settings().mail_auth == "oauth2"
    server.ehlo()
    offered = server.has_extn("starttls")
    if signs_in and not offered and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise smtplib.SMTPNotSupportedError("the mail server offers no encryption: use smtps:// or give no password")
    return offered and signs_in
