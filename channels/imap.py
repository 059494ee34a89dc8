"""IMAP: one folder on a mail server, and in words what is the matter when it does not do what we ask."""

import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from actions.mail_sources import Server
from models.words import Words

PATIENCE = 30.0  # seconds for one answer
AT_ONCE = 200  # mails asked about in one command
MOST_SAID = 500  # characters of what a server says
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_ARRIVED = re.compile(rb'INTERNALDATE "([^"]+)"')


class Trouble(Exception):
    """A mail server does not do what we ask: `words` say why. `lasting`: asking again soon would not help."""

    def __init__(self, message: str, /, *, lasting: bool = False, **facts: Any) -> None:
        self.words = Words(message, **facts)
        super().__init__(self.words)
        self.lasting = lasting


class NotLetIn(Trouble):
    """The server does not take what we sign in with."""


@dataclass(frozen=True, slots=True)
class There:
    """One mail on the server, not read yet."""

    uid: int
    size: int
    arrived: datetime | None


class Folder:
    """An open folder."""

    def __init__(self, box: BaseMailBox, name: str) -> None:
        self.box, self.name = box, name
        self.validity = self.select()

    def select(self) -> int:
        """Open the folder anew, and return its UIDVALIDITY. Raises Trouble."""
        try:
            self.box.folder.set(self.name)
        except MailboxFolderSelectError as error:
            names = ", ".join(one.name for one in self.box.folder.list()[:20])
            raise Trouble(
                "There is no folder “%(name)s”. There are: %(names)s.",
                name=self.name,
                names=names[:MOST_SAID],
                lasting=True,
            ) from error
        found = (self.box.client.response("UIDVALIDITY")[1] or [None])[-1]
        if found is None:
            raise Trouble(
                "The folder “%(name)s” has no UIDVALIDITY: its mails cannot be told apart.",
                name=self.name,
                lasting=True,
            )
        self.validity = int(found)
        self.box.client.response("EXISTS")  # told by opening it: the next one is news
        return self.validity

    def after(self, uid: int) -> list[int]:
        """The UIDs above one, in order."""
        found = self._ask("SEARCH", "UID", f"{uid + 1}:*")
        return sorted({one for line in found if isinstance(line, bytes) for one in map(int, line.split()) if one > uid})

    def facts(self, uids: Sequence[int]) -> list[There]:
        """Size and age of mails; those that somebody removed meanwhile are left out."""
        found = {}
        for line in self._ask("FETCH", _set(uids), "(UID RFC822.SIZE INTERNALDATE)"):
            words = b"".join(line) if isinstance(line, tuple) else line or b""
            uid, size, arrived = _UID.search(words), _SIZE.search(words), _ARRIVED.search(words)
            if uid and size:
                found[int(uid[1])] = There(int(uid[1]), int(size[1]), _instant(arrived[1]) if arrived else None)
        return [found[uid] for uid in uids if uid in found]

    def bodies(self, uids: Sequence[int], part: str = "") -> dict[int, bytes]:
        """Mails as they came, without marking them as read; a server that will not give one leaves it out.

        `part` is empty for all of a mail, or HEADER.
        """
        return dict(_literals(self._ask("FETCH", _set(uids), f"(UID BODY.PEEK[{part}])")))

    def seen(self, uids: Sequence[int]) -> None:
        """Mark mails as read. Raises imaplib's error where the server does not let us."""
        self._ask("STORE", _set(uids), "+FLAGS.SILENT", r"(\Seen)")

    def _ask(self, *words: str) -> list[Any]:
        """Say one command about UIDs; imap-tools' own ways parse each mail, or expunge what others marked as deleted."""
        answer, found = self.box.client.uid(*words)
        if answer != "OK":
            raise imaplib.IMAP4.error(f"{words[0]}: {found!r}")
        return [one for one in found if one is not None]

    @property
    def tells(self) -> bool:
        """Whether the server tells of new mail by itself (IDLE)."""
        return "IDLE" in self.box.client.capabilities

    @contextmanager
    def idling(self) -> Iterator[Any]:
        """Let the server tell of new mail: yields a function that waits some seconds and says whether it told anything."""
        self.box.idle.start()
        told = self._told()

        def heard(seconds: float) -> bool:
            if told:
                return True
            begun = time.monotonic()
            return bool(self.box.idle.poll(seconds)) or time.monotonic() - begun < seconds / 2  # an early end: hung up

        yield heard
        self.box.idle.stop()

    def _told(self) -> bool:
        """Whether the server told of mail with its answer to an earlier command, or at once: waiting would not hear that."""
        client: Any = self.box.client
        if client.response("EXISTS")[1] != [None]:
            return True
        if hasattr(client, "_readbuf"):  # Python 3.14 buffers by itself
            return bool(client._readbuf)
        patience = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            return bool(client.file.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            client.sock.settimeout(patience)


def _set(uids: Iterable[int]) -> str:
    return ",".join(map(str, uids))


def _literals(found: list[Any]) -> Iterator[tuple[int, bytes]]:
    """The mails in an answer, each with its UID, which may stand before or after it."""
    for place, one in enumerate(found):
        if isinstance(one, tuple):
            after = found[place + 1] if place + 1 < len(found) and isinstance(found[place + 1], bytes) else b""
            uid = _UID.search(one[0]) or _UID.search(after)
            if uid:
                yield int(uid[1]), one[1]


def _instant(words: bytes) -> datetime | None:
    try:
        return datetime.strptime(words.decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None


@contextmanager
def opened(server: Server, token: str = "") -> Iterator[Folder]:
    """Sign in at a mail server and open the folder. Raises Trouble for all that goes wrong, inside as well."""
    box: BaseMailBox | None = None
    try:
        with in_words(server):
            box = _connected(server)
            _sign_in(box, server, token)
            yield Folder(box, server.folder)
    finally:
        if box is not None:
            with suppress(Exception):
                box.client.sock.settimeout(2)
                box.logout()
            with suppress(Exception):
                box.client.shutdown()


def _connected(server: Server) -> BaseMailBox:
    """The server of that name and no other: its certificate is verified."""
    if server.security == "tls":
        box: BaseMailBox = MailBox(server.host, server.port, PATIENCE, ssl_context=ssl.create_default_context())
    elif server.security == "starttls":
        box = MailBoxStartTls(server.host, server.port, PATIENCE, ssl_context=ssl.create_default_context())
    else:
        box = MailBoxUnencrypted(server.host, server.port, PATIENCE)
    box.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return box


def _sign_in(box: BaseMailBox, server: Server, token: str) -> None:
    can = box.client.capabilities
    try:
        if server.auth == "oauth2":
            box.xoauth2(server.username, token, initial_folder=None)
        elif "AUTH=PLAIN" in can or not (server.username + server.password).isascii():
            box.login_utf8(server.username, server.password, initial_folder=None)
        else:
            box.login(server.username, server.password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        if "LOGINDISABLED" in can and server.security == "none":
            raise Trouble("%(host)s lets nobody sign in without encryption.", host=server.host, lasting=True) from error
        facts: dict[str, Any] = {"host": server.host, "why": _said(error)}
        if server.auth == "oauth2":
            raise NotLetIn(
                "%(host)s does not take the user name and access token: %(why)s", lasting=True, **facts
            ) from error
        raise NotLetIn("%(host)s does not take the user name and password: %(why)s", lasting=True, **facts) from error
    told = box.client.capability()[1][-1] or b""  # what the server can do is often told only after signing in
    box.client.capabilities = tuple(told.decode("ascii", "replace").upper().split())  # type: ignore[assignment]


def _said(error: Exception) -> str:
    """What the server said, short and without what looks like a secret."""
    found = getattr(error, "command_result", None)
    words = found[1] if found else error.args[:1]
    parts = [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in words or ()]
    plain = "".join(one for one in " ".join(parts) if one.isprintable())
    return plain[:200] or Words("no reason given")


@contextmanager
def in_words(server: Server) -> Iterator[None]:
    """Turn what goes wrong with a server into words. Raises Trouble."""
    where: dict[str, Any] = {"host": server.host, "port": server.port}
    try:
        yield
    except Trouble:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Trouble(
            "The certificate of %(host)s is not valid: %(why)s.",
            host=server.host,
            why=error.verify_message,
            lasting=True,
        ) from error
    except ssl.SSLError as error:
        why = error.reason or str(error)[:MOST_SAID]
        raise Trouble("%(host)s, port %(port)s, does not speak TLS as it should: %(why)s.", why=why, **where) from error
    except socket.gaierror as error:
        raise Trouble("There is no server of the name %(host)s.", host=server.host) from error
    except ConnectionRefusedError as error:
        raise Trouble("%(host)s, port %(port)s, does not answer: nothing listens there.", **where) from error
    except TimeoutError as error:
        raise Trouble(
            "%(host)s, port %(port)s, did not answer within %(seconds)s seconds.", seconds=round(PATIENCE), **where
        ) from error
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise Trouble("%(host)s, port %(port)s, ended the connection.", **where) from error
        raise Trouble("%(host)s, port %(port)s, says: %(why)s", why=_said(error), **where) from error
    except (OSError, EOFError, ValueError) as error:
        why = str(error)[:MOST_SAID] or type(error).__name__
        raise Trouble("The connection to %(host)s, port %(port)s, broke: %(why)s", why=why, **where) from error
