"""Loading the demo business: its files in order, its history moved to today, its supply linked, its doors opened."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select, update

from actions import supply
from actions.actors import of_login
from actions.imports import Move, Progress, Report, run
from actions.sessions import default_membership, prove_address
from models.db import session
from models.logins import Login
from models.people import ContactPoint, Person
from models.settings import put, setting
from models.staff import Staff
from models.types import email_key, now
from policy import Actor, Invalid, require

Step = Callable[[Progress | None], Report]
FOLDER = Path(__file__).resolve().parents[2] / "demo"
FILES: tuple[tuple[str, str], ...] = (
    ("staff", "staff.csv"),
    ("organisations", "customers.csv"),
    ("organisations", "suppliers.csv"),
    ("organisations", "shippers.csv"),
    ("relations", "relations.csv"),
    ("people", "people.csv"),
    ("products", "products.csv"),
    ("orders", "orders.csv"),
    ("order-lines", "order_details.csv"),
    ("orders", "purchase_orders.csv"),
    ("order-lines", "purchase_order_lines.csv"),
    ("shipments", "shipments.csv"),
    ("invoices", "invoices.csv"),
    ("interactions", "interactions.csv"),
    ("articles", "articles"),
    ("conversations", "conversations.jsonl"),
)
SHIFT = "demo_shift_weeks"
ACCOUNTS = "demo_accounts"

# e-mail: how far a staff member sees beyond the own teams; the order is that of the sign-in page
SIGN_INS: dict[str, str | None] = {
    "renate.messner@lehmanns.example": None,
    "jonas.lang@lehmanns.example": None,
    "roland.mendel@ernst-handel.example": None,
    "nancy.davolio@northwind.example": "all",
    "margaret.peacock@northwind.example": "all",
    "steven.buchanan@northwind.example": "all",
    "andrew.fuller@northwind.example": "all",
    "charlotte.cooper@exotic-liquids.example": None,
    "yoshi.nagase@tokyo-traders.example": None,
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """One way into the demo."""

    name: str
    email: str
    side: str
    role: str
    organisation: str


def moving(folder: Path = FOLDER, today: date | None = None) -> Move:
    """Return how dates of the demo are moved: by whole weeks, found at the first load and kept from then on.

    The newest sales order comes to lie in the week before today, so a Thursday stays a Thursday.
    """
    stored = setting(session(), SHIFT)
    weeks = int(stored) if stored is not None else _weeks(folder, today or now().date())
    if stored is None:
        put(session(), SHIFT, str(weeks))
    return lambda moment: moment + timedelta(weeks=weeks)


def _weeks(folder: Path, today: date) -> int:
    with open(folder / "orders.csv", encoding="utf-8-sig", newline="") as file:
        newest = max(datetime.strptime(row["order_date"], "%Y-%m-%d").date() for row in csv.DictReader(file))
    return ((today - newest).days - 1) // 7


def steps(actor: Actor, folder: Path = FOLDER) -> Iterator[Step]:
    """Yield the imports of the demo in order; each is to be run in a unit of its own. Raises Forbidden."""
    require(actor, "import:run")
    for kind, name in FILES:
        yield partial(_step, actor, folder, kind, folder / name)


def _step(actor: Actor, folder: Path, kind: str, file: Path, progress: Progress | None) -> Report:
    mapping = file.with_suffix(".toml")
    return run(actor, kind, file, mapping if mapping.exists() else None, progress=progress, move=moving(folder))


def finish(actor: Actor) -> list[SignIn]:
    """Link supply to demand, open the doors, and return the sign-ins. Raises Forbidden, Invalid."""
    supply.propose(actor)
    found = [_open_door(email, reach) for email, reach in SIGN_INS.items()]
    put(session(), ACCOUNTS, ",".join(SIGN_INS))
    return found


def _open_door(email: str, reach: str | None) -> SignIn:
    """Give the person of an address a login, once; a staff member sees as far as the demo needs."""
    login = session.execute(select(Login).where(Login.email_key == email_key(email))).unique().scalar_one_or_none()
    if login is None:
        person_id = _person(email)
        login = Login(person_id=person_id, email=email, email_key=email_key(email))
        session.add(login)
        session.flush()
        session.refresh(login)
        prove_address(login, datetime.combine(login.created_at.date(), datetime.min.time(), UTC))
    if reach:
        session.execute(update(Staff).where(Staff.person_id == login.person_id).values(reach=reach))
    session.flush()
    actor = of_login(login, default_membership(login))
    if actor is None:
        return SignIn(login.person.name, email, "none", "disabled", "")
    return SignIn(actor.name, email, actor.side, actor.role, actor.organisation_name)


def _person(email: str) -> int:
    query = select(Person.id).join(ContactPoint, ContactPoint.person_id == Person.id)
    query = query.where(ContactPoint.kind == "email", ContactPoint.value_key == email_key(email))
    found = session.scalar(query.order_by(Person.id).limit(1))
    if found is None:
        raise Invalid("email", f"{email} is nobody in the demo's files")
    return found
