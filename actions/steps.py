"""The eight steps of an issue and what it costs: answering, taking an answer back, dates, cost lines."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete

from actions.checks import checked
from actions.claiming import claim
from actions.issues import STAGES, log, one_of, tell_customer, tell_partners
from models import db, text
from models.db import session
from models.issues import PAYERS, SIDES, Issue, IssueCost, IssueStep
from models.messages import CUSTOMER
from models.types import now
from models.words import Words
from policy import SYSTEM, Actor, Forbidden, Invalid, Refused, require
from policy.seen import unwrap

WORDS = {
    "D1": "team", "D2": "problem", "D3": "containment", "D4": "root cause", "D5": "corrective actions",
    "D6": "actions implemented", "D7": "recurrence prevented", "D8": "closure",
}  # fmt: skip
LARGEST = Decimal(10**9)


def step_of(issue: Any, key: str) -> IssueStep:
    """One of the eight steps. Raises Invalid."""
    found: IssueStep | None = unwrap(issue).step(key)
    if found is None:
        raise Invalid("step", "must be one of %(names)s", names=", ".join(SIDES))
    return found


def answer(
    actor: Actor,
    issue: Any,
    key: str,
    words: str,
    *,
    done: bool = True,
    done_at: datetime | None = None,
    version: int | None = None,
) -> IssueStep:
    """Write down what was found or done in one step, and whether that settles it; `done_at` is when it was, else now.

    A partner answers the steps that are its own; staff may key in any of them. `version` is the state the author knew.
    Raises Forbidden, Invalid, and Refused with `conflict`.
    """
    require(actor, "issue:answer", issue)
    row, step = unwrap(issue), step_of(issue, key)
    if actor.side == "partner" and step.side != "partner":
        raise Forbidden("issue:answer")
    said = checked("text", text.body if done else text.clean, words)
    was, stage = step.done_at, row.stage
    when = _when(done_at, was) if done else None
    late = Words("%(step)s of %(number)s was answered a moment ago. Look at it again.", step=key, number=row.number)
    claim(
        step, late, version, text=said, done_at=when,
        changed_at=now(), author_id=actor.person_id, signed_as=actor.signed_as, author_side=actor.side,
        author_organisation_id=actor.organisation_id,
    )  # fmt: skip
    session.refresh(step)
    _log(actor, row, step, was)
    tell_partners(actor, row, {"step": key, "done": done})
    _moved(row, stage)
    return step


def _when(done_at: datetime | None, was: datetime | None) -> datetime:
    """When a step was done: as said, else as before, else now."""
    if done_at is None:
        return was or now()
    if done_at > now() + timedelta(days=1):  # the end of today, whatever the zone
        raise Invalid("done_at", "is still to come")
    return min(done_at, now())


def _log(actor: Actor, row: Issue, step: IssueStep, was: datetime | None) -> None:
    """Write down that a step was answered, or is open again; what was said stands on the issue."""
    again = was is not None and step.done_at is None
    state = "open again" if again else "done" if step.done_at else "noted"
    kind = "issue_step_reopened" if again else "issue_step_answered"
    log(actor, kind, row, f"{row.number}: {step.step} {WORDS[step.step]} {state}", detail={"step": step.step})


def _moved(row: Issue, before: str) -> None:
    """Tell the customer that it is another step on, on its record and in its request."""
    if row.stage == before:
        return
    if row.for_customer and row.organisation_id:
        log(SYSTEM, "issue_changed", row, f"{row.number}: {STAGES[row.stage]}", CUSTOMER, {"stage": row.stage})
    tell_customer(row)


def set_due(actor: Actor, issue: Any, key: str, due_at: datetime | None) -> None:
    """Say until when a step is to be answered. Raises Forbidden, Invalid."""
    require(actor, "issue:change", issue)
    row, step = unwrap(issue), step_of(issue, key)
    if step.due_at == due_at:
        return
    step.due_at = due_at
    session.flush()
    until = f"due {due_at:%Y-%m-%d}" if due_at else "has no date"
    log(actor, "issue_changed", row, f"{row.number}: {key} {until}", detail={"step": key})
    tell_partners(actor, row, {"step": key, "due": due_at.date().isoformat() if due_at else None})


def add_cost(
    actor: Actor, issue: Any, words: str, amount: Decimal, payer: str, currency: str | None = None
) -> IssueCost:
    """Write down what it has cost and who bears it: `us` or `partner`. Raises Forbidden, Invalid."""
    require(actor, "issue:cost", issue)
    row: Issue = unwrap(issue)
    if not amount.is_finite() or not 0 < amount < LARGEST or amount != round(amount, 4):
        raise Invalid("amount", "must be more than 0, with at most four decimals")
    made = IssueCost(
        words=checked("words", text.line, words), amount=amount, payer=one_of("payer", payer, PAYERS),
        currency=currency or row.line.order.currency, by_id=actor.person_id,
    )  # fmt: skip
    row.costs.append(made)
    session.flush()
    log(actor, "issue_cost", row, f"{row.number}: {made.words}, {amount:.2f} {made.currency}")
    return made


def remove_cost(actor: Actor, issue: Any, cost: IssueCost) -> None:
    """Take a cost line away. Raises Forbidden, and Refused with `conflict` the second time."""
    require(actor, "issue:cost", issue)
    row: Issue = unwrap(issue)
    gone = delete(IssueCost).where(IssueCost.id == cost.id, IssueCost.issue_id == row.id)
    if not db.touched(gone, execution_options={"synchronize_session": False}):
        raise Refused("conflict", "A colleague removed this a moment ago.")
    session.expire(row, ["costs"])
    log(actor, "issue_cost", row, f"{row.number}: {cost.words}, {cost.amount:.2f} {cost.currency}, removed")
