"""Entitlement: whether a mail in the outbox may still leave, asked of the policy at the moment it would."""

from typing import Any

from sqlalchemy import select, update

from actions import mail_readers, matters, notice_choices, order_links, unsubscribing
from channels import digests
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery, enqueue
from models.logins import Token
from models.messages import Message
from models.order_links import OrderLink
from models.orders import Order
from models.purchasing import OrderNotice
from policy import Actor, first, visible


def still(delivery: Delivery, about: dict[str, Any]) -> bool:
    """Say whether whoever a mail is for may see what it tells of; letters that tell of no record always leave."""
    if delivery.kind == "notice":
        return _hears(mail_readers.of(delivery, about), delivery.conversation_id, delivery.seq)
    if delivery.kind == "digest":
        reader = mail_readers.of(delivery, about)
        return all(_hears(reader, key, last) for key, _first, last in about["matters"]) and _stand(reader, about)
    if delivery.kind == "matter":
        return _stand(mail_readers.of(delivery, about), about)
    if delivery.kind == "order":
        link = session.get(OrderLink, about.get("order_link"))
        return link is None or first(order_links.reader(link), Order, id=link.order_id) is not None
    if delivery.kind == "order_notice":
        return _sees_all(delivery, about)
    if delivery.kind == "invitation" and "token" in about:
        token = session.get(Token, about["token"])
        return token is not None and token.revoked_at is None
    return True


def unwanted(delivery: Delivery, about: dict[str, Any]) -> bool:
    """Whether whoever a mail is for has said since that they want none of its kind."""
    reader = mail_readers.of(delivery, about) if delivery.kind in unsubscribing.KINDS else None
    return reader is not None and notice_choices.of(reader).pace == "never"


def _hears(reader: Actor | None, conversation_id: int | None, seq: int | None) -> bool:
    """Whether the newest message that a mail tells of is the reader's to read: who came back since hears what follows."""
    if reader is None or first(reader, Conversation, id=conversation_id) is None:
        return False
    newest = visible(reader, Message, Message.id).where(Message.conversation_id == conversation_id, Message.seq == seq)
    return session.scalar(newest.limit(1)) is not None


def _stand(reader: Actor | None, about: dict[str, Any]) -> bool:
    """Whether every approval and promise that a mail tells of is still to be settled, by its reader."""
    found = about.get("others", ())
    return not found or (reader is not None and all(matters.still(reader, *key) is not None for key in found))


def _sees_all(delivery: Delivery, about: dict[str, Any]) -> bool:
    """Whether every order that a mail names is still the reader's, or the mailbox's, to see."""
    orders = set(about.get("orders", ()))
    if delivery.person_id is None:
        found = session.scalars(select(Order).where(Order.id.in_(orders))).unique()
        return all(order_links.is_shared(row) for row in found)
    reader = mail_readers.of(delivery, about)
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
