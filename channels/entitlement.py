"""Entitlement: whether a mail in the outbox may still leave, asked of the policy at the moment it would."""

from typing import Any

from sqlalchemy import select, update

from actions import actors, order_links
from channels import digests
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery, enqueue
from models.messages import STAFF, Message
from models.order_links import OrderLink
from models.orders import Order
from models.people import Membership
from models.purchasing import OrderNotice
from models.staff import Staff
from policy import Actor, first, visible


def still(delivery: Delivery, about: dict[str, Any]) -> bool:
    """Say whether whoever a mail is for may see what it tells of; letters that tell of no record always leave."""
    if delivery.kind == "notice":
        return _hears(_reader(delivery, about), delivery.conversation_id, delivery.seq)
    if delivery.kind == "digest":
        reader = _reader(delivery, about)
        return all(_hears(reader, key, last) for key, _first, last in about["matters"])
    if delivery.kind == "order":
        link = session.get(OrderLink, about.get("order_link"))
        return link is None or first(order_links.reader(link), Order, id=link.order_id) is not None
    if delivery.kind == "order_notice":
        return _sees_all(delivery, about)
    return True


def _reader(delivery: Delivery, about: dict[str, Any]) -> Actor | None:
    """Who a mail is for, as they are now: staff, or a member of the organisation it was written to."""
    side = str(about.get("audience", STAFF)).split(":")[0]
    if side == STAFF:
        staff = select(Staff).where(Staff.person_id == delivery.person_id, Staff.ended_at.is_(None))
        member = session.scalars(staff).unique().one_or_none()
        return actors.of_staff(member) if member else None
    works = select(Membership).where(
        Membership.person_id == delivery.person_id, Membership.organisation_id == about.get("organisation"),
        Membership.side == side, Membership.ended_at.is_(None),
    )  # fmt: skip
    membership = session.scalars(works.limit(1)).unique().one_or_none()
    return actors.of_membership(membership) if membership else None


def _hears(reader: Actor | None, conversation_id: int | None, seq: int | None) -> bool:
    """Whether the newest message that a mail tells of is the reader's to read: who came back since hears what follows."""
    if reader is None or first(reader, Conversation, id=conversation_id) is None:
        return False
    newest = visible(reader, Message, Message.id).where(Message.conversation_id == conversation_id, Message.seq == seq)
    return session.scalar(newest.limit(1)) is not None


def _sees_all(delivery: Delivery, about: dict[str, Any]) -> bool:
    """Whether every order that a mail names is still the reader's, or the mailbox's, to see."""
    orders = set(about.get("orders", ()))
    if delivery.person_id is None:
        found = session.scalars(select(Order).where(Order.id.in_(orders))).unique()
        return all(order_links.is_shared(row) for row in found)
    reader = _reader(delivery, about)
    return (
        reader is not None
        and set(session.scalars(visible(reader, Order, Order.id).where(Order.id.in_(orders)))) == orders
    )


def tell_again(delivery: Delivery, about: dict[str, Any]) -> None:
    """Let what a mail that was kept back told of be told anew: each matter to whom it is still theirs."""
    if delivery.kind == "digest":
        digests.tell_again(delivery, about)
        return
    untold = update(OrderNotice).where(OrderNotice.delivery_id == delivery.id)
    found = session.scalars(select(OrderNotice.organisation_id).where(OrderNotice.delivery_id == delivery.id)).first()
    if found is not None:
        session.execute(untold.values(told_at=None, delivery_id=None))
        enqueue(
            session(), "order_notices", unique_key=f"order_notices:{found}:instead:{delivery.id}", organisation=found
        )
