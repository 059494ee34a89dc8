"""Touchpoints outside the product: calls, meetings, letters, notes; and the promises made in them."""

from datetime import datetime, timedelta
from typing import Any

from actions.checks import checked
from actions.log import record
from models import text
from models.conversations import Conversation, Promise
from models.db import session
from models.interactions import CHANNELS, DIRECTIONS, Interaction
from models.messages import STAFF
from models.organisations import Organisation
from models.types import now
from policy import Actor, Invalid, Refused, require

KINDS = ("call", "meeting", "letter", "note")
USUAL = {"call": "telephone", "meeting": "in_person", "letter": "post", "note": "console"}


def log(
    actor: Actor, organisation: Organisation, kind: str, summary: str, *, person: Any = None, channel: str | None = None,
    direction: str = "inbound", at: datetime | None = None, duration_s: int | None = None,
    conversation: Conversation | None = None, promise: str | None = None, promise_due: datetime | None = None,
) -> Interaction:  # fmt: skip
    """Write down a call, meeting, letter or note, and what was promised in it. `duration_s` is in seconds.

    Raises Forbidden, Invalid.
    """
    require(actor, "organisation:log", organisation)
    if kind not in KINDS:
        raise Invalid("kind", "must be one of %(names)s", names=", ".join(KINDS))
    channel = channel or USUAL[kind]
    if channel not in CHANNELS:
        raise Invalid("channel", "must be one of %(names)s", names=", ".join(CHANNELS))
    if direction not in DIRECTIONS:
        raise Invalid("direction", "must be one of %(names)s", names=", ".join(DIRECTIONS))
    if at is not None and at > now() + timedelta(minutes=1):
        raise Invalid("at", "lies in the future")
    if duration_s is not None and duration_s < 0:
        raise Invalid("duration_s", "must not be negative")
    summary = checked("summary", lambda value: text.line(value, text.LONGEST_BODY), summary)
    made = record(
        actor, kind, summary, {organisation.id: STAFF}, channel=channel, direction=direction, at=at,
        person_id=person.id if person else None, conversation_id=conversation.id if conversation else None,
        detail={"duration_s": duration_s} if duration_s is not None else {},
    )[0]  # fmt: skip
    if promise:
        promise_made(actor, organisation, promise, promise_due, person, conversation)
    session.flush()
    return made


def promise_made(
    actor: Actor, organisation: Organisation, words: str, due: datetime | None, person: Any = None,
    conversation: Conversation | None = None,
) -> Promise:  # fmt: skip
    """Remember what we owe whom by when. Raises Forbidden, Invalid."""
    require(actor, "organisation:log", organisation)
    if actor.staff_id is None:
        raise Invalid("promise", "needs one of us who keeps it")
    words = checked("promise", text.line, words)
    made = Promise(
        organisation_id=organisation.id, owner_id=actor.staff_id, words=words, due_at=due or now() + timedelta(days=1),
        person_id=person.id if person else None, conversation_id=conversation.id if conversation else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    record(actor, "promise_made", words, {organisation.id: STAFF}, subject=("promise", made.public_id),
           person_id=made.person_id, detail={"due": made.due_at.isoformat()})  # fmt: skip
    return made


def keep_promise(actor: Actor, promise: Promise) -> None:
    """Say that a promise is kept. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "promise:keep", promise)
    if promise.done_at is not None:
        raise Refused("conflict", "This promise was kept already.")
    promise.done_at = now()
    record(
        actor, "promise_kept", promise.words, {promise.organisation_id: STAFF}, subject=("promise", promise.public_id)
    )
