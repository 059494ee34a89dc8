"""Probes over HTTP: pages, lists, the API, tables to take away, files, and links without an account."""

import csv
import io
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from actions import logins
from models import db
from models.billing import Invoice
from models.files import File
from models.logins import Login
from tests.isolation import model
from tests.isolation.facts import Actor, Conversation, View
from tests.isolation.probe import AREA, BESIDE, NUMBER, Run, Somebody, text_of
from tests.isolation.reader import Reader

API_FIELDS = {
    "number", "kind", "status", "customer_reference", "supplier_reference", "ship_to", "source", "as_of", "ordered_at",
    "required_at", "shipped_at", "currency", "carrier", "organisation", "location", "shipments", "attachments",
}  # fmt: skip
API_LINE = {"lines.line", "lines.product", "lines.customer_sku", "lines.supplier_sku", "lines.description", "lines.pack",
            "lines.quantity", "lines.quantity_shipped", "lines.quantity_open", "lines.unit_price", "lines.promised_at",
            "lines.expected_at"}  # fmt: skip
PER_PAGE = 50


class Web(Run):
    """The same run, speaking as a browser and as a program would."""

    def get(self, who: Somebody, path: str) -> Any:
        """Fetch a page as somebody who is signed in."""
        if who.client is None:
            who.client = self.app.test_client()
            with self.app.app_context(), db.unit(write=True):
                secret = logins.sign_in(
                    who.policed.login_id, who.policed.membership_id, device="test", address="127.0.0.1"
                )
            with who.client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = secret, True
        return who.client.get(path)

    def api(self, who: Somebody, path: str) -> Any:
        """Fetch from the API with a token of somebody."""
        if who.token is None:
            with self.app.app_context(), db.unit(write=True):
                login = db.session.get_one(Login, who.policed.login_id)
                who.token = logins.make_token(who.policed, login, who.policed.membership_id, "probe", ["*"])
        return self.app.test_client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {who.token}"})

    def read(self, surface: str, who: Reader, what: str, answer: Any, talk: Conversation | None = None) -> str:
        """Scan an answer: its status line, headers and body."""
        body = answer.get_data()
        text = text_of(body) if answer.mimetype == "application/pdf" else body.decode("utf-8-sig")
        self.scan(surface, who, what, f"{answer.headers}\n{text}", talk)
        return text

    def order_page(self) -> None:
        who = self.somebody()
        order = self.pick(who, 0, 0.75)
        answer = self.get(who, f"{AREA[who.policed.side]}/orders/{order.number}")
        what = f"{who}, {order.number}"
        self.judge("page: order", what, answer.status_code, 200 if order.id in who.reader.orders else 404)
        self.read("page: order", who.reader, what, answer)

    def order_list(self) -> None:
        who = self.somebody()
        answer = self.get(who, f"{AREA[who.policed.side]}/orders")
        text = self.read("page: orders", who.reader, str(who), answer)
        if who.policed.side == "partner":
            shown = sorted(set(NUMBER.findall(text)))
            self.judge("page: orders", str(who), shown, sorted(who.reader.numbers[:PER_PAGE]))
        else:
            self.judge("page: orders", str(who), answer.status_code, 200)

    def home(self) -> None:
        who = self.somebody()
        answer = self.get(who, f"{AREA[who.policed.side]}/")
        self.judge("page: home", str(who), answer.status_code, 200)
        self.read("page: home", who.reader, str(who), answer)

    def talk_page(self) -> None:
        who = self.somebody()
        talk = self.pick(who, 1, 0.8)
        path = "/portal/requests" if who.policed.side == "customer" else "/partners/conversations"
        more = self.random.choice(("", "", "/messages?before=9999"))
        answer = self.get(who, f"{path}/{talk.number}{more}")
        what = f"{who}, #{talk.number}{more}"
        self.judge("page: conversation", what, answer.status_code, 200 if talk.id in who.reader.conversations else 404)
        text = self.read("page: conversation", who.reader, what, answer, talk)
        if answer.status_code == 200:
            self.complete("page: conversation", who, what, text, talk)

    def complete(self, surface: str, who: Somebody, what: str, text: str, talk: Conversation) -> None:
        """Every message that is the reader's to hear stands there: hiding all would be no isolation."""
        heard = set(who.reader.seqs(talk))
        words = {word: fact[2] for fact, word in self.world.words["message", talk.id]}
        missing = [word for word, message in words.items() if message.seq in heard and word not in text]
        if missing and len(heard) <= PER_PAGE:
            self.tally[surface].disagreements.append(f"{what}: {missing} should be there and are not")

    def talk_list(self) -> None:
        who = self.somebody()
        path = "/portal/requests?show=all" if who.policed.side == "customer" else "/partners/conversations"
        answer = self.get(who, path)
        self.judge("page: conversations", str(who), answer.status_code, 200)
        self.read("page: conversations", who.reader, str(who), answer)

    def search(self) -> None:
        """A partner types its own reference of an order: found where that reference is shared, and only there."""
        who = self.random.choice([one for one in self.people if one.policed.side == "partner"])
        order = self.pick(who, 0, 0.95)
        words = [(fact[2], word) for fact, word in self.world.words["order", order.id]]
        name, word = self.random.choice([*words, *(one for one in words if one[0] == "supplier_reference")])
        text = self.get(who, f"/partners/orders?q={word}").get_data(as_text=True)
        view = who.reader.orders.get(order.id)
        found = bool(view and name == "supplier_reference" and view.shows(name))
        self.judge("page: search", f"{who}, {order.number} by {name}", order.number in NUMBER.findall(text), found)
        self.scan("page: search", who.reader, f"{who}, {order.number} by {name}", text.replace(word, ""))

    def table(self) -> None:
        """The orders of a partner as CSV: each cell that is filled in is one that is shared."""
        who = self.random.choice([one for one in self.people if one.policed.side == "partner"])
        answer = self.get(who, "/partners/orders.csv")
        text = self.read("csv", who.reader, str(who), answer)
        found, by_number = list(csv.DictReader(io.StringIO(text))), {one.number: one for one in self.orders}
        self.judge("csv", str(who), list(dict.fromkeys(row["number"] for row in found)), who.reader.numbers)
        for row in found:
            view = who.reader.orders.get(by_number[row["number"]].id)
            strange = [name for name, value in row.items() if value and not cell_shared(view, name, row)]
            if strange:
                self.tally["csv"].disagreements.append(
                    f"{who}, {row['number']}/{row['lines.line']}: {strange} filled in"
                )

    def api_order(self) -> None:
        who = self.somebody()
        order = self.pick(who, 0, 0.75)
        answer = self.api(who, f"/orders/{order.number}")
        view, what = who.reader.orders.get(order.id), f"{who}, {order.number}"
        self.read("api: order", who.reader, what, answer)
        if answer.status_code != 200 or view is None or view.lines is None:
            self.judge("api: order", what, answer.status_code, 404 if view is None else 200)
            return
        self.judge("api: order", what, json_shape(answer.get_json()), model_shape(view))

    def api_orders(self) -> None:
        who, numbers, after = self.somebody(), [], ""
        by_number = {one.number: one for one in self.orders}
        while after is not None:
            answer = self.api(who, f"/orders?limit=100{after and f'&after={after}'}")
            self.read("api: orders", who.reader, str(who), answer)
            listed = answer.get_json()
            for one in listed["items"]:
                numbers.append(one["number"])
                view = who.reader.orders.get(by_number[one["number"]].id)
                if view is not None and view.lines is not None and json_shape(one) != model_shape(view, listed=True):
                    self.tally["api: orders"].disagreements.append(f"{who}, {one['number']}: {json_shape(one)}")
            after = listed["next"]
        self.judge("api: orders", str(who), sorted(numbers), sorted(who.reader.numbers))

    def api_talk(self) -> None:
        who = self.somebody()
        talk = self.pick(who, 1, 0.8)
        what = f"{who}, #{talk.number}"
        answer = self.api(who, f"/conversations/{talk.number}")
        self.judge("api: conversation", what, answer.status_code, 200 if talk.id in who.reader.conversations else 404)
        self.read("api: conversation", who.reader, what, answer, talk)

    def api_messages(self) -> None:
        who = self.somebody()
        talk = self.pick(who, 1, 0.8)
        what = f"{who}, #{talk.number}"
        answer = self.api(who, f"/conversations/{talk.number}/messages?limit=100")
        self.read("api: messages", who.reader, what, answer, talk)
        items = answer.get_json()["items"] if answer.status_code == 200 else None
        expected = who.reader.seqs(talk) if talk.id in who.reader.conversations else None
        self.judge("api: messages", what, items and [one["seq"] for one in items], expected and expected[:100])
        self.by_message("api: messages", who, talk, items or [])

    def api_talks(self) -> None:
        who, numbers, after = self.somebody(), [], ""
        while after is not None:
            answer = self.api(who, f"/conversations?limit=100{after and f'&after={after}'}")
            self.read("api: conversations", who.reader, str(who), answer)
            numbers, after = numbers + [one["number"] for one in answer.get_json()["items"]], answer.get_json()["next"]
        expected = sorted(self.world.conversations[key].number for key in who.reader.conversations)
        self.judge("api: conversations", str(who), sorted(numbers), expected)

    def api_shares(self) -> None:
        who = self.somebody()
        answer = self.api(who, "/shares?limit=100")
        self.read("api: shares", who.reader, str(who), answer)
        self.judge("api: shares", str(who), answer.status_code, 200)

    def download(self) -> None:
        """A file, by its id, whoever it is for."""
        who = self.somebody()
        files = self.files()
        mine = [one for one in files if who.reader.may_know(self.world.canaries[one[1].removesuffix(".txt")])]
        file, name = self.random.choice(mine if mine and self.random.random() < 0.4 else files)
        fact = self.world.canaries[name.removesuffix(".txt")]
        answer = self.get(who, f"/files/{file}")
        self.judge("file", f"{who}, {fact}", answer.status_code, 200 if who.reader.may_know(fact) else 404)
        self.read("file", who.reader, f"{who}, {fact}", answer)

    def files(self) -> list[tuple[str, str]]:
        with db.unit(write=False):
            return [(one.public_id, one.name) for one in db.session.execute(select(File.public_id, File.name))]

    def invoice(self) -> None:
        """An invoice of a customer, by its id, whoever it is for."""
        who = self.random.choice([one for one in self.people if one.policed.side == "customer"])
        mine = model.reach(self.world, who.reader.actor)
        with db.unit(write=False):
            bills = db.session.execute(select(Invoice.public_id, Invoice.organisation_id)).all()
        near = [one for one in bills if one.organisation_id in mine]
        one = self.random.choice(near if near and self.random.random() < 0.5 else bills)
        answer = self.get(who, f"/portal/invoices/{one.public_id}")
        self.judge("page: invoice", f"{who}", answer.status_code, 200 if one.organisation_id in mine else 404)
        self.read("page: invoice", who.reader, str(who), answer)

    def link(self) -> None:
        """The page and the PDF behind a link in a mail, which speaks for the supplier."""
        secret, key = self.random.choice(list(self.links.items()))
        order = self.world.orders[key]
        reader = Reader(self.world, Actor("partner", 0, order.organisation))
        path = self.random.choice((f"/order/{secret}", f"/order/{secret}/document"))
        answer = self.app.test_client().get(path)
        self.judge("link", f"{order.number} {path[-9:]}", answer.status_code, 200 if key in reader.orders else 410)
        self.read("link", reader, f"link of {order.number}", answer)


