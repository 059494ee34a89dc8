"""The sequence: messages stored durably, once, in order; a batch of them in one transaction.

`append` is the one way in for pages, sockets, API and mail. It works in three steps: `lock` what the batch touches,
`plan` without the database who is a duplicate or a conflict and what the rest get, `write` the rows.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from models.conversations import Conversation
from models.db import INLINE
from models.files import Attachment, File
from models.interactions import Interaction
from models.jobs import Job
from models.messages import EVERYONE, STAFF, Message, NewMessage, Stored, reader_of
from models.resends import Earlier, Sent, sent_earlier
from models.types import opaque

# Plain tables: the ORM stays off this path.
CONVERSATIONS, MESSAGES, INTERACTIONS, JOBS, FILES, ATTACHMENTS = (
    cast(Table, table.__table__) for table in (Conversation, Message, Interaction, Job, File, Attachment)
)

NOT_FOUND, CONFLICT, REAUTHORISE, STALE, USED = "not_found", "conflict", "reauthorise", "stale", "used"
INVALID = "invalid"  # the database refuses this row
NOTICE_DELAY = timedelta(seconds=20)  # who reads it live within this time gets no mail


@dataclass(slots=True)
class Head:
    """A locked conversation while a batch is planned."""

    id: int
    access_version: int
    last_seq: int
    heads: dict[str, int]
    status: str
    waiting_since: datetime | None
    first_reply_at: datetime | None
    organisation_id: int | None
    person_id: int | None
    snippet: str
    snippet_outside: dict[str, str]
    updated_at: datetime
    solved_at: datetime | None
    changed: bool = False

    def last_seen_by(self, reader: str) -> int:
        """The newest seq that a reader (staff, customer, partner:ID) may see."""
        if reader == STAFF:
            return self.last_seq
        return max(self.heads[EVERYONE], self.heads.get(reader, 0))

    def take(self, new: NewMessage) -> Stored:
        """Give the message its place in the sequence."""
        readers = [STAFF, *(key for key in self.heads if key != EVERYONE)]
        hearing = [r for r in readers if r == STAFF or new.audience in (EVERYONE, r)]
        prev = {reader: self.last_seen_by(reader) for reader in hearing}
        self.last_seq += 1
        if new.audience != STAFF:
            self.heads[new.audience] = self.last_seq
        self.changed, self.updated_at = True, max(self.updated_at, new.at)
        if new.kind == "message":
            self._note_turn(new, hearing)
        return Stored(new, self.last_seq, prev)

    def _note_turn(self, new: NewMessage, hearing: list[str]) -> None:
        """Whose turn it is now, and what the lists show."""
        words = new.words.split("\n", 1)[0][:140]
        self.snippet = f"{new.author_name}: {words}" if new.author_name else words
        for reader in hearing:
            if reader != STAFF:
                self.snippet_outside[reader] = words
        if new.author_side in ("customer", "partner"):
            self.waiting_since = self.waiting_since or new.at
            if self.status != "new":
                self.status, self.solved_at = "open", None
        elif new.author_side == STAFF and new.audience != STAFF:
            self.waiting_since = None
            self.first_reply_at = self.first_reply_at or new.at
            if self.status == "new":
                self.status = "open"


Answer = Stored | str


def append(connection: Connection, news: Sequence[NewMessage]) -> list[Answer]:
    """Store messages in the caller's transaction.

    Returns one answer per message, in order: Stored (perhaps a duplicate), or the word `not_found`, `conflict` (the
    same client id with another body), `reauthorise` (rights changed since it was prepared), `stale` (somebody else
    wrote something its author had not seen) or `used` (a file it would carry is attached to something already).
    """
    locked = lock(connection, news)
    heads = locked[0]
    answers = plan(news, *locked)
    write(connection, heads, [a for a in answers if isinstance(a, Stored) and not a.duplicate])
    return answers


_LOCKED = (  # built once: every message asks for it
    select(*(CONVERSATIONS.c[name] for name in Head.__slots__ if name != "changed"))
    .where(CONVERSATIONS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(CONVERSATIONS.c.id)
    .with_for_update(key_share=True)
)


def lock(connection: Connection, news: Sequence[NewMessage]) -> tuple[dict[int, Head], Earlier, set[str], set[int]]:
    """Lock the conversations in id order (so two writers cannot dead-lock), then look for what was sent before.

    Last come the files that are free to be attached, locked as well.
    """
    ids = sorted({new.conversation_id for new in news})
    heads = {
        row.id: Head(**row._mapping) for row in connection.execute(_LOCKED, {"ids": ids}, execution_options=INLINE)
    }
    for head in heads.values():
        head.heads, head.snippet_outside = dict(head.heads), dict(head.snippet_outside)
    return heads, sent_earlier(connection, news), _stale(connection, news, heads), _free(connection, news)


def _free(connection: Connection, news: Sequence[NewMessage]) -> set[int]:
    """The files among those the messages would carry that are attached to nothing yet."""
    ids = sorted({file.id for new in news for file in new.attachments})
    if not ids:
        return set()
    unused = select(FILES.c.id).where(FILES.c.id.in_(ids), FILES.c.state == "uploaded").order_by(FILES.c.id)
    return set(connection.execute(unused.with_for_update()).scalars())


def _stale(connection: Connection, news: Iterable[NewMessage], heads: dict[int, Head]) -> set[str]:
    """Public ids of the new messages whose author had not seen what another wrote meanwhile."""
    found = set()
    for new in news:
        head = heads.get(new.conversation_id)
        if new.seen is None or head is None or head.last_seen_by(reader_of(new)) <= new.seen:
            continue
        newer = select(Message.id).where(
            Message.conversation_id == new.conversation_id, Message.seq > new.seen,
            Message.kind == "message", Message.author_id != new.author_id,
        )  # fmt: skip
        if reader_of(new) != STAFF:
            newer = newer.where(Message.audience.in_((EVERYONE, reader_of(new))))
        if connection.execute(newer.limit(1)).first():
            found.add(new.public_id)
    return found


def plan(
    news: Sequence[NewMessage], heads: dict[int, Head], earlier: Earlier, stale: set[str], free: set[int]
) -> list[Answer]:
    """Decide about each message in turn, without the database."""
    answers: list[Answer] = []
    for new in news:
        answer = _decide(new, heads.get(new.conversation_id), earlier, stale, free)
        if isinstance(answer, Stored) and new.client_id and new.author_id and not answer.duplicate:
            earlier[new.author_id, new.client_id] = Sent(new.body_hash, answer, {new.conversation_id})
        answers.append(answer)
    return answers


def _decide(new: NewMessage, head: Head | None, earlier: Earlier, stale: set[str], free: set[int]) -> Answer:
    if head is None:
        return NOT_FOUND
    if head.access_version != new.access_version:
        return REAUTHORISE
    known = earlier.get((new.author_id, new.client_id)) if new.author_id and new.client_id else None
    if known:
        return replace(known.stored, duplicate=True) if known.again(new) else CONFLICT
    if new.public_id in stale:
        return STALE
    if new.audience not in (EVERYONE, STAFF) and new.audience not in head.heads:
        return REAUTHORISE
    carried = {file.id for file in new.attachments}
    if not carried <= free:
        return USED
    free -= carried
    return head.take(new)


def write(connection: Connection, heads: dict[int, Head], stored: Sequence[Stored], silent: bool = False) -> None:
    """Write the new heads, messages with what they carry, log rows and, unless `silent`, the notices they call for."""
    if not stored:
        return
    names = ("last_seq", "heads", "status", "waiting_since", "first_reply_at", "snippet", "snippet_outside",
             "updated_at", "solved_at")  # fmt: skip
    step = update(CONVERSATIONS).where(CONVERSATIONS.c.id == bindparam("conversation"))
    step = step.values({name: bindparam(f"new_{name}") for name in names})
    changed = [head for head in heads.values() if head.changed]
    connection.execute(step, [_changes(head, names) for head in changed])
    connection.execute(insert(MESSAGES), [_message(one) for one in stored])
    if carrying := [one.new for one in stored if one.new.attachments]:
        _attach(connection, carrying)
    touches = [row for one in stored for row in _interactions(one, heads[one.new.conversation_id])]
    if touches:
        connection.execute(insert(INTERACTIONS), touches)
    notices = [_notice(one) for one in stored if one.new.kind == "message" and one.new.audience != STAFF]
    if notices and not silent:
        connection.execute(insert(JOBS), notices)


def _changes(head: Head, names: Iterable[str]) -> dict[str, Any]:
    return {"conversation": head.id} | {f"new_{name}": getattr(head, name) for name in names}


def _message(one: Stored) -> dict[str, Any]:
    new = one.new
    names = ("public_id", "conversation_id", "kind", "author_id", "signed_as", "author_side", "author_organisation_id", "client_id",
             "audience", "channel", "direction", "body", "body_hash", "change", "at")  # fmt: skip
    return {name: getattr(new, name) for name in names} | {
        "seq": one.seq, "attachments": [file.public_id for file in new.attachments],
    }  # fmt: skip


def _attach(connection: Connection, carrying: Sequence[NewMessage]) -> None:
    """Tie the files to the messages that carry them: from now on the message decides who may read them."""
    stored = select(MESSAGES.c.public_id, MESSAGES.c.id).where(
        MESSAGES.c.public_id.in_([new.public_id for new in carrying])
    )
    keys = {row.public_id: row.id for row in connection.execute(stored)}
    tied = [
        {"file_id": file.id, "subject_type": "message", "subject_id": keys[new.public_id], "by_id": new.author_id, "at": new.at}
        for new in carrying for file in new.attachments
    ]  # fmt: skip
    connection.execute(insert(ATTACHMENTS), tied)
    step = update(FILES).where(FILES.c.id.in_([one["file_id"] for one in tied])).values(state="attached")
    connection.execute(step)


def _interactions(one: Stored, head: Head) -> list[dict[str, Any]]:
    """One row per organisation concerned: the customer whose record it is, and each partner that may read it."""
    new = one.new
    if new.kind == "change":
        return []  # the verb that made the change writes its own row
    partners = [int(reader.split(":")[1]) for reader in one.prev if reader.startswith("partner:")]
    concerned = dict.fromkeys([head.organisation_id, *partners])
    event = str(uuid.uuid4())
    kind = "note" if new.audience == STAFF and new.author_side == STAFF else "message"
    return [
        {
            "public_id": opaque(), "event_id": event, "organisation_id": organisation, "person_id": head.person_id,
            "conversation_id": head.id, "subject_type": "message", "subject_id": new.public_id, "kind": kind,
            "touchpoint": kind == "message", "timeline": True, "channel": new.channel, "direction": new.direction,
            "department": None, "audience": new.audience, "actor_id": new.author_id,
            "signed_as": new.signed_as, "actor_side": new.author_side,
            "at": new.at, "summary": new.words[:200], "detail": {"seq": one.seq},
        }
        for organisation in concerned
    ]  # fmt: skip


def _notice(one: Stored) -> dict[str, Any]:
    new = one.new
    return {
        "public_id": opaque(), "kind": "notice", "unique_key": f"notice:{new.conversation_id}:{one.seq}",
        "arguments": {"conversation": new.conversation_id, "seq": one.seq}, "state": "pending", "attempts": 0,
        "due_at": new.at + NOTICE_DELAY, "created_at": new.at,
    }  # fmt: skip
