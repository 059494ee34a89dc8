"""Parties: bringing a partner into a conversation, masked; introducing it to the customer; taking it out again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from actions import conversations, shares
from actions.access import access_changed
from actions.checks import checked, client_id
from actions.log import record
from actions.resends import started_before
from models import db, text
from models.conversations import Conversation, Party
from models.db import session
from models.messages import EVERYONE, STAFF, Stored
from models.organisations import Organisation
from models.settings import next_number
from models.shares import Share
from policy import Actor, Invalid, Refused, find, require, system
from policy.fields import DEFAULT_SETS
from policy.seen import unwrap


def add(
    actor: Actor,
    conversation: Any,
    organisation: Any,
    *,
    level: str = "comment",
    subject: str | None = None,
    expires_at: datetime | None = None,
    reason: str | None = None,
    fields: Sequence[str] | None = None,
) -> Party:
    """Bring a partner in: it hears what is said from here on, and stays masked from the customer until introduced.

    `subject` is what the partner reads in place of the customer's own words. Adding one who takes part already only
    changes what it may do. Raises Forbidden, Invalid.
    """
    require(actor, "conversation:add_party", conversation)
    row, partner = unwrap(conversation), unwrap(organisation)
    if partner.id == row.organisation_id:
        raise Invalid("organisation", "is the customer of this conversation")
    subject = checked("subject", text.line, subject) if subject else None
    shares.lock(row)
    party = party_of(row, partner.id)
    present = party is not None and party.takes_part
    names = fields if fields is not None else DEFAULT_SETS["conversation"]
    made = shares.share(actor, row, partner, level, names, expires_at=expires_at, reason=reason)
    if party is not None and present:
        party.subject = subject or party.subject
        return party
    party = _join(row, partner.id, made, subject)
    _told(
        actor, row, party, "joined", "party_added", f"{partner.name} takes part in #{row.number} from here on, masked"
    )
    return party


def party_of(row: Conversation, organisation_id: int) -> Party | None:
    """The row of a partner that takes part, or once did."""
    return next((p for p in row.parties if p.organisation_id == organisation_id and p.side == "partner"), None)


def _join(row: Conversation, organisation_id: int, made: Share, subject: str | None) -> Party:
    """Route a conversation to a partner from the next message on, whether or not it was here before."""
    party = party_of(row, organisation_id)
    if party is None:
        party = Party(conversation_id=row.id, organisation_id=organisation_id, side="partner")
        session.add(party)
    party.share_id, party.from_seq, party.subject = made.id, row.last_seq, subject or party.subject
    party.left_at = party.introduced_seq = None
    row.heads = {**row.heads, f"partner:{organisation_id}": row.last_seq}
    row.snippet_outside = {k: v for k, v in row.snippet_outside.items() if k != f"partner:{organisation_id}"}
    session.flush()
    session.refresh(party)
    session.refresh(row)
    access_changed(row)
    return party


def _told(actor: Actor, row: Conversation, party: Party, happened: str, kind: str, words: str) -> None:
    """Say in the thread and on both records what became of a party."""
    what = {"party": {"side": "partner", "organisation": party.organisation_id}, happened: True}
    conversations.change(actor, row, what, EVERYONE)
    concerned = {key: STAFF for key in (row.organisation_id, party.organisation_id) if key}
    record(
        actor, kind, words, concerned, conversation_id=row.id, subject=("conversation", row.number),
        person_id=row.person_id, detail={"organisation": party.organisation.public_id},
    )  # fmt: skip


def remove(actor: Actor, conversation: Any, organisation: Any) -> None:
    """Take a partner out: it finds the conversation no more. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "conversation:remove_party", conversation)
    row, partner = unwrap(conversation), unwrap(organisation)
    party = party_of(row, partner.id)
    if party is None or party.left_at is not None:
        raise Refused("conflict", "%(name)s does not take part in this conversation.", name=partner.name)
    held = select(Share).where(
        Share.subject_type == "conversation", Share.subject_id == row.id, Share.organisation_id == partner.id,
        Share.revoked_at.is_(None),
    )  # fmt: skip
    for share in session.execute(held.order_by(Share.id)).unique().scalars().all():
        shares.revoke(actor, share)
    concerned = {key: STAFF for key in (row.organisation_id, partner.id) if key}
    record(
        actor, "party_removed", f"{partner.name} no longer takes part in #{row.number}", concerned,
        conversation_id=row.id, subject=("conversation", row.number), person_id=row.person_id,
    )  # fmt: skip


def introduce(actor: Actor, conversation: Any, organisation: Any) -> None:
    """Let customer and partner read each other's names from here on; never in what was said before.

    Raises Forbidden, and Refused with `conflict`.
    """
    require(actor, "conversation:introduce", conversation)
    row, partner = unwrap(conversation), unwrap(organisation)
    shares.lock(row)
    party = party_of(row, partner.id)
    if party is None or not party.takes_part:
        raise Refused("conflict", "%(name)s does not take part in this conversation.", name=partner.name)
    if party.introduced_seq is not None:
        raise Refused("conflict", "%(name)s has been introduced already.", name=partner.name)
    party.introduced_seq = row.last_seq
    session.flush()
    _told(actor, row, party, "introduced", "parties_introduced", f"{partner.name} has been introduced in #{row.number}")


def start_as_partner(
    actor: Actor,
    order: Any,
    subject: str,
    body: str,
    message_client_id: str | None = None,
    attachments: Sequence[str] = (),
) -> tuple[Conversation, Stored]:
    """Begin a conversation between a partner and us about an order shared with it; the same client id is one of them.

    Raises Forbidden, Invalid.
    """
    require(actor, "order:start_conversation", order)
    subject, message_id = checked("subject", text.line, subject), client_id(message_client_id)
    row = started_before(actor, message_id) or _new(actor, unwrap(order).number, subject)
    stored = conversations.reply(
        actor, find(actor, Conversation, id=row.id), body, audience=actor.reader, message_client_id=message_id,
        attachments=attachments,
    )  # fmt: skip
    session.refresh(row)
    if not stored.duplicate:
        record(
            actor, "conversation_started", subject, {actor.organisation_id: actor.reader}, conversation_id=row.id,
            direction="inbound", subject=("conversation", row.number), person_id=actor.person_id,
        )  # fmt: skip
        db.tell("conversation", row.id)
    return row, stored


def _new(actor: Actor, order_number: str, subject: str) -> Conversation:
    row = Conversation(
        number=str(next_number(session(), "conversations", 2000)), subject=subject, organisation_id=None,
        person_id=actor.person_id, about_type="order", about_id=order_number, status="new",
        heads={EVERYONE: 0, actor.reader: 0},
    )  # fmt: skip
    session.add(row)
    session.flush()
    organisation = find(actor, Organisation, id=actor.organisation_id)
    made = shares.share(system(), row, organisation, "comment", DEFAULT_SETS["conversation"])
    session.add(
        Party(
            conversation_id=row.id,
            organisation_id=actor.organisation_id,
            side="partner",
            share_id=made.id,
            subject=subject,
        )
    )
    session.flush()
    session.refresh(row)
    return row
