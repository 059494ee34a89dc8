"""Storing migrated conversations: sets of them in the caller's transaction, and nobody is told of anything.

The row of a conversation, unique by source and old number, is stored together with all that belongs to it: it is the
checkpoint that a run which begins again goes by.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from actions.imports.engine import add_rows, insert_rows
from actions.migrating.plain import Kept, OldConversation, OldMessage
from actions.migrating.shaping import Ready, shape
from actions.migrating.who import Directory
from models import sequence
from models.conversations import Conversation, Party
from models.db import session
from models.files import Attached, Attachment, File
from models.former import FormerAddress, FormerMail
from models.interactions import Interaction
from models.messages import Message
from models.settings import keep_above, next_number
from models.types import opaque

SERIES = "conversations"


def here(source: str, numbers: Sequence[str]) -> set[str]:
    """Those old numbers of a source that are here already."""
    query = select(Conversation.external_reference).where(
        Conversation.source == source, Conversation.external_reference.in_(numbers)
    )
    return {number for number in session.scalars(query) if number is not None}


def counts(source: str) -> tuple[int, int, int]:
    """How many conversations, messages and files of a source are stored."""
    mine = select(Conversation.id).where(Conversation.source == source)
    said = select(Message.id).where(Message.conversation_id.in_(mine), Message.kind == "message")
    files = select(Attachment.id).where(Attachment.subject_type == "message", Attachment.subject_id.in_(said))
    one, two, three = (session.scalar(select(func.count()).select_from(one.subquery())) for one in (mine, said, files))
    return one or 0, two or 0, three or 0


def store(
    directory: Directory, olds: Sequence[OldConversation]
) -> tuple[list[Ready], list[tuple[OldConversation, str]]]:
    """Store conversations; where the database refuses, halve until the bad one stands alone.

    Returns what was stored, and what was refused with the reason.
    """
    if not olds:
        return [], []
    try:
        with session.begin_nested():
            return _write(directory, [shape(directory, old) for old in olds]), []
    except (IntegrityError, DataError) as error:
        if len(olds) == 1:
            return [], [(olds[0], f"the database refused it: {str(error.orig).splitlines()[0]}")]
    middle = len(olds) // 2
    halves = [store(directory, olds[:middle]), store(directory, olds[middle:])]
    return [one for stored, _ in halves for one in stored], [one for _, refused in halves for one in refused]


def _write(directory: Directory, ready: list[Ready]) -> list[Ready]:
    carry(directory, ready)
    for one in ready:
        one.sequence()
    _number(ready)
    for one, made in zip(ready, insert_rows(Conversation.__table__, [one.values for one in ready]), strict=True):
        one.settle(made)
    parties = [
        {"conversation_id": one.head.id, "organisation_id": one.organisation_id, "side": "customer", "from_seq": 0}
        for one in ready if one.organisation_id
    ]  # fmt: skip
    add_rows(Party.__table__, parties)
    add_rows(Message.__table__, [sequence._message(said) for one in ready for said in one.stored])
    carrying = [new for one in ready for _, new in one.news if new.attachments]
    if carrying:
        sequence._attach(session.connection(), carrying)
    logged = [row for one in ready for said in one.stored for row in sequence._interactions(said, one.head)]
    add_rows(Interaction.__table__, logged)
    remember(directory, ready)
    return ready


def _number(ready: Sequence[Ready]) -> None:
    """Numbers of our own: theirs may be ours already, and are found beside them."""
    own = session()
    first = next_number(own, SERIES, 2000)
    for place, one in enumerate(ready):
        one.values["number"] = str(first + place)
    keep_above(own, SERIES, first + len(ready) - 1)
    own.flush()


def carry(directory: Directory, ready: Sequence[Ready]) -> None:
    """Make the rows of the files, and let the messages carry them."""
    rows: dict[str, dict[str, Any]] = {}
    for one in ready:
        for old, new in one.news:
            owner = new.author_id or directory.owner
            rows |= {kept.key: _row(kept, owner, new.at) for kept in old.kept}
    if not rows:
        return
    table = File.__table__
    made = session.execute(insert(table).returning(table.c.id, table.c.key), list(rows.values()))  # type: ignore[arg-type]
    ids = {key: number for number, key in made}
    for one in ready:
        done: set[int] = set()
        for old, new in one.news:
            if id(old) not in done:
                new.attachments = _attached(old, rows, ids)
                done.add(id(old))


def _row(kept: Kept, owner: int | None, at: datetime) -> dict[str, Any]:
    """A file of the past: it takes nobody's space, and no picture of it is drawn by a job."""
    return {
        "public_id": opaque(), "key": kept.key, "owner_id": owner, "organisation_id": None, "name": kept.name,
        "content_type": kept.content_type, "size": kept.size, "sha256": kept.sha256, "state": "uploaded",
        "scanned": "no", "preview": "none", "created_at": at,
    }  # fmt: skip


def _attached(old: OldMessage, rows: dict[str, dict[str, Any]], ids: dict[str, int]) -> tuple[Attached, ...]:
    found = [(ids[kept.key], rows[kept.key]) for kept in old.kept]
    return tuple(
        Attached(key, row["public_id"], row["name"], row["content_type"], row["size"], row["preview"])
        for key, row in found
    )


def remember(directory: Directory, ready: Sequence[Ready]) -> None:
    """Keep by what an answer to an old mail finds its conversation, and after which mails ours stand at their reader's."""
    mails = [mail | {"conversation_id": one.head.id} for one in ready for mail in one.mails(directory)]
    add_rows(FormerMail.__table__, mails)
    there = select(FormerAddress.conversation_id, FormerAddress.address_key)
    there = there.where(FormerAddress.conversation_id.in_([one.head.id for one in ready]))
    known = {(row.conversation_id, row.address_key) for row in session.execute(there)}
    people = [(one.head.id, key) for one in ready for key in one.addresses(directory)]
    add_rows(FormerAddress.__table__, [
        {"conversation_id": key, "address_key": address} for key, address in people if (key, address) not in known
    ])  # fmt: skip
