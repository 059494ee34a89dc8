"""The answer to a purchase order as it is typed on a page, by the supplier or by us on its behalf."""

from collections.abc import Mapping
from typing import Any

from models.orders import deliveries_of
from policy import Invalid, has
from web.incoming import decimal

CHOICES = ("accept", "date", "quantity", "split", "replace", "reject")
RESPONSES = {"date": "changed", "quantity": "changed", "split": "split", "replace": "substituted"}
MOST_DELIVERIES = 4
KEPT = ("note", "reference", "channel")


def open_lines(order: Any) -> list[Any]:
    """The lines that can be answered."""
    return [line for line in order.lines if line.answerable]


def read(order: Any, form: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    """Turn a typed form into the response and the lines of `orders.confirm`. Raises Invalid."""
    if form.get("all"):
        return "accepted", []
    lines = [_line(line, form) for line in open_lines(order)]
    said = {line["response"] for line in lines}
    if said == {"accepted"}:
        return "accepted", lines
    return ("rejected" if said == {"rejected"} else "accepted_with_changes"), lines


def typed(order: Any, form: Mapping[str, str]) -> dict[str, str]:
    """What of a form is worth keeping as a draft: the fields of the answer, and nothing else that was sent."""
    names = tuple(f"line-{line.line}" for line in open_lines(order))
    own = [key for key in form if key in KEPT or key in names or key.startswith(tuple(f"{one}-" for one in names))]
    return {key: form[key][:2000] for key in own[:500]}


def wrong_line(problem: Exception | None) -> int | None:
    """The line that a refused answer was about."""
    place = problem.field.split(".")[1] if isinstance(problem, Invalid) and problem.field.count(".") else ""
    return int(place) if place.isdecimal() else None


def again(order: Any, answer: Mapping[str, Any] | None) -> dict[str, str]:
    """What the form shows to somebody who answers anew: the answer given before, as far as it is not applied yet."""
    ordered = {line.line: line.quantity for line in order.lines if has(line, "quantity")}
    shown: dict[str, str] = {}
    for one in answer["lines"] if answer else []:
        if not one["applied"] and one["response"] in (*RESPONSES.values(), "rejected"):
            shown |= _again(f"line-{one['line']}", one, ordered.get(one["line"]))
    return shown


def _again(name: str, one: Mapping[str, Any], ordered: int | None) -> dict[str, str]:
    less = one["quantity"] is not None and one["quantity"] != ordered
    plain = "reject" if one["response"] == "rejected" else "quantity" if less else "date"
    shown = {name: {"split": "split", "substituted": "replace"}.get(one["response"], plain)}
    shown[f"{name}-reason"] = one["reason"] or ""
    if one["promised_at"]:
        shown[f"{name}-date"] = one["promised_at"].date().isoformat()
    if less:
        shown[f"{name}-quantity"] = str(one["quantity"])
    if one["unit_price"] is not None:
        shown[f"{name}-price"] = f"{one['unit_price']:.4f}".rstrip("0").rstrip(".")
    if one["substitute"]:
        shown[f"{name}-substitute"] = one["substitute"].sku
    for place, (number, at) in enumerate(one["deliveries"], 1):
        shown |= {f"{name}-quantity-{place}": str(number), f"{name}-date-{place}": at.date().isoformat()}
    return shown


def _line(line: Any, form: Mapping[str, str]) -> dict[str, Any]:
    name = f"line-{line.line}"
    choice = form.get(name, "accept")
    given: dict[str, Any] = {"line": line.line, "reason": form.get(f"{name}-reason") or None}
    if choice in ("accept", "reject"):
        return given | {"response": "accepted" if choice == "accept" else "rejected"}
    given["response"] = RESPONSES.get(choice, choice)
    if choice == "split":
        given["deliveries"] = _deliveries(line.line, name, form)
    else:
        given["promised_at"] = form.get(f"{name}-date") or None
    if choice in ("quantity", "replace") and has(line, "quantity") and f"{name}-quantity" in form:
        given["quantity"] = _whole(line.line, form[f"{name}-quantity"])
    if choice == "replace":
        given["substitute"] = form.get(f"{name}-substitute", "")
    if form.get(f"{name}-price", "").strip() and has(line, "unit_price"):
        given["unit_price"] = decimal(form[f"{name}-price"])
    return given


def _deliveries(place: int, name: str, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The deliveries that were filled in."""
    pairs = [
        (form.get(f"{name}-quantity-{one}", "").strip(), form.get(f"{name}-date-{one}", ""))
        for one in range(1, MOST_DELIVERIES + 1)
    ]
    return [{"quantity": _whole(place, number), "promised_at": at or None} for number, at in pairs if number]


def _whole(place: int, words: str) -> int:
    if not words.strip().isdecimal() or len(words.strip()) > 9:
        raise Invalid(f"lines.{place}.quantity", "Line %(place)s: the quantity must be a whole number.", place=place)
    return int(words)


SAID = ("quantity", "quantity_before", "promised_at", "promised_before", "unit_price", "price_before")


def said(one: Any, line: Any) -> dict[str, Any]:
    """One line of an answer or change, as far as its reader may see it; None stands for what it may not."""
    return {name: getattr(one, name) if has(one, name) else None for name in SAID} | {
        "line": line.line, "product": line.product.name if line.product else "", "response": one.response,
        "deliveries": deliveries_of(one.deliveries), "substitute": one.substitute,
        "reason": one.reason, "applied": one.applied_at is not None,
    }  # fmt: skip
