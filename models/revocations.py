"""Revocations as one process knows them: which it has acted on, and which it must still read.

Ids are given out before their transactions end, so a lower one may be committed after a higher one was read. What was
skipped is asked for again until no transaction can be that old.
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, or_, select

from models.db import INLINE
from models.logins import Revocation

LONGEST_TRANSACTION = 60.0  # seconds; statements end after 15
SKIPPED = 500  # at most so many ids are asked for again

_FRESH = (  # built once: every message asks for it, and by `since` no database has to look at all there ever were
    select(Revocation.id, Revocation.kind, Revocation.subject_id)
    .where(Revocation.id > bindparam("since"))
    .where(or_(Revocation.id > bindparam("last"), Revocation.id.in_(bindparam("skipped", expanding=True))))
    .order_by(Revocation.id)
)


class Ended(NamedTuple):
    """One right that ended: of a login, session, membership, token or member of staff; or rights on a conversation."""

    id: int
    kind: str
    subject_id: int


class Known:
    """The revocations that this process has acted on."""

    def __init__(self) -> None:
        self.last = 0
        self.skipped: dict[int, float] = {}  # id -> when it was skipped
        self.read = 0  # how many were read to be acted on

    def begin(self, connection: Connection) -> None:
        """Begin now: whoever connects later is authorised by what is committed already."""
        self.last = max(0, (connection.scalar(select(func.max(Revocation.id))) or 0) - SKIPPED)
        self.note(self.fresh(connection))

    def fresh(self, connection: Connection) -> list[Ended]:
        """Read those that this process has not acted on."""
        since = min([self.last, *(one - 1 for one in self.skipped)])
        asked = {"since": since, "last": self.last, "skipped": list(self.skipped) or [-1]}
        found = connection.execute(_FRESH, asked, execution_options=INLINE)
        ended = [Ended(*row) for row in found]
        self.read += len(ended)
        return ended

    def note(self, ended: Iterable[Ended]) -> None:
        """Remember that they were acted on, and which ids were skipped on the way."""
        now = time.monotonic()
        for one in ended:
            self.skipped.pop(one.id, None)
            if one.id > self.last:
                self.skipped |= dict.fromkeys(range(max(self.last, one.id - SKIPPED - 1) + 1, one.id), now)
                self.last = one.id
        self.skipped = {key: at for key, at in self.skipped.items() if now - at < LONGEST_TRANSACTION}


KNOWN = Known()
