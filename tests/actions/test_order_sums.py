"""What is agreed, confirmed, rejected and open of an order stays in balance, whatever both sides do in whatever order."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as any_

from actions import order_changes, orders, suppliers
from models import db
from models.orders import Order, OrderChange, OrderLine
from models.organisations import Organisation
from policy import Forbidden, Invalid, NotFound, Refused, find
from tests.world import MONDAY, World

NUMBERS = count()


@dataclass
class Line:
    """One line as the words of both sides leave it, reckoned without looking at the product's own sums."""

    ordered: int
    increases: int = 0
    cancellations: int = 0
    confirmed: int = 0
    rejected: int = 0
    let_go: int = 0  # cancelled by the buyer, and not agreed to by the supplier
    pending: tuple[str, int] | None = None
    substitute: bool = False

    @property
    def agreed(self) -> int:
        return self.ordered + self.increases - self.cancellations

    @property
    def coming(self) -> int:
        return self.agreed - self.rejected

    def apply(self) -> None:
        if self.pending is None:
            return
        (said, number), self.pending = self.pending, None
        if said == "accepted":
            self.confirmed = self.coming
        else:
            more = max(0, number - self.coming)
            self.increases += more
            self.rejected += self.coming - number
            self.confirmed = number
        self.let_go = 0

    def change(self, number: int) -> None:
        difference = number - self.coming
        self.increases += max(0, difference)
        self.cancellations += max(0, -difference)
        self.let_go = max(0, self.let_go - difference)
        self.confirmed = min(self.confirmed, number)


@dataclass
class Model:
    """An order of two lines and what both sides say about it."""

    lines: dict[int, Line] = field(default_factory=lambda: {1: Line(40), 2: Line(7)})

    def balance(self, order: Order) -> None:
        """The product's own sums are those of the words said, and nothing else is there."""
        for row in order.lines:
            line = self.lines[row.line]
            assert row.first_ordered == line.ordered
            assert (row.quantity_increased, row.quantity_cancelled) == (line.increases, line.cancellations)
            assert row.agreed == line.agreed == line.confirmed + line.rejected + row.unconfirmed
            assert (row.quantity_confirmed, row.quantity_rejected) == (line.confirmed, line.rejected)
            assert 0 <= row.quantity_confirmed <= row.quantity == line.coming
            assert (row.substitute is not None) == line.substitute
            assert row.product.name == "Chang"  # a substitute counts on the line that it replaces


def made(world: World) -> str:
    """A new purchase order of two lines, sent to and shared with Exotic Liquids."""
    number = f"PO-7{next(NUMBERS):05}"
    row = Order(number=number, kind="purchase", status="draft", organisation_id=world.exotic, ordered_at=MONDAY)
    db.session.add(row)
    db.session.flush()
    for place, quantity in ((1, 40), (2, 7)):
        db.session.add(OrderLine(order_id=row.id, line=place, product_id=world.products["chang"], description="Chang",
                                 quantity=quantity, promised_at=MONDAY + timedelta(days=28)))  # fmt: skip
    db.session.flush()
    db.session.refresh(row)
    orders.send(world.nancy, row)
    return number


