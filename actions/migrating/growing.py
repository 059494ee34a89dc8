"""Growing: a newer export holds later messages of conversations that were migrated from an earlier one.

What is here already is told by its time. Only what follows the last message that both know is added, and only where it
keeps the order: not before anything that was written here since. Everything else stays as it is, and is named.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from actions.migrating.plain import OldConversation, OldMessage
from actions.migrating.shaping import Ready, in_order, news_of, pieces, state_of
from actions.migrating.storing import carry, remember
from actions.migrating.who import Directory
from models import sequence
from models.conversations import Conversation
from models.db import session
from models.messages import Message


@dataclass(slots=True)
class Growth:
    """What an export holds of a conversation beyond what is here; `reason` says why it is not added."""

    old: OldConversation
    conversation_id: int
    organisation_id: int | None
    last_seq: int
    untouched: bool  # nothing was written or changed here since
    later: list[OldMessage]
    size: tuple[int, int, int]  # conversations, messages and files of it in the export
    reason: str = ""

    def begin(self, directory: Directory) -> None:
        """Leave only what is later; who asked is told by all of it."""
        self.old.requester = directory.requester(self.old)
        self.old.messages = self.later


def grown(source: str, olds: Sequence[OldConversation]) -> list[Growth]:
    """Which of some conversations that are here have grown in the export, and by what."""
    rows = select(Conversation.external_reference, Conversation.id, Conversation.organisation_id, Conversation.last_seq,
                  Conversation.merged_into_id)  # fmt: skip
    rows = rows.where(Conversation.source == source, Conversation.external_reference.in_([one.number for one in olds]))
    found = {row.external_reference: row for row in session.execute(rows)}
    said: dict[int, list[tuple[str, datetime]]] = {row.id: [] for row in found.values()}
    query = select(Message.conversation_id, Message.kind, Message.at).where(Message.conversation_id.in_(said))
    for row in session.execute(query.order_by(Message.conversation_id, Message.seq)):
        said[row.conversation_id].append((row.kind, row.at))
    compared = [_compared(one, found[one.number], said[found[one.number].id]) for one in olds if one.number in found]
    return [one for one in compared if one.later]


def _compared(old: OldConversation, row: Any, said: Sequence[tuple[str, datetime]]) -> Growth:
    """Find the last message that both know; what follows it in the export is later."""
    here = Counter(at for kind, at in said if kind == "message")
    there = in_order(old, [])
    known = [_take(here, at, body) for _, at, body in there]
    last = max((place for place, one in enumerate(known) if one), default=-1)
    changed = any(kind == "change" for kind, _ in said)
    rest = list(here.elements())
    later = there[last + 1 :]
    for one, at, _ in later:
        one.at = at  # that of one without a time is told by those before it, which are here
    growth = Growth(
        old, row.id, row.organisation_id, row.last_seq, not rest and not changed, [one for one, _, _ in later], old.size
    )
    if row.merged_into_id is not None:
        growth.reason = "goes on in another conversation here"
    elif not all(known[: last + 1]) or (last < 0 and rest):
        growth.reason = "holds earlier messages that do not stand here at these times"
    elif rest and later and later[0][1] < max(rest):
        growth.reason = "was written in here since"
    return growth


def _take(here: Counter[datetime], at: datetime, body: str) -> bool:
    """Whether a message of the export is here; then all its pieces are known. What was edited there stays as it was."""
    known = min(here[at], len(pieces(body)))
    here[at] -= known
    return known > 0


def store(directory: Directory, growth: Growth) -> tuple[Ready | None, str]:
    """Add what is later to a conversation, in the open unit: nobody is told. Returns what was stored, or why nothing was."""
    try:
        with session.begin_nested():
            return _write(directory, growth)
    except (IntegrityError, DataError) as error:
        return None, f"the database refused it: {str(error.orig).splitlines()[0]}"


def _write(directory: Directory, growth: Growth) -> tuple[Ready | None, str]:
    problems: list[str] = []
    news = news_of(directory, growth.organisation_id, in_order(growth.old, problems))
    for _, new in news:
        new.conversation_id = growth.conversation_id
    head = sequence.lock(session.connection(), [new for _, new in news])[0][growth.conversation_id]
    if head.last_seq != growth.last_seq:
        return None, "was written in meanwhile: run it again"
    ready = Ready(growth.old, growth.organisation_id, head, {}, news, problems)
    carry(directory, [ready])
    ready.stored = [head.take(new) for _, new in news]
    if growth.untouched:
        head.status, head.solved_at, head.waiting_since = state_of(growth.old, head)
    sequence.write(session.connection(), {head.id: head}, ready.stored, silent=True)
    remember(directory, [ready])
    return ready, ""
