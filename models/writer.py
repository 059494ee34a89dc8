"""The writer: what arrives while one commit runs is stored together by the next; each is answered once it is stored."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from models import db
from models.db import Unavailable
from models.messages import NewMessage, Stored
from models.revocations import KNOWN
from models.sequence import INVALID, REAUTHORISE, Answer, append
from models.settings import epoch

log = structlog.get_logger(__name__)
LARGEST = 1000  # messages in one transaction


@dataclass(slots=True)
class Waiting:
    """A message whose sender waits for the answer."""

    new: NewMessage
    answer: Answer | None = None
    failure: Unavailable | None = None

    @property
    def settled(self) -> bool:
        return self.answer is not None or self.failure is not None


_waiting: deque[Waiting] = deque()
_turn = threading.Lock()


def store(new: NewMessage) -> Answer:
    """Store a message durably and tell the listeners; only then may anybody be told that it is stored.

    Whoever's turn it is stores for all who wait. Returns what `append` answers. Raises Unavailable when the outcome is
    unknown: sending again under the same client id is safe.
    """
    mine = Waiting(new)
    _waiting.append(mine)
    if not _turn.acquire(timeout=db.LOCK_WAIT):
        raise Unavailable("other messages are still being stored")
    try:
        if not mine.settled:
            _store([_waiting.popleft() for _ in range(min(LARGEST, len(_waiting)))])
    finally:
        _turn.release()
    if mine.answer is None:
        raise mine.failure or Unavailable("the outcome is unknown")
    return mine.answer


def _store(batch: Sequence[Waiting]) -> None:
    """Settle a batch. One that the database refuses is halved until the row that it refuses stands alone."""
    try:
        for one, answer in zip(batch, _together([one.new for one in batch]), strict=True):
            one.answer = answer
    except (IntegrityError, DataError):
        if len(batch) == 1:
            log.exception("the database refuses a message")
            batch[0].answer = INVALID
            return
        half = len(batch) // 2
        _store(batch[:half])
        _store(batch[half:])
    except Unavailable as unavailable:
        _fail(batch, unavailable)
    except Exception as error:
        _fail(batch, Unavailable(str(error)))
        raise


def _fail(batch: Sequence[Waiting], failure: Unavailable) -> None:
    for one in batch:
        one.failure = one.failure or failure


def _together(news: Sequence[NewMessage]) -> Sequence[Answer]:
    """Store messages in one transaction, unless a right ended that this process has not heard of: then ask again."""
    with db.unit(write=True):
        connection = db.session.connection()
        if any(one.kind != "conversation" for one in KNOWN.fresh(connection)):
            return [REAUTHORISE] * len(news)  # rights on one conversation have its access_version
        answers = append(connection, news)
        now = epoch(db.session())
        for answer in answers:
            if isinstance(answer, Stored):
                answer.epoch = now
                if not answer.duplicate:
                    db.tell("stored", answer)
    return answers
