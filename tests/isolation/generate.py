"""A generated business: customers, suppliers, distributors, carriers, their orders, and every way to share them."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from actions import share_rules, shares
from models.billing import Invoice, Shipment, ShipmentLine
from models.db import session
from models.logins import Login
from models.orders import PURCHASE_STATUSES, SALES_STATUSES, Order, OrderChange, OrderChangeLine, OrderLine
from models.organisations import Organisation, OrganisationRole, Relation
from models.people import ContactPoint, Membership, Person
from models.products import Product
from models.share_rules import ShareRule
from models.shares import FieldSet, Share, ShareLine
from models.staff import Location, Staff, Team
from models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from models.types import name_key, now
from policy import Actor as Insider

FIELDS = (
    "attachments", "customer_reference", "supplier_reference", "ship_to", "location", "ordered_at", "required_at",
    "shipped_at", "currency", "carrier", "freight", "shipments", "organisation", "source", "as_of", "lines.description",
    "lines.customer_sku", "lines.supplier_sku", "lines.pack", "lines.quantity", "lines.quantity_shipped",
    "lines.quantity_open", "lines.unit_price", "lines.discount", "lines.promised_at", "lines.expected_at",
)  # fmt: skip
SHIPPED = 8_000_000
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Size:
    """How much of everything there is."""

    suppliers: int = 200
    distributors: int = 50
    customers: int = 100
    carriers: int = 10
    orders: int = 2_000
    field_sets: int = 20
    shares: int = 6_000
    conversations: int = 150


SMALL = Size(suppliers=20, distributors=8, customers=12, carriers=3, orders=120, shares=360, conversations=24)


@dataclass
class Business:
    """What is being generated, by what it is."""

    seed: int
    size: Size
    random: random.Random
    at: datetime = field(default_factory=now)
    minted: int = 0
    staff: Any = None
    organisations: dict[str, list[Organisation]] = field(default_factory=dict)
    people: dict[int, list[Person]] = field(default_factory=dict)  # the partner side's, by organisation
    buyers: dict[int, list[Person]] = field(default_factory=dict)  # the customer side's
    products: list[Product] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    field_sets: list[FieldSet] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    def canary(self) -> str:
        """A word that stands nowhere else; no two seeds share one."""
        self.minted += 1
        rest, word = self.seed * 10_000_000 + self.minted, ""
        for _ in range(8):
            rest, digit = divmod(rest, 36)
            word = ALPHABET[digit] + word
        return f"qz{word}zq"

    def number(self, first: int) -> int:
        """A number that stands nowhere else: 79… is a quantity, 91… a price."""
        self.minted += 1
        return first * 1_000_000 + self.minted

    def day(self, *days: int) -> datetime:
        return self.at + timedelta(days=self.random.randint(*days), minutes=self.random.randint(1, 999))

    @property
    def partners(self) -> list[Organisation]:
        return [one for kind in ("supplier", "distributor", "carrier") for one in self.organisations[kind]]


def build(seed: int, size: Size) -> Business:
    """Write the business into the open unit; one of the rules may be switched off, as the seed has it."""
    made = Business(seed, size, random.Random(seed))  # noqa: S311
    _staff(made)
    for kind, count in (("customer", size.customers), ("supplier", size.suppliers), ("distributor", size.distributors),
                        ("carrier", size.carriers)):  # fmt: skip
        made.organisations[kind] = [_organisation(made, kind) for _ in range(count)]
    session.flush()
    _everybody(made)
    _relations(made)
    _products(made)
    _field_sets(made)
    made.orders = [_order(made, place) for place in range(size.orders)]
    session.flush()
    _answers(made)
    _papers(made)
    _supplied(made)
    for _ in range(size.shares):
        _share(made)
    session.flush()
    share_rules.follow(one.id for one in made.orders)
    rules = session.query(ShareRule).order_by(ShareRule.id).all()
    if seed % 4:
        rules[seed % 4 - 1].active = False
    _take_back_by_hand(made)
    return made


def _staff(made: Business) -> None:
    made.locations = [
        Location(name=made.canary(), name_key=f"location-{place}", zone="Europe/London") for place in range(6)
    ]
    team = Team(name="Everything", name_key="everything")
    person = Person(name="Nancy Davolio", name_key="nancy davolio")
    session.add_all([*made.locations, team, person])
    session.flush()
    login = Login(person_id=person.id, email="nancy@desk.example", email_key="nancy@desk.example")
    staff = Staff(person_id=person.id, role="lead", reach="all", location_id=made.locations[0].id, teams=[team])
    session.add_all([login, staff])
    session.flush()
    made.staff = Insider(
        side="staff", person_id=person.id, public_id=person.public_id, login_id=login.id, name=person.name,
        email=login.email, role="lead", reach="all", staff_id=staff.id, team_ids=frozenset({team.id}),
    )  # fmt: skip


def _organisation(made: Business, kind: str) -> Organisation:
    roles = {
        "customer": ["customer"],
        "supplier": ["supplier"],
        "distributor": ["distributor", "customer"],
        "carrier": ["vendor"],
    }[kind]
    name = f"{kind.title()} {made.canary()}"
    one = Organisation(
        name=name, name_key=name_key(name), source="generated", external_reference=made.canary(), roles=roles,
        email=f"office@{made.canary()}.example", phone=made.canary(), website=made.canary(), street=made.canary(), city="Graz",
        country="AT", notes=made.canary(),
    )  # fmt: skip
    session.add(one)
    session.flush()
    session.add_all(OrganisationRole(role=role, organisation_id=one.id, name_key=one.name_key) for role in roles)
    return one


def _everybody(made: Business) -> None:
    for kind, companies in made.organisations.items():
        for one in companies:
            members = [_person(made) for _ in range(2)]
            session.flush()
            sides = {"customer": ["customer"], "distributor": ["partner", "customer"]}.get(kind, ["partner"])
            for side in sides:
                for person, role in zip(members, ("member", "manager"), strict=True):
                    session.add(Membership(person_id=person.id, organisation_id=one.id, side=side, role=role))
                (made.people if side == "partner" else made.buyers)[one.id] = members
            for person in members:
                email = f"{made.canary()}@people.example"
                session.add(Login(person_id=person.id, email=email, email_key=email))
                session.add(
                    ContactPoint(person_id=person.id, kind="email", value=email, value_key=email, verified_at=made.at)
                )


def _person(made: Business) -> Person:
    name = f"Kim {made.canary()}"
    person = Person(name=name, name_key=name_key(name), title=made.canary())
    session.add(person)
    return person


def _relations(made: Business) -> None:
    pick, customers, suppliers = made.random, made.organisations["customer"], made.organisations["supplier"]
    for one in suppliers:
        session.add(Relation(kind="supplies", from_id=one.id, to_id=None, note=made.canary()))
    for one in made.organisations["distributor"]:
        over = made.at if pick.random() < 0.2 else None
        whom = pick.choice([None, pick.choice(suppliers).id])
        session.add(Relation(kind="distributes_for", from_id=one.id, to_id=whom, ended_at=over))
        for buyer in pick.sample(customers, 3):
            ended = made.at if pick.random() < 0.25 else None
            session.add(Relation(kind="supplies", from_id=one.id, to_id=buyer.id, note=made.canary(), ended_at=ended))
    for child, parent in zip(customers[:-1:4], customers[1:-1:4], strict=False):
        session.add(Relation(kind="subsidiary_of", from_id=child.id, to_id=parent.id))
        if pick.random() < 0.3:
            session.add(Relation(kind="subsidiary_of", from_id=parent.id, to_id=customers[-1].id))


def _products(made: Business) -> None:
    for supplier in made.organisations["supplier"]:
        for _ in range(2):
            name = f"Tea {made.canary()}"
            made.products.append(
                Product(sku=made.canary(), gtin=made.canary(), name=name, name_key=name_key(name), supplier_id=supplier.id,
                        supplier_sku=made.canary(), pack=made.canary(), source="generated", external_reference=made.canary())
            )  # fmt: skip
    session.add_all(made.products)
    session.flush()


def _field_sets(made: Business) -> None:
    seen: set[tuple[str, ...]] = set()
    while len(seen) < made.size.field_sets:
        seen.add(tuple(sorted(made.random.sample(FIELDS, made.random.randint(0, len(FIELDS))))))
    made.field_sets = [shares.field_set_of("order", list(names)) for names in sorted(seen)]


def _order(made: Business, place: int) -> Order:
    pick, kind = made.random, "sales" if place % 2 else "purchase"
    buyers = [*made.organisations["customer"], *made.organisations["distributor"]]
    owner = pick.choice(buyers if kind == "sales" else made.organisations["supplier"])
    status = pick.choice(SALES_STATUSES if kind == "sales" else PURCHASE_STATUSES)
    closed = made.day(-300, -1) if status in ("shipped", "received", "cancelled", "rejected") else None
    one = Order(
        number=f"{'S' if kind == 'sales' else 'PO'}-{100_000 + place}", kind=kind, status=status, organisation_id=owner.id,
        source=made.canary(), external_reference=made.canary(), customer_reference=made.canary(),
        supplier_reference=made.canary(), ordered_at=made.day(-90, -60), required_at=made.day(1, 60), shipped_at=made.day(-9, -1),
        closed_at=closed, carrier=made.canary(), freight=Decimal(made.number(91)), location_id=pick.choice(made.locations).id,
        carrier_id=pick.choice(made.organisations["carrier"]).id if kind == "sales" and pick.random() < 0.3 else None,
        ship_to_name=made.canary(), ship_to_street=made.canary(), ship_to_city=made.canary(), ship_to_region=made.canary(),
        ship_to_postcode=made.canary(), ship_to_country="AT",
    )  # fmt: skip
    own = [p for p in made.products if p.supplier_id == owner.id] if kind == "purchase" else made.products
    one.lines = [_line(made, number, pick.choice(own)) for number in range(1, pick.randint(1, 4) + 1)]
    session.add(one)
    return one


def _line(made: Business, number: int, product: Product) -> OrderLine:
    return OrderLine(
        line=number, product_id=product.id, description=made.canary(), customer_sku=made.canary(), supplier_sku=made.canary(),
        pack=made.canary(), quantity=made.number(79), quantity_shipped=SHIPPED, unit_price=Decimal(made.number(91)),
        promised_at=made.day(1, 60),
        expected_at=made.day(1, 60),
    )  # fmt: skip


def _answers(made: Business) -> None:
    for one in made.orders:
        if one.kind == "purchase" and one.status.startswith("confirmed"):
            line = OrderChangeLine(line_id=one.lines[0].id, response="changed", quantity=made.number(79), promised_at=made.day(1, 60),
                                   reason=made.canary())  # fmt: skip
            session.add(OrderChange(order_id=one.id, version=1, response="accepted_with_changes", note=made.canary(),
                                    organisation_id=one.organisation_id, person_id=made.people[one.organisation_id][0].id,
                                    lines=[line]))  # fmt: skip
            one.answered_version = 1


def _papers(made: Business) -> None:
    for one in [one for one in made.orders[1::2] if one.status != "draft"]:
        session.add(
            Shipment(
                number=made.canary(), order_id=one.id, carrier=made.canary(), tracking=made.canary(), shipped_at=made.at
            )
        )
        session.add(Invoice(number=made.canary(), order_id=one.id, organisation_id=one.organisation_id, issued_at=made.at,
                            total=Decimal(5), due_at=made.day(1, 30)))  # fmt: skip


def _supplied(made: Business) -> None:
    """What suppliers sent of what they confirmed, and what they ask for it."""
    for one in made.orders:
        if one.answered_version and made.random.random() < 0.7:
            line = ShipmentLine(line_id=one.lines[0].id, quantity=made.number(79), reason=made.canary())
            session.add(Shipment(order_id=one.id, organisation_id=one.organisation_id, number=made.canary(), note=made.canary(),
                                 carrier=made.canary(), tracking=made.canary(), shipped_at=made.at, lines=[line]))  # fmt: skip
            asked = SupplierInvoiceLine(position=1, line_id=one.lines[0].id, description=made.canary(), quantity=made.number(79),
                                        unit_price=Decimal(made.number(91)), disputed=made.canary())  # fmt: skip
            session.add(SupplierInvoice(order_id=one.id, organisation_id=one.organisation_id, number=made.canary(),
                                        note=made.canary(), issued_at=made.at, currency="USD", state="disputed",
                                        lines=[asked]))  # fmt: skip


def _share(made: Business) -> None:
    """By hand: to an organisation or a person, whole or some lines, running, expired or taken back."""
    pick, order, partner = made.random, made.random.choice(made.orders), made.random.choice(made.partners)
    some = pick.random() < 0.3
    chosen = pick.sample(order.lines, pick.randint(1, len(order.lines))) if some else []
    ends = pick.choice([None, made.day(1, 90), made.day(1, 90), made.day(-90, -1)])
    session.add(
        Share(
            subject_type="order", subject_id=order.id, organisation_id=partner.id, whole=not some,
            person_id=pick.choice(made.people[partner.id]).id if pick.random() < 0.25 else None,
            level=pick.choice(("read", "comment") if some else ("read", "comment", "respond", "edit")),
            field_set_id=pick.choice(made.field_sets).id, reason=made.canary(), by_id=made.staff.person_id, expires_at=ends,
            revoked_at=made.at if pick.random() < 0.2 else None, lines=[ShareLine(line_id=one.id) for one in chosen],
        )
    )  # fmt: skip


def _take_back_by_hand(made: Business) -> None:
    """A few of what the rules made are taken back, and the rules are asked again: those stay away."""
    ruled = session.query(Share).filter(Share.rule_id.is_not(None)).order_by(Share.id).all()
    for one in made.random.sample(ruled, len(ruled) // 12):
        one.revoked_at, one.revoked_by_id = made.at, made.staff.person_id
    session.flush()
    share_rules.follow(one.id for one in made.orders)
