"""The only queue and outbox: work for later is stored with what it is about, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, relationship

from models import db
from models.types import Base, Id, Key, PublicId, Sentence, mapped_column, now

ORDER_KINDS = ("order", "order_notice")  # mails about orders
AT_ONCE = 500  # rows in one statement
LEASE = timedelta(seconds=60)
REMOVED = ("(removed after sending)", "(removed, never sent)")  # what stands for words that are not kept


class Hopeless(Exception):
    """Work that trying again would not help: it is parked at once, with `args[0]` for those who look."""


class Later(Exception):
    """Work whose time has not come: it is done at `at`, which does not count as a try, and knows `known` by then.

    Work that got on meanwhile begins `afresh`: earlier failures are forgotten.
    """

    def __init__(self, at: datetime, *, afresh: bool = False, **known: Any) -> None:
        super().__init__(f"not before {at.isoformat()}")
        self.at, self.afresh, self.known = at, afresh, known


class Job(Base):
    """One piece of work for later; leased while it runs, retried with growing pauses, parked visibly for good."""

    __tablename__ = "jobs"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    kind: Mapped[Key]
    unique_key: Mapped[Key | None] = mapped_column(unique=True)
    arguments: Mapped[dict] = mapped_column(default=dict)
    state: Mapped[Key] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    progress: Mapped[int | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'parked')", name="state"),
        Index("ix_jobs_due", "due_at", "id", sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
    )  # fmt: skip


class Delivery(Base):
    """One mail to one address, or one word to one device: what it says, and whether it went out."""

    __tablename__ = "deliveries"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    kind: Mapped[Key]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    seq: Mapped[int | None]
    to_address: Mapped[str]
    to_key: Mapped[Key]
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str | None]
    message_id: Mapped[Key] = mapped_column(unique=True)
    reply_hash: Mapped[Key | None] = mapped_column(
        unique=True, index=True
    )  # of the secret in the address that answers go to
    state: Mapped[Key] = mapped_column(default="pending")
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Sentence)
    person = relationship("Person", lazy="joined")
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'sent', 'failed')", name="state"),
        Index("ix_deliveries_mailbox", "to_key", text("id DESC")),
        Index("ix_deliveries_person", "person_id", "created_at"),
    )

    @property
    def kept(self) -> bool:
        """Whether its words are still there: those that open doors are not, once it was sent."""
        return self.body not in REMOVED

    @property
    def repeatable(self) -> bool:
        """Whether it failed and there is something to send again; an order's mail is written anew."""
        return (
            self.state == "failed"
            and self.kind != "push"
            and (self.kept or (self.kind == "order" and self.body == REMOVED[0]))
        )


def tell_how(delivery: Delivery) -> None:
    """Inform those who look at what a mail told of, once it is stored how the mail goes."""
    if delivery.conversation_id is not None and delivery.seq is not None:
        db.tell("mailed", (delivery.conversation_id, delivery.seq))


def enqueue(
    session: Session, kind: str, due_at: datetime | None = None, unique_key: str | None = None, **arguments: Any
) -> None:
    """Ask for work later, in the caller's transaction; the same `unique_key` twice is one job."""
    enqueue_all(session, kind, [(unique_key, arguments)], due_at)


def enqueue_all(
    session: Session, kind: str, jobs: Sequence[tuple[str | None, dict[str, Any]]], due_at: datetime | None = None
) -> None:
    """Ask for several pieces of work of a kind in one statement: (unique key, arguments)."""
    at = due_at or now()
    values = [{"kind": kind, "arguments": arguments, "due_at": at, "unique_key": key} for key, arguments in jobs]
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    for start in range(0, len(values), AT_ONCE):
        some = insert(Job).values(values[start : start + AT_ONCE])
        session.execute(some.on_conflict_do_nothing(index_elements=["unique_key"]))
    db.tell("job", at)


def waits(session: Session, unique_key: str) -> bool:
    """Whether work was asked for under a key before."""
    return session.scalar(select(Job.id).where(Job.unique_key == unique_key)) is not None
