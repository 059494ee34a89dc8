"""Outgoing mail: one delivery from the outbox to one address, at least once, always under the same Message-ID."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from actions import mail_paces, mail_threads, order_links, reply_addresses, suppliers, unsubscribing
from actions.installation import settings
from actions.log import record
from channels import console, entitlement, smtp
from channels.mail_headers import POLICY
from models import db
from models.db import session
from models.jobs import REMOVED, Delivery, Later, tell_how
from models.messages import STAFF
from models.order_links import OrderLink
from models.orders import Order
from models.types import now
from models.words import Words
from policy import SYSTEM, first
from web import documents

SECRET_KINDS = ("code", "invitation", "order", "order_notice")  # their words open doors: not kept once they are sent


def deliver(arguments: dict[str, Any]) -> None:
    """Send one delivery and mark it sent; whatever goes wrong is raised, so that the worker tries again."""
    about = arguments.get("about") or {}
    with db.unit(write=False):
        delivery = session.get(Delivery, arguments["delivery"])
        if delivery is None or delivery.sent_at is not None or not delivery.kept:
            return
        reason = _kept_back(delivery, about)
        message = None if reason else _composed(delivery)
        if message is not None:
            enclose(message, about)
    if message is None:
        _withheld(arguments["delivery"], about, reason)
        return
    if "slot" not in arguments:
        _wait_for_slot(arguments["delivery"])
    try:
        (smtp if settings().mail_url else console).send(message)
    except Exception as error:
        lasting = smtp.lasting(error)
        _failed(arguments["delivery"], smtp.said(error), lasting)
        if lasting:
            return  # it stands on what it told of, with a way to send it again
        raise
    _sent(arguments["delivery"], about)


def _composed(delivery: Delivery) -> EmailMessage:
    return compose(delivery, mail_threads.references(delivery), mail_threads.sender(delivery))


def compose(delivery: Delivery, earlier: list[str], sender: str = "") -> EmailMessage:
    """Build the mail: plain text with an HTML twin, threaded under what was said before."""
    message = EmailMessage(policy=POLICY)
    message["Message-ID"] = delivery.message_id
    message["Date"] = format_datetime(delivery.created_at)
    message["From"] = Address(settings().business_name, addr_spec=sender or settings().mail_from)
    if (reply_to := reply_addresses.of(delivery)) is not None:
        message["Reply-To"] = reply_to
    message["To"] = delivery.to_address
    message["Subject"] = delivery.subject
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if delivery.kind in unsubscribing.KINDS:
        message["List-Unsubscribe"] = f"<{unsubscribing.link(delivery.public_id)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if earlier:
        message["In-Reply-To"] = earlier[-1]
        message["References"] = " ".join(earlier)
    message.set_content(delivery.body, cte="quoted-printable")
    if delivery.html:
        message.add_alternative(delivery.html, subtype="html", cte="quoted-printable")
    return message


def enclose(message: EmailMessage, about: dict[str, Any]) -> None:
    """Put the order's PDF into its mail, drawn from what its reader may see at this moment."""
    link = session.get(OrderLink, about["order_link"]) if "order_link" in about else None
    if link is None or link.state != "open" or suppliers.policy_of(link.organisation_id).access_code:
        return  # where a code is asked for, the order does not lie open in a mailbox either
    reader = order_links.reader(link)
    order = first(reader, Order, id=link.order_id)
    if order is not None:
        paper = documents.order(reader, order, settings(), link.created_at)
        message.add_attachment(paper, maintype="application", subtype="pdf", filename=documents.file_name(order))


def give_up(arguments: dict[str, Any]) -> None:
    """Say that a mail failed for good, in the transaction in which its job is parked."""
    delivery = session.get(Delivery, arguments["delivery"])
    if delivery is not None and delivery.sent_at is None:
        delivery.state = "failed"
        tell_how(delivery)


def _failed(key: int, words: Words, lasting: bool) -> None:
    with db.unit(write=True):
        delivery = session.get_one(Delivery, key)
        delivery.error = words
        if lasting:
            delivery.state = "failed"
        tell_how(delivery)


def _wait_for_slot(key: int) -> None:
    """Give a mail its time to leave. Raises Later when that is not now; then it has one, and others are not held up."""
    if not settings().mail_url:
        return
    with db.unit(write=True):
        at = mail_paces.take(session.get_one(Delivery, key))
    if at > now():
        raise Later(at, slot=at.isoformat())


def _kept_back(delivery: Delivery, about: dict[str, Any]) -> Words | None:
    """Why a mail does not leave any more; None where it does."""
    if not entitlement.still(delivery, about):
        if delivery.kind == "matter":
            return Words("Not sent: it is settled, or no longer a matter of whom it was for.")
        return Words("Not sent: whom it was for may no longer see what it says.")
    if entitlement.unwanted(delivery, about):
        return Words("Not sent: whom it was for wants no such mails any more.")
    return None


def _withheld(key: int, about: dict[str, Any], reason: Words | None) -> None:
    """Keep a mail back, and its words with it."""
    with db.unit(write=True):
        delivery = session.get_one(Delivery, key)
        delivery.state = "failed"
        delivery.error = reason
        delivery.body, delivery.html = REMOVED[1], None
        tell_how(delivery)
        entitlement.tell_again(delivery, about)


def _sent(key: int, about: dict[str, Any]) -> None:
    with db.unit(write=True):
        delivery = session.get_one(Delivery, key)
        delivery.state, delivery.sent_at, delivery.error = "sent", now(), None
        tell_how(delivery)
        if delivery.kind in SECRET_KINDS and not settings().demo:
            delivery.body, delivery.html = REMOVED[0], None
        words = delivery.subject if delivery.kind not in SECRET_KINDS else f"{delivery.kind} sent"
        record(
            SYSTEM, "mail_sent", words, {about.get("organisation"): about.get("audience", STAFF)}, channel="email",
            direction="outbound", person_id=delivery.person_id, conversation_id=delivery.conversation_id,
            subject=("delivery", delivery.public_id), detail={"kind": delivery.kind, "seq": delivery.seq},
        )  # fmt: skip


HANDLERS = {"mail": deliver}
