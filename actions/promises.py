"""Promises: what we owe whom by when; kept, handed over, shown to the customer, or taken back."""

from datetime import datetime, timedelta
from typing import Any

from actions import matters
from actions.checks import checked
from actions.log import record
from models import text
from models.conversations import Conversation
from models.db import session
from models.messages import CUSTOMER, STAFF
from models.orders import Order
from models.organisations import Organisation
from models.promises import Promise
from models.staff import Staff
from models.types import now
from policy import Actor, Invalid, Refused, require

LONGEST = timedelta(days=36525)


def make(
    actor: Actor, organisation: Organisation, words: str, due: datetime | None = None, *, person: Any = None,
    conversation: Conversation | None = None, order: Order | None = None, owner: Staff | None = None, shown: bool = False,
) -> Promise:  # fmt: skip
    """Remember what we owe whom by when; left out, tomorrow at this time, and whoever says it keeps it.

    One that is `shown` stands before the customer. Raises Forbidden, Invalid.
    """
    require(actor, "organisation:log", organisation)
    owner_id = owner.id if owner else actor.staff_id
    if owner_id is None:
        raise Invalid("promise", "needs one of us who keeps it")
    _check_owner(owner)
    _check_place(organisation, conversation, order)
    if shown:
        _check_shown(organisation, conversation)
    words = checked("promise", text.line, words)
    made = Promise(
        organisation_id=organisation.id, owner_id=owner_id, words=words, due_at=_due(due), shown=shown,
        person_id=person.id if person else None, conversation_id=conversation.id if conversation else None,
        order_id=order.id if order else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _record(actor, "promise_made", made, {"due": made.due_at.isoformat()})
    matters.plan(made, known=owner_id == actor.staff_id)
    return made


def keep(actor: Actor, promise: Promise, note: str = "") -> None:
    """Say that a promise is kept, and how. Raises Forbidden, Invalid, and Refused with `conflict`."""
    require(actor, "promise:keep", promise)
    _still_open(promise)
    promise.note, promise.done_at = _note(note), now()
    _record(actor, "promise_kept", promise, {"late": promise.late})


def withdraw(actor: Actor, promise: Promise, note: str = "") -> None:
    """Take a promise back, and say why. Raises Forbidden, Invalid, and Refused with `conflict`."""
    require(actor, "promise:withdraw", promise)
    _still_open(promise)
    promise.note, promise.withdrawn_at = _note(note), now()
    _record(actor, "promise_withdrawn", promise, {})


def hand_over(actor: Actor, promise: Promise, to: Staff) -> None:
    """Let a colleague keep it. Raises Forbidden, Invalid, and Refused with `conflict`."""
    require(actor, "promise:hand_over", promise)
    _still_open(promise)
    _check_owner(to)
    if to.id == promise.owner_id:
        return
    matters.stir([promise.owner.person_id])
    before, promise.owner = promise.owner.name, to
    session.flush()
    matters.plan(promise, known=to.id == actor.staff_id)
    _record(actor, "promise_handed_over", promise, {"owner": {"from": before, "to": to.name}})


def change(actor: Actor, promise: Promise, due: datetime | None = None, shown: bool | None = None) -> None:
    """Change until when, and whether the customer sees it. Raises Forbidden, Invalid, and Refused with `conflict`."""
    require(actor, "promise:change", promise)
    _still_open(promise)
    changes: dict[str, Any] = {}
    if shown is not None and shown != promise.shown:
        if shown:
            _check_shown(promise.organisation, promise.conversation)
        changes["shown"], promise.shown = {"from": promise.shown, "to": shown}, shown
    if due is not None and (until := _due(due)) != promise.due_at:
        changes["due"] = {"from": promise.due_at.isoformat(), "to": until.isoformat()}
        promise.due_at = until
        matters.plan(promise, known=promise.owner_id == actor.staff_id)
    if changes:
        _record(actor, "promise_changed", promise, changes)


def _due(due: datetime | None) -> datetime:
    if due is None:
        return now() + timedelta(days=1)
    if abs(due - now()) > LONGEST:
        raise Invalid("promise_due", "must be within a hundred years")
    return due


def _check_owner(owner: Staff | None) -> None:
    if owner is not None and owner.ended_at is not None:
        raise Invalid("owner", "does not work here any more")


def _check_place(organisation: Organisation, conversation: Conversation | None, order: Order | None) -> None:
    """What a promise hangs on is a matter of whom it is made to."""
    if order is not None and order.organisation_id != organisation.id:
        raise Invalid("order", "is not an order of theirs")
    if conversation is not None and conversation.organisation_id not in (organisation.id, None):
        raise Invalid("conversation", "is not a conversation of theirs")


def _check_shown(organisation: Organisation, conversation: Conversation | None) -> None:
    """Only customers are shown promises, and nothing about a matter that they have not heard of."""
    if "customer" not in organisation.roles:
        raise Invalid("shown", "is for customers only")
    if conversation is not None and conversation.internal:
        raise Invalid("shown", "would tell the customer of a conversation that only we know of")


def _still_open(promise: Promise) -> None:
    if promise.done_at is not None:
        raise Refused("conflict", "This promise was kept already.")
    if promise.withdrawn_at is not None:
        raise Refused("conflict", "This promise was withdrawn.")


def _note(note: str) -> str | None:
    return checked("note", lambda value: text.line(value, text.LONGEST_BODY), note) if note.strip() else None


def _record(actor: Actor, kind: str, promise: Promise, detail: dict[str, Any]) -> None:
    """Write it down on the record, for the customer as well where the promise is shown; notes stay with the promise."""
    matters.stir([promise.owner.person_id])
    record(
        actor, kind, promise.words, {promise.organisation_id: CUSTOMER if promise.shown else STAFF},
        subject=("promise", promise.public_id), person_id=promise.person_id, conversation_id=promise.conversation_id,
        detail=detail,
    )  # fmt: skip
