"""Notices: what concerns somebody at this moment, newest first; what they have read or settled is not among it.

Nothing is kept of it but up to when somebody has looked (of staff and memberships): each time it is asked of the policy,
of how far they have read, and of how things stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from actions import letters, matters, reading
from actions.installation import settings
from models.approvals import Approval
from models.conversations import Conversation, Party, Read, live
from models.db import session, tell
from models.messages import STAFF, Message
from models.orders import Order
from models.people import Membership
from models.promises import Promise
from models.shares import Share
from models.staff import Staff
from models.types import UtcDateTime, now
from policy import Actor, require, rows, visible
from policy.masks import cast
from policy.seen import unwrap

KINDS = ("conversation", "approval", "decision", "promise", "order")
TABLES: tuple[type, ...] = (Conversation, Approval, Approval, Promise, Order)
LATELY = timedelta(days=90)  # a conversation in which nothing happened for longer is no news
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PAGE, MOST_COUNTED = 30, 99
EXCERPT = 160

Place = Sequence[Any]  # when, which kind, which one: what a page begins after


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that concerns somebody: the record as they may see it, and for a conversation who said what last."""

    kind: str
    row: Any
    at: datetime
    unseen: bool
    author: str = ""
    words: str = ""


def page(actor: Actor, after: Place | None = None, limit: int = PAGE) -> tuple[list[Notice], Place | None]:
    """What concerns somebody, newest first, and where the next page begins."""
    found = _all(actor)
    query = select(found).order_by(found.c.at.desc(), found.c.kind.desc(), found.c.id.desc())
    if after:
        here = (literal(after[0], UtcDateTime), literal(int(after[1])), literal(int(after[2])))
        query = query.where(tuple_(found.c.at, found.c.kind, found.c.id) < tuple_(*here))
    listed = session.execute(query.limit(limit + 1)).all()
    shown = listed[:limit]
    last = shown[-1] if len(listed) > limit else None
    return _drawn(actor, shown), (last.at, last.kind, last.id) if last else None


def unseen(actor: Actor) -> int:
    """How many of them somebody has not looked at, counted to 100 and no further."""
    found = _all(actor, new_only=True)
    few = select(found.c.id).where(found.c.unseen).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def see(actor: Actor, until: datetime) -> None:
    """Say that one has looked at everything up to a moment; it is read or settled by that no more than before.

    Raises Forbidden.
    """
    require(actor, "notices:see")
    until = min(until, now())
    table, key = (Staff, actor.staff_id) if actor.staff_id else (Membership, actor.membership_id)
    later = or_(table.notices_seen_at.is_(None), table.notices_seen_at < until)
    session.execute(update(table).where(table.id == key, later).values(notices_seen_at=until))
    tell("concern", [actor.person_id])


def _seen_at(actor: Actor) -> datetime | None:
    if actor.staff_id:
        return session.scalar(select(Staff.notices_seen_at).where(Staff.id == actor.staff_id))
    return session.scalar(select(Membership.notices_seen_at).where(Membership.id == actor.membership_id))


def _all(actor: Actor, new_only: bool = False) -> Any:
    """Everything that concerns an actor in one query: when, which kind, which one, and whether it is new to them.

    `new_only` leaves conversations out in which nothing can be new: the bell is counted for every page.
    """
    seen = _seen_at(actor) or LONG_AGO
    parts: list[Any] = [_conversations(actor, seen, max(seen, now() - LATELY) if new_only else now() - LATELY)]
    if actor.side == "staff":
        asked = matters.to_decide(actor)
        parts += [_part(1, asked, Approval.id, Approval.asked_at, seen), _promises(actor, seen)]
    if actor.outside and actor.manager:
        parts.append(_part(2, matters.decided(actor), Approval.id, Approval.decided_at, seen))
    if actor.side == "partner":
        at = func.coalesce(Order.asked_at, Order.ordered_at, literal(LONG_AGO, UtcDateTime))
        parts.append(_part(4, matters.to_confirm(actor), Order.id, at, seen))
    return union_all(*parts).subquery()


def _part(kind: int, query: Select[Any], key: Any, at: Any, seen: datetime, fresh: Any = None) -> Select[Any]:
    """One kind of notices, as the others."""
    new = at > seen if fresh is None else fresh
    return query.with_only_columns(
        literal(kind).label("kind"), key.label("id"), at.label("at"), new.label("unseen"), literal(0).label("message")
    )


def _promises(actor: Actor, seen: datetime) -> Select[Any]:
    """What is due within the hour is new once, and once more when it is overdue."""
    fresh = case((Promise.due_at <= now(), Promise.due_at > seen), else_=Promise.due_at > seen + matters.HOUR)
    return _part(3, matters.owed(actor, matters.HOUR), Promise.id, Promise.due_at, seen, fresh)


