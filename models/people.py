"""People outside and inside: who they are, how to reach them, and where they belong."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now


class Person(Base):
    """A human; may be a member of several organisations, and may have a login."""

    __tablename__ = "people"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    name: Mapped[str]
    name_key: Mapped[Key]
    title: Mapped[str | None]
    language: Mapped[str | None]
    zone: Mapped[str | None]
    theme: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    contact_points = relationship("ContactPoint", back_populates="person", order_by="ContactPoint.id")
    memberships = relationship("Membership", back_populates="person")
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (UniqueConstraint("source", "external_reference"), Index("ix_people_list", "name_key", "id"))


class ContactPoint(Base):
    """An address or number; not unique, since two people may share a mailbox."""

    __tablename__ = "contact_points"
    id: Mapped[Id]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[Key]
    value: Mapped[str]
    value_key: Mapped[Key]
    reversed_digits: Mapped[Key | None]  # a caller is found by the last digits: a prefix scan from the end
    verified_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]  # a mail to it came back for good, and nothing came from it since
    declined_at: Mapped[datetime | None]  # its reader wants no invitations
    person = relationship("Person", back_populates="contact_points")
    __table_args__ = (
        CheckConstraint("kind IN ('email', 'phone')", name="kind"),
        Index("ix_contact_points_value", "kind", "value_key"),
        Index("ix_contact_points_digits", "reversed_digits"),
    )


class Membership(Base):
    """A person's role in an organisation, on the customer or the partner side, with a start and an end."""

    __tablename__ = "memberships"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    side: Mapped[Key]
    role: Mapped[Key] = mapped_column(default="member")
    mailbox: Mapped[bool] = mapped_column(default=False)  # an address that several share, each giving a name
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    notices_seen_at: Mapped[datetime | None]  # up to when they have looked at what concerns them there
    person = relationship("Person", back_populates="memberships", lazy="joined")
    organisation = relationship("Organisation", lazy="joined")
    __table_args__ = (
        CheckConstraint("side IN ('customer', 'partner')", name="side"),
        CheckConstraint("role IN ('member', 'manager')", name="role"),
        UniqueConstraint("person_id", "organisation_id", "side"),
    )

    @property
    def never_joined(self) -> bool:
        """Somebody who was invited and has not accepted: the membership ended when it began."""
        return self.ended_at == self.started_at
