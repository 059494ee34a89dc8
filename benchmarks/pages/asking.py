"""Who asks for which pages: people of the seeded business, signed in as the sign-in page would, over HTTP."""

import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine, func, select, text

from actions import actors, sessions
from app import create_app
from benchmarks.chat.servers import Server
from config import Settings
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.logins import Login
from models.organisations import Organisation
from policy import Actor, visible
from staff.queues import queue
from web.paging import cursor

ADMIN, AGENT, CUSTOMER = "admin1@seed.example", "agent1@seed.example", "manager1@seed.example"
KEPT_OPEN = 2.0  # seconds: the server closes a line after five
SLOW = 1000  # milliseconds
FLOOR = "signed in, no list (staff)", "signed in, no list (customer)"


@dataclass(frozen=True)
class Page:
    """One page, and who looks at it."""

    path: str
    who: str
    part: bool = False  # asked by htmx: the rows without the frame


def pages(url: str, word: str, rare: str) -> dict[str, Page]:
    """The pages of one business; the deep ones begin in the middle of what there is."""
    db.connect(url)
    with db.unit(write=False):
        agent, customer = actor(AGENT), actor(CUSTOMER)
        busiest = db.session.get_one(Organisation, 1)
        deep = middle(queue(agent, "all"), Conversation.updated_at, Conversation.number)
        solved = middle(queue(agent, "solved"), Conversation.updated_at, Conversation.number)
        asked = middle(visible(customer, Conversation), Conversation.updated_at, Conversation.number)
        happened = select(Interaction).where(Interaction.organisation_id == 1, Interaction.timeline)
        long_ago = middle(happened, Interaction.at, Interaction.id)
        name, number = busiest.name, str(db.session.scalar(select(func.min(Conversation.number))))
    db.engine().dispose()
    record = f"/staff/organisations/{busiest.public_id}"
    return {
        FLOOR[0]: Page("/staff/find", AGENT, True),
        FLOOR[1]: Page("/portal/requests?after=" + long_before(), CUSTOMER, True),
        "queue, rows": Page("/staff/queues/all", AGENT, True), "queue, rows, deep": Page(f"/staff/queues/all?after={deep}", AGENT, True),
        "solved, rows, deep": Page(f"/staff/queues/solved?after={solved}", AGENT, True),
        "queue, page": Page("/staff/queues/waiting", AGENT), "queue, page, deep": Page(f"/staff/queues/all?after={deep}", AGENT),
        "queue, page, admin": Page("/staff/queues/all", ADMIN),
        "home": Page("/staff/", AGENT), "customers": Page("/staff/organisations", AGENT),
        "customer": Page(record, AGENT), "timeline, rows": Page(record, AGENT, True),
        "timeline, rows, deep": Page(f"{record}?after={long_ago}", AGENT, True),
        "conversation": Page(f"/staff/conversations/{number}", ADMIN),
        "search by name": Page(f"/staff/find?q={quote(name[:12])}", AGENT, True),
        "search by number": Page(f"/staff/find?q={number}9", AGENT, True),
        "requests": Page("/portal/requests?show=all", CUSTOMER), "requests, rows": Page("/portal/requests?show=all", CUSTOMER, True),
        "requests, rows, deep": Page(f"/portal/requests?show=all&after={asked}", CUSTOMER, True),
        "help, most common word": Page(f"/help/search?q={quote(word)}", CUSTOMER),
        "help, rarest word": Page(f"/help/search?q={quote(rare)}", CUSTOMER),
    }  # fmt: skip


def long_before() -> str:
    """The place after everything."""
    return cursor(["1990-01-01T00:00:00+00:00", "0"])


