"""Records that a file refers to, each kind read once per run and found by its reference in the other system."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from models.billing import Invoice, Shipment
from models.db import session
from models.orders import Order
from models.organisations import Organisation
from models.people import Membership, Person
from models.products import Product
from models.staff import Location, Staff, Team
from models.types import name_key

# kind: the query, and a second name that records of this kind go by
_QUERIES: dict[str, tuple[Any, str | None]] = {
    "organisation": (
        select(Organisation.id, Organisation.source, Organisation.external_reference, Organisation.roles,
               Organisation.name_key), None,
    ),
    "person": (select(Person.id, Person.source, Person.external_reference, Person.name), None),
    "staff": (
        select(Staff.id, Staff.source, Staff.external_reference, Staff.person_id, Person.name)
        .join(Person, Person.id == Staff.person_id), None,
    ),
    "product": (
        select(Product.id, Product.source, Product.external_reference, Product.sku, Product.name, Product.pack,
               Product.supplier_sku), "sku",
    ),
    "order": (
        select(Order.id, Order.source, Order.external_reference, Order.number, Order.kind, Order.status,
               Order.organisation_id), "number",
    ),
    "shipment": (select(Shipment.id, Shipment.source, Shipment.external_reference, Shipment.number,
                        Shipment.public_id), "number"),
    "invoice": (select(Invoice.id, Invoice.source, Invoice.external_reference, Invoice.number,
                       Invoice.public_id), "number"),
}  # fmt: skip
WORDS = {"staff": "staff member"}


class Unknown(ValueError):
    """A reference to nothing, or to more than one thing."""


@dataclass(slots=True)
class Named:
    """A team or location by name; one that is not there yet has no id until it is needed."""

    name: str
    id: int | None
    zone: str | None = None


class Lookups:
    """Finds records by reference: those of the run's own source first, then any other's that are unmistakable."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._known: dict[str, tuple[dict[str, Any], dict[str, list[Any]]]] = {}
        self._names: dict[str, dict[Any, Any]] = {}

    def find(self, kind: str, reference: str) -> Any:
        """Return the row (with at least `id`) that a reference means. Raises Unknown in words."""
        own, others = self._load(kind)
        if found := own.get(reference):
            return found
        found = others.get(reference, [])
        if len(found) == 1:
            return found[0]
        how_many = "several have" if found else "none has"
        word = WORDS.get(kind, kind)
        raise Unknown(f"“{reference}” is no known {word}: {how_many} this reference" + _advice(kind, found))

    def _load(self, kind: str) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        if kind not in self._known:
            query, second = _QUERIES[kind]
            own: dict[str, Any] = {}
            others: dict[str, list[Any]] = {}
            rows = session.execute(query).all()
            for row in rows:
                if row.external_reference is not None and row.source == self.source:
                    own.setdefault(row.external_reference, row)
                elif row.external_reference is not None:
                    others.setdefault(row.external_reference, []).append(row)
            for row in rows if second else ():
                name = getattr(row, second or "")
                if name not in own and name != row.external_reference:
                    others.setdefault(name, []).append(row)
            self._known[kind] = own, others
        return self._known[kind]

    def organisation_named(self, name: str) -> Any | None:
        """Find the organisation of a name, if there is exactly one."""
        if "organisation" not in self._names:
            names: dict[str, Any] = {}
            own, others = self._load("organisation")
            for row in [*own.values(), *(one for same in others.values() for one in same)]:
                names[row.name_key] = None if row.name_key in names else row
            self._names["organisation"] = names
        return self._names["organisation"].get(name_key(name))

    def partner_of(self, person_id: int) -> int | None:
        """Return the organisation that somebody acts for on the partner side."""
        if "partner" not in self._names:
            found = select(Membership.person_id, Membership.organisation_id).where(Membership.side == "partner")
            self._names["partner"] = {row.person_id: row.organisation_id for row in session.execute(found)}
        return self._names["partner"].get(person_id)

    def team(self, name: str) -> Named:
        """Return a team by name, perhaps one that is still to be made."""
        return self._named(Team, name)

    def location(self, name: str, zone: str | None = None) -> Named:
        """Return a location by name, perhaps one that is still to be made, then in this zone."""
        found = self._named(Location, name)
        if found.id is None:
            found.zone = found.zone or zone
        return found

    def _named(self, table: type[Any], name: str) -> Named:
        if table.__tablename__ not in self._names:
            rows = session.execute(select(table.id, table.name, table.name_key))
            self._names[table.__tablename__] = {row.name_key: Named(row.name, row.id) for row in rows}
        return self._names[table.__tablename__].setdefault(name_key(name), Named(name, None))

    def make(self, table: type[Any], wanted: Named) -> None:
        """Make a team or location that rows about to be written need."""
        if wanted.id is None:
            more = {"zone": wanted.zone} if wanted.zone else {}
            made = table(name=wanted.name, name_key=name_key(wanted.name), **more)
            session.add(made)
            session.flush()
            wanted.id = made.id


def _advice(kind: str, found: list[Any]) -> str:
    if found:
        return " in different sources"
    return f", so import its {WORDS.get(kind, kind)} first" if kind != "organisation" else ", so import it first"
