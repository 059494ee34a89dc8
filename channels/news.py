"""News: what somebody has neither read nor been told of in a conversation, and may see."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from actions import letters
from actions.installation import settings
from actions.recipients import Recipient
from models.conversations import Conversation, Read
from models.db import session
from models.jobs import Delivery
from models.messages import STAFF, Message
from models.notices import DigestMatter
from policy import Actor, first, visible

PATHS = {"staff": "/staff/conversations", "customer": "/portal/requests", "partner": "/partners/conversations"}
CHOICES = "/profile/notices"  # where somebody says how they are told


@dataclass(frozen=True, slots=True)
class News:
    """What one recipient has not read nor been told of: at least one message from somebody else."""

    recipient: Recipient
    actor: Actor
    conversation: Any
    messages: list[Message]

    @property
    def subject(self) -> str:
        """The subject as the recipient reads it; the number alone is not said twice."""
        shown = letters.one_line(self.conversation.subject)
        return "" if shown == f"#{self.conversation.number}" else shown

    @property
    def link(self) -> str:
        """The address of the conversation on the recipient's surface."""
        return f"{settings().url}{PATHS[self.actor.side]}/{self.conversation.number}"


def gather(recipient: Recipient, row: Conversation, seq: int, mailed: bool = True) -> News | None:
    """What is new for a recipient, through the same policy as their page; None when nothing is from `seq` on.

    `mailed`: what they were told by mail is not new either.
    """
    actor = recipient.actor
    conversation = first(actor, Conversation, id=row.id)
    if conversation is None:
        return None
    query = visible(actor, Message).where(
        Message.conversation_id == row.id, Message.seq > (_known if mailed else _read)(recipient, row), Message.kind == "message",
        or_(Message.author_id.is_(None), Message.author_id != recipient.person.id), Message.audience != STAFF,
    )  # fmt: skip
    found = list(session.execute(query.order_by(Message.seq)).unique().scalars())
    if not any(one.seq >= seq for one in found):
        return None  # not for this reader, read already, or told of
    return News(recipient, actor, conversation, found)


def _read(recipient: Recipient, row: Conversation) -> int:
    """The seq up to which a recipient has read."""
    mine = select(Read.seq).where(Read.conversation_id == row.id, Read.person_id == recipient.person.id)
    return session.scalar(mine) or 0


def _known(recipient: Recipient, row: Conversation) -> int:
    """The seq up to which a recipient has read, or was told by mail."""
    person = recipient.person.id
    told = select(func.max(Delivery.seq)).where(Delivery.conversation_id == row.id, Delivery.person_id == person)
    digest = select(DigestMatter.told).where(DigestMatter.conversation_id == row.id, DigestMatter.person_id == person)
    return max(_read(recipient, row), *(session.scalar(one) or 0 for one in (told, digest)))
