"""Suppliers: what is agreed with each of them on answers, prices and reminders."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from actions import share_rules, shares
from actions.answers import LineAnswer
from actions.checks import whole
from actions.log import record
from models.db import session
from models.messages import STAFF
from models.orders import Order
from models.organisations import Organisation
from models.purchasing import AUTO_APPLY, SupplierPolicy
from models.shares import Share
from models.words import Words
from policy import Actor, Invalid, Refused, require
from policy.fields import DEFAULT_SETS, PRICES

PERCENTS = ("tolerance_quantity", "tolerance_price", "price_limit")
DAYS = ("tolerance_days", "reminder_days", "answer_days")
SWITCHES = ("prices_shown", "mail_orders")
NUMBERS = (*DAYS, *PERCENTS)
MOST = 365
DEFAULTS = SupplierPolicy(
    auto_apply="as_ordered", tolerance_days=0, tolerance_quantity=0, tolerance_price=0, price_limit=10,
    prices_shown=False, reminder_days=3, answer_days=2, mail_orders=False,
    access_code_hash=None, version=0,
)  # fmt: skip


def policy_of(organisation_id: int) -> SupplierPolicy:
    """What is agreed with a supplier; the defaults where nothing is."""
    return session.get(SupplierPolicy, organisation_id) or DEFAULTS


def change_policy(
    actor: Actor, organisation: Organisation, values: Mapping[str, Any], version: int | None = None
) -> SupplierPolicy:
    """Change what is agreed; a stale `version` is refused. Showing or hiding prices holds at once for what is shared.

    Raises Forbidden, Invalid, and Refused with `conflict`.
    """
    require(actor, "organisation:set_policy", organisation)
    row = session.get(SupplierPolicy, organisation.id)
    if version is not None and version != (row.version if row else 0):
        raise Refused("conflict", "Somebody changed these settings meanwhile. Look at them again.")
    if row is None:
        row = SupplierPolicy(organisation_id=organisation.id)
        session.add(row)
        session.flush()
    changes = {}
    for name, given in values.items():
        value, before = _checked(name, given), getattr(row, name)
        if value != before:
            changes[name] = {"from": before, "to": value}
            setattr(row, name, value)
    session.flush()
    if "prices_shown" in changes:
        _share_anew(organisation, row)
    if changes:
        record(actor, "supplier_policy_changed", ", ".join(changes), {organisation.id: STAFF}, detail=changes,
               subject=("organisation", organisation.public_id), department="purchasing")  # fmt: skip
    return row


def _checked(name: str, value: Any) -> Any:
    if name in SWITCHES and isinstance(value, bool):
        return value
    if name == "auto_apply":
        if value not in AUTO_APPLY:
            raise Invalid(name, "must be one of %(names)s", names=", ".join(AUTO_APPLY))
        return value
    if name not in NUMBERS:
        raise Invalid(name, "is no setting of a supplier")
    most = 100 if name in PERCENTS else MOST
    return whole(name, value, Words("must be a whole number from 0 to %(most)s", most=most), most=most)


def fields(policy: SupplierPolicy) -> tuple[str, ...]:
    """What a supplier is shown of an order as usual: enough to confirm, prices only where that is agreed."""
    return (*DEFAULT_SETS["order"], *(PRICES if policy.prices_shown else ()))


def _share_anew(organisation: Organisation, policy: SupplierPolicy) -> None:
    """Let the orders that are shared as usual, by hand or by rule, show prices or hide them from now on."""
    share_rules.reprice()
    bare = shares.field_set_of("order", sorted(DEFAULT_SETS["order"]))
    priced = shares.field_set_of("order", sorted({*DEFAULT_SETS["order"], *PRICES}))
    before, after = (bare, priced) if policy.prices_shown else (priced, bare)
    addressed = select(Order.id).where(Order.kind == "purchase", Order.organisation_id == organisation.id)
    session.execute(
        update(Share)
        .where(Share.subject_type == "order", Share.organisation_id == organisation.id,
               Share.rule_id.is_(None), Share.field_set_id == before.id, Share.subject_id.in_(addressed))
        .values(field_set_id=after.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def fits(policy: SupplierPolicy, order: Order, answers: Sequence[LineAnswer]) -> bool:
    """Whether an answer counts without anybody looking at it."""
    if policy.auto_apply == "never":
        return False
    return all(
        one.response == "accepted" or (policy.auto_apply == "within_tolerance" and _near(policy, order, one))
        for one in answers
    )


def _near(policy: SupplierPolicy, order: Order, answer: LineAnswer) -> bool:
    """A date, quantity and price within what is tolerated; a rejection and a substitute are always looked at."""
    line = answer.line
    if answer.response not in ("changed", "split") or line.asked == "cancelled" or answer.quantity > line.quantity:
        return False
    wanted, said = line.promised_at or order.required_at, answer.promised_at
    if said is not None and (wanted is None or (said.date() - wanted.date()).days > policy.tolerance_days):
        return False
    if (line.quantity - answer.quantity) * 100 > line.quantity * policy.tolerance_quantity:
        return False
    offered, known = answer.unit_price, line.unit_price
    if offered is None:
        return True
    return known is not None and (offered - known) * 100 <= known * policy.tolerance_price
