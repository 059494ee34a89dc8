"""Conversations and their messages."""

from typing import Any

from flask import current_app
from pydantic import StrictInt, StrictStr

from actions import conversations as verbs
from actions import parties, reading
from actions.addressing import audience
from actions.resends import place
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.conversations import Conversation
from models.db import session
from models.orders import Order
from models.organisations import Organisation
from models.people import Person
from models.staff import Staff, Team
from policy import Actor, Invalid, NotFound, find, one, threads, visible
from web.incoming import whole


def business() -> str:
    return str(current_app.config["SETTINGS"].business_name)


class ConversationQuery(Paged):
    status: str | None = None


@operation("GET", "/conversations", "conversation", query=ConversationQuery)
def conversations(actor: Actor, query: ConversationQuery) -> dict[str, Any]:
    """List conversations, the latest changed first."""
    seen = visible(actor, Conversation)
    if query.status:
        seen = seen.where(Conversation.status == query.status)
    order = [Conversation.updated_at, Conversation.number]
    return listed(
        actor, seen, order, query, lambda row: shapes.conversation(actor, row, business()), saw=reading.saw_conversations
    )  # fmt: skip


class Subject(Given):
    type: StrictStr
    id: StrictStr


class NewConversation(Given):
    subject: StrictStr
    body: StrictStr
    organisation: StrictStr | None = None
    about: Subject | None = None
    client_id: StrictStr | None = None
    attachments: list[StrictStr] = []


@operation("POST", "/conversations", "conversation", body=NewConversation, status=201)
def start_conversation(actor: Actor, body: NewConversation) -> dict[str, Any]:
    """Begin a conversation with its first message."""
    about, order = about_of(actor, body.about)
    if actor.side == "partner":
        if order is None:
            raise Invalid("about", "must name an order that is shared with you")
        made, _ = parties.start_as_partner(actor, order, body.subject, body.body, body.client_id,
                                           body.attachments)  # fmt: skip
    else:
        owner = find(actor, Organisation, public_id=body.organisation) if body.organisation else None
        made, _ = verbs.start(actor, body.subject, body.body, organisation=owner if actor.side == "staff" else None,
                              about=about, channel="api", message_client_id=body.client_id, attachments=body.attachments)  # fmt: skip
    session.flush()
    row = find(actor, Conversation, number=made.number)
    shown = threads.messages(actor, row, business(), limit=1)
    return shapes.conversation(actor, row, business()) | {"messages": [shapes.message(one) for one in shown]}


def about_of(actor: Actor, about: Subject | None) -> tuple[tuple[str, str] | None, Any]:
    """Find what a conversation is to be about."""
    if about is None:
        return None, None
    if about.type not in ("order", "order_line"):
        raise Invalid("about.type", "must be order or order_line")
    number, _, place = about.id.partition("/")
    order = find(actor, Order, number=number)
    if about.type == "order_line" and place not in {str(line.line) for line in order.lines}:
        raise NotFound
    return (about.type, about.id), order


@operation("GET", "/conversations/<number>", "conversation")
def conversation(actor: Actor, number: str) -> dict[str, Any]:
    """Read one conversation."""
    row = find(actor, Conversation, number=number)
    reading.saw_conversation(actor, row, "api")
    return shapes.conversation(actor, row, business())


class Change(Given):
    status: StrictStr | None = None
    priority: StrictStr | None = None
    assignee: StrictStr | None = None
    team: StrictStr | None = None
    subject: StrictStr | None = None
    version: StrictInt | None = None


@operation("PATCH", "/conversations/<number>", "conversation", body=Change)
def change_conversation(actor: Actor, number: str, body: Change) -> dict[str, Any]:
    """Change status, priority, assignee, team or subject."""
    row = find(actor, Conversation, number=number)
    given = body.model_dump(exclude_unset=True)
    values: dict[str, Any] = {name: given[name] for name in ("subject", "priority") if name in given}
    if "assignee" in given:
        values["assignee"] = staff_member(actor, body.assignee)
    if "team" in given:
        values["team"] = find(actor, Team, public_id=body.team) if body.team else None
    if values:
        verbs.update_fields(actor, row, values, body.version)
        session.flush()
    if body.status is not None:
        verbs.set_status(actor, row, body.status)
    return shapes.conversation(actor, row, business())  # not found anew: who hands it over may not see it any more


def staff_member(actor: Actor, public_id: str | None) -> Staff | None:
    """The colleague behind a person's id; None is nobody."""
    if public_id is None:
        return None
    who = visible(actor, Staff).join(Person, Person.id == Staff.person_id)
    found: Staff = one(actor, who.where(Person.public_id == public_id))
    return found


@operation("GET", "/conversations/<number>/messages", "conversation", query=Paged)
def messages(actor: Actor, number: str, query: Paged) -> dict[str, Any]:
    """List messages in order, as far as they are for you."""
    row = find(actor, Conversation, number=number)
    after = whole("after", query.after) or 0
    shown = threads.messages(actor, row, business(), after=after, limit=query.limit)
    reading.saw_conversation(actor, row, "api")
    more = bool(shown) and len(shown) == query.limit and shown[-1]["seq"] < threads.last_seq(actor, row)
    return {"items": [shapes.message(one) for one in shown], "next": str(shown[-1]["seq"]) if more else None}


class NewMessage(Given):
    body: StrictStr = ""
    audience: dict[str, StrictStr] | StrictStr | None = None
    client_id: StrictStr | None = None
    attachments: list[StrictStr] = []


@operation("POST", "/conversations/<number>/messages", "conversation", body=NewMessage, status=201)
def send_message(actor: Actor, number: str, body: NewMessage) -> dict[str, Any]:
    """Say something; left out, the audience is the narrowest."""
    row = find(actor, Conversation, number=number)
    stored = verbs.reply(actor, row, body.body, audience=audience(actor, row, body.audience), channel="api",
                         message_client_id=body.client_id, attachments=body.attachments)  # fmt: skip
    shown = threads.messages(actor, place(actor, row, stored), business(), after=stored.seq - 1, limit=1)
    return shapes.message(shown[0])
