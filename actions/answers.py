"""Answers: what a supplier says to a purchase order, line by line, checked in words before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from actions import offers
from actions.checks import by_place, checked, listed
from actions.offers import moment
from models import text
from models.orders import LINE_RESPONSES, RESPONSES, Order, OrderChangeLine, OrderLine
from models.products import Product
from models.words import Words
from policy import Invalid
from policy.seen import unwrap

__all__ = ["LineAnswer", "moment", "read"]


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What a supplier answers for one line; `deliveries` are (quantity, day) when it comes in several."""

    line: OrderLine
    response: str
    quantity: int
    promised_at: datetime | None
    reason: str | None
    unit_price: Decimal | None = None
    substitute: Product | None = None
    deliveries: list[tuple[int, datetime]] = field(default_factory=list)

    def row(self) -> OrderChangeLine:
        """The same as a row, with the line as it is now beside it."""
        return OrderChangeLine(
            line_id=self.line.id, line=self.line, response=self.response, quantity=self.quantity,
            promised_at=self.promised_at, reason=self.reason, unit_price=self.unit_price, substitute=self.substitute,
            deliveries=[{"quantity": one, "promised_at": at.isoformat()} for one, at in self.deliveries],
            quantity_before=self.line.quantity, promised_before=self.line.promised_at,
            price_before=self.line.unit_price,
        )  # fmt: skip


def read(
    order: Any, response: str, lines: Sequence[Mapping[str, Any]], price_limit: int | None = None
) -> list[LineAnswer]:
    """Check an answer and fill in the lines it does not mention: as ordered, or refused with the whole order.

    Each of `lines` is {line, response, quantity?, promised_at?, unit_price?, substitute?, deliveries?: [{quantity,
    promised_at}], reason?}. A price may differ by `price_limit` percent (None: by any). Raises Invalid naming the line.
    """
    if response not in RESPONSES:
        raise Invalid("response", "must be one of %(names)s", names=", ".join(RESPONSES))
    row: Order = unwrap(order)
    open_lines = {one.line: one for one in row.lines if one.answerable}
    given = _given(lines, open_lines)
    default = "rejected" if response == "rejected" else "accepted"
    seen = {one.line: one for one in order.lines}
    answers = [
        _answer(row, one, seen[place], given.get(place, {"response": default}), price_limit)
        for place, one in open_lines.items()
    ]
    _not_below_what_left(answers)
    _consistent(response, answers)
    return answers


def _given(lines: Any, open_lines: Mapping[int, OrderLine]) -> dict[int, Mapping[str, Any]]:
    each = (_with_words(one) for one in listed(lines))
    strange = Words("line %(place)s is not an open line of this order")
    return dict(by_place(each, open_lines, strange, Words("line %(place)s is answered twice")))


def _with_words(one: Any) -> Any:
    if not isinstance(one, Mapping):
        raise Invalid("lines", "must be a list of {line, response, ...}")
    return one


def _answer(order: Order, line: OrderLine, seen: Any, given: Mapping[str, Any], price_limit: int | None) -> LineAnswer:
    name, response = f"lines.{line.line}", given.get("response")
    if response not in LINE_RESPONSES:
        raise Invalid(
            f"{name}.response",
            "Line %(line)s: must be one of %(names)s.",
            line=line.line,
            names=", ".join(LINE_RESPONSES),
        )
    reason = checked(f"{name}.reason", text.clean, given["reason"]) if given.get("reason") else None
    if line.asked == "cancelled":
        return _to_cancellation(line, response, reason)
    if response == "rejected":
        return LineAnswer(line, "rejected", 0, None, reason)
    if response == "accepted":
        return _as_ordered(line, seen, given, reason)
    deliveries = offers.deliveries(order, line, seen, given.get("deliveries")) if response == "split" else []
    quantity, promised = sum(number for number, _ in deliveries), deliveries[-1][1] if deliveries else None
    if not deliveries:
        quantity, promised = offers.quantity(line, seen, given.get("quantity")), offers.day(order, line, given)
    answer = LineAnswer(
        line, response, quantity, promised, reason, offers.price(line, seen, given.get("unit_price"), price_limit),
        offers.substitute(order, line, given.get("substitute")) if response == "substituted" else None, deliveries,
    )  # fmt: skip
    _differs(answer, given)
    return answer


def _to_cancellation(line: OrderLine, response: str, reason: str | None) -> LineAnswer:
    """What we cancelled is let go, or the supplier says that it comes all the same."""
    if response == "accepted":
        return LineAnswer(line, "accepted", 0, None, reason)
    if response == "rejected":
        return LineAnswer(line, "rejected", line.quantity_cut, line.promised_at, reason)
    raise Invalid(
        f"lines.{line.line}.response", "Line %(line)s was cancelled: accept that, or reject it.", line=line.line
    )


def _as_ordered(line: OrderLine, seen: Any, given: Mapping[str, Any], reason: str | None) -> LineAnswer:
    name = f"lines.{line.line}"
    promised = offers.same_day(line, moment(f"{name}.promised_at", given.get("promised_at")))
    quantity = offers.quantity(line, seen, given.get("quantity"))
    if promised != line.promised_at or quantity != line.quantity:
        raise Invalid(name, "Line %(line)s: with another date or quantity the answer is “changed”.", line=line.line)
    for key in ("unit_price", "substitute", "deliveries"):
        if given.get(key):
            raise Invalid(
                f"{name}.{key}",
                "Line %(line)s: an accepted line is as ordered, without %(key)s.",
                line=line.line,
                key=key,
            )
    return LineAnswer(line, "accepted", line.quantity, line.promised_at, reason)


def _differs(answer: LineAnswer, given: Mapping[str, Any]) -> None:
    """A change has to change something, and a change of the date to say it."""
    line, name = answer.line, f"lines.{answer.line.line}"
    same = answer.quantity == line.quantity and answer.unit_price is None
    if answer.response != "changed":
        return
    if same and not given.get("promised_at"):
        raise Invalid(f"{name}.promised_at", "Line %(line)s: give the date you can promise.", line=line.line)
    if same and answer.promised_at == line.promised_at:
        raise Invalid(
            name, "Line %(line)s: neither date nor quantity differs: the answer is “accepted”.", line=line.line
        )


def _not_below_what_left(answers: Sequence[LineAnswer]) -> None:
    for one in answers:
        line, gone = one.line, one.line.quantity_gone
        if line.asked != "cancelled" and one.quantity < gone:
            raise Invalid(
                f"lines.{line.line}.quantity",
                "Line %(line)s: %(gone)s are on their way or have arrived already.",
                line=line.line,
                gone=gone,
            )


def _consistent(response: str, answers: Sequence[LineAnswer]) -> None:
    said = {one.response for one in answers}
    if not answers:
        raise Invalid("lines", "this order has no open line")
    if response == "accepted" and said != {"accepted"}:
        raise Invalid("response", "is “accepted”, but not every line is: answer “accepted_with_changes”")
    if response == "rejected" and said != {"rejected"}:
        raise Invalid("response", "is “rejected”, but not every line is: answer “accepted_with_changes”")
    if response == "accepted_with_changes" and said in ({"accepted"}, {"rejected"}):
        raise Invalid("response", "is “accepted_with_changes”, but all lines are answered alike")