def cell_shared(view: View | None, name: str, row: dict[str, str]) -> bool:
    """Whether one cell of the table may hold something."""
    if view is None:
        return False
    line = int(row["lines.line"]) if row["lines.line"] else None
    if name in BESIDE:
        return True
    if name == "product" or name.startswith("lines."):
        return line is not None and view.shows("lines.product" if name == "product" else name, line)
    return view.shows(name)


def json_shape(given: dict[str, Any]) -> tuple[set[str], dict[int, set[str]]]:
    """The names that stand in an order of the API, and in each of its lines."""
    lines = {one["line"]: {f"lines.{name}" for name in one if name != "id"} for one in given["lines"]}
    return set(given) - {"lines"}, lines


def model_shape(view: View, listed: bool = False) -> tuple[set[str], dict[int, set[str]]]:
    """What should stand there; documents are listed with one order only."""
    lines = {line: set(names & API_LINE) for line, names in (view.lines or {}).items()}
    return set(view.fields & API_FIELDS) - ({"attachments"} if listed else set()), lines


Probe = Callable[[Web], None]
# How many of a thousand probes go to each surface.
MIX: dict[Probe, int] = {
    Web.find_orders: 95, Web.find_conversation: 170, Web.list_orders: 8, Web.list_talks: 4, Web.socket: 20, Web.paper: 8,
    Web.mail: 12, Web.order_page: 30, Web.order_list: 6, Web.search: 6, Web.home: 4, Web.talk_page: 22, Web.talk_list: 6,
    Web.table: 4, Web.api_order: 24, Web.api_orders: 4, Web.api_talk: 12, Web.api_talks: 4, Web.api_messages: 12, Web.api_shares: 4,
    Web.download: 8, Web.invoice: 6, Web.link: 4,
}  # fmt: skip
