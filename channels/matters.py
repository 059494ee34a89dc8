"""Matters: what a letter says of an approval or a promise."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from actions import matters
from actions.installation import settings
from actions.recipients import Recipient
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
