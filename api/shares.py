"""Shares: which partner sees which fields of which record until when."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import StrictInt, StrictStr
from sqlalchemy.orm import lazyload, load_only, selectinload

from actions import issues, parties
from actions import shares as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.conversations import Conversation
from models.issues import Issue
from models.orders import Order
from models.organisations import Organisation
from models.people import Person
from models.shares import Share
from policy import Actor, Invalid, find, require, visible
from policy.fields import SHARED


class ShareQuery(Paged):
    pass


# The numbers of what is shared, for a whole page at once.
NUMBERED = [
    selectinload(one).options(load_only(table.number), lazyload("*"))
    for one, table in ((Share.order, Order), (Share.conversation, Conversation), (Share.issue, Issue))
]


def shape(row: Any) -> dict[str, Any]:
    """A share with the number of what it shows."""
    return shapes.share(row, {"type": row.subject_type, "id": row.number})


@operation("GET", "/shares", "share", query=ShareQuery)
def shares(actor: Actor, query: ShareQuery) -> dict[str, Any]:
    """List shares, the newest first."""
    return listed(actor, visible(actor, Share).options(*NUMBERED), [Share.id], query, shape)


class Subject(Given):
    type: Literal["order", "conversation", "issue"]
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
    """Show a record to a partner; a shared conversation, and that of an issue, makes it a party, masked."""
    require(actor, verbs.VERBS[body.subject.type])
    row = find(actor, SHARED[body.subject.type], number=body.subject.id)
    partner = find(actor, Organisation, public_id=body.to.organisation)
    made = MAKERS[body.subject.type](actor, row, partner, body, _until(body))
    return shapes.share(made, {"type": body.subject.type, "id": body.subject.id})


def _until(body: NewShare) -> datetime | None:
    """When it ends; a time without a zone is one in UTC."""
    until = body.expires_at
    return until.replace(tzinfo=UTC) if until is not None and until.tzinfo is None else until


def _order(actor: Actor, row: Any, partner: Any, body: NewShare, until: datetime | None) -> Share:
    return verbs.share(
        actor, row, partner, body.level, body.fields, expires_at=until, reason=body.reason, person=_person(actor, body),
        lines=body.lines,
    )  # fmt: skip


def _conversation(actor: Actor, row: Any, partner: Any, body: NewShare, until: datetime | None) -> Share:
    if body.to.person:
        raise Invalid("to.person", "a conversation is shared with an organisation")
    _no_lines(body)
    party = parties.add(actor, row, partner, level=body.level, fields=body.fields, expires_at=until, reason=body.reason)
    made: Share = party.share
    return made


def _issue(actor: Actor, row: Any, partner: Any, body: NewShare, until: datetime | None) -> Share:
    _no_lines(body)
    return issues.share(
        actor, row, partner, body.level, body.fields, expires_at=until, reason=body.reason, person=_person(actor, body)
    )


def _person(actor: Actor, body: NewShare) -> Any:
    return find(actor, Person, public_id=body.to.person) if body.to.person else None


def _no_lines(body: NewShare) -> None:
    if body.lines is not None:
        raise Invalid("lines", "belong to an order")


MAKERS = {"order": _order, "conversation": _conversation, "issue": _issue}


@operation("DELETE", "/shares/<public_id>", "share", status=204)
def revoke_share(actor: Actor, public_id: str) -> dict[str, Any]:
    """Take a share back at once."""
    verbs.revoke(actor, find(actor, Share, public_id=public_id))
    return {}
