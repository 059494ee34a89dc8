"""The writer: what arrives while one commit runs is stored together by the next; each is answered once it is stored."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

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


def _asleep() -> Any:
    """A lock that is taken: whoever takes it again sleeps until it is released."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class Waiting:
    """A message whose sender waits for the answer."""

    new: NewMessage
    answer: Answer | None = None
    failure: Unavailable | None = None
    leads: bool = False  # its sender is to store, for all who wait
    woken: Any = field(default_factory=_asleep)

    @property
    def settled(self) -> bool:
        return self.answer is not None or self.failure is not None


class Desk:
    """Where one stores at a time. Whoever comes meanwhile waits; then the first of them stores for all of them.

    The one that has stored goes on at once and never takes the next turn from those who wait: each of them would
    otherwise be stored alone.
    """

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.taken = False
        self.waiting: deque[Waiting] = deque()

    def come(self, one: Waiting) -> None:
        """Stand in line; where nobody stores, one is to do it."""
        with self.guard:
            self.waiting.append(one)
            one.leads, self.taken = not self.taken, True

    def batch(self) -> list[Waiting]:
        """Those who wait at this moment, as many as one transaction takes."""
        with self.guard:
            return [self.waiting.popleft() for _ in range(min(LARGEST, len(self.waiting)))]

    def hand_over(self, stored: Iterable[Waiting] = ()) -> None:
        """Let the next one store, and wake those who need not wait any longer."""
        with self.guard:
            self.taken = bool(self.waiting)
            if self.taken:
                self.waiting[0].leads = True
                self.waiting[0].woken.release()
        for one in stored:
            one.failure = one.failure or (None if one.settled else Unavailable("the outcome is unknown"))
            if not one.leads:
                one.woken.release()

    def wait(self, one: Waiting) -> bool:
        """Wait until one is settled or is to store; False when that takes too long."""
        try:
            woken = one.woken.acquire(timeout=db.LOCK_WAIT)
        except BaseException:  # whoever waited is ended
            self.leave(one)
            raise
        if not woken and not one.leads:
            self.leave(one)
        return one.leads or one.settled

    def leave(self, one: Waiting) -> None:
        """Wait no longer; whoever was just told to store lets the next one do it."""
        with self.guard:
            if one in self.waiting:
                self.waiting.remove(one)
        if one.leads:
            self.hand_over()


DESK = Desk()


def store(new: NewMessage) -> Answer:
    """Store a message durably and tell the listeners; only then may anybody be told that it is stored.

    Whoever's turn it is stores for all who wait. Returns what `append` answers. Raises Unavailable when the outcome is
    unknown: sending again under the same client id is safe.
    """
    mine = Waiting(new)
    DESK.come(mine)
    if not mine.leads and not DESK.wait(mine):
        raise Unavailable("other messages are still being stored")
    if mine.leads:
        batch = DESK.batch()
        try:
            _store(batch)
        finally:
            DESK.hand_over(batch)
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
