"""Shares: which partner sees which fields of which record until when."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import StrictInt, StrictStr

from actions import parties
from actions import shares as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from models.people import Person
from models.shares import Share
from policy import Actor, Invalid, find, require, rows, visible

TABLES = {"order": Order, "conversation": Conversation}


class ShareQuery(Paged):
    pass


def shaped(actor: Actor) -> Any:
    """Shape shares with the number of what they show."""

    def shape(row: Any) -> dict[str, Any]:
        return shapes.share(row, {"type": row.subject_type, "id": row.number})

    return shape


@operation("GET", "/shares", "share", query=ShareQuery)
def shares(actor: Actor, query: ShareQuery) -> dict[str, Any]:
    """List shares, the newest first."""
    return listed(actor, visible(actor, Share), [Share.id], query, shaped(actor))


class Subject(Given):
    type: Literal["order", "conversation"]
    id: StrictStr


class Recipient(Given):
    organisation: StrictStr
    person: StrictStr | None = None


class NewShare(Given):
    subject: Subject
    to: Recipient
    level: Literal["read", "comment", "respond", "edit"]
    fields: list[StrictStr]
    expires_at: datetime | None = None
    reason: StrictStr | None = None
    lines: list[StrictInt] | None = None


@operation("POST", "/shares", "share", body=NewShare, status=201)
def make_share(actor: Actor, body: NewShare) -> dict[str, Any]:
    """Show a record to a partner; a shared conversation makes it a party, masked."""
    require(actor, "order:share")
    row = find(actor, TABLES[body.subject.type], number=body.subject.id)
    partner = find(actor, Organisation, public_id=body.to.organisation)
    until = body.expires_at
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    if body.subject.type == "conversation":
        if body.to.person:
            raise Invalid("to.person", "a conversation is shared with an organisation")
        if body.lines is not None:
            raise Invalid("lines", "belong to an order")
        party = parties.add(
            actor, row, partner, level=body.level, fields=body.fields, expires_at=until, reason=body.reason
        )
        made = party.share
    else:
        person = find(actor, Person, public_id=body.to.person) if body.to.person else None
        made = verbs.share(
            actor,
            row,
            partner,
            body.level,
            body.fields,
            expires_at=until,
            reason=body.reason,
            person=person,
            lines=body.lines,
        )
    return shapes.share(made, {"type": body.subject.type, "id": body.subject.id})


@operation("DELETE", "/shares/<public_id>", "share", status=204)
def revoke_share(actor: Actor, public_id: str) -> dict[str, Any]:
    """Take a share back at once."""
    found = rows(actor, visible(actor, Share).where(Share.public_id == public_id))
    verbs.revoke(actor, found[0] if found else find(actor, Share, public_id=public_id))
    return {}
