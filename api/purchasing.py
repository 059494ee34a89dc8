"""Our side of purchase orders: changing, cancelling, reminding, what does not go as ordered, what is agreed."""

from typing import Any, Literal

from pydantic import StrictBool, StrictInt, StrictStr
from sqlalchemy.orm import joinedload

from actions import access_codes, order_changes, order_notices, suppliers
from analytics.exceptions import ANSWERED, key_of, of_kind
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.orders import Order, OrderChange, OrderChangeLine, OrderLine
from models.organisations import Organisation
from models.purchasing import SupplierPolicy
from policy import Actor, Invalid, find, require


class LineChange(Given):
    line: StrictInt
    quantity: StrictInt | None = None
    promised_at: StrictStr | None = None
    reason: StrictStr | None = None


class Change(Given):
    lines: list[LineChange] = []
    cancel: StrictBool = False
    note: StrictStr | None = None
    version: StrictInt | None = None


@operation("POST", "/orders/<path:number>/changes", "order", body=Change, status=201)
def change_order(actor: Actor, number: str, body: Change) -> dict[str, Any]:
    """Change lines of an order that was sent (quantity 0 cancels one), or cancel it; its supplier is asked again."""
    row = find(actor, Order, number=number)
    if body.cancel and body.lines:
        raise Invalid("lines", "must be left out when the whole order is cancelled")
    made: OrderChange
    if body.cancel:
        made = order_changes.cancel(actor, row, body.note, body.version)
    else:
        lines = [line.model_dump(exclude_none=True) for line in body.lines]
        made = order_changes.change(actor, row, lines, body.note, body.version)
    return {"order": number, "version": made.version, "response": made.response, "at": shapes.time(made.at)}


@operation("POST", "/orders/<path:number>/reminders", "order", status=204)
def chase_order(actor: Actor, number: str) -> dict[str, Any]:
    """Remind a supplier of an order that it has not answered or not delivered, once a day."""
    order_notices.chase(actor, find(actor, Order, number=number))
    return {}


class ExceptionQuery(Paged):
    kind: Literal["answers", "late", "short", "dearer", "unanswered", "overdue"] = "answers"


@operation("GET", "/exceptions", "order", query=ExceptionQuery)
def exceptions(actor: Actor, query: ExceptionQuery) -> dict[str, Any]:
    """List what does not go as ordered, one kind at a time, what came first at the head; staff only."""
    require(actor, "record:find")
    found = of_kind(actor, query.kind)
    if query.kind in ANSWERED:
        found = found.options(joinedload(OrderChangeLine.change).joinedload(OrderChange.order))
    elif query.kind == "overdue":
        found = found.options(joinedload(OrderLine.order))
    return listed(actor, found, [key_of(query.kind)], query, exception, descending=False)


def exception(one: Any) -> dict[str, Any]:
    if isinstance(one, Order):
        return {"order": one.number, "supplier": shapes.reference(one.organisation), "at": shapes.time(one.asked_at)}
    if isinstance(one, OrderLine):
        due = one.expected_at or one.promised_at or one.order.required_at
        return {"order": one.order.number, "supplier": shapes.reference(one.order.organisation), "line": one.line,
                "quantity_open": one.quantity_open, "at": shapes.time(due)}  # fmt: skip
    order = one.change.order
    return {
        "order": order.number, "supplier": shapes.reference(order.organisation), "line": one.line.line,
        "version": one.change.version, "response": one.response, "quantity": one.quantity,
        "promised_at": shapes.time(one.promised_at), "unit_price": shapes.money(one.unit_price, order.currency),
        "reason": one.reason, "at": shapes.time(one.change.at),
    }  # fmt: skip


class Policy(Given):
    auto_apply: Literal["never", "as_ordered", "within_tolerance"] | None = None
    tolerance_days: StrictInt | None = None
    tolerance_quantity: StrictInt | None = None
    tolerance_price: StrictInt | None = None
    price_limit: StrictInt | None = None
    prices_shown: StrictBool | None = None
    reminder_days: StrictInt | None = None
    answer_days: StrictInt | None = None
    mail_orders: StrictBool | None = None
    version: StrictInt | None = None


def policy(row: SupplierPolicy) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*Policy.model_fields, "access_code")}


@operation("GET", "/organisations/<public_id>/supplier-policy", "organisation")
def supplier_policy(actor: Actor, public_id: str) -> dict[str, Any]:
    """Read what is agreed with a supplier on answers, prices and reminders; staff only."""
    require(actor, "record:find")
    return policy(suppliers.policy_of(find(actor, Organisation, public_id=public_id).id))


@operation("PUT", "/organisations/<public_id>/supplier-policy", "organisation", body=Policy)
def set_supplier_policy(actor: Actor, public_id: str, body: Policy) -> dict[str, Any]:
    """Set what is agreed with a supplier; what is left out stays. Leads only."""
    row = find(actor, Organisation, public_id=public_id)
    values = body.model_dump(exclude_none=True)
    return policy(suppliers.change_policy(actor, row, values, values.pop("version", None)))


class Code(Given):
    code: StrictStr | None


@operation("PUT", "/organisations/<public_id>/access-code", "organisation", body=Code)
def set_access_code(actor: Actor, public_id: str, body: Code) -> dict[str, Any]:
    """Set the code that is asked for before a mailed order is shown; null asks for none. Leads only."""
    row = find(actor, Organisation, public_id=public_id)
    access_codes.set_code(actor, row, body.code)
    return {"access_code": body.code is not None}
