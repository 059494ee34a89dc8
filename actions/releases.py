"""Releasing: showing a partner one message from before it came, confirmed by its name."""

from typing import Any

from sqlalchemy import select

from actions import conversations, shares
from actions.log import record
from actions.parties import party_of
from models.conversations import Conversation, Party
from models.db import session
from models.messages import CUSTOMER, EVERYONE, STAFF, Message, Stored
from models.releases import Release
from policy import Actor, Invalid, NotFound, Refused, first, require
from policy.seen import unwrap


def release(actor: Actor, conversation: Any, organisation: Any, seq: int, confirm: str | None) -> Stored:
    """Show a partner the words of one message from before it came; `confirm` is the partner's id, as it was read.

    The words are told anew at the end of the thread, their author masked as ever; what was attached is not shown, and
    the message itself stays where the partner does not see it. Raises Forbidden, Invalid, NotFound, and Refused with
    `conflict`.
    """
    require(actor, "conversation:release", conversation)
    row, partner = unwrap(conversation), unwrap(organisation)
    if confirm != partner.public_id:
        raise Invalid("confirm", "must name %(name)s: it will read the message", name=partner.name)
    shares.lock(row)
    party = party_of(row, partner.id)
    if party is None or not party.takes_part:
        raise Refused("conflict", "%(name)s does not take part in this conversation.", name=partner.name)
    message: Message | None = first(actor, Message, conversation_id=row.id, seq=seq, kind="message")
    if message is None:
        raise NotFound
    _check(row, party, message)
    stored = _tell(actor, row, party, message)
    session.add(Release(conversation_id=row.id, seq=seq, organisation_id=partner.id, shown_seq=stored.seq,
                        by_id=actor.person_id))  # fmt: skip
    concerned = {key: STAFF for key in (row.organisation_id, partner.id) if key}
    record(
        actor, "message_released", f"Message {seq} of #{row.number} was shown to {partner.name}", concerned,
        conversation_id=row.id, subject=("message", message.public_id), person_id=row.person_id,
        detail={"organisation": partner.public_id, "seq": seq, "shown": stored.seq},
    )  # fmt: skip
    session.flush()
    return stored


def _check(row: Conversation, party: Party, message: Message) -> None:
    """Refuse what is never shown, and what is read already."""
    name = party.organisation.name
    if message.audience == STAFF:
        raise Invalid("seq", "is a note among us: it is never shown outside")
    if message.audience not in (EVERYONE, CUSTOMER, f"partner:{party.organisation_id}"):
        raise Invalid("seq", "was written between another partner and us: it is not shown to a third")
    if message.seq > party.from_seq and message.audience != CUSTOMER:
        raise Refused("conflict", "%(name)s reads this message already.", name=name)
    if message.seq > party.from_seq:
        raise Invalid("seq", "was written for the customer while %(name)s took part: write to it instead", name=name)
    if message.seq in released(row, party):
        raise Refused("conflict", "This message was shown to %(name)s already.", name=name)


def released(row: Conversation, party: Party) -> set[int]:
    """The earlier messages that a party has been shown since it came."""
    shown = select(Release.seq).where(
        Release.conversation_id == row.id, Release.organisation_id == party.organisation_id,
        Release.shown_seq > party.from_seq,
    )  # fmt: skip
    return set(session.scalars(shown))


def _tell(actor: Actor, row: Conversation, party: Party, message: Message) -> Stored:
    """Say the words again, to the partner and us: in the sequence, so that every reader gets them once."""
    new = conversations.prepare_reply(actor, row, message.body, audience=f"partner:{party.organisation_id}")
    author = message.author
    new.change = {"released": {
        "seq": message.seq, "side": message.author_side, "organisation": message.author_organisation_id,
        "author": message.signed_as or (author.name if author else ""), "author_id": author.public_id if author else "",
        "at": message.at.isoformat(),
    }}  # fmt: skip
    return conversations.say(new)
