"""Merging: one of two conversations of a customer is closed and goes on in the other; nobody sees more unless named."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update

from actions import conversations, drafts, parties, shares
from actions.access import access_changed
from actions.checks import not_merged
from actions.log import record
from models import db
from models.conversations import Conversation, Party
from models.db import session
from models.decisions import Decision
from models.issues import Issue
from models.messages import CUSTOMER, EVERYONE, STAFF
from models.organisations import Organisation
from models.types import now
from policy import Actor, Invalid, Refused, require


@dataclass(frozen=True, slots=True)
class Widening:
    """A partner that takes part in one of the two only, and so would read more from here on."""

    organisation: Organisation
    joins: bool  # it takes part in the one that ends, and would come into the other


def widenings(row: Conversation, into: Conversation) -> list[Widening]:
    """Who would read what they do not read now: partners of the one in the other, each from here on."""
    here, there = ({p.organisation_id: p for p in _partners(one)} for one in (row, into))
    coming = [Widening(p.organisation, True) for key, p in here.items() if key not in there]
    return coming + [Widening(p.organisation, False) for key, p in there.items() if key not in here]


def _partners(row: Conversation) -> list[Party]:
    return [p for p in row.parties if p.side == "partner" and p.takes_part]


def merge(actor: Actor, row: Conversation, into: Conversation, confirm: Collection[str] = ()) -> None:
    """Close a conversation, and let it go on in another one of the same customer.

    What was said stays where it was said, for those who read it there. `confirm` holds the id of each partner that
    takes part in one of the two only. Raises Forbidden, Invalid, and Refused with `conflict`.
    """
    require(actor, "conversation:merge", row)
    require(actor, "conversation:merge", into)
    for both in sorted((row, into), key=lambda one: one.id):  # in one order, so that two who merge cannot dead-lock
        shares.lock(both)
    check(row, into)
    wider = widenings(row, into)
    missing = [one.organisation.name for one in wider if one.organisation.public_id not in confirm]
    if missing:
        raise Invalid("confirm", "must name who would read more from here on: %(names)s", names=", ".join(missing))
    for one in wider:
        if one.joins:
            _bring_along(actor, row, into, one.organisation)
    row.merged_into_id, row.status, row.solved_at, row.waiting_since = into.id, "closed", now(), None
    session.execute(update(Issue).where(Issue.conversation_id == row.id).values(conversation_id=into.id))
    drafts.follow(row, into)
    access_changed(row)  # what was prepared for it is refused, and learns where it goes on
    _told(actor, row, into)


def check(row: Conversation, into: Conversation) -> None:
    """Raise Invalid or Refused where two conversations cannot become one."""
    not_merged(row)
    not_merged(into)
    if row.id == into.id or row.organisation_id is None or row.organisation_id != into.organisation_id:
        raise Invalid("into", "must be another conversation of the same customer")
    if row.person_id not in (None, into.person_id):
        raise Refused(
            "conflict",
            "%(name)s does not see #%(number)s: both must be the same person's.",
            name=row.person.name,
            number=into.number,
        )
    if into.internal and not row.internal:
        raise Refused(
            "conflict",
            "The customer has heard nothing of #%(number)s: merge it the other way round.",
            number=into.number,
        )
    waiting = select(Decision.id).where(Decision.conversation_id == row.id, Decision.state == "open")
    if session.scalar(waiting.limit(1)):
        raise Refused("conflict", "A question in #%(number)s is still open: take it back first.", number=row.number)


def _bring_along(actor: Actor, row: Conversation, into: Conversation, partner: Organisation) -> None:
    """A partner comes into the other with what it may do and reads here, from here on and masked."""
    party = parties.party_of(row, partner.id)
    if party is None or party.share is None:
        return
    share = party.share
    parties.add(actor, into, partner, level=share.level, subject=party.subject, expires_at=share.expires_at,
                reason=f"#{row.number}", fields=share.field_set.fields)  # fmt: skip


def _told(actor: Actor, row: Conversation, into: Conversation) -> None:
    """Say so in both threads and on the record; of a matter that is ours alone, to us alone."""
    ours = row.internal
    conversations.change(actor, row, {"merged_into": into.number}, STAFF if ours else EVERYONE)
    conversations.change(actor, into, {"merged": row.number}, STAFF if ours else CUSTOMER)
    record(
        actor, "conversation_merged", f"#{row.number} goes on in #{into.number}", {row.organisation_id: STAFF},
        conversation_id=into.id, subject=("conversation", row.number), person_id=row.person_id,
        detail={"merged": row.number, "into": into.number},
    )  # fmt: skip
    db.tell("conversation", row.id)