def _conversations(actor: Actor, seen: datetime, since: datetime) -> Any:
    """The conversations of somebody in which somebody else has said something that they may read and have not."""
    read = select(Read.seq).where(Read.conversation_id == Conversation.id, Read.person_id == actor.person_id)
    # Asked only of conversations that are seen, and of these we read everything: what any of them holds need not be listed.
    newest_seq = func.max(Message.seq)
    heard = select(newest_seq) if actor.side == "staff" else visible(actor, Message, newest_seq)
    news = heard.where(
        Message.conversation_id == Conversation.id, Message.kind == "message", Message.audience != STAFF,
        Message.seq > func.coalesce(read.correlate(Conversation).scalar_subquery(), 0),
        or_(Message.author_id.is_(None), Message.author_id != actor.person_id),
    )  # fmt: skip
    newest = news.correlate(Conversation).scalar_subquery()
    mine = visible(actor, Conversation, Conversation.id, newest.label("seq"))
    found = mine.where(_concerned(actor), Conversation.updated_at > since).subquery()
    return select(
        literal(0).label("kind"), Message.conversation_id.label("id"), Message.at.label("at"),
        (Message.at > seen).label("unseen"), Message.id.label("message"),
    ).join(found, and_(Message.conversation_id == found.c.id, Message.seq == found.c.seq))  # fmt: skip


def _concerned(actor: Actor) -> ColumnElement[bool]:
    """The conversations that are somebody's own: those of which `actions.recipients` would tell them by mail."""
    if actor.side == "staff":
        return and_(Conversation.assignee_id == actor.staff_id, live())
    wrote = _wrote(Message.author_id == actor.person_id)
    if actor.side == "customer":
        own = or_(Conversation.person_id == actor.person_id, wrote)
        nobodys = and_(Conversation.organisation_id == actor.organisation_id, ~_taken_up(actor))
        return or_(own, nobodys) if _answers(actor) else own
    if actor.side != "partner":
        return false()
    party = select(Party.id).join(Share, Share.id == Party.share_id).where(
        Party.conversation_id == Conversation.id, Party.organisation_id == actor.organisation_id, Party.side == "partner"
    )  # fmt: skip
    named = exists(party.where(Share.person_id == actor.person_id).correlate(Conversation))
    open_to_all = exists(party.where(Share.person_id.is_(None)).correlate(Conversation))
    own = or_(wrote, ~_taken_up(actor)) if _answers(actor) else wrote
    return or_(named, and_(open_to_all, own))


def _wrote(who: ColumnElement[bool]) -> ColumnElement[bool]:
    said = select(Message.id).where(Message.conversation_id == Conversation.id, Message.kind == "message", who)
    return exists(said.correlate(Conversation))


def _taken_up(actor: Actor) -> ColumnElement[bool]:
    """Somebody who works for the same organisation has asked or written there."""
    members = select(Membership.person_id).where(
        Membership.organisation_id == actor.organisation_id, Membership.side == actor.side,
        Membership.ended_at.is_(None),
    )  # fmt: skip
    wrote = _wrote(and_(Message.author_side == actor.side, Message.author_id.in_(members)))
    return or_(Conversation.person_id.in_(members), wrote) if actor.side == "customer" else wrote


def _answers(actor: Actor) -> bool:
    """Whether somebody answers for their organisation: its managers, or all where it has none."""
    managers = select(Membership.id).where(
        Membership.organisation_id == actor.organisation_id, Membership.side == actor.side,
        Membership.role == "manager", Membership.ended_at.is_(None),
    )  # fmt: skip
    return actor.manager or session.scalar(managers.limit(1)) is None


def _drawn(actor: Actor, listed: Sequence[Any]) -> list[Notice]:
    """The records of some notices, one query for each table; what is not theirs any more by now is left out."""
    found: dict[tuple[int, int], Any] = {}
    for kind, table in enumerate(TABLES):
        if keys := [one.id for one in listed if one.kind == kind]:
            mine = visible(actor, table).where(table.id.in_(keys))  # type: ignore[attr-defined]
            found |= {(kind, unwrap(row).id): row for row in rows(actor, mine)}
    newest = [one.message for one in listed if one.message]
    said = {one.id: one for one in session.scalars(visible(actor, Message).where(Message.id.in_(newest))).unique()}
    reading.saw_conversations(actor, [found[0, one.id] for one in listed if (0, one.id) in found])
    reading.saw_orders(actor, [found[4, one.id] for one in listed if (4, one.id) in found])
    return [
        Notice(KINDS[one.kind], found[one.kind, one.id], one.at, bool(one.unseen),
               *_words(actor, found[one.kind, one.id], said.get(one.message)))
        for one in listed if (one.kind, one.id) in found
    ]  # fmt: skip


def _words(actor: Actor, conversation: Any, message: Message | None) -> tuple[str, str]:
    """Who said it, as the reader may know them, and how it begins."""
    if message is None:
        return "", ""
    who, person = cast(unwrap(conversation), settings().business_name), message.author
    author = who.author(
        actor.reader, message.author_side, message.signed_as or (person.name if person else ""),
        person.public_id if person else "", message.author_organisation_id, message.seq,
    )  # fmt: skip
    return author["name"], letters.beginning(message.body, EXCERPT)
