"""The read log: who outside saw which fields of which record, stored before the first byte leaves."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy import insert as new_rows
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from actions.affected import customers_waiting
from models import db
from models.conversations import Conversation
from models.db import session
from models.files import Attachment, File
from models.interactions import KINDS, Interaction
from models.issues import Issue
from models.messages import STAFF, Message
from models.orders import Order
from models.shares import ReadLog, ReadRecord
from models.types import now, opaque
from policy import Actor
from policy.fields import SHARED
from policy.seen import Seen, unwrap

SURFACES = ("page", "list", "api", "socket", "mail", "push", "link", "pdf", "export", "download")


def fields_of(order: Seen) -> list[str]:
    """The fields of an order that its reader is shown: those of its lines as `lines.NAME`."""
    lines = (
        {f"lines.{name}" for line in order.lines for name in line.names()} if "lines" in set(order.names()) else set()
    )
    return sorted({name for name in order.names() if name != "lines"} | lines)


def _owner(row: Order | Issue) -> int | None:
    """The customer whose data a record is, who may read that it was seen; none while the customer itself sees none of it."""
    if isinstance(row, Issue):
        return row.organisation_id if row.for_customer else None
    return row.organisation_id if row.kind == "sales" and row.status != "draft" else None


def saw_order(actor: Actor, order: Any, surface: str) -> None:
    """Write down that somebody outside saw an order, with the fields it was shown with."""
    if isinstance(order, Seen):
        row = unwrap(order)
        saw(actor, "order", row.number, fields_of(order), _owner(row), surface)


def saw_conversation(actor: Actor, conversation: Any, surface: str) -> None:
    """Write down that somebody outside read a conversation."""
    if isinstance(conversation, Seen):
        row = unwrap(conversation)
        saw(actor, "conversation", row.number, [*conversation.names(), "messages"], row.organisation_id, surface)


def saw_issue(actor: Actor, issue: Any, surface: str) -> None:
    """Write down that somebody outside saw a quality issue; a customer learns of it only where it sees the issue."""
    if isinstance(issue, Seen):
        row = unwrap(issue)
        saw(actor, "issue", row.number, issue.names(), _owner(row), surface)


def saw_issues(actor: Actor, issues: Sequence[Any], surface: str = "list") -> None:
    """Write down that a partner saw a page of a list of quality issues."""
    seen = [one for one in issues if isinstance(one, Seen)]
    records = {unwrap(one).number: _owner(unwrap(one)) for one in seen}
    _saw_list(actor, "issues", records, {name for one in seen for name in one.names()}, surface)


def saw_orders(actor: Actor, orders: Sequence[Any], surface: str = "list") -> None:
    """Write down that a partner saw a page of a list of orders: one row for the page, with what stood on it."""
    seen = [one for one in orders if isinstance(one, Seen)]
    records = {unwrap(one).number: _owner(unwrap(one)) for one in seen}
    _saw_list(actor, "orders", records, {name for one in seen for name in fields_of(one)}, surface)


def saw_conversations(actor: Actor, conversations: Sequence[Any], surface: str = "list") -> None:
    """Write down that a partner saw a page of a list of conversations."""
    seen = [one for one in conversations if isinstance(one, Seen)]
    records = {unwrap(one).number: unwrap(one).organisation_id for one in seen}
    _saw_list(actor, "conversations", records, {name for one in seen for name in one.names()}, surface)


def _saw_list(actor: Actor, noun: str, records: Mapping[str, int | None], fields: Iterable[str], surface: str) -> None:
    if records and actor.side == "partner":
        owners = set(records.values())
        key = sha256("\0".join(sorted(records)).encode()).hexdigest()[:32]
        saw(actor, noun, key, fields, owners.pop() if len(owners) == 1 else None, surface, records)


def downloaded(actor: Actor, file: File) -> None:
    """Write down that somebody outside fetched a file that is attached to a message or a record."""
    tied = session.execute(select(Attachment).where(Attachment.file_id == file.id)).scalar_one_or_none()
    if not actor.outside or tied is None:
        return
    if tied.subject_type in ("order", "issue"):
        row: Any = session.get_one(SHARED[tied.subject_type], tied.subject_id)
        saw(actor, tied.subject_type, row.number, ["attachments"], _owner(row), "download")
        return
    said = select(Conversation).join(Message, Message.conversation_id == Conversation.id)
    talk = session.execute(said.where(Message.id == tied.subject_id)).unique().scalar_one()
    saw(actor, "conversation", talk.number, ["attachments"], talk.organisation_id, "download")


def saw(
    actor: Actor,
    subject_type: str,
    subject_id: str,
    fields: Iterable[str],
    owner_id: int | None,
    surface: str,
    records: Mapping[str, int | None] | None = None,
) -> None:
    """Write down that somebody outside saw some fields of a record; once per device, record, fields, surface and hour.

    `subject_id` is the public id, `owner_id` the organisation whose data it is, `surface` one of SURFACES. Staff are
    not written down. Stored in a transaction of its own, since a page only reads.
    """
    if not actor.outside or (actor.person_id is None and actor.link_id is None):
        return
    names, at = sorted(set(fields)), now()
    row = {
        "at": at, "hour": at.strftime("%Y-%m-%dT%H"), "reader_key": _device(actor, surface), "person_id": actor.person_id,
        "address": actor.email if actor.link_id else None,
        "signed_as": actor.signed_as, "organisation_id": actor.organisation_id, "owner_id": owner_id,
        "subject_type": subject_type,
        "subject_id": subject_id, "fields": names, "surface": surface,
        "fields_hash": sha256("\0".join(names).encode()).hexdigest()[:32],
    }  # fmt: skip
    if not _known(row):
        db.aside(lambda own: _write(own, actor, row, records))


def _device(actor: Actor, surface: str) -> str:
    """What looked: a session, token or link; what is sent to a person (a mail) goes to the person."""
    sent = not (actor.session_id or actor.token_id or actor.link_id)
    return f"{surface}:{actor.person_id}" if sent else actor.key


def _known(row: dict[str, Any]) -> bool:
    """Look before writing: the next look within the hour takes no lock."""
    keys = ("reader_key", "subject_type", "subject_id", "fields_hash", "surface", "hour")
    with db.reading():
        found = select(ReadLog.id).where(*(getattr(ReadLog, key) == row[key] for key in keys))
        return session.execute(found).first() is not None


def _write(own: Session, actor: Actor, row: dict[str, Any], records: Mapping[str, int | None] | None) -> None:
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    made = own.scalar(insert(ReadLog).values(row).on_conflict_do_nothing().returning(ReadLog.id))
    if made is None:
        return
    if records is not None:
        # A list stands in the read log alone: on the timeline it would drown what happened.
        listed = [{"read_id": made, "subject_id": key, "owner_id": owner} for key, owner in records.items()]
        own.execute(new_rows(ReadRecord), listed)
        return
    own.execute(new_rows(Interaction), _interactions(own, actor, row))


def _interactions(own: Session, actor: Actor, row: dict[str, Any]) -> list[dict[str, Any]]:
    """One row of the log for each record that it stands on: the reader's, the owner's, those of who waits for it."""
    touchpoint, timeline = KINDS["record_read"]
    event, conversation_id = str(uuid.uuid4()), None
    concerned = {row["organisation_id"], row["owner_id"]}
    if row["subject_type"] == "order":
        concerned |= set(own.scalars(customers_waiting(row["subject_id"])))
    elif row["subject_type"] == "conversation":
        query = select(Conversation.id, Conversation.organisation_id).where(Conversation.number == row["subject_id"])
        if (found := own.execute(query).first()) is not None:
            conversation_id = found.id
            concerned.add(found.organisation_id)
    what = f"#{row['subject_id']}" if row["subject_type"] == "conversation" else row["subject_id"]
    return [
        {
            "public_id": opaque(), "event_id": event, "organisation_id": organisation, "person_id": actor.person_id,
            "conversation_id": conversation_id, "subject_type": row["subject_type"], "subject_id": row["subject_id"],
            "kind": "record_read", "touchpoint": touchpoint, "timeline": timeline,
            "channel": "api" if row["surface"] == "api" else "portal", "direction": "inbound", "department": None,
            "audience": STAFF, "actor_id": actor.person_id, "signed_as": actor.signed_as, "actor_side": actor.side, "at": row["at"],
            "summary": f"{actor.name} ({actor.organisation_name}) saw {what}",
            "detail": {"fields": row["fields"], "surface": row["surface"]},
        }
        for organisation in sorted(key for key in concerned if key)
    ]  # fmt: skip


def forget(days: int) -> int:
    """Forget looks older than the retention; returns how many. The timeline keeps that somebody looked."""
    old = select(ReadLog.id).where(ReadLog.at < now() - timedelta(days=days))
    session.execute(delete(ReadRecord).where(ReadRecord.read_id.in_(old)))
    return db.touched(delete(ReadLog).where(ReadLog.id.in_(old)))