def middle(query: Any, *order: Any) -> str:
    """The cursor of the row in the middle of a list."""
    few = query.with_only_columns(*order).order_by(None)
    many = db.session.scalar(select(func.count()).select_from(few.subquery())) or 0
    row = db.session.execute(few.order_by(*(one.desc() for one in order)).offset(many // 2).limit(1)).one()
    return cursor(list(row))


def words(url: str) -> tuple[str, str]:
    """The word that stands in most articles, and one that stands in a single one: both databases hold the same."""
    engine = db.connect(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'article_search', 'row')"))
            found = connection.execute(text("SELECT term, doc FROM temp.terms")).all()
        else:
            found = connection.execute(text("SELECT word, ndoc FROM ts_stat('SELECT words FROM article_search')")).all()
    engine.dispose()
    often = max(found, key=lambda row: (row[1], row[0]))[0]
    alone = [row[0] for row in found if row[1] == 1 and row[0].isdigit() and len(row[0]) > 2]
    seldom = [one for one in alone if int(one) % 10 and int(one) % 7 > 1]  # published, and for everybody
    return str(often), str(max(seldom, key=lambda one: (len(one), one)))


def actor(email: str) -> Actor:
    """Somebody as their own sign-in would have them."""
    login = db.session.scalars(select(Login).where(Login.email == email)).one()
    found = actors.of_login(login, sessions.default_membership(login))
    if found is None:
        raise RuntimeError(f"{email} may not sign in")
    return found


def cookies(url: str, folder: Path, secret: str) -> dict[str, str]:
    """Sign everybody in; returns their cookies."""
    db.connect(url)
    app = create_app(
        Settings(_env_file=None, data_dir=folder, database_url=url, secret_key=secret, embedded_worker=False)
    )
    sign: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    found = {}
    for email in (ADMIN, AGENT, CUSTOMER):
        with app.app_context(), db.unit(write=True):
            login = db.session.scalars(select(Login).where(Login.email == email)).one()
            found[email] = "session=" + sign.dumps({"_user_id": sessions.sign_in(login), "_fresh": True})
    db.engine().dispose()
    return found


class Asking:
    """A line to a server on which pages are asked for, one after the other."""

    def __init__(self, server: Server, cookies: dict[str, str], known: dict[str, Page], url: str) -> None:
        self.server, self.cookies, self.known, self.url = server, cookies, known, url
        self.asked = 0.0
        self.line = HTTPConnection("127.0.0.1", server.port, timeout=30)

    def look_for_helpers(self) -> None:
        """The processes of PostgreSQL that work for this server count as its own."""
        if not self.url.startswith("sqlite"):
            engine = create_engine(self.url)
            mine = text(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            with engine.connect() as connection:
                self.server.more = list(connection.execute(mine).scalars())
            engine.dispose()

    def ask(self, name: str) -> tuple[float, float]:
        """Fetch a page; returns the milliseconds that passed, and those that the server's processes worked."""
        page = self.known[name]
        headers = {"Cookie": self.cookies[page.who]} | ({"HX-Request": "true"} if page.part else {})
        if time.monotonic() - self.asked > KEPT_OPEN:
            self.line.close()  # opens anew by itself
        busy, began = worked(self.server), time.perf_counter()
        self.line.request("GET", page.path, headers=headers)
        answer = self.line.getresponse()
        body = answer.read()
        passed, self.asked = (time.perf_counter() - began) * 1000, time.monotonic()
        if passed > SLOW:
            print(f"  {name} of {self.server.name} took {passed:,.0f} ms", flush=True)
        if answer.status != 200:
            raise RuntimeError(f"{name}: {answer.status} {answer.headers.get('Location')} {body[:300]!r}")
        return passed, worked(self.server) - busy


def worked(server: Server) -> float:
    """Milliseconds that the processes of a server have worked, to the microsecond."""
    spent = 0
    for pid in [*server.tree(), *server.more]:
        for task in Path(f"/proc/{pid}/task").iterdir():
            try:
                spent += int((task / "schedstat").read_text().split()[0])
            except (OSError, ValueError):
                continue
    return spent / 1e6
