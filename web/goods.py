"""Goods and invoices as they are typed on a page: what is sent, what came in, what is asked for."""

from collections.abc import Mapping
from typing import Any

from policy import Invalid
from web.incoming import decimal, number, whole

FREE_POSITIONS = 2  # lines of an invoice for what is on no line of the order


def sent(order: Any, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines of which something is sent. Raises Invalid."""
    typed = {line.line: form.get(f"line-{line.line}", "").strip() for line in order.lines}
    return [
        {"line": place, "quantity": _whole(place, words)} for place, words in typed.items() if words not in ("", "0")
    ]


def how(form: Mapping[str, str]) -> dict[str, Any]:
    """With whom, in how many packages and until when it is sent. Raises Invalid."""
    words = {name: form.get(name) or None for name in ("number", "carrier", "tracking", "expected_at", "note")}
    return words | {"packages": whole("packages", form.get("packages"))}


def received(shipment: Any, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """What came in of each line of a shipment. Raises Invalid."""
    found = []
    for one in shipment.lines:
        name = f"line-{one.line.line}"
        if (words := form.get(name, "").strip()) or form.get(f"{name}-reason"):
            given = _whole(one.line.line, words) if words else None
            found.append({"line": one.line.line, "quantity": given, "reason": form.get(f"{name}-reason") or None})
    return found


def invoiced(order: Any, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines of an invoice: those of the order, and what is on none. Raises Invalid."""
    found: list[dict[str, Any]] = []
    for line in order.lines:
        words = form.get(f"line-{line.line}", "").strip()
        if words not in ("", "0"):
            price = decimal(form.get(f"line-{line.line}-price", ""))
            found.append({"line": line.line, "quantity": _whole(line.line, words), "unit_price": price})
    for place in range(1, FREE_POSITIONS + 1):
        name = f"more-{place}"
        if words := form.get(name, "").strip():
            quantity = _whole(len(found) + 1, form.get(f"{name}-quantity", "1").strip() or "1")
            found.append(
                {"description": words, "quantity": quantity, "unit_price": decimal(form.get(f"{name}-price", ""))}
            )
    return found


def disputed(invoice: Any, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines of an invoice for which a reason was typed."""
    typed = {line.position: form.get(f"reason-{line.position}", "").strip() for line in invoice.lines}
    return [{"position": position, "reason": reason} for position, reason in typed.items() if reason]


def accepted(form: Any) -> list[int]:
    """The positions that were ticked."""
    return [found for one in form.getlist("accept") if (found := number(one)) is not None]


def _whole(place: int, words: str) -> int:
    if not words.isascii() or not words.isdecimal() or len(words) > 9:
        raise Invalid(f"lines.{place}.quantity", "Line %(place)s: the quantity must be a whole number.", place=place)
    return int(words)
