"""Who is in a seeded business: us in four teams, customers with a manager and a member each, suppliers with one.

The ids say who is who: of us 1 … staff; customer c has the people staff + 2c - 1 (its manager) and staff + 2c; supplier
s is the organisation customers + s with the person staff + 2 customers + s.
"""

from collections.abc import Callable

from models.logins import Login
from models.organisations import Organisation, OrganisationRole
from models.people import ContactPoint, Membership, Person
from models.seeding.bulk import Bulk, quoted
from models.seeding.lexicon import COMPANY, FIRST, LAST, NAMES
from models.staff import Staff, Team

TEAMS = ("Support", "Sales", "Billing", "Purchasing")
DOMAIN = "seed.example"
ADMIN, AGENT, MANAGER, SUPPLIER = (f"{name}1@{DOMAIN}" for name in ("admin", "agent", "manager", "supplier"))


def persons(bulk: Bulk) -> int:
    """Everybody by name, with an address."""
    size, draw = bulk.size, bulk.drawing()
    many = size.staff + 2 * size.customers + size.suppliers
    bulk.table("seed_persons", f"""
        SELECT n.i AS id, p.one || ' ' || p.other AS name, CASE WHEN n.i = 1 THEN {quoted(ADMIN)}
          WHEN n.i <= {size.staff} THEN 'agent' || (n.i - 1) || '@{DOMAIN}'
          WHEN n.i > {size.staff + 2 * size.customers} THEN 'supplier' || (n.i - {size.staff + 2 * size.customers}) || '@{DOMAIN}'
          WHEN (n.i - {size.staff}) % 2 = 1 THEN 'manager' || ((n.i - {size.staff} + 1) / 2) || '@{DOMAIN}'
          ELSE 'member' || ((n.i - {size.staff}) / 2) || '@{DOMAIN}' END AS email
        FROM {bulk.numbers(many)} JOIN seed_people AS p ON p.id = {draw.of("n.i", len(FIRST) * len(LAST))}""")  # fmt: skip
    made = bulk.insert(Person, "seed_persons AS s", id="s.id", public_id=bulk.key("p", "s.id"), name="s.name",
                       name_key="lower(s.name)")  # fmt: skip
    return made + bulk.insert(ContactPoint, "seed_persons AS s", person_id="s.id", kind="'email'", value="s.email",
                              value_key="s.email")  # fmt: skip


def logins(bulk: Bulk, password_hash: str | None) -> int:
    """Everybody may sign in; by the password only those whose address ends with 1."""
    secret = f"CASE WHEN s.email LIKE '%1@{DOMAIN}' THEN {quoted(password_hash)} END" if password_hash else "NULL"
    return bulk.insert(Login, "seed_persons AS s", id="s.id", person_id="s.id", email="s.email", email_key="s.email",
                       password_hash=secret)  # fmt: skip


def us(bulk: Bulk) -> int:
    """One admin, one lead, agents; each agent is in one team or in two."""
    for place, name in enumerate(TEAMS, 1):
        bulk.insert(Team, "(SELECT 1) AS one", id=str(place), public_id=bulk.key("t", str(place)), name=quoted(name),
                    name_key=quoted(name.lower()))  # fmt: skip
    role = "CASE n.i WHEN 1 THEN 'admin' WHEN 3 THEN 'lead' ELSE 'agent' END"
    made = bulk.insert(Staff, bulk.numbers(bulk.size.staff), id="n.i", person_id="n.i", role=role)
    here = bulk.numbers(bulk.size.staff)
    bulk.run(f"INSERT INTO team_members (staff_id, team_id) SELECT n.i, 1 + n.i % 4 FROM {here}")
    bulk.run(
        f"INSERT INTO team_members (staff_id, team_id) SELECT n.i, 1 + (n.i + 1) % 4 FROM {here} WHERE n.i % 2 = 0"
    )
    return made


def organisations(bulk: Bulk) -> int:
    """Customers and suppliers."""
    size, draw = bulk.size, bulk.drawing()
    many, supplies = size.customers + size.suppliers, f"n.i > {size.customers}"
    bulk.table("seed_companies", f"""
        SELECT n.i AS id, f.one || ' ' || f.other || ' ' || n.i AS name, CASE WHEN {supplies} THEN 'supplier' ELSE 'customer' END AS role
        FROM {bulk.numbers(many)} JOIN seed_firms AS f ON f.id = {draw.of("n.i", len(NAMES) * len(COMPANY))}""")  # fmt: skip
    made = bulk.insert(Organisation, "seed_companies AS s", id="s.id", public_id=bulk.key("o", "s.id"), name="s.name",
                       name_key="lower(s.name)", roles="'[\"' || s.role || '\"]'", city="'Graz'", country="'Austria'",
                       owner_id=f"1 + s.id % {size.staff}")  # fmt: skip
    return made + bulk.insert(OrganisationRole, "seed_companies AS s", role="s.role", organisation_id="s.id",
                              name_key="lower(s.name)")  # fmt: skip


def memberships(bulk: Bulk) -> int:
    """Who belongs where."""
    size = bulk.size
    begun = bulk.at(str(bulk.end - 4 * 365 * 86_400))
    made = bulk.insert(Membership, bulk.numbers(2 * size.customers), id="n.i", person_id=f"{size.staff} + n.i",
                       organisation_id="(n.i + 1) / 2", side="'customer'", started_at=begun,
                       role="CASE n.i % 2 WHEN 1 THEN 'manager' ELSE 'member' END")  # fmt: skip
    return made + bulk.insert(
        Membership, bulk.numbers(size.suppliers), id=f"{2 * size.customers} + n.i", side="'partner'", started_at=begun,
        person_id=f"{size.staff + 2 * size.customers} + n.i", organisation_id=f"{size.customers} + n.i", role="'manager'",
    )  # fmt: skip


STEPS: tuple[tuple[str, Callable[..., int]], ...] = (
    ("people", lambda bulk, _: persons(bulk)), ("logins", logins), ("staff", lambda bulk, _: us(bulk)),
    ("organisations", lambda bulk, _: organisations(bulk)), ("memberships", lambda bulk, _: memberships(bulk)),
)  # fmt: skip
