"""Shaping: a plain conversation becomes the rows it would have had here, each message with its place and its readers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.languages import in_ours
from actions.migrating.plain import Author, OldConversation, OldMessage
from actions.migrating.who import Directory
from models import text
from models.conversations import PRIORITIES, STATUSES
from models.interactions import CHANNELS
from models.messages import CUSTOMER, EVERYONE, STAFF, NewMessage, Stored
from models.sequence import Head
from models.types import email_key, now
from models.words import Words

Said = tuple[OldMessage, datetime, str]
FINISHED = ("solved", "closed")
OUR_TURN = ("new", "open", "waiting_on_partner")
_ID = re.compile(r"<[^<>\s]{1,500}>")


@dataclass(slots=True)
class Ready:
    """One conversation ready to be written; `news` stand beside the old messages that they are, long ones in pieces."""

    old: OldConversation
    organisation_id: int | None
    head: Head
    values: dict[str, Any]
    news: list[tuple[OldMessage, NewMessage]]
    problems: list[str] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many messages of the export it holds."""
        return len({id(old) for old, _ in self.news})

    def sequence(self) -> None:
        """Place the messages, and note on the conversation's own row what they make of it."""
        self.stored = [self.head.take(new) for _, new in self.news]
        head = self.head
        status, solved, waiting = state_of(self.old, head)
        self.values |= {
            "last_seq": head.last_seq, "heads": head.heads, "snippet": head.snippet, "solved_at": solved,
            "snippet_outside": head.snippet_outside, "first_reply_at": head.first_reply_at, "status": status,
            "waiting_since": waiting, "updated_at": head.updated_at,
        }  # fmt: skip

    def settle(self, conversation_id: int) -> None:
        """Bind everything to the conversation it now belongs to."""
        self.head.id = conversation_id
        for _, new in self.news:
            new.conversation_id = conversation_id

    def mails(self, directory: Directory) -> list[dict[str, Any]]:
        """Its mails by Message-ID, as one that answers them names it, each with the address outside that it is from or to."""
        found: dict[tuple[str, str | None], datetime] = {}
        for old in self.old.messages:
            at = old.at or self.old.created_at or self.head.updated_at
            for one in _ID.findall(_bracketed(old.message_id)):
                if text.fault(one) is None:
                    found |= {(one, key): at for key in self._readers(directory, old) if (one, key) not in found}
        return [{"message_id": one, "address_key": key, "at": at} for (one, key), at in found.items()]

    def _readers(self, directory: Directory, old: OldMessage) -> list[str | None]:
        """Whose a mail is: its writer's, or of ours that of whom it went to; without word of that, of who asked."""
        if directory.side(old.author) == "customer":
            people = [old.author]
        elif old.private:
            people = []
        elif old.to:
            people = [one for one in map(_addressed, old.to) if directory.side(one) == "customer"]
        else:
            people = [directory.requester(self.old)]
        keys = [email_key(safe(directory.address(one))) for one in people]
        return [one for one in dict.fromkeys(keys) if "@" in one] or [None]

    def addresses(self, directory: Directory) -> list[str]:
        """The addresses from outside that took part: who asked, and whoever wrote."""
        people = [directory.requester(self.old), *(one.author for one in self.old.messages)]
        found = [email_key(safe(one.address)) for one in people if directory.side(one) == "customer"]
        return [one for one in dict.fromkeys(found) if "@" in one]


def state_of(old: OldConversation, head: Head) -> tuple[str, datetime | None, datetime | None]:
    """The status that a conversation had in the other system, since when it is solved, and since when we are waited for."""
    status = old.status if old.status in STATUSES else "open"
    solved = (old.solved_at or head.updated_at) if status in FINISHED else None
    return status, solved, head.waiting_since if status in OUR_TURN else None


def _addressed(address: str) -> Author:
    return Author(address=address)


def _bracketed(message_id: str) -> str:
    words = message_id.strip()
    return words if words.startswith("<") else f"<{words}>"


def safe(words: str, longest: int = text.LONGEST_LINE) -> str:
    """A single line that every database keeps: of a name or subject, what cannot be kept is marked as lost."""
    plain = words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return " ".join(plain.split())[:longest]


