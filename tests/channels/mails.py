"""Mails as people and machines send them, and what becomes of them."""

from email.message import EmailMessage
from typing import Any

from sqlalchemy import select

import worker
from channels import mail_in
from models import db
from models.conversations import Conversation
from models.jobs import Delivery, Job
from models.mail_in import InboundMail
from models.messages import Message
from tests.world import World


def written(sender: str, body: str = "Is it coming?", subject: str = "A question", **headers: str) -> bytes:
    """A mail as a program writes it; `headers` with _ for -."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, headers.pop("To", "service@localhost"), subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail.as_bytes()


def work() -> None:
    """File what waits."""
    with db.unit(write=False):
        waiting = select(Job).where(Job.kind == "mail_in", Job.state == "pending").order_by(Job.id)
        found = [(one.id, one.kind, dict(one.arguments), 1) for one in db.session.scalars(waiting)]
    worker.file_pile(found)


def came(raw: bytes, address: str | None = None) -> InboundMail:
    """Let a mail come in and be filed; return what is noted of it."""
    mail_in.take(raw, address)
    work()
    return mails()[-1]


def mails() -> list[InboundMail]:
    with db.unit(write=False):
        return list(db.session.scalars(select(InboundMail).order_by(InboundMail.id)).unique())


def talks() -> list[Conversation]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Conversation).order_by(Conversation.id)).unique())


def messages(number: str | None = None) -> list[Message]:
    """All that was said, in all conversations or in one."""
    with db.unit(write=False):
        query = select(Message).where(Message.kind == "message")
        if number:
            query = query.join(Conversation, Conversation.id == Message.conversation_id).where(
                Conversation.number == number
            )
        return list(db.session.scalars(query.order_by(Message.id)).unique())


def told(world: World, **which: Any) -> Delivery:
    """The newest mail of ours to somebody."""
    with db.unit(write=False):
        query = select(Delivery).filter_by(**which).order_by(Delivery.id.desc())
        return db.session.scalars(query.limit(1)).unique().one()
