"""Matters: what beside conversations concerns one person until it is settled: approvals to give and given, promises to keep."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select

from actions import actors
from actions.recipients import Recipient, proven_address
from models.approvals import Approval
from models.db import session, tell
from models.jobs import enqueue
from models.orders import ASKED, Order
from models.organisations import Organisation
from models.people import Membership
from models.promises import Promise
from models.shares import Share
from models.staff import Staff
from models.types import now
from policy import Actor, rows, visible
from policy.seeing import shared_with

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (("day", DAY), ("hour", HOUR), ("over", timedelta()))  # how long before it is due somebody hears of a promise
DECIDED_SHOWN = timedelta(days=30)
LEADS = ("lead", "admin")


def to_decide(actor: Actor) -> Select[Any]:
    """The approvals that wait for one of us: of the organisations that they look after; for leads of those nobody does."""
    working = select(Staff.id).where(Staff.ended_at.is_(None))
    nobodys = or_(Organisation.owner_id.is_(None), Organisation.owner_id.not_in(working))
    theirs: ColumnElement[bool] = Organisation.owner_id == actor.staff_id if actor.staff_id else false()
    if actor.staff_id and actor.role in LEADS:
        theirs = or_(theirs, nobodys)
    looked_after = select(Organisation.id).where(theirs)
    return visible(actor, Approval).where(Approval.state == "waiting", Approval.organisation_id.in_(looked_after))


def decided(actor: Actor) -> Select[Any]:
    """What somebody outside asked us to approve, and we decided lately."""
    return visible(actor, Approval).where(
        Approval.asked_by_id == actor.person_id, Approval.organisation_id == actor.organisation_id,
        Approval.side == actor.side, Approval.state.in_(("approved", "declined")),
        Approval.decided_at > now() - DECIDED_SHOWN,
    )  # fmt: skip


def owed(actor: Actor, ahead: timedelta = DAY) -> Select[Any]:
    """The promises that one of us has to keep within some time, or should have kept."""
    return visible(actor, Promise).where(
        Promise.owner_id == (actor.staff_id or 0), Promise.done_at.is_(None), Promise.withdrawn_at.is_(None),
        Promise.due_at <= now() + ahead,
    )  # fmt: skip


def own_orders(actor: Actor) -> Select[Any]:
    """The purchase orders addressed to a partner that this reader may respond to."""
    answerable = select(Share.subject_id).where(shared_with(actor, "order"), Share.level.in_(("respond", "edit")))
    own = visible(actor, Order).where(Order.kind == "purchase", Order.organisation_id == actor.organisation_id)
    return own.where(Order.id.in_(answerable))


def to_confirm(actor: Actor) -> Select[Any]:
    """The purchase orders that wait for a partner's answer, and that this reader may answer."""
    return own_orders(actor).where(Order.status.in_(ASKED))


OF: dict[str, tuple[Any, Callable[[Actor], Select[Any]]]] = {
    "approval": (Approval, to_decide),
    "decision": (Approval, decided),
    "promise": (Promise, owed),
}


def still(actor: Actor, kind: str, subject_id: int, stage: str) -> Any | None:
    """The matter as its reader may see it now; None once it is settled, put off, or no longer theirs."""
    table, concerning = OF[kind]
    found = rows(actor, concerning(actor).where(table.id == subject_id))
    if found and kind == "promise" and stage.partition(":")[2] != found[0].due_at.isoformat():
        return None
    return found[0] if found else None


def concerned(kind: str, subject_id: int) -> list[Recipient]:
    """Those with a proven address who may be concerned by a matter; whether they are is asked of `still`."""
    if kind == "promise":
        promise = session.get(Promise, subject_id)
        return _staff(Staff.id == promise.owner_id) if promise else []
    row = session.get_one(Approval, subject_id)
    if kind == "approval":
        return _staff(or_(Staff.id == row.organisation.owner_id, Staff.role.in_(LEADS)))
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


def stir(people: Iterable[int | None]) -> None:
    """Let the pages of some people look anew at what concerns them, once this is stored."""
    tell("concern", list(people))


def ask(kind: str, row: Approval) -> None:
    """Let whoever an approval concerns be told: those who decide of one that waits, whoever asked of a decision."""
    enqueue(session(), "matter", unique_key=f"matter:{kind}:{row.id}", matter=kind, subject=row.id, stage="")
    stir(one.person.id for which in ("approval", "decision") for one in concerned(which, row.id))


def plan(row: Promise, known: bool = False) -> None:
    """Let the owner of a promise be told before it is due and when it is overdue, as long as that is as it is.

    `known`: the owner says so themself, and need not be told of what is near at once.
    """
    for step, before in STEPS:
        at = row.due_at - before
        if known and at <= now() and step == "hour":
            continue
        stage = f"{'overdue' if step == 'over' else 'due'}:{row.due_at.isoformat()}"
        enqueue(
            session(), "matter", due_at=max(at, now()), matter="promise", subject=row.id, stage=stage,
            daily=step == "day", unique_key=f"matter:promise:{row.id}:{row.owner_id}:{step}:{row.due_at:%Y-%m-%dT%H:%M:%S.%f}",
        )  # fmt: skip


def open_promises() -> list[Promise]:
    """Those that fall due within two days: they are planned once more each day, so that none is forgotten."""
    near = select(Promise).where(
        Promise.done_at.is_(None), Promise.withdrawn_at.is_(None), Promise.due_at < now() + 2 * DAY
    )
    return list(session.scalars(near.order_by(Promise.id)).unique())
