"""Mailboxes as mbox files: a conversation is what answers each other by Message-ID, never by a subject."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

from actions.mails import signs
from actions.migrating.plain import Author, Found, OldConversation, OldFile, OldMessage, Problem, Tools, Unreadable

_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)  # how mbox keeps a line that would begin the next mail

MOST_HEADERS = 1024 * 1024


@dataclass(slots=True)
class Entry:
    """Where one mail stands, what it is called and what it answers."""

    file: Path
    start: int
    stop: int
    place: str
    id: str
    references: list[str]
    at: datetime | None


def read(place: Path, tools: Tools) -> Iterator[Found]:
    """Read the mails of an mbox file, or of a folder of them, by threads. Raises Unreadable."""
    files = [one for one in sorted(place.iterdir()) if one.is_file()] if place.is_dir() else [place]
    entries = [entry for file in files for entry in _entries(file)]
    if not entries:
        raise Unreadable(f"{place.name} holds no mail: an mbox file begins with “From ”")
    mails = Mails(tools)
    for thread in threads(entries):
        yield from _conversation(thread, mails)


class Mails:
    """Reads mails apart; what is in their files is read again when it is wanted, so that a thread of them fits."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.last: tuple[int, dict[str, Any]] | None = None

    def facts(self, entry: Entry) -> dict[str, Any]:
        """Return what a mail says. Raises Unreadable."""
        if self.last is None or self.last[0] != id(entry):
            self.last = None
            self.last = id(entry), self.tools.read_mail(_bytes(entry))
        return self.last[1]

    def file(self, entry: Entry, number: int, name: str) -> OldFile:
        """One of the files of a mail."""
        return OldFile(name, lambda: base64.b64decode(self.facts(entry)["files"][number]["content"]))


def _entries(file: Path) -> Iterator[Entry]:
    with open(file, "rb") as opened:
        places = list(_places(opened))
        for number, (start, stop, came) in enumerate(places, 1):
            opened.seek(start)
            head = BytesHeaderParser().parsebytes(_head(opened, stop - start))
            at = _sent(head, came)
            yield Entry(file, start, stop, f"mail {number}", signs.message_id(head), signs.references(head), at)


def _places(opened: BinaryIO) -> Iterator[tuple[int, int, str]]:
    """Where each mail begins and ends, and when it came: at a line that begins with “From ” behind an empty one.

    The standard library takes every such line for a beginning, also one that somebody wrote, and holds the file open.
    """
    start, at, empty, came = -1, 0, True, ""
    for line in opened:
        if empty and line.startswith(b"From "):
            if start >= 0:
                yield start, at, came
            start, came = at + len(line), line.decode("ascii", "replace").partition(" ")[2].partition(" ")[2]
        empty = not line.strip()
        at += len(line)
    if start >= 0:
        yield start, at, came


def _head(opened: BinaryIO, size: int) -> bytes:
    """The headers of a mail, at most as many as anybody writes."""
    found, end = b"", opened.tell() + min(size, MOST_HEADERS)
    while opened.tell() < end and (line := opened.readline(end - opened.tell())).strip():
        found += line
    return found


def _sent(head: Message, came: str) -> datetime | None:
    """When a mail says that it was sent, else when it was received or came; a time without a zone is UTC."""
    received = [one.rpartition(";")[2].strip() for one in signs.values(head, "received")]
    for one in [*signs.values(head, "date"), *reversed(received), came]:
        try:
            found = parsedate_to_datetime(one)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def threads(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Put together what answers each other, directly or through mails that are not there; each in order of time."""
    chosen: dict[str, str] = {}

    def root(name: str) -> str:
        while (up := chosen.setdefault(name, name)) != name:
            chosen[name] = name = chosen[up]
        return name

    for number, entry in enumerate(entries):
        own = root(entry.id or f"mail {number}")
        for reference in entry.references:
            chosen[root(reference)] = own
    found: dict[str, list[Entry]] = {}
    for number, entry in enumerate(entries):
        found.setdefault(root(entry.id or f"mail {number}"), []).append(entry)
    return [_in_time(thread) for thread in found.values()]


def _in_time(thread: list[Entry]) -> list[Entry]:
    """In order of time; what has none stays behind the mail it follows."""
    before = next((one.at for one in thread if one.at), None)
    for one in thread:
        one.at = before = one.at or before
    return sorted(thread, key=lambda one: one.at) if before else thread  # type: ignore[arg-type, return-value]


def _conversation(thread: Sequence[Entry], mails: Mails) -> Iterator[Found]:
    first = thread[0]
    old = OldConversation(first.file.name, first.id.strip("<>") or _fingerprint(first))
    seen: set[tuple[Any, ...]] = set()
    for entry in thread:
        try:
            said, facts = _message(entry, mails)
        except Unreadable as error:
            old.skip(entry.place, f"cannot be read: {error}")
            continue
        carried = tuple((one["name"], hash(one["content"])) for one in facts["files"])
        same = (entry.id, said.author.address, facts["subject"], said.body, carried)
        if entry.id and same in seen:
            old.skip(entry.place, "is there twice")
            continue
        seen.add(same)
        old.messages.append(said)
        old.subject = old.subject or facts["subject"]
        old.others = old.others or tuple(Author(address=one) for one in facts["to"])
    if old.messages:
        yield old
    else:
        yield from (Problem(old.file, old.number, one) for one in old.problems)


def _fingerprint(entry: Entry) -> str:
    return "sha256:" + hashlib.sha256(_bytes(entry)).hexdigest()[:24]


def _bytes(entry: Entry) -> bytes:
    with open(entry.file, "rb") as opened:
        opened.seek(entry.start)
        return _ESCAPED.sub(rb"\1", opened.read(entry.stop - entry.start))


def _message(entry: Entry, mails: Mails) -> tuple[OldMessage, dict[str, Any]]:
    facts = mails.facts(entry)
    files = [mails.file(entry, number, one["name"]) for number, one in enumerate(facts["files"])]
    author = Author(facts["name"], facts["address"], "" if facts["address"] else "customer")
    said = facts["said"].strip() or facts["text"].strip() or ("" if files else facts["subject"])
    message = OldMessage(
        entry.place,
        author,
        said,
        entry.at,
        channel="email",
        message_id=entry.id,
        to=tuple(facts["copied"]),
        files=files,
    )
    return message, facts
