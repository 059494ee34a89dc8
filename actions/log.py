"""Writing the log: every verb records what happened, in its own transaction."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.db import session, tell
from models.interactions import KINDS, Interaction
from models.messages import STAFF
from models.types import now
from policy import Actor


def record(
    actor: Actor,
    kind: str,
    summary: str,
    audiences: Mapping[int, str] | Mapping[int | None, str],
    *,
    subject: tuple[str, str] | None = None,
    conversation_id: int | None = None,
    person_id: int | None = None,
    channel: str = "portal",
    direction: str = "internal",
    department: str | None = None,
    at: datetime | None = None,
    detail: dict[str, Any] | None = None,
    event: str | None = None,
) -> list[Interaction]:
    """Write down one thing that happened: one row per organisation concerned, each with its own audience.

    `audiences` maps organisation id (None: nobody outside) to who of that record's readers may see the row: `staff`,
    `customer`, `everyone` or `partner:ID`. `subject` is (type, public id). `event` is that of a thing written down already,
    when it turns out whom it concerns. Raises KeyError for an unknown kind.
    """
    touchpoint, timeline = KINDS[kind]
    event = event or str(uuid.uuid4())
    rows = [
        Interaction(
            event_id=event, organisation_id=organisation, person_id=person_id, conversation_id=conversation_id,
            subject_type=subject[0] if subject else None, subject_id=subject[1] if subject else None, kind=kind,
            touchpoint=touchpoint, timeline=timeline, channel=channel, direction=direction, department=department,
            audience=audience, actor_id=actor.person_id, signed_as=actor.signed_as, actor_side=actor.side, at=at or now(), summary=summary,
            detail=detail or {},
        )
        for organisation, audience in audiences.items()
    ]  # fmt: skip
    session.add_all(rows)
    tell("interaction", [organisation for organisation in audiences if organisation])
    return rows


def record_privately(actor: Actor, kind: str, summary: str, detail: dict[str, Any] | None = None) -> None:
    """Write down something that concerns no organisation: sign-ins, settings, tokens."""
    nobody: dict[int | None, str] = {None: STAFF}
    record(actor, kind, summary, nobody, detail=detail)
