"""Mail readers: whom a mail of ours is for, as they are now."""

from typing import Any

from sqlalchemy import select

from actions import actors
from models.db import session
from models.jobs import Delivery, Job
from models.messages import STAFF
from models.people import Membership
from models.staff import Staff
from policy import Actor


def of(delivery: Delivery, about: dict[str, Any] | None = None) -> Actor | None:
    """Staff, or a member of the organisation that a mail was written to; None when they have left.

    `about` says in which part they were written to; left out it is looked up.
    """
    said = about_of(delivery) if about is None else about
    side = str(said.get("audience", STAFF)).split(":")[0]
    if side == STAFF:
        staff = select(Staff).where(Staff.person_id == delivery.person_id, Staff.ended_at.is_(None))
        member = session.scalars(staff).unique().one_or_none()
        return actors.of_staff(member) if member else None
    works = select(Membership).where(
        Membership.person_id == delivery.person_id, Membership.organisation_id == said.get("organisation"),
        Membership.side == side, Membership.ended_at.is_(None),
    )  # fmt: skip
    membership = session.scalars(works.limit(1)).unique().one_or_none()
    return actors.of_membership(membership) if membership else None


def about_of(delivery: Delivery) -> dict[str, Any]:
    """What a mail is about, as it was said when it was written."""
    asked = session.scalar(select(Job.arguments).where(Job.unique_key == f"mail:{delivery.public_id}"))
    found: dict[str, Any] = (asked or {}).get("about") or {}
    return found
