"""Drafts: what somebody has begun to write in a conversation and not sent, seen by nobody but them."""

from typing import Any

from sqlalchemy import and_, exists, false, select, true

from models.conversations import Conversation, Draft
from models.db import session
from models.messages import EVERYONE, Message
from policy.actor import Actor
from policy.seeing import Clause, seeing, visible, within
from policy.seen import unwrap


@seeing(Draft, of="conversation")
def drafts(actor: Actor) -> Clause:
    """One's own, where the conversation can be seen; one that was sent meanwhile is a message, in that very moment."""
    if actor.person_id is None or actor.mailbox:  # several people read what belongs to a shared mailbox
        return false()
    sent = exists(
        select(Message.id).where(Message.author_id == Draft.person_id, Message.client_id == Draft.client_id)
    ).correlate(Draft)
    return and_(
        Draft.person_id == actor.person_id,
        Draft.audience.in_((EVERYONE, actor.reader)) if actor.outside else true(),
        within(actor, Conversation, Draft.conversation_id),
        ~sent,
    )


def of(actor: Actor, conversation: Any) -> list[dict[str, str]]:
    """One's own drafts in a conversation, the newest first: `audience` as the reply box offers it, `body`, `client_id`."""
    row: Conversation = unwrap(conversation)
    found = session.scalars(
        visible(actor, Draft).where(Draft.conversation_id == row.id).order_by(Draft.at.desc(), Draft.audience)
    )
    return [
        {"audience": _offered(actor, row, one.audience), "body": one.body, "client_id": one.client_id or ""}
        for one in found
    ]


def _offered(actor: Actor, row: Conversation, audience: str) -> str:
    """A stored audience as the reply box names it: a partner by its public id, for itself just `partner`."""
    if not audience.startswith("partner:"):
        return audience
    if actor.side == "partner":
        return "partner"
    known = {f"partner:{one.organisation_id}": one.organisation.public_id for one in row.parties}
    return f"partner:{known[audience]}" if audience in known else audience
