"""Shares: showing a record to a partner, at one level, with chosen fields, until a day; taking it back, or longer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from actions import conversations
from actions.access import access_changed
from actions.checks import checked
from actions.log import record
from models import db, text
from models.conversations import Conversation
from models.db import session
from models.jobs import enqueue
from models.messages import EVERYONE, STAFF
from models.orders import Order, OrderLine
from models.organisations import Organisation
from models.people import Membership, Person
from models.share_rules import fingerprint
from models.shares import LEVELS, FieldSet, Share, ShareLine
from models.types import now
from policy import Actor, Invalid, Refused, require
from policy.fields import NOUNS, SHARED, unknown
from policy.seeing import active
from policy.seen import unwrap

USUAL = timedelta(days=90)
NOTICE = timedelta(days=7)  # so long before the end its sharer is told
VERBS = {"order": "order:share", "conversation": "conversation:add_party", "issue": "issue:share"}


def share(
    actor: Actor,
    subject: Any,
    organisation: Any,
    level: str,
    fields: Sequence[str],
    *,
    expires_at: datetime | None = None,
    reason: str | None = None,
    person: Any = None,
    conversation: Any = None,
    lines: Sequence[int] | None = None,
) -> Share:
    """Show a record to a partner (or one person there); sharing the same again changes only the end.

    `fields` are names of `policy.fields.SHAREABLE`; what is always included need not be named. `lines` are the numbers
    of the lines that are shown, None for all. `conversation` is the one from which it is shared: its customer's timeline
    tells of it too. Raises Forbidden, Invalid.
    """
    row, partner = unwrap(subject), unwrap(organisation)
    noun = NOUNS[type(row)]
    require(actor, VERBS[noun], subject)
    names = _checked(noun, level, fields, partner, unwrap(person))
    shown = checked_lines(row, level, lines)
    chosen, ends = expires_at is not None, _end(expires_at, row)
    field_set = field_set_of(noun, names)
    same = _active(noun, row, partner, unwrap(person), level, field_set, shown)
    if same is not None:
        return extend(actor, same, ends) if chosen and same.expires_at != ends else same
    made = Share(
        subject_type=noun, subject_id=row.id, organisation_id=partner.id, person_id=person.id if person else None,
        level=level, field_set_id=field_set.id, reason=_reason(reason), by_id=actor.person_id,
        expires_at=ends, whole=shown is None, lines=[ShareLine(line_id=one.id, line=one) for one in shown or ()],
    )  # fmt: skip
    session.add(made)
    session.flush()
    _remind(made)
    _log(actor, "shared", made, row, f"{_words(row)} shared with {partner.name}: {_terms(made)}", conversation)
    return made


def _checked(noun: str, level: str, fields: Sequence[str], partner: Organisation, person: Person | None) -> list[str]:
    if level not in LEVELS:
        raise Invalid("level", "must be one of %(names)s", names=", ".join(LEVELS))
    if isinstance(fields, str) or not all(isinstance(name, str) for name in fields):
        raise Invalid("fields", "must be a list of field names")
    if strange := unknown(noun, list(fields)):
        raise Invalid("fields", "cannot be shared: %(names)s", names=", ".join(sorted(strange)))
    if not set(partner.roles) - {"customer"}:
        raise Invalid("organisation", "is a customer only: nothing is shared with customers")
    if person is not None and not session.scalar(
        select(Membership.id).where(
            Membership.person_id == person.id,
            Membership.organisation_id == partner.id,
            Membership.side == "partner",
            Membership.ended_at.is_(None),
        )  # fmt: skip
    ):
        raise Invalid("person", "does not work for %(name)s", name=partner.name)
    return sorted(set(fields))


def checked_share(
    subject: Any,
    organisation: Any,
    level: str,
    fields: Sequence[str],
    person: Any = None,
    lines: Sequence[int] | None = None,
) -> None:
    """Refuse what could not be shared, without sharing anything. Raises Invalid."""
    row = unwrap(subject)
    _checked(NOUNS[type(row)], level, fields, unwrap(organisation), unwrap(person))
    checked_lines(row, level, lines)


def checked_lines(row: Any, level: str, numbers: Sequence[int] | None) -> list[OrderLine] | None:
    """The lines of an order that a share shall show; None for all. Raises Invalid."""
    if numbers is None:
        return None
    by_number = {line.line: line for line in row.lines} if isinstance(row, Order) else {}
    if not numbers or [number for number in numbers if number not in by_number]:
        raise Invalid("lines", "must be numbers of lines of the order")
    if level not in ("read", "comment"):
        raise Invalid("level", "must be read or comment for single lines: an answer is about the whole order")
    return [by_number[number] for number in sorted(set(numbers))]


def _reason(words: str | None) -> str | None:
    return checked("reason", text.clean, words) if words else None


def _end(expires_at: datetime | None, row: Any) -> datetime:
    """The end that was asked for; else 90 days from now, or from the required day of an order that is still open."""
    if expires_at is None:
        required = row.required_at if isinstance(row, Order) and row.closed_at is None else None
        return (max(required, now()) if required else now()) + USUAL
    if not isinstance(expires_at, datetime) or expires_at.tzinfo is None:
        raise Invalid("expires_at", "must be a time with a zone")
    if expires_at <= now():
        raise Invalid("expires_at", "is in the past")
    return expires_at


def field_set_of(noun: str, names: list[str]) -> FieldSet:
    """The one immutable row of a set of sorted names."""
    key = fingerprint(names)
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    session.execute(insert(FieldSet).values(noun=noun, fields=names, hash=key).on_conflict_do_nothing())
    return session.scalars(select(FieldSet).where(FieldSet.noun == noun, FieldSet.hash == key)).one()


def _active(
    noun: str, row: Any, partner: Any, person: Any, level: str, field_set: FieldSet, lines: list[OrderLine] | None
) -> Share | None:
    same = select(Share).where(
        Share.subject_type == noun, Share.subject_id == row.id, Share.organisation_id == partner.id,
        Share.person_id == person.id if person else Share.person_id.is_(None), Share.level == level,
        Share.field_set_id == field_set.id, Share.rule_id.is_(None), Share.whole == (lines is None), active(),
    )  # fmt: skip
    wanted = {line.id for line in lines or ()}
    found = session.execute(same.order_by(Share.id)).unique().scalars()
    return next((one for one in found if {line.line_id for line in one.lines} == wanted), None)


def _remind(made: Share) -> None:
    """Ask for a word to whoever shared it, some days before it ends."""
    if made.expires_at is None or made.by_id is None or made.expires_at - NOTICE <= now():
        return
    key = f"share_ending:{made.public_id}:{made.expires_at:%Y%m%d%H%M}"
    enqueue(session(), "share_ending", due_at=made.expires_at - NOTICE, unique_key=key, share=made.id)


def _words(row: Any) -> str:
    return f"Conversation #{row.number}" if isinstance(row, Conversation) else str(row.number)


def _terms(made: Share) -> str:
    count = len(made.field_set.fields)
    until = f"until {made.expires_at:%Y-%m-%d}" if made.expires_at else "without an end"
    lines = "" if made.whole else f", lines {', '.join(str(one.line.line) for one in made.lines)}"
    return f"{made.level}, {count} {'field' if count == 1 else 'fields'}{lines}, {until}"


def _log(actor: Actor, kind: str, made: Share, row: Any, words: str, conversation: Any = None) -> None:
    """Write it on the record of whose data it is and on the partner's; on the customer's too, inside a conversation."""
    within = unwrap(conversation) if conversation is not None else row if isinstance(row, Conversation) else None
    concerned = [row.organisation_id, within.organisation_id if within else None, made.organisation_id]
    record(
        actor, kind, words, {key: STAFF for key in concerned if key}, subject=(made.subject_type, row.number),
        conversation_id=within.id if within else None, direction="outbound",
        detail={
            "share": made.public_id, "level": made.level, "fields": made.field_set.fields, "reason": made.reason,
            "expires_at": made.expires_at.isoformat() if made.expires_at else None,
            **({} if made.whole else {"lines": [one.line.line for one in made.lines]}),
        },
    )  # fmt: skip


def subject_of(made: Share) -> Any:
    """The record that a share shows."""
    row: Share = unwrap(made)
    return session.get_one(SHARED[row.subject_type], row.subject_id)


def revoke(actor: Actor, share: Share) -> None:
    """Take a share back at once, also from those who have it open. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "share:revoke", share)
    session.flush()
    ended = (
        update(Share)
        .where(Share.id == share.id, Share.revoked_at.is_(None))
        .values(revoked_at=now(), revoked_by_id=actor.person_id)
    )
    if not db.touched(ended):
        raise Refused("conflict", "This share was already taken back.")
    session.refresh(share)
    row = subject_of(share)
    _log(actor, "share_revoked", share, row, f"{_words(row)} is no longer shared with {share.organisation.name}")
    if share.subject_type == "conversation":
        _leave(actor, row, share)


