"""Answers to purchase orders: given by suppliers, one or many, or keyed in for them; applied, and told to customers."""

from typing import Any, Literal

from pydantic import Field, StrictFloat, StrictInt, StrictStr

from actions import many_answers, reading, telling
from actions import orders as verbs
from actions.affected import Affected
from api import shapes
from api.operations import Given, operation
from models.orders import Order, OrderChange, deliveries_of
from policy import Actor, find, has, require, rows, visible


class Delivery(Given):
    quantity: StrictInt
    promised_at: StrictStr


class LineAnswer(Given):
    line: StrictInt
    response: Literal["accepted", "changed", "split", "substituted", "rejected"]
    quantity: StrictInt | None = None
    promised_at: StrictStr | None = None
    unit_price: StrictStr | StrictInt | StrictFloat | None = None
    substitute: StrictStr | None = None
    deliveries: list[Delivery] | None = None
    reason: StrictStr | None = None


class Confirmation(Given):
    response: Literal["accepted", "accepted_with_changes", "rejected"]
    lines: list[LineAnswer] = []
    note: StrictStr | None = None
    version: StrictInt | None = None
    reference: StrictStr | None = None

    def given(self) -> list[dict[str, Any]]:
        return [line.model_dump(exclude_none=True) for line in self.lines]


@operation("POST", "/orders/<path:number>/confirmation", "order", body=Confirmation, status=201)
def confirm_order(actor: Actor, number: str, body: Confirmation) -> dict[str, Any]:
    """Answer a purchase order line by line; lines left out are accepted as ordered."""
    row = find(actor, Order, number=number)
    made = verbs.confirm(actor, row, body.response, body.given(), body.note, body.version, body.reference)
    return {"order": number, "version": made.version, "response": made.response, "at": shapes.time(made.at)}


class OneOfMany(Confirmation):
    order: StrictStr


class Confirmations(Given):
    items: list[OneOfMany] = Field(min_length=1, max_length=many_answers.MOST)


@operation("POST", "/confirmations", "order", body=Confirmations, status=200)
def confirm_orders(actor: Actor, body: Confirmations) -> dict[str, Any]:
    """Answer many purchase orders; each item says what came of it, and one that is refused holds up no other."""
    given = [
        many_answers.Answer(one.order, one.response, [*one.given()], one.note, one.version, one.reference)
        for one in body.items
    ]
    return {"items": [came_of(one) for one in many_answers.confirm(actor, given)]}


def came_of(one: many_answers.Answer) -> dict[str, Any]:
    if one.wrong is None:
        return {"order": one.order, "version": one.made}
    return {"order": one.order, "error": {"field": one.wrong[0], "message": one.wrong[1]}}


class Recorded(Confirmation):
    channel: Literal["email", "telephone", "post", "in_person"] = "email"


@operation("POST", "/orders/<path:number>/answers", "order", body=Recorded, status=201)
def record_answer(actor: Actor, number: str, body: Recorded) -> dict[str, Any]:
    """Write down the answer that a supplier gave by mail, on paper or by telephone; staff only."""
    row = find(actor, Order, number=number)
    made = verbs.record_answer(
        actor, row, body.response, body.given(), body.note, body.version, body.reference, body.channel
    )
    return {"order": number, "version": made.version, "response": made.response, "at": shapes.time(made.at)}


@operation("GET", "/orders/<path:number>/changes", "order")
def order_changes(actor: Actor, number: str) -> dict[str, Any]:
    """List what both sides said about a purchase order, the newest first, as far as the reader sees its lines."""
    row = find(actor, Order, number=number)
    reading.saw_order(actor, row, "api")
    found = visible(actor, OrderChange).where(OrderChange.order_id == row.id).order_by(OrderChange.version.desc())
    return {"items": [change(one, row) for one in rows(actor, found)], "next": None}


def change(one: Any, order: Any) -> dict[str, Any]:
    currency = shapes.currency_of(order)
    return shapes.only(one, ("version", "side", "response", "note", "channel", "at")) | {
        "lines": [line(said, currency) for said in one.lines]
    }


def line(said: Any, currency: str | None) -> dict[str, Any]:
    shape = {
        "line": said.line.line, "response": said.response, "reason": said.reason, "applied": said.applied_at is not None,
    }  # fmt: skip
    if has(said, "quantity"):
        shape |= {"quantity": said.quantity}
    if has(said, "promised_at"):
        shape |= {"promised_at": shapes.time(said.promised_at)}
    if has(said, "unit_price"):
        shape |= {"unit_price": shapes.money(said.unit_price, currency)}
    if said.deliveries:
        shape["deliveries"] = [
            {"quantity": n, "promised_at": shapes.time(at)} for n, at in deliveries_of(said.deliveries)
        ]
    if said.substitute is not None:
        shape["substitute"] = {name: getattr(said.substitute, name) for name in ("sku", "name", "gtin")}
    return shape


class Application(Given):
    line: StrictInt | None = None


@operation("POST", "/orders/<path:number>/answers/<int:version>/application", "order", body=Application)
def apply_answer(actor: Actor, number: str, version: int, body: Application) -> dict[str, Any]:
    """Let an answer count, whole or one line of it, once; returns the sales lines that it moves."""
    row = find(actor, Order, number=number)
    require(actor, "order:apply", row)
    moved = verbs.apply_answer(actor, row, find(actor, OrderChange, order_id=row.id, version=version), body.line)
    return {"affected": [affected(one) for one in moved]}


def affected(one: Affected) -> dict[str, Any]:
    return {
        "order_line": f"{one.order}/{one.line}", "customer": one.customer, "product": one.product, "state": one.state,
        "quantity": one.quantity, "short": one.short, "before": shapes.time(one.before), "after": shapes.time(one.after),
    }  # fmt: skip


class Decision(Given):
    order: StrictStr
    way: Literal["send", "fold", "leave"]
    words: StrictStr | None = None


class Decisions(Given):
    items: list[Decision] = Field(min_length=1)


@operation("GET", "/orders/<path:number>/answers/<int:version>/notices", "order")
def prepared_notices(actor: Actor, number: str, version: int) -> dict[str, Any]:
    """List what each customer whose lines an applied answer moved would be told, and how that was settled; staff only."""
    row = find(actor, Order, number=number)
    require(actor, "order:apply", row)
    change_of = find(actor, OrderChange, order_id=row.id, version=version)
    return {"items": [notice(one) for one in telling.notices(actor, change_of, row.number)], "next": None}


def notice(one: telling.Notice) -> dict[str, Any]:
    return {
        "order": one.order, "customer": one.customer, "words": one.words, "way": one.way, "into": one.into,
        "affected": [affected(line) for line in one.lines],
    }  # fmt: skip


@operation("POST", "/orders/<path:number>/answers/<int:version>/notices", "order", body=Decisions)
def settle_notices(actor: Actor, number: str, version: int, body: Decisions) -> dict[str, Any]:
    """Send, fold or leave the prepared notices; returns the conversations written to."""
    row = find(actor, Order, number=number)
    require(actor, "order:apply", row)
    ways = {one.order: one.way for one in body.items}
    words = {one.order: one.words for one in body.items if one.words}
    told = verbs.tell_affected(actor, row, find(actor, OrderChange, order_id=row.id, version=version), ways, words)
    return {"conversations": [one.number for one in told]}