def shape(directory: Directory, old: OldConversation) -> Ready:
    """Make the rows of a conversation; what is wrong with single messages is in `problems`, the others are taken."""
    organisation_id = directory.organisation(old)
    problems: list[str] = []
    said = in_order(old, problems)
    first = said[0][1] if said else None
    begun = old.created_at or first or now()
    asker = directory.member(directory.requester(old), organisation_id)
    head = Head(
        id=0, access_version=1, last_seq=0, heads={EVERYONE: 0, CUSTOMER: 0}, status="open", waiting_since=None,
        first_reply_at=None, organisation_id=organisation_id, person_id=asker.person_id if asker else None,
        snippet="", snippet_outside={}, updated_at=first or begun, solved_at=None,
    )  # fmt: skip
    news = news_of(directory, organisation_id, said)
    worker = directory.staff(old.assignee)
    values = {
        "subject": _subject(old), "priority": old.priority if old.priority in PRIORITIES else "normal", "channel": _channel(old.channel),
        "organisation_id": organisation_id, "person_id": head.person_id, "team_id": directory.team(old.team),
        "assignee_id": worker.staff_id if worker and worker.active else None, "created_at": min(begun, first or begun),
        "unverified": organisation_id is None, "source": directory.matches.source, "external_reference": old.number,
    }  # fmt: skip
    return Ready(old, organisation_id, head, values, news, problems)


def in_order(old: OldConversation, problems: list[str]) -> list[Said]:
    """The messages that can be kept, in order of time; what is wrong with the others is added to `problems`."""
    return sorted(_sound(old, problems), key=lambda one: one[1])


def news_of(
    directory: Directory, organisation_id: int | None, said: Sequence[Said]
) -> list[tuple[OldMessage, NewMessage]]:
    """What they become here, long ones in pieces."""
    return [(one, new) for one, at, body in said for new in _news(directory, organisation_id, one, at, body)]


def _subject(old: OldConversation) -> str:
    """What it is called; without a name the first words of it."""
    first = next((one.body for one in old.messages if one.body.strip()), "")
    return safe(old.subject) or safe(first.strip().split("\n", 1)[0], 140) or in_ours(Words("(no subject)"))


def _channel(channel: str) -> str:
    return channel if channel in CHANNELS else "email"


def _sound(old: OldConversation, problems: list[str]) -> Iterator[Said]:
    """The messages that can be kept, with time and words; one without a time stands at that of the one before."""
    before = old.created_at
    for one in old.messages:
        body = one.body.replace("\r\n", "\n")
        if not body.strip():
            body = "" if one.kept else ", ".join(file.name for file in one.files)
        at = one.at or before
        if wrong := text.fault(body):
            problems.append(f"{one.place} {wrong}")
        elif not body and not one.kept:
            problems.append(f"{one.place} is empty")
        elif at is None:
            problems.append(f"{one.place} has no time")
        else:
            before = at
            yield one, at, body


def _news(
    directory: Directory, organisation_id: int | None, old: OldMessage, at: datetime, body: str
) -> Iterator[NewMessage]:
    side = directory.side(old.author)
    who = directory.staff(old.author) if side == STAFF else directory.member(old.author, organisation_id)
    name = who.name if who else _called(old.author, side)
    for piece in pieces(body):
        yield NewMessage(
            conversation_id=0, access_version=1, author_id=who.person_id if who else None, author_side=side, body=piece,
            audience=STAFF if old.private else CUSTOMER, author_name=name, signed_as=None if who else name or None, at=at,
            author_organisation_id=organisation_id if who and side == CUSTOMER else None,
            channel=_channel(old.channel),
        )  # fmt: skip


def _called(author: Author, side: str) -> str:
    """What somebody is called whom nobody here is known to be; the address of a colleague is nobody's business."""
    if side == "system":
        return ""
    words = (author.name or author.address or author.key) if side == STAFF else author.called
    return safe(words) or in_ours(Words("(unknown)"))


def pieces(body: str) -> list[str]:
    """A text as messages may hold it: what is longer goes on in the next one, after a line where it can."""
    pieces = []
    while len(body) > text.LONGEST_BODY:
        line = body.rfind("\n", text.LONGEST_BODY // 2, text.LONGEST_BODY) + 1 or text.LONGEST_BODY
        pieces.append(body[:line])
        body = body[line:]
    return [*pieces, body]
