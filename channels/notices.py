"""Notices: who is told by mail that there is something new to read, and what of it they may be told."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select

from actions import letters, reading
from actions.installation import settings
from channels.recipients import Recipient, recipients
from models import db
from models.conversations import Conversation, Read
from models.db import session
from models.jobs import Delivery, enqueue
from models.messages import STAFF, Message
from models.types import now
from policy import Actor, first, visible
from policy.masks import cast
from policy.threads import shaped

QUIET = timedelta(minutes=10)  # at most one mail per matter and person within it
SHOWN = 5
PATHS = {"staff": "/staff/conversations", "customer": "/portal/requests", "partner": "/partners/conversations"}


@dataclass(frozen=True, slots=True)
class News:
    """What one recipient has not read nor been told of: at least one message from somebody else."""

    recipient: Recipient
    actor: Actor
    conversation: Any
    messages: list[Message]


def tell_readers(arguments: dict[str, Any]) -> None:
    """Tell everybody concerned of a message by mail; `person` restricts it to one whose mail had to wait."""
    with db.unit(write=True):
        message = session.execute(
            select(Message).where(
                Message.conversation_id == arguments["conversation"], Message.seq == arguments["seq"]
            )
        ).unique().scalar_one_or_none()  # fmt: skip
        if message is None or message.audience == STAFF:
            return
        row = session.get_one(Conversation, message.conversation_id)
        for recipient in recipients(row, message):
            if arguments.get("person") in (None, recipient.person.id):
                _tell(recipient, row, message)


def _tell(recipient: Recipient, row: Conversation, message: Message) -> None:
    news = _news(recipient, row, message)
    if news is None:
        return
    recent = _recent(recipient, row)
    if recent is None:
        _post(news, row)
        return
    enqueue(
        session(), "notice", due_at=recent.created_at + QUIET, conversation=row.id, seq=message.seq,
        person=recipient.person.id, unique_key=f"notice:{row.id}:{recipient.person.id}:after:{recent.id}",
    )  # fmt: skip


def _recent(recipient: Recipient, row: Conversation) -> Delivery | None:
    query = select(Delivery).where(
        Delivery.conversation_id == row.id, Delivery.person_id == recipient.person.id,
        Delivery.created_at > now() - QUIET,
    )  # fmt: skip
    return session.execute(query.order_by(Delivery.id.desc()).limit(1)).unique().scalar_one_or_none()


def _news(recipient: Recipient, row: Conversation, message: Message) -> News | None:
    """Gather what is new for a recipient, through the same policy as their page; None when there is nothing."""
    actor = recipient.actor
    conversation = first(actor, Conversation, id=row.id)
    if conversation is None:
        return None
    query = visible(actor, Message).where(
        Message.conversation_id == row.id, Message.seq > _known(recipient, row), Message.kind == "message",
        or_(Message.author_id.is_(None), Message.author_id != recipient.person.id), Message.audience != STAFF,
    )  # fmt: skip
    found = list(session.execute(query.order_by(Message.seq)).unique().scalars())
    if not any(one.seq >= message.seq for one in found):
        return None  # not for this reader, read already, or told of
    return News(recipient, actor, conversation, found)


def _known(recipient: Recipient, row: Conversation) -> int:
    """The seq up to which a recipient has read, or was told by mail."""
    read = select(Read.seq).where(Read.conversation_id == row.id, Read.person_id == recipient.person.id)
    told = select(func.max(Delivery.seq)).where(
        Delivery.conversation_id == row.id, Delivery.person_id == recipient.person.id
    )
    return max(session.scalar(read) or 0, session.scalar(told) or 0)


def _post(news: News, row: Conversation) -> None:
    actor, person = news.actor, news.recipient.person
    who = cast(row, settings().business_name)
    shown = shaped(actor, who, news.messages[-SHOWN:])
    newest, more = news.messages[-1].seq, max(0, len(news.messages) - SHOWN)
    reading.saw_conversation(actor, news.conversation, "mail")
    letters.post(
        "notice", news.recipient.address, language=person.language, person_id=person.id, conversation_id=row.id,
        seq=newest, key=f"{row.number}.{newest}.{person.public_id}", about=_about(actor), number=row.number,
        subject=_subject(news.conversation.subject, row.number), messages=shown, more=more,
        link=f"{settings().url}{PATHS[actor.side]}/{row.number}",
    )  # fmt: skip


def _subject(words: str, number: str) -> str:
    """The subject as the recipient reads it; the number alone is not said twice."""
    shown = letters.one_line(words)
    return "" if shown == f"#{number}" else shown


def _about(actor: Actor) -> dict[str, Any]:
    """Whose timeline the mail stands on."""
    return {"organisation": actor.organisation_id, "audience": actor.reader}


HANDLERS = {"notice": tell_readers}
