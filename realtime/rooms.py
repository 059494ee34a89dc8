"""Rooms: one per (conversation, reader, access version), and the staff queues. Joining is authorised each time."""

from models.conversations import Conversation
from models.messages import STAFF
from policy import Actor, allowed


def of(conversation_id: int, reader: str, access_version: int) -> str:
    """The room in which one reader hears one conversation until rights change."""
    return f"conversation:{conversation_id}:{reader}:{access_version}"


def queues_of(actor: Actor) -> list[str]:
    """The queue rooms that a staff member may hear: all of them, or those of the own teams; none by a narrow token."""
    if actor.side != STAFF or not allowed(actor, "conversation:read"):
        return []
    if actor.sees_every_team:
        return ["queue:all"]
    return [f"queue:assignee:{actor.staff_id}", *(f"queue:team:{team}" for team in actor.team_ids)]


def queues_for(conversation: Conversation) -> list[str]:
    """The queue rooms in which a conversation stands."""
    return ["queue:all", f"queue:team:{conversation.team_id}", f"queue:assignee:{conversation.assignee_id}"]


def notices_of(person_id: int) -> str:
    """The room in which somebody hears that there may be something new for them, and nothing more."""
    return f"notices:{person_id}"


def notices_for(actor: Actor) -> list[str]:
    """The one of an actor; none for a token, whose owner has a page for that."""
    return [notices_of(actor.person_id)] if actor.person_id and actor.token_id is None else []


def telephone_of(staff_id: int) -> str:
    """The room in which a staff member hears of calls at the own telephone."""
    return f"telephone:{staff_id}"


def telephones_of(actor: Actor) -> list[str]:
    """The telephone that an actor may hear of: the own one; none by a token for other things."""
    hears = actor.staff_id is not None and allowed(actor, "call:hear") and actor.reaches("organisation")
    return [telephone_of(actor.staff_id)] if hears and actor.staff_id else []
