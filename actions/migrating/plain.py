"""Plain conversations: what every reader of a foreign export makes of it, and all that the writer knows of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


class Unreadable(Exception):
    """An export that cannot be used at all, or one thing in it that cannot be read; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody as the other system knows them. `side` is customer, staff or system; nothing where the export is silent."""

    name: str = ""
    address: str = ""
    side: str = ""
    key: str = ""  # what the other system calls them: an id, for mappings

    @property
    def called(self) -> str:
        """The name they are shown by while nobody here is known to be them."""
        if self.name and self.address and self.name != self.address:
            return f"{self.name} <{self.address}>"
        return self.name or self.address or self.key


NOBODY = Author()


@dataclass(frozen=True, slots=True)
class OldFile:
    """A file that a message carried; `read` gives its bytes, and raises OSError or Unreadable where they are not there."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a message whose bytes were looked at, and are kept under `key`."""

    key: str
    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(slots=True)
class OldMessage:
    """One message of another system. `place` names it in reports; a `private` one was for their staff only."""

    place: str
    author: Author
    body: str
    at: datetime | None
    private: bool = False
    channel: str = ""
    message_id: str = ""
    to: tuple[str, ...] = ()  # the addresses it went to, where the export tells them
    files: list[OldFile] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


@dataclass(slots=True)
class OldConversation:
    """One conversation of another system, under the number that people knew it by."""

    file: str
    number: str
    subject: str = ""
    status: str = "closed"
    priority: str = "normal"
    channel: str = "email"
    requester: Author = NOBODY
    organisation: tuple[str, ...] = ()  # what the other system calls it: its id, its name
    assignee: Author = NOBODY
    team: str = ""
    created_at: datetime | None = None
    solved_at: datetime | None = None
    messages: list[OldMessage] = field(default_factory=list)
    others: tuple[Author, ...] = ()  # whom it was written to: one of them asked, where nobody else did
    problems: list[str] = field(default_factory=list)
    unread: int = 0  # messages that are in the export and not among `messages`

    @property
    def size(self) -> tuple[int, int, int]:
        """How many conversations, messages and files an export holds in this one."""
        return 1, len(self.messages) + self.unread, sum(len(one.files) for one in self.messages)

    def skip(self, place: str, reason: str) -> None:
        """Leave one message out, and say why; the others are taken."""
        self.problems.append(f"{place} {reason}")
        self.unread += 1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of an export that cannot be taken: in which file, under which number, and why."""

    file: str
    number: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, {self.number}: {self.reason}" if self.number else f"{self.file}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Tools:
    """What readers are given: the mapping of the run, and who reads a mail apart (bytes to facts; raises Unreadable)."""

    read_mail: Callable[[bytes], dict[str, Any]]
    zone: str = "UTC"  # of times that name none


Found = OldConversation | Problem
Reader = Callable[[Path, Tools], Iterator[Found]]
