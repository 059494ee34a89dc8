"""Resends: what was said before a conversation was merged is acknowledged again, and never said anew."""

from typing import Any

from actions.checks import not_merged
from models.conversations import Conversation
from models.db import session
from models.messages import NewMessage, Stored
from models.resends import sent_before
from policy import Actor, find


def unless_merged(row: Conversation, new: NewMessage) -> NewMessage:
    """Let a message pass where its conversation goes on here, or where it is one that was sent before.

    Nothing is stored of the latter: `append` answers with what is stored already. Raises Refused with `conflict`.
    """
    if row.merged_into_id is not None and not sent_before(session.connection(), new):
        not_merged(row)
    return new


def place(actor: Actor, conversation: Any, stored: Stored) -> Any:
    """The conversation that a message stands in: not the one it was sent to, where it was first said in one merged into that.

    Raises NotFound.
    """
    there = stored.new.conversation_id
    return conversation if there == conversation.id else find(actor, Conversation, id=there)
