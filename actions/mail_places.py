"""Mail places: where a mail belongs, in the safe order: what we signed, then who its sender is; never by its subject.

A secret reply address or a Message-ID of ours says which matter is answered; whether its sender may say something there
is asked of the policy, now. Whoever may not, or is not who they say, begins a conversation that only we read.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from actions import former, reply_addresses, senders
from actions.installation import settings
from actions.mails import vouching
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery, Job
from models.mail_in import InboundMail
from models.messages import STAFF, Message
from models.order_links import OrderLink
from models.orders import Order
from models.organisations import Organisation
from models.types import email_key
from models.words import Words
from policy import Actor, Forbidden, NotFound, allowed, find, first, visible

MOST_MERGES = 5


class Held(Exception):
    """A mail that we have to look at before it is filed; `words` say why."""

    def __init__(self, message: str, /, **facts: Any) -> None:
        self.words = Words(message, **facts)
        super().__init__(self.words)


@dataclass(slots=True)
class Place:
    """Where a mail goes, and as whose: a stranger's has no actor, a new matter no conversation."""

    actor: Actor | None = None
    conversation: Any = None
    order: Any = None
    audience: str | None = None
    why: Words | None = None  # it is not verified


@dataclass(slots=True)
class Clues:
    """What there is to tell a mail's place by."""

    address: str
    name: str
    verdict: str  # what our mail server says of the sender: pass, fail, or nothing
    signed: Delivery | None = None
    named: Delivery | None = None
    earlier: InboundMail | None = None
    former: int | None = None  # a conversation that was migrated
    readers: list[int] = field(default_factory=list)  # people by id
    people: list[Actor] = field(default_factory=list)

    @property
    def answered(self) -> Delivery | None:
        return self.signed or self.named


def verdict(results: list[str]) -> str:
    """What our own mail server found of a sender (DMARC); nothing that anybody else wrote counts."""
    told = (vouching.dmarc(one, settings().mail_authserv) for one in results)
    return next((one for one in told if one is not None), vouching.NOTHING)


def clues(letter: dict[str, Any]) -> Clues:
    """Gather what a mail tells of its place."""
    found = Clues(letter["address"], letter["name"], verdict(letter["results"]))
    found.signed = reply_addresses.answered(letter["to"])
    if letter["references"]:
        ids = letter["references"]
        query = select(Delivery).where(Delivery.message_id.in_(ids)).order_by(Delivery.id.desc())
        found.named = session.scalars(query.limit(1)).unique().one_or_none()
        before = select(InboundMail).where(InboundMail.message_id.in_(ids), InboundMail.conversation_id.is_not(None))
        found.earlier = session.scalars(before.order_by(InboundMail.id.desc()).limit(1)).unique().one_or_none()
        found.former = former.answered(ids)
    found.readers = senders.people(found.address)
    found.people = senders.outside(found.readers, found.address, found.name)
    return found


def of(mail: InboundMail, letter: dict[str, Any]) -> Place:
    """Say where a mail belongs. Raises Held."""
    found = clues(letter)
    if mail.linked_to_id is not None:
        return _linked(mail.linked_to_id, found)
    if found.verdict == "fail":
        return Place(
            why=Words(
                "Not verified: it does not come from the mail server of %(domain)s (DMARC).",
                domain=_domain(found.address),
            )
        )
    colleague = senders.ours(found.readers)
    if colleague is not None:
        return _colleague(mail, colleague, found)
    return _answer(found) or _new(found)


def _linked(key: int, found: Clues) -> Place:
    """Where we put it: as the sender's own where they take part, else for us alone."""
    if found.verdict != "fail":
        for one in found.people:
            row = first(one, Conversation, id=key)
            if row is not None and allowed(one, "conversation:reply", row):
                return Place(one, row)
    return Place(conversation=session.get_one(Conversation, key), why=Words("Not verified: put here by one of us."))


def _colleague(mail: InboundMail, colleague: Actor, found: Clues) -> Place:
    """In the name of one of us only what our mail server vouches for, and in answer to what we sent them."""
    if found.verdict != "pass" or found.signed is None or found.signed.person_id != colleague.person_id:
        if mail.released:
            return Place(why=Words("Not verified: it says that it is from %(name)s, one of us.", name=colleague.name))
        raise Held("It says that it is from %(name)s, one of us, and nothing proves it.", name=colleague.name)
    row = first(colleague, Conversation, id=found.signed.conversation_id) if found.signed.conversation_id else None
    if row is None or row.merged_into_id is not None:
        raise Held("%(name)s answers a mail whose conversation is not theirs to see any more.", name=colleague.name)
    said = select(Message.audience).where(Message.conversation_id == row.id, Message.seq == found.signed.seq)
    return Place(colleague, row, audience=session.scalar(said) or STAFF)


