"""The cast: for every audience an owner, a colleague and a rival of the same kind, with two of everything they deal in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from models import db
from models.articles import Article, ArticleText
from models.billing import Invoice, Shipment
from models.logins import Login
from models.orders import Order, OrderLine, SupplyLink
from models.organisations import Organisation, OrganisationRole, Relation
from models.people import ContactPoint, Membership, Person
from models.products import Product
from models.staff import Location, Staff, Team
from models.types import name_key, now
from policy import Actor

MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


@dataclass
class World:
    """Everybody by first name (actors), and the records of both sides by what they are."""

    # staff
    nancy: Actor  # support agent, sees everything
    margaret: Actor  # purchasing agent, sees everything
    otto: Actor  # billing agent, sees only billing's work
    steven: Actor  # lead
    andrew: Actor  # admin
    # customers
    renate: Actor  # buyer of Lehmanns
    jonas: Actor  # colleague of Renate, member only
    greta: Actor  # manager of Lehmanns
    roland: Actor  # manager of Ernst Handel: the rival
    # partners
    charlotte: Actor  # clerk of Exotic Liquids
    charles: Actor  # manager of Exotic Liquids
    yoshi: Actor  # manager of Tokyo Traders: the rival
    # records, by id
    lehmanns: int
    ernst: int
    exotic: int
    tokyo: int
    teams: dict[str, int]
    products: dict[str, int]
    orders: dict[str, int]

    def everybody(self) -> dict[str, Actor]:
        """All actors by first name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Actor)}


def build() -> World:
    """Make the world in the open write unit; every free text holds a canary naming its owner."""
    add = db.session.add
    london = Location(name="London", name_key="london", zone="Europe/London")
    teams = {name: Team(name=name.title(), name_key=name) for name in ("support", "sales", "billing", "purchasing")}
    db.session.add_all([london, *teams.values()])
    db.session.flush()
    cast: dict[str, Any] = {}
    for name, surname, role, reach, team in (
        ("nancy", "Davolio", "agent", "all", "support"), ("margaret", "Peacock", "agent", "all", "purchasing"),
        ("otto", "Grau", "agent", "teams", "billing"), ("steven", "Buchanan", "lead", "all", "support"),
        ("andrew", "Fuller", "admin", "all", "sales"),
    ):  # fmt: skip
        cast[name] = _staff(name, surname, role, reach, teams[team], london)
    companies = {
        "lehmanns": _organisation("Lehmanns Marktstand", "LEHMS", "customer", "Frankfurt", "DE"),
        "ernst": _organisation("Ernst Handel", "ERNSH", "customer", "Graz", "AT"),
        "exotic": _organisation("Exotic Liquids", "S1", "supplier", "London", "GB"),
        "tokyo": _organisation("Tokyo Traders", "S4", "supplier", "Tokyo", "JP"),
    }
    db.session.flush()
    for name, surname, company, side, role in (
        ("renate", "Messner", "lehmanns", "customer", "member"), ("jonas", "Lang", "lehmanns", "customer", "member"),
        ("greta", "Lehmann", "lehmanns", "customer", "manager"), ("roland", "Mendel", "ernst", "customer", "manager"),
        ("charlotte", "Cooper", "exotic", "partner", "member"), ("charles", "Exley", "exotic", "partner", "manager"),
        ("yoshi", "Nagase", "tokyo", "partner", "manager"),
    ):  # fmt: skip
        cast[name] = _member(name, surname, companies[company], side, role)
    for supplier in ("exotic", "tokyo"):
        add(Relation(kind="supplies", from_id=companies[supplier].id, to_id=None))
    products = _products(companies)
    orders = _orders(companies, products, london)
    _papers(companies, orders)
    _articles()
    db.session.flush()
    return World(
        **cast,
        **{name: company.id for name, company in companies.items()},
        teams={name: team.id for name, team in teams.items()},
        products={name: product.id for name, product in products.items()},
        orders={number: order.id for number, order in orders.items()},
    )


