"""Who takes part in the conversations that a batch of messages belongs to, kept for a moment where it cannot end by itself."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from models import db
from models.conversations import Conversation
from models.messages import CUSTOMER, STAFF, Stored
from policy.masks import Cast, cast
from realtime import drawing

KEPT = 5.0  # seconds in which a name that changed may still be told as it was
MOST = 10_000
_kept: dict[tuple[int, int], tuple[float, "Known"]] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """The cast of a conversation, and the readers that are entitled at this moment."""

    cast: Cast
    readers: frozenset[str]


def of(news: Iterable[Stored]) -> dict[int, Known]:
    """Say for each conversation of some messages who takes part; partners, whose shares end, are asked for each time."""
    moment = time.monotonic()
    found, missing = {}, set()
    for stored in news:
        kept = _kept.get((stored.new.conversation_id, stored.new.access_version))
        if kept and moment < kept[0]:
            found[stored.new.conversation_id] = kept[1]
        else:
            missing.add(stored.new.conversation_id)
    if missing:
        for row in conversations(missing):
            found[row.id] = _keep(row, moment)
    return found


def conversations(ids: Iterable[int]) -> list[Conversation]:
    """Read several conversations at once."""
    with db.reading() as session:
        return list(session.scalars(select(Conversation).where(Conversation.id.in_(list(ids)))).unique())


def _keep(row: Conversation, moment: float) -> Known:
    known = Known(cast(row, drawing.business()), readers(row))
    if not known.cast.partners:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[row.id, row.access_version] = (moment + KEPT, known)
    return known


def readers(row: Conversation) -> frozenset[str]:
    """The readers that are entitled at this moment: an expired share hears nothing more."""
    partners = (f"partner:{one.organisation_id}" for one in row.parties if one.side == "partner" and one.takes_part)
    return frozenset({STAFF, CUSTOMER, *partners})
