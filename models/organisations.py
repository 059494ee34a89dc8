"""Organisations, the one shared record, and the relations between them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship, validates

from models.telephone import backwards
from models.types import Base, Id, Key, PublicId, mapped_column, now

ROLES = ("customer", "vendor", "supplier", "distributor")
RELATIONS = ("supplies", "distributes_for", "subsidiary_of", "ships_for")


class Organisation(Base):
    """A company, or a single consumer, that the business deals with."""

    __tablename__ = "organisations"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    name: Mapped[str]
    name_key: Mapped[Key]
    roles: Mapped[list] = mapped_column(default=list)
    email: Mapped[str | None]
    phone: Mapped[str | None]
    phone_key: Mapped[Key | None]  # its digits backwards, as of contact points
    website: Mapped[str | None]
    street: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    postcode: Mapped[str | None]
    country: Mapped[str | None]
    currency: Mapped[str] = mapped_column(default="USD")
    notes: Mapped[str | None]
    zone: Mapped[str | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    version: Mapped[int] = mapped_column(default=1)
    approves_colleagues: Mapped[bool] = mapped_column(default=False)  # whom its managers invite waits for us
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    owner = relationship("Staff", foreign_keys=[owner_id])
    location = relationship("Location")
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("source", "external_reference"),
        Index("ix_organisations_list", "name_key", "id"),
        Index("ix_organisations_phone", "phone_key"),
    )

    @validates("phone")
    def _keep_digits(self, _: str, phone: str | None) -> str | None:
        """A caller is found by the last digits."""
        self.phone_key = backwards(phone)
        return phone


class OrganisationRole(Base):
    """One role of one organisation, kept beside the list so that "all suppliers" is an index scan."""

    __tablename__ = "organisation_roles"
    role: Mapped[Key] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    name_key: Mapped[Key]
    __table_args__ = (Index("ix_organisation_roles_list", "role", "name_key", "organisation_id"),)


class Relation(Base):
    """A typed link: `from` supplies, distributes for, is a subsidiary of, or ships for `to`."""

    __tablename__ = "relations"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    kind: Mapped[Key]
    from_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    to_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))  # none: the business itself
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    subject = relationship("Organisation", foreign_keys=[from_id], lazy="joined")
    object = relationship("Organisation", foreign_keys=[to_id], lazy="joined")
    __table_args__ = (
        UniqueConstraint("kind", "from_id", "to_id"),
        Index("ix_relations_to", "to_id", "kind"),
        Index("ux_relations_business", "kind", "from_id", unique=True, sqlite_where=text("to_id IS NULL"),
              postgresql_where=text("to_id IS NULL")),
        CheckConstraint("from_id <> to_id", name="two_sides"),
    )  # fmt: skip
