"""Matters: what a letter says of an approval or a promise, and whom it concerns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from actions import actors, matters
from actions.installation import settings
from channels.recipients import Recipient, proven_address
from models.approvals import Approval
from models.db import session
from models.people import Membership
from models.promises import Promise
from models.staff import Staff
from models.types import now

TEAMS = {"customer": "/portal/team", "partner": "/partners/team"}


@dataclass(frozen=True, slots=True)
class Told:
    """One matter as its reader is told of it; `kind` is approval, approved, declined, due or overdue."""

    key: tuple[str, int, str]  # of actions.matters: kind, subject, stage
    kind: str
    name: str  # who it is about; of a promise, its words
    organisation: str
    link: str
    asker: str = ""
    manager: bool = False
    reason: str = ""
    at: datetime | None = None  # in the reader's zone


def concerned(kind: str, subject_id: int) -> list[Recipient]:
    """Those with a proven address who may be concerned by a matter; whether they are is asked of `told`."""
    if kind == "promise":
        promise = session.get(Promise, subject_id)
        return _staff(Staff.id == promise.owner_id) if promise else []
    row = session.get_one(Approval, subject_id)
    if kind == "approval":
        return _staff(or_(Staff.id == row.organisation.owner_id, Staff.role.in_(matters.LEADS)))
    asked = select(Membership).where(
        Membership.person_id == row.asked_by_id, Membership.organisation_id == row.organisation_id,
        Membership.side == row.side, Membership.ended_at.is_(None),
    )  # fmt: skip
    found = [(one, proven_address(one.person)) for one in session.scalars(asked).unique()]
    return [Recipient(one.person, actors.of_membership(one), address) for one, address in found if address]


def _staff(which: Any) -> list[Recipient]:
    query = select(Staff).where(Staff.ended_at.is_(None), which).order_by(Staff.id)
    found = [(one, proven_address(one.person)) for one in session.scalars(query).unique()]
    return [Recipient(one.person, actors.of_staff(one), address) for one, address in found if address]


def told(recipient: Recipient, kind: str, subject_id: int, stage: str) -> Told | None:
    """A matter as somebody may see it now; None once it is settled, or where it is not theirs."""
    actor, key = recipient.actor, (kind, subject_id, stage)
    row = matters.still(actor, *key)
    if row is None:
        return None
    if kind == "promise":
        state = "overdue" if row.due_at <= now() else "due"
        key = kind, subject_id, f"{state}:{row.due_at.isoformat()}"  # as it stands now: of both one is told
        link = f"{settings().url}/staff/promises/{row.public_id}"
        return Told(key, state, row.words, row.organisation.name, link, at=row.due_at.astimezone(ZoneInfo(actor.zone)))
    manager = row.role == "manager"
    if kind == "approval":
        link = f"{settings().url}/staff/approvals#approval-{row.public_id}"
        return Told(key, kind, row.name, row.organisation.name, link, row.asker, manager)
    link = f"{settings().url}{TEAMS[actor.side]}"
    return Told(key, row.state, row.name, actor.organisation_name, link, manager=manager, reason=row.reason or "")
