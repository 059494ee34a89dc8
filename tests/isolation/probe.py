"""Probes: an actor asks for a record on a surface; the answer is held against the model, its bytes against the canaries."""

import io
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pypdf
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from actions import actors, reading
from channels import mail_out, notices
from models import db
from models.conversations import Conversation as ConversationRow
from models.jobs import Delivery, Job
from models.logins import Login
from models.orders import Order as OrderRow
from models.people import Membership
from models.types import now
from policy import Actor as Policed
from policy import NotFound, allowed, find, rows, threads, visible
from realtime import events
from realtime.handlers import Wire
from realtime.sockets import Socket
from tests.isolation.facts import CANARY, Actor, Conversation, Order, World
from tests.isolation.reader import NAMES, Reader
from web import documents
from web.product import Product

NUMBER = re.compile(r"\b(?:S|PO)-1\d{5}\b")
BUSINESS = "Northwind"
# Shown with every order, and not among what is "always included": no field of the API's shape, so that no share names them.
BESIDE = frozenset({"acknowledged_at", "lines.status", "lines.substitute", "lines.asked", "lines.answerable"})
AREA = {"customer": "/portal", "partner": "/partners"}


@dataclass
class Surface:
    """What came of the probes of one surface."""

    probes: int = 0
    shown: int = 0
    hidden: int = 0
    disagreements: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass
class Somebody:
    """One actor as the policy knows it and as the model does."""

    policed: Policed
    reader: Reader
    client: FlaskClient | None = None
    token: str | None = None

    def __str__(self) -> str:
        one = self.reader.actor
        return f"{one.side} {one.role} {one.person} of {one.organisation}"


