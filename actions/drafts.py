"""Drafts: what somebody has begun to write in a conversation, kept until it is sent or thrown away."""

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from actions import conversations
from actions.checks import checked, client_id
from models import db, text
from models.conversations import Conversation, Draft
from models.db import session
from models.types import now
from policy import Actor
from policy.seen import unwrap


def keep(actor: Actor, conversation: Any, body: str, *, message_client_id: str, audience: str | None = None) -> bool:
    """Keep what an actor has begun to write to an audience, and say whether it is kept; the newest stays.

    `message_client_id` is the id under which it will be sent. Empty, what was kept under this id is let go: what
    another device keeps meanwhile stays. Of a shared mailbox nothing is kept. Raises Forbidden, Invalid.
    """
    heard_by = conversations.checked_audience(actor, conversation, audience)
    words, name = checked("body", text.clean, body), client_id(message_client_id)
    if actor.person_id is None or actor.mailbox:
        return False
    row: Conversation = unwrap(conversation)
    if not words.strip():
        own = (Draft.person_id == actor.person_id, Draft.conversation_id == row.id, Draft.client_id == name)
        session.execute(delete(Draft).where(*own))
        return False
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    step = insert(Draft).values(
        person_id=actor.person_id, conversation_id=row.id, audience=heard_by, body=words, client_id=name, at=now()
    )
    changed = {column: step.excluded[column] for column in ("body", "client_id", "at")}
    session.execute(
        step.on_conflict_do_update(index_elements=["person_id", "conversation_id", "audience"], set_=changed)
    )
    return True


def follow(row: Conversation, into: Conversation) -> None:
    """What was begun in a conversation that was merged goes on in the other, where nothing is begun there already."""
    other = aliased(Draft)
    begun = select(other.person_id).where(
        other.conversation_id == into.id, other.person_id == Draft.person_id, other.audience == Draft.audience
    )
    session.execute(
        update(Draft)
        .where(Draft.conversation_id == row.id, ~begun.exists())
        .values(conversation_id=into.id)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(Draft).where(Draft.conversation_id == row.id))
