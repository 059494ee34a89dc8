"""The answer to a purchase order, as it is typed on the page: per line Accept, Date, Quantity or Reject."""

from collections.abc import Mapping
from typing import Any

from policy import Invalid, has

CHOICES = ("accept", "date", "quantity", "reject")


def open_lines(order: Any) -> list[Any]:
    """The lines that can be answered."""
    return [line for line in order.lines if line.status == "open"]


def read(order: Any, form: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    """Turn a typed form into the response and the lines of `orders.confirm`. Raises Invalid."""
    if form.get("all"):
        return "accepted", []
    lines = [_line(line, form) for line in open_lines(order)]
    said = {line["response"] for line in lines}
    if said == {"accepted"}:
        return "accepted", lines
    return ("rejected" if said == {"rejected"} else "accepted_with_changes"), lines


def again(order: Any, versions: list[dict[str, Any]]) -> dict[str, str]:
    """What the form shows to somebody who answers anew: the answer given before, as far as it is not applied yet."""
    ordered = {line.line: line.quantity for line in order.lines if has(line, "quantity")}
    typed: dict[str, str] = {}
    for one in versions[0]["lines"] if versions else []:
        name = f"line-{one['line']}"
        if one["applied"] or one["response"] == "accepted":
            continue
        less = one["quantity"] is not None and one["quantity"] != ordered.get(one["line"])
        typed[name] = "reject" if one["response"] == "rejected" else "quantity" if less else "date"
        typed[f"{name}-reason"] = one["reason"] or ""
        if one["promised_at"]:
            typed[f"{name}-date"] = one["promised_at"].date().isoformat()
        if less:
            typed[f"{name}-quantity"] = str(one["quantity"])
    return typed


def _line(line: Any, form: Mapping[str, str]) -> dict[str, Any]:
    name = f"line-{line.line}"
    choice = form.get(name, "accept")
    reason = form.get(f"{name}-reason") or None
    if choice == "accept":
        return {"line": line.line, "response": "accepted"}
    if choice == "reject":
        return {"line": line.line, "response": "rejected", "reason": reason}
    given = {
        "line": line.line,
        "response": "changed",
        "reason": reason,
        "promised_at": form.get(f"{name}-date") or None,
    }
    if choice == "quantity" and has(line, "quantity"):
        typed = form.get(f"{name}-quantity", "").strip()
        if not typed.isdecimal() or len(typed) > 9:
            raise Invalid(f"lines.{line.line}.quantity", f"Line {line.line}: the quantity must be a whole number.")
        given["quantity"] = int(typed)
    return given