class Run:
    """A seeded run of probes over one generated world."""

    def __init__(self, app: Product, world: World, seed: int, links: dict[str, int] | None = None) -> None:
        self.app, self.world, self.links = app, world, links or {}
        self.random = random.Random(seed)  # noqa: S311
        self.tally: dict[str, Surface] = defaultdict(Surface)
        self.people = self._people()
        self.orders, self.talks = list(world.orders.values()), list(world.conversations.values())
        self.orders_of: dict[int | None, list[Order]] = defaultdict(list)
        self.talks_of: dict[int | None, list[Conversation]] = defaultdict(list)
        self._sorted()

    def _people(self) -> list[Somebody]:
        found = []
        with self.app.app_context(), db.unit(write=False):
            mail = {one.person_id: (one.id, one.email) for one in db.session.scalars(select(Login)).unique()}
            for one in db.session.scalars(select(Membership).order_by(Membership.id)).unique():
                key, email = mail[one.person_id]
                policed = actors.of_membership(one, login_id=key, email=email)
                found.append(
                    Somebody(policed, Reader(self.world, Actor(one.side, one.person_id, one.organisation_id, one.role)))
                )
        return found

    def _sorted(self) -> None:
        """Note for each organisation which orders and conversations it has, or once had, anything to do with."""
        for order in self.orders:
            shared = {one.organisation for one in self.world.shares.get(("order", order.id), ())}
            for key in shared | {order.organisation, order.carrier}:
                self.orders_of[key].append(order)
        for talk in self.talks:
            for key in {talk.organisation, *talk.parties}:
                self.talks_of[key].append(talk)

    def somebody(self) -> Somebody:
        return self.random.choice(self.people)

    def pick(self, who: Somebody, kind: int, nearness: float = 0.6) -> Any:
        near = (self.orders_of, self.talks_of)[kind][who.reader.actor.organisation]
        return self.random.choice(near if near and self.random.random() < nearness else (self.orders, self.talks)[kind])

    # what is found out

    def judge(self, surface: str, what: str, got: object, expected: object) -> None:
        """Count one probe, and keep what the product and the model disagree about."""
        one = self.tally[surface]
        one.probes += 1
        hidden = got in (None, False, [], 404, 410)
        one.shown, one.hidden = one.shown + (not hidden), one.hidden + hidden
        if got != expected:
            one.disagreements.append(f"{what}: got {got!r}, the model says {expected!r}")

    def scan(
        self, surface: str, who: Reader, what: str, text: str, talk: Conversation | None = None, seq: int | None = None
    ) -> None:
        """Look for canaries and numbers that are not the reader's to know."""
        for word in set(CANARY.findall(text)):
            fact = self.world.canaries.get(word)
            if fact is not None and not who.may_know(fact, talk, seq):
                into = self.tally[surface].names if fact[0] in NAMES else self.tally[surface].foreign
                into.append(f"{what}: {word} is {fact}")
        for number in set(NUMBER.findall(text)) - set(who.numbers):
            self.tally[surface].foreign.append(f"{what}: {number} is the number of an order it does not see")

    # without a wire

    def find_orders(self) -> None:
        """One actor asks for some orders, one after the other."""
        who = self.somebody()
        with db.unit(write=False):
            for _ in range(8):
                self.find_order(who, self.pick(who, 0))

    def find_order(self, who: Somebody, order: Order) -> None:
        view, what = who.reader.orders.get(order.id), f"{who}, {order.number}"
        try:
            got = find(who.policed, OrderRow, number=order.number)
        except NotFound:
            self.judge("find order", what, None, view)
            return
        seen: Any = shape_of(got)
        talks, answers = (allowed(who.policed, verb, got) for verb in ("order:start_conversation", "order:confirm"))
        if view is None or view.lines is None:
            self.judge("find order", what, seen and "seen", view and "seen")
            return
        expected = (set(view.fields), {line: set(names) for line, names in view.lines.items()}, view.level >= 1)
        self.judge("find order", what, (*seen, talks), expected)
        if answers and view.level < 2:
            self.tally["find order"].disagreements.append(f"{what}: may answer at level {view.level}")

    def list_orders(self) -> None:
        who = self.somebody()
        with db.unit(write=False):
            got = rows(who.policed, visible(who.policed, OrderRow).order_by(OrderRow.id.desc()))
            self.judge("list orders", str(who), [one.number for one in got], who.reader.numbers)

    def list_talks(self) -> None:
        who = self.somebody()
        with db.unit(write=False):
            got = rows(who.policed, visible(who.policed, ConversationRow))
            numbers = sorted(self.world.conversations[key].number for key in who.reader.conversations)
            self.judge("list conversations", str(who), sorted(one.number for one in got), numbers)

    def find_conversation(self) -> None:
        who = self.somebody()
        talk = self.pick(who, 1)
        expected = who.reader.seqs(talk) if talk.id in who.reader.conversations else None
        with db.unit(write=False):
            try:
                got = find(who.policed, ConversationRow, number=talk.number)
            except NotFound:
                self.judge("find conversation", f"{who}, #{talk.number}", None, expected)
                return
            shown = threads.messages(who.policed, got, BUSINESS, limit=1000)
        self.judge("find conversation", f"{who}, #{talk.number}", [one["seq"] for one in shown], expected)
        for one in shown:
            self.scan(
                "find conversation", who.reader, f"{who}, #{talk.number}/{one['seq']}", repr(one), talk, one["seq"]
            )

    def socket(self) -> None:
        """What the event conversation:sync answers."""
        who = self.somebody()
        talk = self.pick(who, 1, 0.8)
        expected = who.reader.seqs(talk) if talk.id in who.reader.conversations else None
        try:
            with self.app.app_context():
                got = Wire(BUSINESS).sync(Socket("probe", who.policed), events.Open(conversation=talk.number))
        except NotFound:
            self.judge("socket", f"{who}, #{talk.number}", None, expected)
            return
        self.judge("socket", f"{who}, #{talk.number}", [one["seq"] for one in got["messages"]], expected)
        self.by_message("socket", who, talk, got["messages"])
        self.scan("socket", who.reader, f"{who}, #{talk.number}", json.dumps(got, default=str), talk)

    def by_message(self, surface: str, who: Somebody, talk: Conversation, messages: Iterable[Any]) -> None:
        for one in messages:
            self.scan(
                surface,
                who.reader,
                f"{who}, #{talk.number}/{one['seq']}",
                json.dumps(one, default=str),
                talk,
                one["seq"],
            )

    def paper(self) -> None:
        """The PDF of an order, as it would be drawn for a reader."""
        who = self.somebody()
        order = self.pick(who, 0, 0.9)
        try:
            with self.app.test_request_context(), db.unit(write=False):
                found = find(who.policed, OrderRow, number=order.number)
                made, name = (
                    documents.order(who.policed, found, self.app.config["SETTINGS"], now()),
                    documents.file_name(found),
                )
        except NotFound:
            self.judge("pdf", f"{who}, {order.number}", False, order.id in who.reader.orders)
            return
        self.judge("pdf", f"{who}, {order.number}", True, order.id in who.reader.orders)
        self.scan("pdf", who.reader, f"{who}, {order.number}", name + text_of(made))

    def mail(self) -> None:
        """The notices of a message: who gets one, and what it says."""
        talk = self.random.choice([one for one in self.talks if one.messages])
        message = self.random.choice(talk.messages)
        with db.unit(write=True):
            db.session.execute(delete(Job))
            db.session.execute(delete(Delivery))
        with self.app.app_context():
            notices.tell_readers({"conversation": talk.id, "seq": message.seq})
            with db.unit(write=False):
                sent = [
                    (one.person_id, mail_out.compose(one, [])) for one in db.session.scalars(select(Delivery)).unique()
                ]
        for person, letter in sent:
            text = "\n".join(part.get_content() for part in letter.walk() if part.get_content_maintype() == "text")
            side = "customer" if "/portal/" in text else "partner"
            for who in [w for w in self.people if w.reader.actor.person == person and w.reader.actor.side == side]:
                heard = any(seq >= message.seq for seq in who.reader.seqs(talk))  # what came later is told as well
                self.judge("mail", f"{who}, #{talk.number}/{message.seq}", True, heard)
                self.scan("mail", who.reader, f"{who}, #{talk.number}", f"{letter.items()}\n{text}", talk)
        if not sent:
            self.judge("mail", f"#{talk.number}/{message.seq}", False, False)


def shape_of(got: Any) -> Any:
    """The fields of an order and of each of its lines, as its reader is shown them."""
    if not hasattr(got, "names"):
        return True
    head = {name for name in reading.fields_of(got) if not name.startswith("lines.")} - BESIDE
    return head, {line.line: {f"lines.{name}" for name in line.names()} - BESIDE for line in got.lines}


def text_of(paper: bytes) -> str:
    """All words of a PDF, its facts about itself too, without the breaks within columns."""
    read = pypdf.PdfReader(io.BytesIO(paper))
    words = "\n".join(page.extract_text() for page in read.pages)
    return f"{words}\n{''.join(words.split())}\n{dict(read.metadata or {})}"