def _organisation(name: str, reference: str, role: str, city: str, country: str) -> Organisation:
    made = Organisation(
        name=name, name_key=name_key(name), source="northwind", external_reference=reference, roles=[role], city=city,
        country=country, email=f"office@{reference.lower()}.example", notes=f"canary-notes-{reference}",
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    db.session.add(OrganisationRole(role=role, organisation_id=made.id, name_key=made.name_key))
    return made


def _person(name: str, surname: str, domain: str) -> tuple[Person, Login]:
    full, email = f"{name.title()} {surname}", f"{name}.{surname}@{domain}".lower()
    person = Person(name=full, name_key=name_key(full), title=f"canary-title-{name}")
    db.session.add(person)
    db.session.flush()
    login = Login(person_id=person.id, email=email, email_key=email)
    point = ContactPoint(person_id=person.id, kind="email", value=email, value_key=email, verified_at=now())
    db.session.add_all([login, point])
    db.session.flush()
    return person, login


def _staff(name: str, surname: str, role: str, reach: str, team: Team, location: Location) -> Actor:
    person, login = _person(name, surname, "northwind.example")
    staff = Staff(person_id=person.id, role=role, reach=reach, location_id=location.id, source="northwind",
                  external_reference=name, teams=[team])  # fmt: skip
    db.session.add(staff)
    db.session.flush()
    return Actor(
        side="staff", person_id=person.id, public_id=person.public_id, login_id=login.id, name=person.name,
        email=login.email, role=role, reach=reach, staff_id=staff.id, team_ids=frozenset({team.id}),
    )  # fmt: skip


def _member(name: str, surname: str, organisation: Organisation, side: str, role: str) -> Actor:
    domain = f"{organisation.external_reference}.example"
    person, login = _person(name, surname, domain.lower())
    membership = Membership(person_id=person.id, organisation_id=organisation.id, side=side, role=role)
    db.session.add(membership)
    db.session.flush()
    return Actor(
        side=side, person_id=person.id, public_id=person.public_id, login_id=login.id, name=person.name,
        email=login.email, role=role, membership_id=membership.id, organisation_id=organisation.id,
        organisation_public_id=organisation.public_id, organisation_name=organisation.name,
        organisation_ids=frozenset({organisation.id}),
    )  # fmt: skip


def _products(companies: dict[str, Organisation]) -> dict[str, Product]:
    made = {
        "chang": Product(sku="2", name="Chang", stock=17, on_order=40, supplier_id=companies["exotic"].id,
                         supplier_sku="EL-CH-24", pack="24 - 12 oz bottles", price=Decimal(19)),
        "syrup": Product(sku="3", name="Aniseed Syrup", stock=13, on_order=70, supplier_id=companies["exotic"].id,
                         supplier_sku="EL-AS-55", pack="12 - 550 ml bottles", price=Decimal(10)),
        "ikura": Product(sku="10", name="Ikura", stock=31, on_order=0, supplier_id=companies["tokyo"].id,
                         supplier_sku="TT-IK-12", pack="12 - 200 ml jars", price=Decimal(31)),
    }  # fmt: skip
    for product in made.values():
        product.name_key, product.source, product.external_reference = name_key(product.name), "northwind", product.sku
    db.session.add_all(made.values())
    db.session.flush()
    return made


def _orders(companies: dict[str, Organisation], products: dict[str, Product], location: Location) -> dict[str, Order]:
    sales = {"11070": ("lehmanns", 20), "11072": ("ernst", 8), "11075": ("ernst", 10), "11077": ("ernst", 24)}
    made: dict[str, Order] = {}
    for place, (number, (company, quantity)) in enumerate(sales.items()):
        order = _order(number, "sales", "open", companies[company], location, MONDAY + timedelta(days=place))
        order.required_at = MONDAY + timedelta(days=29)
        order.ship_to_name, order.ship_to_street = companies[company].name, f"canary-street-{number}"
        made[number] = _with_lines(order, [(products["chang"], quantity)])
    for number, company, lines in (
        ("PO-1001", "exotic", [(products["chang"], 40), (products["syrup"], 70)]),
        ("PO-1002", "tokyo", [(products["ikura"], 12)]),
    ):
        order = _order(number, "purchase", "sent", companies[company], location, MONDAY)
        order.required_at = MONDAY + timedelta(days=28)
        order.supplier_reference = f"canary-supplierref-{number}"
        made[number] = _with_lines(order, lines)
    chang = made["PO-1001"].lines[0]
    for number, quantity in (("11070", 3), ("11072", 8), ("11075", 10), ("11077", 19)):
        db.session.add(SupplyLink(purchase_line_id=chang.id, sales_line_id=made[number].lines[0].id, quantity=quantity))
        made[number].lines[0].expected_at = made["PO-1001"].required_at
    return made


def _order(number: str, kind: str, status: str, owner: Organisation, location: Location, at: datetime) -> Order:
    order = Order(
        number=number, kind=kind, status=status, organisation_id=owner.id, ordered_at=at, location_id=location.id,
        source="northwind", external_reference=number, customer_reference=f"canary-customerref-{number}",
    )  # fmt: skip
    db.session.add(order)
    db.session.flush()
    return order


def _with_lines(order: Order, lines: list[tuple[Product, int]]) -> Order:
    for place, (product, quantity) in enumerate(lines, 1):
        db.session.add(
            OrderLine(
                order_id=order.id,
                line=place,
                product_id=product.id,
                description=product.name,
                quantity=quantity,
                supplier_sku=product.supplier_sku,
                pack=product.pack,
                unit_price=product.price,
                customer_sku=f"canary-customersku-{order.number}-{place}",
                promised_at=order.required_at,
            )  # fmt: skip
        )
    db.session.flush()
    db.session.refresh(order)
    return order


def _papers(companies: dict[str, Organisation], orders: dict[str, Order]) -> None:
    for number, company in (("11070", "lehmanns"), ("11072", "ernst")):
        order = orders[number]
        db.session.add(Invoice(number=f"INV-{number}", order_id=order.id, organisation_id=companies[company].id,
                               issued_at=MONDAY, due_at=MONDAY + timedelta(days=30), total=Decimal("368.93")))  # fmt: skip
        db.session.add(Shipment(number=f"SH-{number}", order_id=order.id, carrier="Speedy Express",
                                tracking=f"canary-tracking-{number}", shipped_at=MONDAY))  # fmt: skip


def _articles() -> None:
    for audience in ("public", "customers", "partners", "staff"):
        article = Article(slug=f"{audience}-article", state="published", audience=audience, category="Orders",
                          published_at=MONDAY)  # fmt: skip
        article.texts = [
            ArticleText(language="en", title=f"For {audience}", body=f"canary-article-{audience} delivery")
        ]
        db.session.add(article)
