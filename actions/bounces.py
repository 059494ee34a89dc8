"""Bounces: a mail of ours that came back is marked as failed with its reason, and its address with it."""

from typing import Any

from sqlalchemy import select, update

from actions import unverified
from actions.log import record
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery, tell_how
from models.mail_in import InboundMail
from models.messages import STAFF
from models.people import ContactPoint
from models.types import email_key, now
from models.words import Words
from policy import SYSTEM


def take(mail: InboundMail, report: dict[str, Any]) -> bool:
    """Take a report of failed delivery to what it tells of; False when that is no mail of ours."""
    delivery = _of(report["ids"])
    if delivery is None:
        return False
    late = report["action"] in ("delayed", "relayed", "delivered", "expanded")
    facts = {"address": delivery.to_address, "why": report["why"] or Words("the mail server says so")}
    words = (
        Words("Not delivered yet to %(address)s: %(why)s", **facts)
        if late
        else Words("Not delivered to %(address)s: %(why)s", **facts)
    )
    if not late:
        _mark(delivery, words, lasting=not str(report["status"]).startswith("4"))
        _tell(delivery, words)
    mail.state, mail.reason, mail.conversation_id = "filed", words, delivery.conversation_id
    return True


def came_from(address: str) -> None:
    """Something came from an address: it works again."""
    again = update(ContactPoint).where(
        ContactPoint.value_key == email_key(address), ContactPoint.bounced_at.is_not(None)
    )
    session.execute(again.values(bounced_at=None))


def _of(ids: list[str]) -> Delivery | None:
    """The mail of ours with one of these Message-IDs: nobody knows them but whoever got it."""
    if not ids:
        return None
    return session.scalars(select(Delivery).where(Delivery.message_id.in_(ids)).limit(1)).unique().one_or_none()


def _mark(delivery: Delivery, words: Words, lasting: bool) -> None:
    delivery.state, delivery.error = "failed", words
    tell_how(delivery)
    if lasting:
        dead = update(ContactPoint).where(ContactPoint.kind == "email", ContactPoint.value_key == delivery.to_key)
        session.execute(dead.values(bounced_at=now()))


def _tell(delivery: Delivery, words: Words) -> None:
    """Say so in the thread that it told of, and on the record."""
    row = session.get(Conversation, delivery.conversation_id) if delivery.conversation_id else None
    if row is not None and row.merged_into_id is None:
        unverified.note(row, words)
    record(
        SYSTEM, "mail_bounced", words[:200], {row.organisation_id if row else None: STAFF}, channel="email",
        direction="inbound", person_id=delivery.person_id, conversation_id=delivery.conversation_id,
        subject=("delivery", delivery.public_id), detail={"kind": delivery.kind},
    )  # fmt: skip
