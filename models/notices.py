"""Notices: how each person wants to be told by mail, what they were told of, and what waits for their next digest."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.types import Base, Id, Key, mapped_column, now

KINDS = ("approval", "decision", "promise")
PACES = ("at_once", "daily", "never")
WAITING = "waits_from IS NOT NULL"


class NoticeChoice(Base):
    """What somebody chose of how they are told by mail; times are minutes of the day where they are."""

    __tablename__ = "notice_choices"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    pace: Mapped[Key]
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    digest_at: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (CheckConstraint("pace IN ('at_once', 'daily', 'never')", name="pace"),)


class DigestMatter(Base):
    """One conversation of somebody's digests: from which message on it waits, and up to which they were told."""

    __tablename__ = "digest_matters"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    waits_from: Mapped[int | None]  # a seq
    told: Mapped[int] = mapped_column(default=0)  # a seq
    at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        UniqueConstraint("person_id", "conversation_id"),
        Index("ix_digest_matters_waiting", "person_id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    )


class NoticeMatter(Base):
    """One approval or promise at one stage that somebody was told of by mail, or that waits for their digest."""

    __tablename__ = "notice_matters"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[Key]
    subject_id: Mapped[int]  # of an approval or a promise
    stage: Mapped[Key]  # of a promise: due or overdue, and since when
    waits: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "subject_id", "stage"),
        CheckConstraint("kind IN ('approval', 'decision', 'promise')", name="kind"),
        Index("ix_notice_matters_waiting", "person_id", sqlite_where=text("waits = 1"), postgresql_where=text("waits")),
    )
