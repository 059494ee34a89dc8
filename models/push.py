"""Push: the devices on which somebody is told of what is new while no page of ours is open."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now


class PushSubscription(Base):
    """Where one browser that is signed in takes messages for its owner, and the keys that only it can read them with."""

    __tablename__ = "push_subscriptions"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    endpoint: Mapped[str]
    endpoint_hash: Mapped[Key] = mapped_column(unique=True)
    p256dh: Mapped[Key]
    auth: Mapped[Key]
    created_at: Mapped[datetime] = mapped_column(default=now)
    session = relationship("SignInSession", lazy="joined", innerjoin=True)
