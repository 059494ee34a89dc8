"""Fetching mail: from one folder into our keeping. First kept here, then marked as read there, then noted how far we are.

Killed anywhere in between, the same mails are fetched again from where the note says, and are here already.
"""

import imaplib
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import structlog

from actions import mail_leases
from actions.languages import in_ours
from actions.mail_sources import Server
from actions.sealing import Unsealed
from channels import imap, imap_tokens, mail_in
from channels.imap import AT_ONCE, Folder, NotLetIn, There, Trouble
from models import db
from models.words import Words

log = structlog.get_logger(__name__)

MOST = 100 * 1024 * 1024  # a larger mail stays where it is, and is noted as held
BATCH_BYTES, BATCH_MAILS = 8 * 1024 * 1024, 50
RENEW = 5 * 60.0  # seconds of one IDLE: the standard says at most 29 minutes; so a dead line is noticed sooner
EACH = 60.0  # seconds between two looks at a server that does not tell by itself
SLICE = 1.0
BUSY = 5.0  # seconds until we look whether the lease is free
TRIES = 3  # before a mail that the server does not give is passed by, held
PAUSES, LASTING = (5, 600), (60, 600)
UNSEALED = Words("Its password cannot be read any more, since SECRET_KEY is another one: give it again.")


class Lost(Exception):
    """Somebody else fetches from now on, or the source was changed or taken away."""


class Fetcher:
    """Whoever fetches from one source, again and again, until told to end."""

    def __init__(self, key: int) -> None:
        self.key, self.who = key, mail_leases.who_fetches(f"{threading.get_ident()}-{id(self):x}")
        self.ending, self.called = threading.Event(), threading.Event()
        self.tries: dict[tuple[int, int], int] = {}  # UIDVALIDITY and UID: how often a mail could not be had
        self.careful = (0, 0)  # up to this mail each is asked for alone: of some together one ended the connection

    def run(self) -> None:
        """Fetch until told to end; what goes wrong is noted, and tried again."""
        while not self.ending.is_set():
            try:
                pause = self.round()
            except db.Unavailable as error:
                log.warning("the database is busy", error=str(error))
                pause = BUSY
            except Exception:
                log.exception("fetching mail stumbled", source=self.key)
                pause = EACH
            if not self.ending.is_set():
                self.called.wait(pause)
                self.called.clear()
        self._let_go()

    def end(self) -> None:
        """Stop soon, after what is being done."""
        self.ending.set()
        self.called.set()

    def _let_go(self) -> None:
        try:
            with db.unit(write=True):
                mail_leases.leave(self.key, self.who)
        except db.Unavailable:
            log.warning("the lease of a mail source ends by itself", source=self.key)

    def round(self) -> float:
        """Sign in and stay as long as all goes well; returns the seconds until the next try."""
        try:
            with db.unit(write=True):
                server = mail_leases.lease(self.key, self.who)
            if server is None:
                return BUSY
            self.stay(server)
        except Lost:
            return 0.1
        except Unsealed:
            self._failed(UNSEALED, lasting=True)
        except Trouble as trouble:
            self._failed(trouble.words, trouble.lasting)
        return BUSY

    def _failed(self, words: Words, lasting: bool) -> None:
        log.warning("mail could not be fetched", source=self.key, why=words)
        with db.unit(write=True):
            mail_leases.failed(self.key, self.who, words, LASTING if lasting else PAUSES)

    def stay(self, server: Server) -> None:
        """Take what is there, then what comes. Raises Trouble, Lost."""
        try:
            with imap.opened(server, imap_tokens.access(server)) as folder:
                at = Reading(server, self, folder)
                while not self.ending.is_set():
                    at.sweep()
                    self.wait(server, folder)
        except NotLetIn:
            imap_tokens.forget(server)
            raise

    def wait(self, server: Server, folder: Folder) -> None:
        """Wait for news from the server, or a minute where it tells none."""
        if not folder.tells:
            self._wait(server, EACH, self.called.wait)
            return
        with folder.idling() as heard:
            self._wait(server, RENEW, heard)

    def _wait(self, server: Server, longest: float, heard: Callable[[float], bool]) -> None:
        end, kept = time.monotonic() + longest, time.monotonic()
        while (left := end - time.monotonic()) > 0 and not self.ending.is_set() and not self.called.is_set():
            if heard(min(left, SLICE)):
                break
            if time.monotonic() - kept > mail_leases.LEASE.total_seconds() / 3:
                if self.keep(server):
                    break
                kept = time.monotonic()
        self.called.clear()

    def keep(self, server: Server) -> bool:
        """Say that we are still at it; returns whether somebody wants us to look now. Raises Lost."""
        with db.unit(write=True):
            if not mail_leases.keep(server, self.who):
                raise Lost
            return mail_leases.asked(server)

    def failed_at(self, validity: int, uids: Sequence[int]) -> int:
        """Remember that mails could not be had, and be careful with them; returns how often, of the first."""
        self.careful = validity, uids[-1]
        if len(uids) == 1:
            self.tries[validity, uids[0]] = self.tries.get((validity, uids[0]), 0) + 1
        return self.tries.get((validity, uids[0]), 0)


