"""Files that people sent, and what each is attached to; the bytes are in models/storage.py."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now, opaque

PREVIEWED = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff", "application/pdf")


class File(Base):
    """One file: `receiving` until its bytes are kept, `uploaded` until it is attached to something, once."""

    __tablename__ = "files"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    key: Mapped[Key] = mapped_column(unique=True, default=lambda: f"{opaque()[:2]}/{opaque()}{opaque()}")
    owner_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))  # whose space it takes
    name: Mapped[str]
    content_type: Mapped[Key]  # by content, never as the sender said
    size: Mapped[int]
    sha256: Mapped[Key]
    state: Mapped[Key] = mapped_column(default="receiving")
    scanned: Mapped[Key] = mapped_column(default="no")
    preview: Mapped[Key] = mapped_column(default="none")
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        CheckConstraint("state IN ('receiving', 'uploaded', 'attached')", name="state"),
        CheckConstraint("scanned IN ('no', 'clean', 'infected')", name="scanned"),
        CheckConstraint("preview IN ('none', 'wanted', 'made', 'failed')", name="preview"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_files_organisation", "organisation_id", "size"),
        Index("ix_files_owner", "owner_id", text("created_at DESC")),
    )


class Attachment(Base):
    """A file on a message or a record. `audience` is who may read it on a record; a message has its own."""

    __tablename__ = "attachments"
    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"), unique=True)
    subject_type: Mapped[Key]
    subject_id: Mapped[int]
    audience: Mapped[Key | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    file = relationship("File", lazy="joined", innerjoin=True)
    by = relationship("Person", lazy="joined")
    __table_args__ = (
        CheckConstraint("subject_type IN ('message', 'order', 'issue', 'interaction')", name="subject_type"),
        CheckConstraint("(subject_type = 'message') = (audience IS NULL)", name="audience"),
        Index("ix_attachments_subject", "subject_type", "subject_id"),
    )


@dataclass(frozen=True, slots=True)
class Attached:
    """What a message that is not stored yet knows of a file it will carry."""

    id: int
    public_id: str
    name: str
    content_type: str
    size: int
    preview: str


def attached(file: File) -> Attached:
    """The facts of a file that travel with a message."""
    return Attached(file.id, file.public_id, file.name, file.content_type, file.size, file.preview)
