"""Mail paces: how many mails to each domain were given a time to leave in its newest minute."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from models.types import Base, Key, mapped_column


class MailPace(Base):
    """One domain: the minute that is being filled, which may lie ahead, and how many leave in it."""

    __tablename__ = "mail_paces"
    domain: Mapped[Key] = mapped_column(primary_key=True)
    minute: Mapped[datetime]  # its beginning, which is when a first mail left
    taken: Mapped[int]
