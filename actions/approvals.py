"""Approvals: whom a manager outside would like to invite or make a manager, and what we decide on it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError

from actions import joining, limits, matters
from actions.checks import checked
from actions.enrolling import address
from actions.log import record
from actions.members import known_as, readers_of
from models import text
from models.approvals import Approval
from models.db import session
from models.logins import Login
from models.messages import STAFF
from models.organisations import Organisation
from models.people import Membership
from models.types import email_key, now
from policy import Actor, Invalid, Refused, require, rows, visible
from policy.seen import unwrap

DECLINED_SHOWN = timedelta(days=30)
MANY = 100
WHAT = {"member": "be a colleague", "manager": "be a manager"}


def set_required(actor: Actor, organisation: Any, required: bool) -> None:
    """Let whom an organisation's managers invite wait for us, or no longer; what waits already is decided all the same.

    Raises Forbidden.
    """
    require(actor, "organisation:set_approval", organisation)
    row: Organisation = unwrap(organisation)
    if row.approves_colleagues == required:
        return
    row.approves_colleagues = required
    words = "New colleagues wait for our approval" if required else "New colleagues no longer wait for our approval"
    record(actor, "organisation_changed", words, {row.id: STAFF}, subject=("organisation", row.public_id),
           detail={"approves_colleagues": {"from": not required, "to": required}})  # fmt: skip


def ask_invitation(
    actor: Actor, row: Organisation, email: str, name: str, role: str, mailbox: bool = False
) -> Approval:  # fmt: skip
    """Ask us to let somebody be invited: nothing is sent, and nobody can sign in, until we agree.

    Raises Invalid, Refused with `conflict` for somebody who belongs there or for whom it is asked already.
    """
    if role not in WHAT:
        raise Invalid("role", "must be member or manager")
    email, name = address(email), checked("name", text.line, name)
    joining.refuse_colleague(row, email, actor.side)
    limits.demand("60 per hour", "invitations by", str(actor.person_id))
    return _ask(actor, row, kind="invitation", email=email, name=name, role=role, subject_key=email_key(email),
                mailbox=mailbox)  # fmt: skip


def ask_role(actor: Actor, membership: Membership, role: str) -> Approval:
    """Ask us to let a colleague have a role. Raises Refused with `conflict` when it is asked already."""
    login = session.scalar(select(Login).where(Login.person_id == membership.person_id))
    return _ask(
        actor, membership.organisation, kind="role", email=login.email_key if login else "", name=known_as(membership),
        role=role, membership_id=membership.id, subject_key=f"membership:{membership.id}",
    )  # fmt: skip


def _ask(actor: Actor, row: Organisation, **values: Any) -> Approval:
    made = Approval(organisation_id=row.id, side=actor.side, asked_by_id=actor.person_id, **values)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise Refused("conflict", "%(name)s waits for approval already.", name=made.name) from error
    session.refresh(made)
    matters.ask("approval", made)
    _record(actor, made, "approval_asked", f"{made.asker} asked that {made.name} may {WHAT[made.role]}")
    return made


def approve(actor: Actor, approval: Any) -> None:
    """Agree: the invitation goes out in the name of who asked, or the role is given. Once.

    Raises Forbidden, and Refused with `conflict` when it was decided, or when there is nothing left to agree to.
    """
    require(actor, "approval:decide", approval)
    row = _settle(actor, approval, "approved", None)
    if row.membership is None:
        joining.invite_to(actor, row.organisation, row.email, row.name, row.role, row.side, row.asker, row.mailbox)
    elif row.membership.ended_at is not None and not row.membership.never_joined:
        raise Refused(
            "conflict",
            "%(name)s no longer belongs to %(organisation)s. Decline it.",
            name=row.name,
            organisation=row.organisation.name,
        )
    elif row.membership.role != row.role:
        joining.give_role(actor, row.membership, row.role)
    matters.ask("decision", row)
    _record(actor, row, "approval_decided", f"Approved: {row.name} may {WHAT[row.role]}")


def decline(actor: Actor, approval: Any, reason: str) -> None:
    """Refuse, with a reason that whoever asked reads. Raises Forbidden, Invalid, Refused with `conflict`."""
    require(actor, "approval:decide", approval)
    words = checked("reason", text.line, reason)
    row = _settle(actor, approval, "declined", words)
    matters.ask("decision", row)
    _record(actor, row, "approval_decided", f"Declined: {row.name} may not {WHAT[row.role]}: {words}")


def withdraw(actor: Actor, approval: Any) -> None:
    """Take back what was asked. Raises Forbidden, and Refused with `conflict` when it was decided."""
    require(actor, "approval:withdraw", approval)
    row = _settle(actor, approval, "withdrawn", None)
    matters.stir(one.person.id for one in matters.concerned("approval", row.id))
    _record(actor, row, "approval_withdrawn", f"Taken back: that {row.name} may {WHAT[row.role]}")


def drop(membership: Membership) -> None:
    """Let what waits about a membership end: it was removed, or its role was set."""
    step = update(Approval).where(Approval.membership_id == membership.id, Approval.state == "waiting")
    session.execute(step.values(state="withdrawn", decided_at=now()))


def _settle(actor: Actor, approval: Any, state: str, reason: str | None) -> Approval:
    """Take the decision, so that of many at once one counts."""
    row: Approval = unwrap(approval)
    step = update(Approval).where(Approval.id == row.id, Approval.state == "waiting")
    values = {"state": state, "reason": reason, "decided_by_id": actor.person_id, "decided_at": now()}
    if session.execute(step.values(values).returning(Approval.id)).first() is None:
        raise Refused("conflict", "This was decided or taken back already. Look at it again.")
    session.refresh(row)
    return row


def _record(actor: Actor, row: Approval, kind: str, words: str) -> None:
    record(actor, kind, words, {row.organisation_id: readers_of(row.side, row.organisation_id)},
           subject=("approval", row.public_id), person_id=row.asked_by_id,
           detail={"kind": row.kind, "role": row.role, "state": row.state, "reason": row.reason})  # fmt: skip


def waiting_or_declined(actor: Actor) -> list[Any]:
    """What a manager asked for and waits, and what was declined lately, the newest first."""
    since = now() - DECLINED_SHOWN
    lately = or_(Approval.state == "waiting", and_(Approval.state == "declined", Approval.decided_at > since))
    own = visible(actor, Approval).where(Approval.organisation_id == actor.organisation_id, lately)
    return rows(actor, own.order_by(Approval.id.desc()).limit(MANY))
