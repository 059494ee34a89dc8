"""Ways in: logins, sign-in codes, sessions, tokens, and the revocations that end them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, relationship

from models.types import NEEDED, Base, Id, Key, PublicId, mapped_column, now


class Login(Base):
    """The right of one person to sign in under one address."""

    __tablename__ = "logins"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    email: Mapped[str]
    email_key: Mapped[Key] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    person = relationship("Person", **NEEDED)


class SignInCode(Base):
    """A six-digit code sent to the address of a login, or to which an order was mailed; kept hashed, good once.

    It ends after ten minutes and five tries.
    """

    __tablename__ = "sign_in_codes"
    id: Mapped[Id]
    login_id: Mapped[int | None] = mapped_column(ForeignKey("logins.id"), index=True)
    order_link_id: Mapped[int | None] = mapped_column(ForeignKey("order_links.id"), index=True)
    code_hash: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("(login_id IS NULL) <> (order_link_id IS NULL)", name="owner"),)


class SignInSession(Base):
    """One device that is signed in, acting through exactly one membership (or as staff)."""

    __tablename__ = "sessions"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    secret_hash: Mapped[Key] = mapped_column(unique=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("logins.id"), index=True)
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("memberships.id"))
    device: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Token(Base):
    """A secret with one purpose, kept hashed: API access, an invitation, a calendar, an address to file mail at."""

    __tablename__ = "tokens"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    purpose: Mapped[Key]
    secret_hash: Mapped[Key] = mapped_column(unique=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("logins.id"), index=True)
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("memberships.id"))
    mailbox_device_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox_devices.id"))
    name: Mapped[str] = mapped_column(default="")
    scopes: Mapped[list] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("purpose IN ('api', 'invitation', 'reset', 'calendar', 'mail_log')", name="purpose"),
    )


class Revocation(Base):
    """A right that ended: every process reads these and drops the sockets they concern."""

    __tablename__ = "revocations"
    id: Mapped[Id]
    kind: Mapped[Key]
    subject_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        CheckConstraint("kind IN ('login', 'session', 'membership', 'token', 'staff', 'conversation')", name="kind"),
        Index("ix_revocations_at", "at"),
    )
