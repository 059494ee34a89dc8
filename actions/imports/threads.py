"""Reading the messages of an imported conversation and giving each its place, as a live one would have had."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.imports.context import Context
from actions.imports.engine import Item, Refused, read_fields
from actions.imports.fields import MESSAGE
from actions.imports.lookups import Unknown
from actions.imports.mapping import Columns
from models import text
from models.messages import CUSTOMER, EVERYONE, STAFF, NewMessage, Stored
from models.sequence import Head

FINISHED = ("solved", "closed")
ABOUT = {"order": "number", "shipment": "public_id", "invoice": "public_id"}


@dataclass(slots=True)
class Thread:
    """The messages of one conversation in sequence, its customer, and the partners with the seq they joined after."""

    news: list[NewMessage]
    head: Head
    customer_id: int | None
    partners: dict[int, int] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)
    about: tuple[str, str] | None = None

    def columns(self, values: dict[str, Any]) -> dict[str, Any]:
        """What the conversation's own row says of its messages."""
        head, status = self.head, values.get("status", "closed")
        waiting = head.waiting_since if status in ("new", "open", "waiting_on_partner") else None
        return {
            "status": status, "last_seq": head.last_seq, "heads": head.heads, "snippet": head.snippet,
            "snippet_outside": head.snippet_outside, "waiting_since": waiting, "first_reply_at": head.first_reply_at,
            "created_at": self.news[0].at, "updated_at": head.updated_at, "organisation_id": self.customer_id,
            "solved_at": head.updated_at if status in FINISHED else None, "person_id": head.person_id,
            "about_type": self.about[0] if self.about else None, "about_id": self.about[1] if self.about else None,
        }  # fmt: skip

    def settle(self, conversation_id: int) -> None:
        """Bind head and messages to the conversation they now belong to."""
        self.head.id = conversation_id
        for new in self.news:
            new.conversation_id = conversation_id


def read(context: Context, item: Item) -> Thread:
    """Read all messages of a conversation in the order of their times. Raises Refused naming the message."""
    given = item.given
    if not isinstance(given["messages"], list) or not given["messages"]:
        raise Refused("messages", "must be a list with at least one message")
    inner = Context(context.actor, Columns(source=context.source, date_format=context.mapping.date_format),
                    context.lookups, context.move)  # fmt: skip
    said = [_message(inner, place, cells) for place, cells in enumerate(given["messages"], 1)]
    said.sort(key=lambda one: one["at"])
    organisation = given.get("organisation")
    customer_id = organisation.id if organisation and _is_customer(said, organisation) else None
    news = [_new(inner, one, organisation, customer_id) for one in said]
    thread = Thread(news, _head(given, customer_id, news), customer_id, about=_about(context, given.get("about")))
    _sequence(thread)
    return thread


def _message(context: Context, place: int, cells: Any) -> dict[str, Any]:
    if not isinstance(cells, dict):
        raise Refused("messages", f"message {place} must be an object")
    given, problems = read_fields(context, MESSAGE, cells)
    problems += [(name, "is no field of a message") for name in cells if name not in MESSAGE]
    try:
        text.body(given.get("body", "-"))
        given["who"] = _author(context, given)
    except (text.BadText, Unknown) as error:
        problems.append(("body" if isinstance(error, text.BadText) else "author", str(error)))
    if problems:
        raise Refused("messages", f"message {place}, {problems[0][0]}: {problems[0][1]}")
    return given


def _author(context: Context, given: dict[str, Any]) -> Any:
    """Nobody in particular may have written: a mailbox, or a system."""
    if not given.get("author"):
        return None
    return context.lookups.find("staff" if given.get("side") == STAFF else "person", given["author"])


def _is_customer(said: list[dict[str, Any]], organisation: Any) -> bool:
    """An organisation is the customer unless only partners were written to and wrote: then it is one of them."""
    if any(CUSTOMER in (one["side"], one["audience"]) for one in said):
        return True
    return "customer" in organisation.roles and not any(one["side"] == "partner" for one in said)


def _new(context: Context, one: dict[str, Any], organisation: Any, customer_id: int | None) -> NewMessage:
    side, who = one["side"], one["who"]
    if CUSTOMER in (side, one["audience"]) and customer_id is None:
        raise Refused("organisation", "is empty, but a message concerns the customer")
    partner_id = _partner(context, one, organisation, customer_id)
    if side == "staff":
        person_id, organisation_id = (who.person_id if who else None), None
    else:
        person_id, organisation_id = (who.id if who else None), partner_id if side == "partner" else customer_id
    return NewMessage(
        conversation_id=0, access_version=1, author_id=person_id, author_side=side, body=one["body"], at=one["at"],
        audience=f"partner:{partner_id}" if one["audience"] == "partner" else one["audience"],
        author_name=who.name if who else "", author_organisation_id=organisation_id,
        channel=one.get("channel", "portal"),
    )  # fmt: skip


def _partner(context: Context, one: dict[str, Any], organisation: Any, customer_id: int | None) -> int | None:
    """Which partner a message is from or for: the one it names, its author's, or the only one there is."""
    if "partner" not in (one["side"], one["audience"]):
        return None
    found = one["organisation"].id if one.get("organisation") else None
    if found is None and one["side"] == "partner" and one["who"]:
        found = context.lookups.partner_of(one["who"].id)
    if found is None and organisation and organisation.id != customer_id:
        found = organisation.id
    if found is None:
        raise Refused("messages", "a message from or to a partner must name its organisation")
    return int(found)


def _head(given: dict[str, Any], customer_id: int | None, news: list[NewMessage]) -> Head:
    person = given.get("person")
    writers = [new.author_id for new in news if new.author_side == CUSTOMER and new.author_id]
    started: datetime = news[0].at
    return Head(
        id=0, access_version=1, last_seq=0, heads={EVERYONE: 0, CUSTOMER: 0}, status="open", waiting_since=None,
        first_reply_at=None, organisation_id=customer_id, person_id=person.id if person else next(iter(writers), None),
        snippet="", snippet_outside={}, updated_at=started, solved_at=None,
    )  # fmt: skip


def _sequence(thread: Thread) -> None:
    """Place the messages; a partner joins right before the first one it took part in."""
    for seq, new in enumerate(thread.news, 1):
        partner = new.author_organisation_id if new.author_side == "partner" else None
        if new.audience.startswith("partner:"):
            partner = int(new.audience.split(":")[1])
        if partner and partner not in thread.partners:
            thread.partners[partner] = _joined_after(thread.news, seq)
            thread.head.heads[f"partner:{partner}"] = 0
    thread.stored = [thread.head.take(new) for new in thread.news]


def _joined_after(news: list[NewMessage], seq: int) -> int:
    """A message to everyone just before a partner's first one was meant for it too."""
    while seq > 1 and news[seq - 2].audience == EVERYONE:
        seq -= 1
    return seq - 1


def _about(context: Context, about: Any) -> tuple[str, str] | None:
    """Find the record a conversation is about by its number or reference; an order's line is NUMBER/LINE."""
    if about is None:
        return None
    kind, reference = (about.get("type"), str(about.get("id", ""))) if isinstance(about, dict) else (None, "")
    try:
        if kind == "order_line":
            number, _, line = reference.rpartition("/")
            return "order_line", f"{context.lookups.find('order', number).number}/{line}"
        if kind in ABOUT:
            return kind, getattr(context.lookups.find(kind, reference), ABOUT[kind])
    except Unknown as error:
        raise Refused("about", str(error)) from error
    raise Refused("about", f"must have a type ({', '.join((*ABOUT, 'order_line'))}) and an id")
