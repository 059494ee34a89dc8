"""Calls: what the telephone system tells, whose they are, what was said, and who is called back."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from actions import callers, interactions
from actions.checks import checked
from actions.log import record, record_privately
from models import telephone, text
from models.calls import Call
from models.db import session, tell
from models.messages import STAFF
from models.organisations import Organisation
from models.staff import Staff
from models.types import now
from policy import Actor, Invalid, Refused, require, system

EVENTS = ("ring", "answer", "hangup")
DIRECTIONS = ("inbound", "outbound")
LONGEST = 24 * 3600  # seconds


def report(
    actor: Actor, key: str, event: str, *, direction: str = "inbound", number: str = "", extension: str = "",
    at: datetime | None = None, duration_s: int | None = None,
) -> Call:  # fmt: skip
    """Hear of a call from the telephone system: it rings, is answered, is over. `number` is the line outside.

    The same news twice, or late, changes nothing; a call that is over is logged on the record of whoever it was with.
    `duration_s` is in seconds. Raises Forbidden, Invalid, and Refused with `conflict` for another call of the same key.
    """
    require(actor, "call:report")
    key = checked("id", text.line, key)
    _check(event, direction, at, duration_s)
    number = _number(number)
    at, whose = at or now(), _at(extension)
    row = _taken(key, direction, number, at)
    if (row.direction, row.number) != (direction, number):
        raise Refused("conflict", "Another call has this id.")
    if row.over:
        return row
    if whose is not None and whose.id not in row.rang:
        row.rang = [*row.rang, whose.id]
    if event == "answer" and row.state == "ringing":
        row.state, row.answered_at, row.staff = "answered", at, whose
    if direction == "outbound" and row.staff is None:
        row.staff = whose
    if event == "hangup":
        _over(row, at, duration_s)
    session.flush()
    tell("call", row.id)
    return row


def _check(event: str, direction: str, at: datetime | None, duration_s: int | None) -> None:
    if event not in EVENTS:
        raise Invalid("event", "must be one of %(names)s", names=", ".join(EVENTS))
    if direction not in DIRECTIONS:
        raise Invalid("direction", "must be one of %(names)s", names=", ".join(DIRECTIONS))
    if at is not None and abs(at - now()) > timedelta(days=7):
        raise Invalid("at", "must be within a week")
    if duration_s is not None and not 0 <= duration_s <= LONGEST:
        raise Invalid("duration_s", "must be seconds, at most a day")


def _number(number: str) -> str:
    try:
        return telephone.normal(number[:200])
    except telephone.BadNumber as error:
        raise Invalid("number", "is no telephone number") from error


def _at(extension: str) -> Staff | None:
    """Whose telephone it is."""
    if not extension:
        return None
    query = select(Staff).where(Staff.extension == telephone.digits(extension), Staff.ended_at.is_(None))
    return session.scalars(query).unique().one_or_none()


def _taken(key: str, direction: str, number: str, at: datetime) -> Call:
    """The call of this key; of two that begin it at once the second waits, and goes on with the first."""
    known = select(Call).where(Call.call_key == key).with_for_update(of=Call)
    if (found := session.scalars(known).unique().one_or_none()) is not None:
        return found
    made = Call(call_key=key, direction=direction, number=number, rang_at=at, rang=[])
    whose = callers.of(number)
    if len({one.organisation.id for one in whose}) == 1:
        made.organisation = whose[0].organisation
        made.person = whose[0].person if len(whose) == 1 else None
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        return session.scalars(known).unique().one()
    return made


def _over(row: Call, at: datetime, duration_s: int | None) -> None:
    """Log a call that is over; whoever was missed before from the same line has been called back by it."""
    row.ended_at = at
    row.state = "ended" if row.answered_at else "missed"
    if row.answered_at:
        row.duration_s = duration_s if duration_s is not None else max(0, int((at - row.answered_at).total_seconds()))
    session.flush()
    row.event_id = _log(row)
    if row.state == "ended" and row.number:
        back = update(Call).where(Call.number == row.number, Call.state == "missed", Call.direction == "inbound")
        session.execute(back.where(Call.returned_at.is_(None)).values(returned_at=at))


def _log(row: Call, event: str | None = None) -> str:
    """Write a call down where it belongs; one from a line that we do not know belongs nowhere yet."""
    spoke = row.staff is not None and (row.state == "ended" or row.direction == "outbound")
    us = {"side": "staff", "person_id": row.staff.person_id, "name": row.staff.name} if spoke else {}
    by = replace(system(), **us)
    kind, concerned = "call_missed" if row.state == "missed" else "call", {row.organisation_id: STAFF}
    made = record(
        by, kind, summary(row), concerned, channel="telephone", direction=row.direction, at=row.rang_at, event=event,
        person_id=row.person_id, subject=("call", row.public_id),
        detail={"duration_s": row.duration_s, "answered_by": row.staff.name if spoke else None},
    )  # fmt: skip
    return made[0].event_id


def summary(row: Call) -> str:
    """What is said of a call in the log."""
    line = row.number or "a withheld number"
    if row.state == "missed":
        return f"Missed call from {line}" if row.direction == "inbound" else f"Nobody answered at {line}"
    minutes, seconds = divmod(row.duration_s or 0, 60)
    who = row.staff.name if row.staff else "somebody"
    if row.direction == "inbound":
        return f"{who} answered {line}, {minutes}:{seconds:02}"
    return f"{who} called {line}, {minutes}:{seconds:02}"


def file(actor: Actor, row: Call, organisation: Organisation, person: Any = None, name: str = "") -> None:
    """Say whose call it was, of a line that we did not know; a `name` makes a new contact of theirs with this number.

    From then on the line is recognised. Raises Forbidden, Invalid, and Refused with `conflict`.
    """
    require(actor, "call:file", row)
    if row.organisation_id is not None:
        raise Refused("conflict", "This call is filed under %(name)s already.", name=row.organisation.name)
    if name.strip():
        person = callers.new_person(organisation, name)
    row.organisation = organisation
    row.person = person
    if row.number:
        callers.remember(row.number, organisation, person)
    session.flush()
    if row.over:
        _log(row, row.event_id)


def write_down(actor: Actor, row: Call, words: str, **promised: Any) -> None:
    """Write down what was said in a call, and what was promised in it. Raises Forbidden, Invalid."""
    require(actor, "call:file", row)
    if row.organisation is None:
        raise Invalid("organisation", "is not known yet: say first whose call it was")
    interactions.log(actor, row.organisation, "note", words, person=row.person, channel="telephone",
                     direction=row.direction, **promised)  # fmt: skip


def call_back(actor: Actor, row: Call) -> None:
    """Say that somebody who was missed has been called back. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "call:return", row)
    if not row.waiting:
        raise Refused("conflict", "Nobody waits for this call any more.")
    row.returned_at = now()
    concerned: dict[int | None, str] = {row.organisation_id: STAFF}
    record(actor, "call_returned", f"Called back {row.number or 'a withheld number'}", concerned,
           person_id=row.person_id, subject=("call", row.public_id))  # fmt: skip


def set_extension(actor: Actor, extension: str) -> None:
    """Say which telephone is one's own; empty for none. Raises Forbidden, Invalid."""
    require(actor, "extension:set")
    wanted = extension.strip()
    if wanted and not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= 10):
        raise Invalid("extension", "must be digits, at most ten")
    row = session.get_one(Staff, actor.staff_id)
    if wanted == (row.extension or ""):
        return
    held = select(Staff).where(Staff.extension == wanted, Staff.id != row.id)
    if wanted and (other := session.scalars(held).unique().one_or_none()) is not None:
        raise Invalid("extension", "is %(name)s's", name=other.name)
    before, row.extension = row.extension, wanted or None
    session.flush()
    record_privately(actor, "extension_set", f"{actor.name} is at extension {wanted or 'none'}",
                     {"from": before, "to": wanted or None})  # fmt: skip