class Reading:
    """How far one open folder was read."""

    def __init__(self, server: Server, fetcher: Fetcher, folder: Folder) -> None:
        self.server, self.fetcher, self.folder = server, fetcher, folder
        self.last = server.last_uid if server.uid_validity == folder.validity else 0
        self.validity = folder.validity
        self.warning: Words | None = None

    def sweep(self) -> None:
        """Take everything above the last UID; another UIDVALIDITY means another numbering, read from the first again."""
        if self.folder.select() != self.validity:
            self.validity, self.last = self.folder.validity, 0
        uids = self.folder.after(self.last)
        for place in range(0, len(uids), AT_ONCE):
            batch = uids[place : place + AT_ONCE]
            for group in groups([one for one in self.folder.facts(batch) if self.wanted(one)], self.alone):
                self.take(group)
                self.note(group[-1].uid, waiting=len(uids) - place - batch.index(group[-1].uid) - 1)
                if self.fetcher.ending.is_set():
                    return
            self.note(batch[-1], waiting=len(uids) - place - len(batch))
        with db.unit(write=True):
            if not mail_leases.looked(self.server, self.fetcher.who, self.warning):
                raise Lost

    def wanted(self, one: There) -> bool:
        """Whether a mail is to be taken: not where we were told to leave what was there before."""
        return self.server.since is None or one.arrived is None or one.arrived >= self.server.since

    def alone(self, one: There) -> bool:
        """Whether a mail is asked for alone."""
        validity, uid = self.fetcher.careful
        return one.size > MOST or (validity == self.validity and one.uid <= uid)

    def take(self, group: Sequence[There]) -> None:
        """Keep some mails here, and then mark them as read there. Raises Trouble."""
        first, uids = group[0], [one.uid for one in group]
        if first.size > MOST:
            size = f"{first.size / 1024 / 1024:.0f}"
            why = Words(
                "It has %(size)s MB: too much to be fetched. It is still on %(host)s.", size=size, host=self.server.host
            )
            self.hold(first, why, self.headers(first))
            return
        if self.fetcher.tries.get((self.validity, first.uid), 0) >= TRIES:
            why = Words(
                "The mail server does not give it, or ends the connection. It is still on %(host)s.",
                host=self.server.host,
            )
            self.hold(first, why, b"")
            return
        found = self.given(uids)
        keep([raw for raw in found.values() if raw.strip()], self.server.address)
        if kept := [uid for uid in uids if found.get(uid, b"").strip()]:
            self.mark(kept)
        for one in group:
            if one.uid not in kept and self.folder.facts([one.uid]):  # else somebody removed it meanwhile
                self.fetcher.failed_at(self.validity, [one.uid])
                raise Trouble(
                    "%(host)s does not give mail %(uid)s of “%(folder)s”.",
                    host=self.server.host,
                    uid=one.uid,
                    folder=self.folder.name,
                )

    def given(self, uids: list[int]) -> dict[int, bytes]:
        """What the server gives of some mails: where it refuses them together, each alone."""
        try:
            return self.folder.bodies(uids)
        except (imaplib.IMAP4.abort, OSError):
            self.fetcher.failed_at(self.validity, uids)
            raise
        except imaplib.IMAP4.error:
            if len(uids) == 1:
                return {}
            return {uid: raw for one in uids for uid, raw in self.given([one]).items()}

    def headers(self, one: There) -> bytes:
        """The headers of a mail, where the server gives them."""
        try:
            return self.folder.bodies([one.uid], "HEADER").get(one.uid, b"")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return b""

    def mark(self, uids: Sequence[int]) -> None:
        """Mark mails as read on the server. One that does not let us is a nuisance for people, and stops nothing."""
        try:
            self.folder.seen(uids)
            self.warning = None
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            self.warning = Words(
                "Mails are taken, but %(host)s does not let us mark them as read.", host=self.server.host
            )

    def hold(self, one: There, why: Words, headers: bytes) -> None:
        """Note a mail that cannot be fetched, with its headers if we have them; it stays unread on the server."""
        folder, arrived = self.server.folder, one.arrived.isoformat() if one.arrived else Words("an unknown time")
        subject = Words("Mail %(uid)s of %(folder)s, %(arrived)s", uid=one.uid, folder=folder, arrived=arrived)
        words = Words(
            "%(why)s It is in the folder “%(folder)s” and has %(size)s bytes.", why=why, folder=folder, size=one.size
        )
        top = headers if headers.strip() else f"Subject: {in_ours(subject)}\r\n\r\n".encode()
        keep([top + f"{in_ours(words)}\r\n".encode()], self.server.address, why)

    def note(self, uid: int, waiting: int) -> None:
        """Say how far we are. Raises Lost."""
        self.last = uid
        with db.unit(write=True):
            if not mail_leases.note(self.server, self.fetcher.who, self.validity, uid, waiting):
                raise Lost


def keep(raws: list[bytes], address: str, aside: Words | None = None) -> None:
    """Keep mails; `aside` says why they are held. Raises Trouble where they cannot be kept here."""
    try:
        mail_in.take_all(raws, address, aside)
    except OSError as error:
        why = error.strerror or str(error)[: imap.MOST_SAID]
        raise Trouble("The mails cannot be kept here: %(why)s.", why=why) from error


def groups(found: Sequence[There], alone: Callable[[There], bool]) -> Iterator[list[There]]:
    """Mails that are fetched together: a few, and not too much at once; some are asked for alone."""
    group: list[There] = []
    for one in found:
        full = len(group) >= BATCH_MAILS or sum(each.size for each in group) + one.size > BATCH_BYTES
        if group and (full or alone(one) or alone(group[-1])):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def look(server: Server) -> int:
    """Sign in, and count the mails that wait: what somebody asks for who tries it out. Raises Trouble."""
    try:
        with imap.opened(server, imap_tokens.access(server)) as folder:
            last = server.last_uid if server.uid_validity == folder.validity else 0
            return len(folder.after(last))
    except NotLetIn:
        imap_tokens.forget(server)
        raise
