"""Idempotency keys: the answer to a request, kept for a day, so that sending it again repeats nothing."""

from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped

from models.db import session
from models.types import Base, Id, Key, mapped_column, now

KEPT = timedelta(hours=24)
LONGEST = 200


class IdempotencyKey(Base):
    """One request that was answered: who sent it, under which key, what it said, and the answer."""

    __tablename__ = "idempotency_keys"
    id: Mapped[Id]
    owner: Mapped[Key]
    key: Mapped[Key]
    request_hash: Mapped[Key]
    status: Mapped[int]
    body: Mapped[dict]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    __table_args__ = (UniqueConstraint("owner", "key"),)


def forget_old() -> None:
    """Let go of what nobody will send again."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - KEPT))


def take(owner: str, key: str, request_hash: str) -> tuple[IdempotencyKey, bool]:
    """Take a key before its effect, and say whether it was free; of two at once the second waits, and reads the first."""
    forget_old()
    name = key[:LONGEST]
    taken = select(IdempotencyKey).where(IdempotencyKey.owner == owner, IdempotencyKey.key == name)
    if (found := session.scalar(taken)) is not None:
        return found, False
    made = IdempotencyKey(owner=owner, key=name, request_hash=request_hash, status=0, body={})
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        return session.scalars(taken).one(), False
    return made, True