def _answer(found: Clues) -> Place | None:
    """The matter that is answered, for a sender who takes part in it now; None for a new matter."""
    keys = [found.answered.conversation_id] if found.answered else []
    if found.verdict == "pass":  # others know these Message-IDs: the sender must be proven
        keys += [found.earlier.conversation_id if found.earlier else None, found.former]
    for key in filter(None, keys):
        for one in found.people:
            row = _goes_on(one, key)
            if row is not None and allowed(one, "conversation:reply", row):
                return Place(one, row)
    if found.answered is not None and found.answered.kind in ("order", "order_notice"):
        return _about_order(found.answered, found)
    if found.former is not None and found.verdict == "pass" and (row := former.open_to(found.former, found.address)):
        return Place(
            conversation=row,
            why=Words("Not verified: nobody proved yet to read %(address)s, which wrote here.", address=found.address),
        )
    if found.answered is not None or found.earlier is not None or found.former is not None:
        return Place(
            why=Words(
                "Not verified: it answers a conversation in which %(address)s does not take part.",
                address=found.address,
            )
        )
    return None


def _goes_on(actor: Actor, key: int) -> Any:
    """The conversation of this key, or where it goes on, as an actor sees it."""
    row = first(actor, Conversation, id=key)
    for _ in range(MOST_MERGES):
        later = session.scalar(select(Conversation.merged_into_id).where(Conversation.id == row.id)) if row else None
        if later is None:
            return row
        row = first(actor, Conversation, id=later)
    return None


def _about_order(answered: Delivery, found: Clues) -> Place:
    """The thread of the order that a mail was about, for whoever it is shared with; it answers nothing by itself."""
    asked = select(Job.arguments).where(Job.unique_key == f"mail:{answered.public_id}")
    about = (session.scalar(asked) or {}).get("about") or {}
    orders = list(about.get("orders") or _of_link(about))
    if len(orders) != 1:
        return Place(
            why=Words(
                "Not verified: it answers a mail about %(count)s orders; put it where it belongs.", count=len(orders)
            )
        )
    for one in [*_partners(about, found), *_mailbox(answered, about, found)]:
        order = first(one, Order, id=orders[0])
        if order is None or not allowed(one, "order:start_conversation", order):
            continue
        row = thread_of(one, order.number)
        return Place(one, row, order=None if row is not None else order)
    return Place(
        why=Words(
            "Not verified: it answers a mail about an order that is not shared with %(address)s.", address=found.address
        )
    )


def _of_link(about: dict[str, Any]) -> list[int]:
    """The order that the link in a mail opens."""
    from_link = about.get("order_link")
    found = session.get(OrderLink, from_link) if from_link else None
    return [found.order_id] if found else []


def _partners(about: dict[str, Any], found: Clues) -> list[Actor]:
    return [one for one in found.people if one.side == "partner" and one.organisation_id == about.get("organisation")]


def _mailbox(answered: Delivery, about: dict[str, Any], found: Clues) -> list[Actor]:
    """The address that a mail was sent to, where it is nobody's: whoever reads it there speaks for the partner."""
    if found.signed is None or answered.to_key != email_key(found.address) or senders.known(found.address):
        return []
    organisation = session.get(Organisation, about.get("organisation"))
    if organisation is None:
        return []
    return [Actor(
        side="partner", name=found.address, email=found.address, given_name=found.address,
        organisation_id=organisation.id, organisation_public_id=organisation.public_id,
        organisation_name=organisation.name, organisation_ids=frozenset({organisation.id}),
    )]  # fmt: skip


def thread_of(actor: Actor, order: str) -> Any:
    """The newest conversation of a partner about an order that it may write in; None when there is none."""
    mine = visible(actor, Conversation, Conversation.id).where(
        Conversation.about_type == "order", Conversation.about_id == order, Conversation.merged_into_id.is_(None),
    )  # fmt: skip
    key = session.scalar(mine.order_by(Conversation.id.desc()).limit(1))
    try:
        row = find(actor, Conversation, id=key) if key else None
    except (NotFound, Forbidden):
        return None
    return row if row is not None and allowed(actor, "conversation:reply", row) else None


def _new(found: Clues) -> Place:
    """A new matter: of the customer whom its sender works for, else for us alone."""
    customers = [one for one in found.people if one.side == "customer" and allowed(one, "conversation:start")]
    if settings().mail_authserv and found.verdict != "pass":
        return Place(why=Words("Not verified: our mail server does not say that it is from whom it says (DMARC)."))
    if len(customers) == 1:
        return Place(customers[0])
    if customers:
        return Place(
            why=Words(
                "Not verified: %(address)s works for several customers; put it where it belongs.", address=found.address
            )
        )
    if found.people:
        return Place(
            why=Words(
                "From %(name)s, a partner, about nothing that is shared with it.",
                name=found.people[0].organisation_name,
            )
        )
    return Place(
        why=Words(
            "Not verified: nobody proved to read %(address)s, or they do not belong here any more.",
            address=found.address,
        )
    )


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
