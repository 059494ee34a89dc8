"""Touchpoints outside the product: calls, meetings, letters and notes."""

from datetime import datetime, timedelta
from typing import Any

from actions import promises
from actions.checks import checked
from actions.log import record
from models import text
from models.conversations import Conversation
from models.db import session
from models.interactions import CHANNELS, DIRECTIONS, Interaction
from models.messages import STAFF
from models.organisations import Organisation
from models.types import now
from policy import Actor, Invalid, require

KINDS = ("call", "meeting", "letter", "note")
USUAL = {"call": "telephone", "meeting": "in_person", "letter": "post", "note": "console"}


def log(
    actor: Actor, organisation: Organisation, kind: str, summary: str, *, person: Any = None, channel: str | None = None,
    direction: str = "inbound", at: datetime | None = None, duration_s: int | None = None,
    conversation: Conversation | None = None, promise: str | None = None, promise_due: datetime | None = None,
    shown: bool = False,
) -> Interaction:  # fmt: skip
    """Write down a call, meeting, letter or note, and what was promised in it. `duration_s` is in seconds.

    A promise that is `shown` stands before the customer as well.

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
        promises.make(actor, organisation, promise, promise_due, person=person, conversation=conversation, shown=shown)
    session.flush()
    return made
