"""What is remembered of another system: the Message-IDs of migrated conversations, and the addresses that took part."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped

from models.types import Base, Id, Key, mapped_column


class FormerMail(Base):
    """A mail of a migrated conversation: whoever answers it means that conversation. Carriers use an id twice."""

    __tablename__ = "former_mails"
    id: Mapped[Id]
    message_id: Mapped[Key]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    address_key: Mapped[Key | None]  # from or to which address outside it was; not known of what came before we asked
    at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_former_mails_message_id", "message_id"),
        Index("ix_former_mails_reader", "conversation_id", "address_key"),
    )


class FormerAddress(Base):
    """An address from outside that took part in a migrated conversation."""

    __tablename__ = "former_addresses"
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    address_key: Mapped[Key] = mapped_column(primary_key=True)