def _leave(actor: Actor, row: Conversation, share: Share) -> None:
    """Take the party that came through a share out of its conversation."""
    lock(row)
    for party in row.parties:
        if party.share_id == share.id and party.left_at is None:
            party.left_at = now()
            row.heads = {
                reader: seq for reader, seq in row.heads.items() if reader != f"partner:{party.organisation_id}"
            }
            what = {"party": {"side": "partner", "organisation": party.organisation_id}, "left": True}
            access_changed(row)
            conversations.change(actor, row, what, EVERYONE)
            return
    access_changed(row)


def lock(row: Conversation) -> None:
    """Keep others from writing to a conversation until this unit ends, and read it as it is now."""
    session.flush()
    session.execute(select(Conversation.id).where(Conversation.id == row.id).with_for_update(key_share=True))
    session.refresh(row)


def extend(actor: Actor, share: Share, expires_at: datetime) -> Share:
    """Give a share that still holds another end. Raises Forbidden, Invalid, and Refused with `conflict`."""
    require(actor, "share:extend", share)
    if share.rule_id is not None:
        raise Refused("conflict", "This share ends as its rule says. Share it by hand to show it for longer.")
    if share.revoked_at is not None or (share.expires_at is not None and share.expires_at <= now()):
        # What was said after the end was not for the partner: a new share begins where it is made.
        raise Refused("conflict", "This share has ended. Share it again instead.")
    row = subject_of(share)
    share.expires_at = _end(expires_at, row)
    session.flush()
    _remind(share)
    words = f"{_words(row)} is shared with {share.organisation.name} until {share.expires_at:%Y-%m-%d}"
    _log(actor, "share_extended", share, row, words)
    return share
