"""Promises as the customer reads them: what we said we would do, by when, and whether it was done."""

from datetime import timedelta
from typing import Any

from sqlalchemy import or_

from models.promises import Promise
from models.types import now
from policy import Actor, rows, visible

FEW = 8
FRESH = timedelta(days=14)


def of(who: Actor, *about: Any) -> list[Any]:
    """What is still to be kept, and what was kept of late, the most urgent first."""
    current = or_(Promise.done_at.is_(None), Promise.done_at > now() - FRESH)
    query = visible(who, Promise).where(Promise.withdrawn_at.is_(None), current, *about)
    return rows(who, query.order_by(Promise.done_at.is_not(None), Promise.due_at, Promise.id).limit(FEW))
