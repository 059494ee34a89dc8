"""Former systems: the migrated conversation that a mail answers, and whether its sender may be put there, for us alone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select

from models.conversations import Conversation
from models.db import session
from models.former import FormerAddress, FormerMail
from models.jobs import Delivery
from models.people import ContactPoint, Membership
from models.types import email_key

MOST_MERGES = 5


def answered(references: Sequence[str]) -> int | None:
    """The migrated conversation one of whose mails is named, by key; the nearest one counts."""
    rows = session.execute(
        select(FormerMail.message_id, FormerMail.conversation_id)
        .where(FormerMail.message_id.in_(references))
        .order_by(FormerMail.id)
    )
    found = {row.message_id: row.conversation_id for row in rows}
    return next((found[one] for one in references if one in found), None)


def mails(delivery: Delivery) -> Select[datetime | None, str]:
    """When each mail of a migrated conversation was written that the reader of a mail of ours has, and its Message-ID."""
    proven = select(ContactPoint.value_key).where(
        ContactPoint.person_id == delivery.person_id,
        ContactPoint.kind == "email",
        ContactPoint.verified_at.is_not(None),
    )
    return select(FormerMail.at, FormerMail.message_id).where(
        FormerMail.conversation_id == delivery.conversation_id, FormerMail.at.is_not(None),
        or_(FormerMail.address_key == delivery.to_key, FormerMail.address_key.in_(proven)),
    )  # fmt: skip


def open_to(key: int, address: str) -> Conversation | None:
    """The conversation, or where it goes on, if an address took part in it and has not left since.

    Nobody proved to read the address here: who wrote from it in the other system may still be understood by us, in a
    matter that nobody else reads, or of the customer whom they work for today. None for anybody else, and for whoever
    worked there once.
    """
    point = email_key(address)
    if session.get(FormerAddress, (key, point)) is None:
        return None
    row = session.get(Conversation, key)
    for _ in range(MOST_MERGES):
        if row is None or row.merged_into_id is None:
            break
        row = session.get(Conversation, row.merged_into_id)
    if row is None or row.merged_into_id is not None:
        return None
    if row.organisation_id is None:
        return row
    works = select(Membership.id).join(ContactPoint, ContactPoint.person_id == Membership.person_id)
    works = works.where(
        Membership.organisation_id == row.organisation_id, Membership.side == "customer",
        Membership.ended_at.is_(None), ContactPoint.kind == "email", ContactPoint.value_key == point,
    )  # fmt: skip
    return row if session.scalar(works.limit(1)) else None
