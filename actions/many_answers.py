"""Many answers at once: each order is answered for itself by the one verb, and each row that is wrong says why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions import orders
from models.db import session
from models.orders import Order
from models.words import Words
from policy import Actor, Forbidden, Invalid, NotFound, Refused, find, has, rows, visible

MOST = 500
WORDS = {
    "unknown": Words("There is no order of this number."),
    "forbidden": Words("This order is not yours to answer, or it is past that."),
    "others": Words("Not sent: another row of this order is wrong."),
}


@dataclass(slots=True)
class Answer:
    """What one order is answered, and what came of it: the version, or what is wrong with which field."""

    order: str
    response: str
    lines: list[Mapping[str, Any]] = field(default_factory=list)
    note: str | None = None
    version: int | None = None
    reference: str | None = None
    made: int | None = None
    wrong: tuple[str, Words] | None = None


def confirm(actor: Actor, given: Sequence[Answer]) -> Sequence[Answer]:
    """Answer many orders, each as `orders.confirm` does; one that is refused holds up no other."""
    for one in given:
        try:
            with session.begin_nested():
                row = find(actor, Order, number=one.order)
                one.made = orders.confirm(
                    actor, row, one.response, one.lines, one.note, one.version, one.reference
                ).version
        except NotFound:
            one.wrong = ("order", WORDS["unknown"])
        except Forbidden:
            one.wrong = ("order", WORDS["forbidden"])
        except Invalid as error:
            one.wrong = (error.field, error.words)
        except Refused as error:
            one.wrong = ("order", error.words)
    return given


@dataclass(slots=True)
class Row:
    """One row of a table of answers: about one line, or one delivery of it; `wrong` says why it was not taken."""

    place: int
    values: Mapping[str, str]
    order: str = ""
    line: int | None = None
    wrong: Words | None = None
    sent: bool = False

    def value(self, name: str) -> str:
        return self.values.get(name, "").strip()


def take(actor: Actor, table: Sequence[Row]) -> Sequence[Row]:
    """Answer the orders of a table; an order with a wrong row is not answered, and each of its rows says why."""
    groups: dict[str, list[Row]] = {}
    known: dict[str, Any] = {}
    for row in table:
        number = row.value("order") or row.value("your_order")
        if number not in known:
            known[number] = _order(actor, number)
        found = known[number]
        if found is None:
            row.order, row.wrong = number, WORDS["unknown"]
            continue
        row.order = found.number
        groups.setdefault(found.number, []).append(row)
        _place(found, row)
    for group in groups.values():
        _answer(actor, known[group[0].value("order") or group[0].value("your_order")], group)
    return table


def _order(actor: Actor, number: str) -> Any | None:
    """An order by our number, or by the partner's own where that is shared."""
    if not number:
        return None
    found = rows(actor, visible(actor, Order).where(Order.number == number).limit(1))
    if not found:
        own = visible(actor, Order).where(Order.supplier_reference == number)
        found = [one for one in rows(actor, own.order_by(Order.id.desc()).limit(5)) if has(one, "supplier_reference")]
    return found[0] if found else None


def _place(order: Any, row: Row) -> None:
    """Find the line of a row by its number or by its article: the partner's own number, ours or the GTIN."""
    named, article = row.value("line"), row.value("your_article") or row.value("article")
    for line in order.lines:
        if named and str(line.line) == named:
            row.line = line.line
            return
        if not named and article and article in _articles(line):
            row.line = line.line
            return
    line, number = named or article or Words("without a number"), order.number
    row.wrong = Words("There is no line %(line)s in %(number)s.", line=line, number=number)


def _articles(line: Any) -> set[str | None]:
    own = {line.supplier_sku} if has(line, "supplier_sku") else set()
    return own | ({line.product.sku, line.product.gtin} if line.product else set())


def _answer(actor: Actor, order: Any, group: list[Row]) -> None:
    """Answer one order; its open lines that no row names are as ordered."""
    lines: dict[int, dict[str, Any]] = {}
    for row in group:
        if row.wrong is None and row.line is not None:
            try:
                _add(lines, row)
            except ValueError as error:
                row.wrong = error.args[0]
    if not any(row.wrong for row in group):
        said = {line["response"] for line in lines.values()}
        said |= {"accepted" for line in order.lines if line.answerable and line.line not in lines}
        response = said.pop() if said in ({"accepted"}, {"rejected"}) else "accepted_with_changes"
        own = next((row.value("your_order") for row in group if row.value("your_order")), None)
        note = next((row.value("note") for row in group if row.value("note")), None)
        (made,) = confirm(actor, [Answer(order.number, response, list(lines.values()), note, None, own)])
        _blame(group, made)
    for row in group:
        row.sent = not any(one.wrong for one in group)
        if not row.sent and row.wrong is None:
            row.wrong = WORDS["others"]


def _blame(group: list[Row], made: Answer) -> None:
    """Say what is wrong at the row that it is about, or at every row of the order."""
    if made.wrong is None:
        return
    name, words = made.wrong
    place = name.split(".")[1] if name.startswith("lines.") else ""
    about = [row for row in group if str(row.line) == place] or group
    for row in about:
        row.wrong = words


def _add(lines: dict[int, dict[str, Any]], row: Row) -> None:
    """Add a row to the answer of its line; several rows of one line are its deliveries. Raises ValueError in words."""
    response = row.value("response").lower() or "accepted"
    quantity = _whole(row.value("quantity"))
    place = row.line or 0
    if response == "split":
        line = lines.setdefault(place, {"line": place, "response": "split", "deliveries": []})
        if line["response"] != "split":
            raise ValueError(Words("This line is answered in another row already."))
        line["deliveries"].append({"quantity": quantity, "promised_at": row.value("promised_at") or None})
    elif place in lines:
        raise ValueError(Words("This line is answered in another row already."))
    else:
        lines[place] = line = {"line": place, "response": response}
        if response in ("changed", "substituted"):
            line |= {"quantity": quantity, "promised_at": row.value("promised_at") or None}
        if response == "substituted":
            line["substitute"] = row.value("substitute")
    if response in ("changed", "substituted", "split") and row.value("unit_price"):
        line["unit_price"] = row.value("unit_price").replace(",", ".")
    if row.value("reason"):
        line["reason"] = row.value("reason")


def _whole(words: str) -> int | None:
    if not words:
        return None
    if not (words.isascii() and words.isdecimal() and len(words) < 10):
        raise ValueError(Words("The quantity must be a whole number."))
    return int(words)