def said(kind: str, amount: int, days: int, line: OrderLine) -> dict[str, Any]:
    """An answer to one line that makes sense as the line is now, as far as its kind can."""
    day = (MONDAY + timedelta(days=29 + days)).date().isoformat()
    most = line.quantity + line.quantity_cut
    given: dict[str, Any] = {"line": line.line, "response": kind}
    if kind in ("changed", "substituted"):
        given |= {"quantity": amount % (most + 1), "promised_at": day}
    if kind == "substituted":
        given["substitute"] = "EL-AS-55"
    if kind == "split":
        later = (MONDAY + timedelta(days=90 + days)).date().isoformat()
        first = 1 + amount % max(1, most - 1)
        given["deliveries"] = [{"quantity": first, "promised_at": day},
                               {"quantity": max(1, (most - first) // 2), "promised_at": later}]  # fmt: skip
    return given


def answer(world: World, model: Model, number: str, kinds: list[str], amount: int, days: int) -> None:
    with db.unit(write=True):
        row = find(world.charlotte, Order, number=number)
        lines = {one.line: one for one in find(world.nancy, Order, number=number).lines if one.answerable}
        given = [said(kind, amount, days, line) for kind, line in zip(kinds, lines.values(), strict=False)]
        responses = {one["response"] for one in given} | ({"accepted"} if len(given) < len(lines) else set())
        response = responses.pop() if responses in ({"accepted"}, {"rejected"}) else "accepted_with_changes"
        change = orders.confirm(world.charlotte, row, response, given)
        for line in model.lines.values():
            line.pending = None  # a newer answer takes the place of the one before
        for one in change.lines:
            cancelled = one.line.asked == "cancelled"
            number_of = model.lines[one.line.line].let_go if cancelled and one.response == "rejected" else one.quantity
            model.lines[one.line.line].pending = (one.response, number_of)


def newest(world: World, number: str) -> tuple[Order, OrderChange]:
    row = find(world.nancy, Order, number=number)
    return row, find(world.nancy, OrderChange, order_id=row.id, version=row.answered_version)


def apply(world: World, model: Model, number: str, line: int | None) -> None:
    with db.unit(write=True):
        row, change = newest(world, number)
        taken = [one for one in change.lines if line in (None, one.line.line) and one.applied_at is None]
        orders.apply_answer(world.margaret, row, change, line)
        for one in taken:
            if one.response == "substituted" and one.quantity:
                model.lines[one.line.line].substitute = True
            model.lines[one.line.line].apply()


def change(world: World, model: Model, number: str, place: int, amount: int, days: int) -> None:
    with db.unit(write=True):
        row = find(world.margaret, Order, number=number)
        given: dict[str, Any] = {"line": place, "quantity": amount}
        if days:
            given["promised_at"] = (MONDAY + timedelta(days=40 + days)).date().isoformat()
        order_changes.change(world.margaret, row, [given])
        line = model.lines[place]
        moved = row.lines[place - 1].quantity_confirmed == 0 and days and amount
        line.change(amount)
        if moved:
            line.confirmed = 0
        for one in model.lines.values():
            one.pending = None


KINDS = any_.sampled_from(["accepted", "changed", "split", "substituted", "rejected"])
EXAMPLES = int(os.environ.get("EXAMPLES", "12"))  # `make sums` tries hundreds
STEPS = any_.one_of(
    any_.tuples(any_.just(answer), any_.lists(KINDS, max_size=2), any_.integers(0, 60), any_.integers(0, 30)),
    any_.tuples(any_.just(apply), any_.sampled_from([None, 1, 2])),
    any_.tuples(any_.just(change), any_.integers(1, 2), any_.integers(0, 60), any_.integers(0, 3)),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=any_.lists(STEPS, min_size=2, max_size=10))
def test_the_sums_of_an_order_balance_at_every_step(world: World, steps: list[tuple[Any, ...]]) -> None:
    with db.unit(write=True):
        suppliers.change_policy(world.steven, find(world.nancy, Organisation, id=world.exotic), {"auto_apply": "never"})
        number = made(world)
    model = Model()
    for step, *arguments in steps:
        before = [vars(one).copy() for one in model.lines.values()]
        try:
            step(world, model, number, *arguments)
        except (Refused, Invalid, Forbidden, NotFound):  # refused: then nothing may have changed
            assert [vars(one) for one in model.lines.values()] == before
        with db.unit(write=False):
            model.balance(find(world.nancy, Order, number=number))


def at_once(work: Callable[[], Any], times: int = 50) -> list[str]:
    """What becomes of so many tries at the same time."""

    def attempt(_: int) -> str:
        try:
            with db.unit(write=True):
                work()
        except Refused as refused:
            return refused.word
        return "done"

    with ThreadPoolExecutor(times) as pool:
        return sorted(pool.map(attempt, range(times)))


def test_of_fifty_who_apply_an_answer_at_once_one_succeeds(world: World) -> None:
    with db.unit(write=True):
        number = made(world)
        orders.confirm(world.charlotte, find(world.charlotte, Order, number=number), "accepted_with_changes",
                       [{"line": 1, "response": "changed", "quantity": 30}])  # fmt: skip
    assert at_once(lambda: orders.apply_answer(world.margaret, *newest(world, number))) == ["conflict"] * 49 + ["done"]
    with db.unit(write=False):
        line = find(world.nancy, Order, number=number).lines[0]
        assert (line.agreed, line.quantity_confirmed, line.quantity_rejected, line.unconfirmed) == (40, 30, 10, 0)


def test_of_fifty_who_change_an_order_at_once_one_succeeds(world: World) -> None:
    with db.unit(write=True):
        number = made(world)

    def more() -> None:
        row = find(world.margaret, Order, number=number)
        order_changes.change(world.margaret, row, [{"line": 1, "quantity": 50}], version=0)

    assert at_once(more) == ["conflict"] * 49 + ["done"]
    with db.unit(write=False):
        assert find(world.nancy, Order, number=number).lines[0].quantity_increased == 10
