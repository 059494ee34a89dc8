"""Attachments: who may read which file, and the shape in which pages, API and socket tell of it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Text, and_, cast, exists, false, or_, select

from models.db import session
from models.files import Attached, Attachment, File, attached
from models.interactions import Interaction
from models.issues import Issue
from models.messages import CUSTOMER, EVERYONE, Message
from models.orders import Order
from models.shares import FieldSet, Share
from policy.actor import Actor
from policy.fields import NOUNS
from policy.seeing import Clause, clause, seeing, shared_with, visible
from policy.seen import unwrap

FIELD = "attachments"
TABLES: dict[str, Any] = {"message": Message, "order": Order, "issue": Issue, "interaction": Interaction}
Shape = dict[str, Any]


@seeing(File)
def files(actor: Actor) -> Clause:
    """What one has uploaded and not sent; after that only what it is attached to decides, for its sender as well."""
    if actor.side not in ("staff", "customer", "partner"):
        return false()
    own = and_(
        File.state == "uploaded", File.owner_id == actor.person_id, File.organisation_id == actor.organisation_id
    )
    through = exists(select(Attachment.id).where(Attachment.file_id == File.id, clause(actor, Attachment)))
    return or_(own, and_(File.state == "attached", File.scanned != "infected", through))


@seeing(Attachment)
def attachments(actor: Actor) -> Clause:
    """Those of messages with the message; those of records with the record, its field, and who they were meant for.

    What is on an issue is for us and whom it is shared with: the customer has its own in the conversation. What came with
    a mail that one of us filed on a record is for us.
    """
    of_message, of_order, of_issue, of_entry = (_on(actor, *one) for one in TABLES.items())
    if actor.side == "staff":
        return or_(of_message, of_order, of_issue, of_entry)
    if actor.side == "customer":
        return or_(of_message, and_(of_order, Attachment.audience.in_((EVERYONE, CUSTOMER))))
    if actor.side == "partner":
        meant = Attachment.audience.in_((EVERYONE, actor.reader))
        granted = (and_(of, Attachment.subject_id.in_(_granted(actor, noun)))
                   for noun, of in (("order", of_order), ("issue", of_issue)))  # fmt: skip
        return or_(of_message, and_(meant, or_(*granted)))
    return false()


def _on(actor: Actor, noun: str, table: Any) -> Clause:
    """Attached to something of one kind that the actor sees."""
    return and_(
        Attachment.subject_type == noun,
        exists(select(table.id).where(table.id == Attachment.subject_id, clause(actor, table))),
    )


def _granted(actor: Actor, noun: str) -> Any:
    """The records of one kind whose documents are among the fields shared with a partner."""
    named = cast(FieldSet.fields, Text).contains(f'"{FIELD}"', autoescape=True)
    query = select(Share.subject_id).join(FieldSet, FieldSet.id == Share.field_set_id)
    return query.where(shared_with(actor, noun), named)


def shape(file: Attached) -> Shape:
    """Tell of a file: what it is called, and where it and a picture of it are fetched."""
    there = file.preview in ("wanted", "made")
    return {
        "id": file.public_id, "name": file.name, "type": file.content_type, "size": file.size,
        "url": f"/files/{file.public_id}", "preview": f"/files/{file.public_id}/preview" if there else None,
    }  # fmt: skip


def of_messages(messages: Iterable[Message]) -> dict[int, list[Shape]]:
    """The attachments of messages that the reader may see, by message; no statement when there are none."""
    carrying = [one.id for one in messages if one.attachments]
    found: dict[int, list[Shape]] = {}
    if carrying:
        query = select(Attachment).where(Attachment.subject_type == "message", Attachment.subject_id.in_(carrying))
        for one in session.scalars(query.order_by(Attachment.id)).unique():
            if one.file.scanned != "infected":
                found.setdefault(one.subject_id, []).append(shape(attached(one.file)))
    return found


def of_record(actor: Actor, record: Any) -> list[Shape]:
    """The documents on a record that the actor may read, the newest first; staff also read for whom, and from whom."""
    row = unwrap(record)
    mine = visible(actor, Attachment).where(
        Attachment.subject_type == NOUNS[type(row)], Attachment.subject_id == row.id
    )
    found = session.scalars(mine.order_by(Attachment.id.desc())).unique()
    return [_document(actor, one) for one in found if one.file.scanned != "infected"]


def _document(actor: Actor, one: Attachment) -> Shape:
    told = shape(attached(one.file)) | {"at": one.at}
    if actor.outside:
        return told
    return told | {"audience": (one.audience or "").split(":")[0], "by": one.by.name if one.by else ""}
