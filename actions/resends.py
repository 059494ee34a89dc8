"""Resends: what was said before, and perhaps merged since, is acknowledged again and never said anew."""

from typing import Any

from sqlalchemy import select

from actions.checks import not_merged
from models.conversations import Conversation
from models.db import session
from models.messages import Message, NewMessage, Stored
from models.resends import sent_before
from policy import Actor, find
from policy.seen import unwrap


def unless_merged(row: Conversation, new: NewMessage) -> NewMessage:
    """Let a message pass where its conversation goes on here, or where it is one that was sent before.

    Nothing is stored of the latter: `append` answers with what is stored already. Raises Refused with `conflict`.
    """
    if row.merged_into_id is not None and not sent_before(session.connection(), new):
        not_merged(row)
    return new


def goes_on_here(conversation: Any) -> bool:
    """Whether a conversation was not merged into another one."""
    row: Conversation = unwrap(conversation)
    return row.merged_into_id is None


def place(actor: Actor, conversation: Any, stored: Stored) -> Any:
    """The conversation that a message stands in: not the one it was sent to, where it was first said in one merged into that.

    Raises NotFound.
    """
    there = stored.new.conversation_id
    return conversation if there == conversation.id else find(actor, Conversation, id=there)


def started_before(actor: Actor, message_id: str | None) -> Conversation | None:
    """The conversation that an actor started with a message of this client id; None when there is none."""
    if message_id is None:
        return None
    found = select(Conversation).join(Message, Message.conversation_id == Conversation.id)
    found = found.where(Message.author_id == actor.person_id, Message.client_id == message_id)
    return session.execute(found).unique().scalars().first()
