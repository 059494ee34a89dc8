"""Deliveries: how the mails about a record went, and sending one again that failed."""

from sqlalchemy import or_, select

from actions import letters, order_links
from actions.log import record
from models import db
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery, Job, tell_how
from models.messages import STAFF
from models.order_links import OrderLink
from models.orders import Order
from models.purchasing import OrderNotice
from models.types import now
from models.words import Words
from policy import Actor, Refused, find, require, rows, visible

NEWEST = 10
ON_ITS_WAY = Words("This mail is on its way again already.")
GONE = Words("The words of this mail are not kept: send a new one.")


def of_order(actor: Actor, row: Order) -> list[Delivery]:
    """The mails about an order, the newest first: those that carried it, and those that named it."""
    links = session.scalars(select(OrderLink.public_id).where(OrderLink.order_id == row.id)).all()
    sent = [letters.message_id("order", one) for one in links]
    named = select(OrderNotice.delivery_id).where(OrderNotice.order_id == row.id, OrderNotice.delivery_id.is_not(None))
    query = visible(actor, Delivery).where(or_(Delivery.message_id.in_(sent), Delivery.id.in_(named)))
    return rows(actor, query.order_by(Delivery.id.desc()).limit(NEWEST))


def retry(actor: Actor, delivery: Delivery) -> None:
    """Send a mail again that failed: under the same Message-ID, or an order's anew, since its link is kept nowhere.

    Whether its reader may still see what it says is asked as it leaves. Raises Forbidden, and Refused with `conflict` when
    it is on its way already or cannot be sent again.
    """
    require(actor, "delivery:retry", delivery)
    session.refresh(delivery, with_for_update={"of": Delivery})
    asked = select(Job).where(Job.unique_key == f"mail:{delivery.public_id}").with_for_update()
    job = session.scalars(asked).one_or_none()
    if delivery.state != "failed" or (job is not None and job.state == "pending"):
        raise Refused("conflict", ON_ITS_WAY)
    if not delivery.repeatable or job is None:
        raise Refused("conflict", GONE)
    if delivery.kept:
        delivery.state, delivery.error, delivery.sent_at = "pending", None, None
        job.arguments = {name: value for name, value in job.arguments.items() if name != "slot"}
        job.state, job.attempts, job.due_at, job.lease_until = "pending", 0, now(), None
        db.tell("job", job.due_at)
        tell_how(delivery)
    else:
        _mail_anew(actor, delivery, job)
    _log(actor, delivery)


def _mail_anew(actor: Actor, delivery: Delivery, job: Job) -> None:
    """Send an order again to the same address: the link of the mail that failed ends, so that this happens once."""
    key = (job.arguments.get("about") or {}).get("order_link")
    link = session.get(OrderLink, key, with_for_update={"of": OrderLink}) if key else None
    if link is None or link.state != "open":
        raise Refused("conflict", ON_ITS_WAY if link is not None else GONE)
    order_links.mail(actor, find(actor, Order, id=link.order_id), delivery.to_address)


def _log(actor: Actor, delivery: Delivery) -> None:
    row = session.get(Conversation, delivery.conversation_id) if delivery.conversation_id else None
    concerned = row.organisation_id if row else None
    record(
        actor, "mail_retried", f"the mail to {delivery.to_address} sent again", {concerned: STAFF}, channel="email",
        person_id=delivery.person_id, conversation_id=delivery.conversation_id,
        subject=("delivery", delivery.public_id), detail={"kind": delivery.kind},
    )  # fmt: skip
