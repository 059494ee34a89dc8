"""Share rules: which partners see which records without anybody sharing them, and the rules an installation starts with."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, relationship

from models.shares import FieldSet
from models.types import NEEDED, Base, Id, Key, PublicId, mapped_column, now

THROUGH = ("organisation", "carrier", "distributes_for")


class ShareRule(Base):
    """Orders of one kind and some states, seen by the partner that a field or relation names; `active` is the switch."""

    __tablename__ = "share_rules"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    key: Mapped[Key] = mapped_column(unique=True)
    name: Mapped[str]
    noun: Mapped[Key] = mapped_column(default="order")
    kind: Mapped[Key]
    through: Mapped[Key]
    statuses: Mapped[list]
    level: Mapped[Key]
    field_set_id: Mapped[int] = mapped_column(ForeignKey("field_sets.id"))
    whole: Mapped[bool] = mapped_column(default=True)  # with the lines, or only the head of the order
    days: Mapped[int] = mapped_column(default=90)  # for how long after the order is closed
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    field_set = relationship("FieldSet", **NEEDED)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("noun IN ('order')", name="noun"),
        CheckConstraint("kind IN ('sales', 'purchase')", name="kind"),
        CheckConstraint("through IN ('organisation', 'carrier', 'distributes_for')", name="through"),
        CheckConstraint("level IN ('read', 'comment', 'respond', 'edit')", name="level"),
        CheckConstraint("days >= 0", name="days"),
    )


_SALES = ["open", "partly_shipped", "shipped", "cancelled"]
READY: tuple[dict[str, Any], ...] = (
    {
        "key": "supplier", "name": "A supplier sees the purchase orders addressed to it", "kind": "purchase",
        "through": "organisation", "level": "respond",
        "statuses": ["sent", "changed", "confirmed", "confirmed_with_changes", "rejected", "partly_received", "received",
                     "cancelled"],
        "fields": ["supplier_reference", "location", "ordered_at", "required_at", "lines.supplier_sku", "lines.pack",
                   "lines.quantity", "lines.quantity_open", "lines.promised_at"],
    },
    {
        "key": "carrier", "name": "A carrier sees the shipments it carries", "kind": "sales", "through": "carrier",
        "level": "read", "whole": False, "statuses": _SALES,
        "fields": ["ship_to", "required_at", "shipped_at", "carrier", "shipments"],
    },
    {
        "key": "distributor", "name": "A distributor sees the sales orders it placed and those of its own customers",
        "kind": "sales", "through": "distributes_for", "level": "comment", "statuses": _SALES,
        "fields": ["organisation", "customer_reference", "ship_to", "ordered_at", "required_at", "shipped_at",
                   "carrier", "lines.description", "lines.customer_sku", "lines.quantity", "lines.quantity_shipped",
                   "lines.quantity_open", "lines.promised_at", "lines.expected_at"],
    },
)  # fmt: skip


def fingerprint(names: list[str]) -> str:
    """What one set of field names is found again by."""
    return sha256("\0".join(sorted(names)).encode()).hexdigest()


def install(session: Session) -> None:
    """Make the ready rules that are not there yet; what an administrator changed stays."""
    there = set(session.scalars(select(ShareRule.key)))
    for ready in READY:
        if ready["key"] in there:
            continue
        given = {name: value for name, value in ready.items() if name != "fields"}
        session.add(ShareRule(**given, field_set_id=_field_set(session, sorted(ready["fields"])).id))
    session.flush()


def _field_set(session: Session, names: list[str]) -> FieldSet:
    same = select(FieldSet).where(FieldSet.noun == "order", FieldSet.hash == fingerprint(names))
    found = session.scalars(same).one_or_none()
    if found is None:
        found = FieldSet(noun="order", fields=names, hash=fingerprint(names))
        session.add(found)
        session.flush()
    return found
