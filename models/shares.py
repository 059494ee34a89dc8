"""Shares: which partner sees which fields of which record until when; and who looked."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import NEEDED, Base, Id, Key, PublicId, mapped_column, now

LEVELS = ("read", "comment", "respond", "edit")


class FieldSet(Base):
    """An immutable set of field names of one noun; editing a named set makes a new row."""

    __tablename__ = "field_sets"
    id: Mapped[Id]
    noun: Mapped[Key]
    fields: Mapped[list]
    hash: Mapped[Key]
    __table_args__ = (UniqueConstraint("noun", "hash"),)


class Share(Base):
    """A record shown to one partner, at one level, with one field set, until it expires or is revoked.

    With a rule it was derived and holds only while the rule is switched on; `whole` is false when only the lines in
    `share_lines` are shown (or none).
    """

    __tablename__ = "shares"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    subject_type: Mapped[Key]
    subject_id: Mapped[int]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    level: Mapped[Key]
    field_set_id: Mapped[int] = mapped_column(ForeignKey("field_sets.id"))
    reason: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("share_rules.id"))
    whole: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # none: what it followed from ended
    organisation = relationship("Organisation", lazy="joined")
    person = relationship("Person", foreign_keys=[person_id], lazy="joined")
    by = relationship("Person", foreign_keys=[by_id], lazy="joined")
    field_set = relationship("FieldSet", **NEEDED)
    rule = relationship("ShareRule", lazy="select")
    lines = relationship("ShareLine", lazy="selectin")
    order = relationship("Order", primaryjoin="foreign(Share.subject_id) == Order.id", viewonly=True)
    conversation = relationship(
        "Conversation", primaryjoin="foreign(Share.subject_id) == Conversation.id", viewonly=True
    )
    issue = relationship("Issue", primaryjoin="foreign(Share.subject_id) == Issue.id", viewonly=True)
    __table_args__ = (
        CheckConstraint("subject_type IN ('order', 'conversation', 'issue')", name="subject_type"),
        CheckConstraint("level IN ('read', 'comment', 'respond', 'edit')", name="level"),
        Index("ix_shares_subject", "subject_type", "subject_id"),
        # Holds all that is asked of a share before its record is shown: a list never fetches the shares themselves.
        Index("ix_shares_reader", "organisation_id", "subject_type", "subject_id", "expires_at", "rule_id", "person_id",
              sqlite_where=text("revoked_at IS NULL"), postgresql_where=text("revoked_at IS NULL")),
        Index("ux_shares_rule", "rule_id", "subject_type", "subject_id", "organisation_id", unique=True,
              sqlite_where=text("rule_id IS NOT NULL AND revoked_at IS NULL"),
              postgresql_where=text("rule_id IS NOT NULL AND revoked_at IS NULL")),
    )  # fmt: skip

    @property
    def holds(self) -> bool:
        """Whether it was neither taken back nor has ended."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now())

    @property
    def number(self) -> str:
        """The number of what is shared."""
        found: str = getattr(self, self.subject_type).number
        return found


class ShareLine(Base):
    """One of the lines that a share of a part of an order shows."""

    __tablename__ = "share_lines"
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    line = relationship("OrderLine", **NEEDED)


class ReadLog(Base):
    """Somebody outside saw a record, or a page of a list, with a field set; one row per session, record and hour.

    For a list `subject_type` is the plural of the noun and `records` are what stood on the page.
    """

    __tablename__ = "read_log"
    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=now)
    hour: Mapped[Key]
    reader_key: Mapped[Key]  # the session, token or link that looked
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    address: Mapped[str | None]  # whose link it was, where nobody signed in
    signed_as: Mapped[str | None]  # the name that somebody gave who uses a shared mailbox
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))  # whose data it is
    subject_type: Mapped[Key]
    subject_id: Mapped[Key]
    fields: Mapped[list]
    fields_hash: Mapped[Key]
    surface: Mapped[Key]
    person = relationship("Person", lazy="joined")
    organisation = relationship("Organisation", foreign_keys=[organisation_id], lazy="joined")
    records = relationship("ReadRecord", lazy="selectin", order_by="ReadRecord.subject_id")
    __table_args__ = (
        UniqueConstraint("reader_key", "subject_type", "subject_id", "fields_hash", "surface", "hour"),
        Index("ix_read_log_subject", "subject_type", "subject_id", text("at DESC"), text("id DESC")),
        Index("ix_read_log_reader", "organisation_id", text("at DESC"), text("id DESC")),
        Index("ix_read_log_owner", "owner_id", text("at DESC"), text("id DESC")),
        Index("ix_read_log_at", "at"),
    )

    @property
    def reader(self) -> str | None:
        """Who looked, by name or address."""
        return self.signed_as or (self.person.name if self.person else self.address)


class ReadRecord(Base):
    """One of the records that stood on the page of a list that somebody outside saw."""

    __tablename__ = "read_log_records"
    read_id: Mapped[int] = mapped_column(ForeignKey("read_log.id"), primary_key=True)
    subject_id: Mapped[Key] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    __table_args__ = (
        Index("ix_read_log_records_subject", "subject_id", "read_id"),
        Index("ix_read_log_records_owner", "owner_id", "read_id"),
    )
