"""Answers: what a supplier says to a purchase order, line by line, checked in words before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from actions.checks import checked
from models import text
from models.orders import LINE_RESPONSES, RESPONSES, Order, OrderLine
from policy import Invalid, has
from policy.seen import unwrap


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What a supplier answers for one line."""

    line: OrderLine
    response: str
    quantity: int
    promised_at: datetime | None
    reason: str | None


def read(order: Any, response: str, lines: Sequence[Mapping[str, Any]]) -> list[LineAnswer]:
    """Check an answer and fill in the lines it does not mention: as ordered, or refused with the whole order.

    Each of `lines` is {line, response, quantity?, promised_at?, reason?}. Raises Invalid naming the line.
    """
    if response not in RESPONSES:
        raise Invalid("response", f"must be one of {', '.join(RESPONSES)}")
    row: Order = unwrap(order)
    open_lines = {one.line: one for one in row.lines if one.status == "open"}
    given = _given(lines, open_lines)
    default = "rejected" if response == "rejected" else "accepted"
    seen = {one.line: one for one in order.lines}
    answers = [
        _answer(row, one, seen[place], given.get(place, {"response": default})) for place, one in open_lines.items()
    ]
    _consistent(response, answers)
    return answers


def _given(lines: Any, open_lines: Mapping[int, OrderLine]) -> dict[int, Mapping[str, Any]]:
    given: dict[int, Mapping[str, Any]] = {}
    if isinstance(lines, str) or not isinstance(lines, Sequence):
        raise Invalid("lines", "must be a list")
    for one in lines:
        if not isinstance(one, Mapping):
            raise Invalid("lines", "must be a list of {line, response, ...}")
        place = one.get("line")
        if not isinstance(place, int) or isinstance(place, bool) or place not in open_lines:
            raise Invalid("lines", f"line {place} is not an open line of this order")
        if place in given:
            raise Invalid("lines", f"line {place} is answered twice")
        given[place] = one
    return given


def _answer(order: Order, line: OrderLine, seen: Any, given: Mapping[str, Any]) -> LineAnswer:
    field, response = f"lines.{line.line}", given.get("response")
    if response not in LINE_RESPONSES:
        raise Invalid(f"{field}.response", f"Line {line.line}: must be one of {', '.join(LINE_RESPONSES)}.")
    reason = checked(f"{field}.reason", text.clean, given["reason"]) if given.get("reason") else None
    quantity = _quantity(field, line, seen, given.get("quantity"))
    promised = moment(f"{field}.promised_at", given.get("promised_at"))
    if response == "rejected":
        return LineAnswer(line, "rejected", 0, None, reason)
    same_day = promised is None or (line.promised_at is not None and promised.date() == line.promised_at.date())
    if response == "accepted":
        if not same_day or quantity != line.quantity:
            raise Invalid(field, f"Line {line.line}: with another date or quantity the answer is “changed”.")
        return LineAnswer(line, "accepted", line.quantity, line.promised_at, reason)
    if promised is None:
        raise Invalid(f"{field}.promised_at", f"Line {line.line}: give the date you can promise.")
    if order.ordered_at is not None and promised.date() < order.ordered_at.date():
        raise Invalid(f"{field}.promised_at", f"Line {line.line}: the date is before the order was placed.")
    if same_day and quantity == line.quantity:
        raise Invalid(field, f"Line {line.line}: neither date nor quantity differs: the answer is “accepted”.")
    return LineAnswer(line, "changed", quantity, promised, reason)


def _quantity(field: str, line: OrderLine, seen: Any, value: Any) -> int:
    if value is None:
        return line.quantity
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Invalid(f"{field}.quantity", f"Line {line.line}: the quantity must be a whole number, 0 or more.")
    if not has(seen, "quantity"):
        # Refusing only what is too much would tell the quantity to somebody who may not see it.
        raise Invalid(f"{field}.quantity", f"Line {line.line}: the quantity is not shared with you.")
    if value > line.quantity:
        raise Invalid(f"{field}.quantity", f"Line {line.line}: only {line.quantity} are ordered.")
    return value


def moment(field: str, value: Any) -> datetime | None:
    """Read a day or an instant; a day is kept as its noon in UTC, so that it is the same day in every zone of trade."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time(12), UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid(field, "must be a day, as in 2026-06-09")


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
