"""Idempotency keys: the answer to a request, kept for a day, so that sending it again repeats nothing."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from models.types import Base, Id, Key, mapped_column, now


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
