"""Many orders with many derived shares, written by the database itself."""

from typing import Any

from sqlalchemy import bindparam, insert, select, text

from actions import actors, logins
from models import db, share_rules
from models.logins import Login
from models.organisations import Organisation
from models.people import Membership, Person
from models.products import Product
from models.share_rules import ShareRule
from models.types import UtcDateTime, now
from policy import Actor

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
ORDERS = """
INSERT INTO orders (number, kind, organisation_id, status, currency, as_of, ordered_at, required_at, answered_version, version,
    customer_reference, supplier_reference, ship_to_name, ship_to_city)
{numbers} SELECT 'PO-' || CAST(1000000 + i AS TEXT), 'purchase', :first + (i % :partners), 'sent', 'USD', :at, :at, :at, 0, 1,
    'C' || CAST(i AS TEXT), 'R' || CAST(i AS TEXT), 'House ' || CAST(i AS TEXT), 'Graz' FROM n
"""
LINES = """
INSERT INTO order_lines (order_id, line, product_id, description, quantity, quantity_shipped, discount, status, promised_at)
SELECT orders.id, k.line, :product, 'Tea', 12, 0, 0, 'open', :at FROM orders CROSS JOIN (SELECT 1 AS line UNION ALL SELECT 2) AS k
"""
SHARES = """
INSERT INTO shares (public_id, subject_type, subject_id, organisation_id, level, field_set_id, rule_id, whole, created_at)
SELECT 'b' || CAST(o.id AS TEXT) || '-' || CAST(k.i AS TEXT), 'order', o.id,
    :first + ((CAST(substr(o.number, 4) AS INTEGER) - 1000000) * :each + k.i) % :partners, 'respond', :fields, :rule, TRUE, :at
FROM orders AS o CROSS JOIN ({numbers} SELECT i FROM n) AS k
"""


def fill(orders: int, seen: int, each: int) -> tuple[Actor, str]:
    """Make so many orders, each shared by rule with `each` partners, of which every partner sees `seen`.

    Returns a manager of the first partner, and a token of theirs.
    """
    partners = orders * each // seen
    with db.unit(write=True):
        if not db.is_sqlite():
            db.session.execute(text("SET LOCAL statement_timeout = 0"))
        share_rules.install(db.session())
        rule = db.session.scalars(select(ShareRule).where(ShareRule.key == "supplier")).unique().one()
        names = [
            {"name": f"Partner {place}", "name_key": f"partner {place}", "roles": ["supplier"]}
            for place in range(partners)
        ]
        db.session.execute(insert(Organisation), names)
        first = db.session.scalars(select(Organisation.id).order_by(Organisation.id).limit(1)).one()
        product = Product(sku="T1", name="Tea", name_key="tea")
        db.session.add(product)
        db.session.flush()
        _run(ORDERS.format(numbers=NUMBERS), last=orders - 1, first=first, partners=partners, at=now())
        _run(LINES, product=product.id, at=now())
        _run(SHARES.format(numbers=NUMBERS), last=each - 1, each=each, first=first, partners=partners,
             fields=rule.field_set_id, rule=rule.id, at=now())  # fmt: skip
        found = _manager(first)
    if not db.is_sqlite():
        with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself, later
    return found


def _run(statement: str, **values: Any) -> None:
    times = [bindparam(name, type_=UtcDateTime) for name in ("at",)]
    db.session.execute(text(statement).bindparams(*times), values)


def _manager(organisation: int) -> tuple[Actor, str]:
    person = Person(name="Charles Exley", name_key="charles exley")
    db.session.add(person)
    db.session.flush()
    login = Login(person_id=person.id, email="charles@partner.example", email_key="charles@partner.example")
    member = Membership(person_id=person.id, organisation_id=organisation, side="partner", role="manager")
    db.session.add_all([login, member])
    db.session.flush()
    actor = actors.of_membership(member, login_id=login.id, email=login.email)
    return actor, logins.make_token(actor, login, member.id, "bench", ["*"])
