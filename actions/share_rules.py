"""Share rules: the shares that follow from what an order says and how organisations are related, kept in step with both."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import and_, exists, insert, or_, select, update
from sqlalchemy.orm import aliased

from actions.log import record, record_privately
from actions.shares import field_set_of
from models.db import session
from models.messages import STAFF
from models.orders import Order
from models.organisations import Relation
from models.purchasing import SupplierPolicy
from models.share_rules import ShareRule
from models.shares import LEVELS, Share
from models.types import now, opaque
from policy import Actor, Invalid, Refused, require
from policy.fields import PRICES, unknown
from policy.seeing import active
from policy.seen import unwrap

CHUNK = 1_000
Wanted = dict[tuple[int, int], datetime | None]  # (order, organisation): until when


def follow(orders: Iterable[int]) -> int:
    """Make the derived shares of some orders what the rules say now, and return how many began or ended.

    Safe to repeat. Also for rules that are switched off: their shares are kept in step, so that switching on is instant.
    A share that somebody took back by hand is not made again.
    """
    rules = session.scalars(select(ShareRule).order_by(ShareRule.id)).all()
    session.flush()
    return sum(_follow(rule, chunk) for chunk in _chunks(orders) for rule in rules)


def follow_order(actor: Actor, order: Any) -> list[Share]:
    """Keep the derived shares of one order in step, write down what began and what ended, and return those that hold."""
    row: Order = unwrap(order)
    before = {share.id: share for share in _derived(row)}
    follow([row.id])
    after = {share.id: share for share in _derived(row)}
    for key, share in [*after.items(), *before.items()]:
        if (key in before) != (key in after):
            kind, now_or_no = ("shared", "shared") if key in after else ("share_revoked", "no longer shared")
            concerned = dict.fromkeys([row.organisation_id, share.organisation_id], STAFF)
            words = f"{row.number} {now_or_no} with {share.organisation.name} by rule"
            detail = {"share": share.public_id, "rule": share.rule.key, "level": share.level}
            record(actor, kind, words, concerned, subject=("order", row.number), direction="outbound", detail=detail)
    return list(after.values())


def _derived(row: Order) -> list[Share]:
    live = select(Share).where(
        Share.rule_id.is_not(None), Share.subject_type == "order", Share.subject_id == row.id, active()
    )
    return list(session.execute(live.order_by(Share.id)).unique().scalars())


def _chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(dict.fromkeys(keys))
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _follow(rule: ShareRule, orders: Sequence[int]) -> int:
    wanted = _wanted(rule, orders)
    there = select(Share.id, Share.subject_id, Share.organisation_id, Share.expires_at, Share.revoked_by_id).where(
        Share.rule_id == rule.id, Share.subject_type == rule.noun, Share.subject_id.in_(orders),
        or_(Share.revoked_at.is_(None), Share.revoked_by_id.is_not(None)),
    )  # fmt: skip
    live, by_hand = {}, set()
    for one in session.execute(there):
        key = (one.subject_id, one.organisation_id)
        if one.revoked_by_id is None:
            live[key] = one
        else:
            by_hand.add(key)
    ended = [one.id for key, one in live.items() if key not in wanted]
    moved = [(one.id, wanted[key]) for key, one in live.items() if key in wanted and one.expires_at != wanted[key]]
    begun = {key: until for key, until in wanted.items() if key not in live and key not in by_hand}
    if ended:
        session.execute(_shares().where(Share.id.in_(ended)).values(revoked_at=now()))
    for key, until in moved:
        session.execute(_shares().where(Share.id == key).values(expires_at=until))
    if begun:
        priced = _priced(rule)
        session.execute(insert(Share), [_row(rule, *key, until, priced.get(key[1])) for key, until in begun.items()])
    return len(ended) + len(begun)


def _shares() -> Any:
    return update(Share).execution_options(synchronize_session="fetch")


def _priced(rule: ShareRule) -> dict[int, int]:
    """The suppliers that see prices as agreed, and the field set that shows them beside what the rule shows."""
    agreed = session.scalars(select(SupplierPolicy.organisation_id).where(SupplierPolicy.prices_shown)).all()
    if not agreed or rule.through != "organisation":
        return {}
    return dict.fromkeys(agreed, field_set_of(rule.noun, sorted({*rule.field_set.fields, *PRICES})).id)


def reprice() -> None:
    """Let the derived shares show prices exactly to those suppliers with whom that is agreed."""
    session.flush()
    for rule in session.scalars(select(ShareRule).where(ShareRule.through == "organisation")):
        step, priced = _shares().where(Share.rule_id == rule.id, Share.revoked_at.is_(None)), _priced(rule)
        session.execute(step.values(field_set_id=rule.field_set_id))
        if priced:
            (prices,) = set(priced.values())
            session.execute(step.where(Share.organisation_id.in_(priced)).values(field_set_id=prices))


def _row(
    rule: ShareRule, order: int, organisation: int, until: datetime | None, field_set: int | None
) -> dict[str, Any]:
    return {
        "public_id": opaque(), "subject_type": rule.noun, "subject_id": order, "organisation_id": organisation,
        "level": rule.level, "field_set_id": field_set or rule.field_set_id, "whole": rule.whole, "rule_id": rule.id,
        "created_at": now(), "expires_at": until,
    }  # fmt: skip


def _wanted(rule: ShareRule, orders: Sequence[int]) -> Wanted:
    """Who shall see which of these orders, and until when: so many days after the order is closed."""
    found = session.execute(
        _through(rule).where(Order.id.in_(orders), Order.kind == rule.kind, Order.status.in_(rule.statuses))
    )
    after = timedelta(days=rule.days)
    return {(one.id, one.partner): one.closed_at + after if one.closed_at else None for one in found}


def _through(rule: ShareRule) -> Any:
    """Select orders with the partner that the rule's field or relation names."""
    if rule.through == "organisation":
        return select(Order.id, Order.organisation_id.label("partner"), Order.closed_at)
    if rule.through == "carrier":
        carried = select(Order.id, Order.carrier_id.label("partner"), Order.closed_at)
        return carried.where(Order.carrier_id.is_not(None))
    # A distributor is whoever distributes for us or for somebody; its own customers are those whom it supplies.
    distributes, supplies = aliased(Relation), aliased(Relation)
    sold = exists().where(
        supplies.kind == "supplies", supplies.from_id == distributes.from_id, supplies.ended_at.is_(None),
        supplies.to_id == Order.organisation_id,
    )  # fmt: skip
    mine = or_(Order.organisation_id == distributes.from_id, sold)
    seen = select(Order.id, distributes.from_id.label("partner"), Order.closed_at).distinct()
    return seen.join(distributes, and_(distributes.kind == rule.through, distributes.ended_at.is_(None), mine))


def follow_organisations(organisations: Iterable[int | None]) -> int:
    """Keep derived shares in step after relations of some organisations began or ended."""
    keys = {key for key in organisations if key}
    supplied = select(Relation.to_id).where(Relation.kind == "supplies", Relation.from_id.in_(keys))
    placed = select(Order.id).where(
        Order.kind == "sales", or_(Order.organisation_id.in_(keys), Order.organisation_id.in_(supplied))
    )
    return follow(session.scalars(placed.order_by(Order.id)).all())


def switch(actor: Actor, rule: ShareRule, active: bool) -> None:
    """Switch a rule on or off; what it shows appears or disappears at once. Raises Forbidden."""
    require(actor, "share_rule:change", rule)
    if rule.active != active:
        rule.active, rule.changed_at = active, now()
        record_privately(actor, "share_rule_changed", f"{rule.name}: {'on' if active else 'off'}", {"rule": rule.key})


def change(
    actor: Actor, rule: ShareRule, *, level: str, fields: Sequence[str], days: int, version: int | None = None
) -> None:
    """Change what a rule shows and for how long; the shares it has made follow. Raises Forbidden, Invalid, Refused."""
    require(actor, "share_rule:change", rule)
    if version is not None and version != rule.version:
        raise Refused("conflict", "Somebody changed this rule meanwhile. Look at it again.")
    if level not in LEVELS:
        raise Invalid("level", "must be one of %(names)s", names=", ".join(LEVELS))
    if not rule.whole and level not in ("read", "comment"):
        raise Invalid("level", "must be read or comment: an answer is about lines, and this rule shows none")
    if strange := unknown(rule.noun, list(fields)):
        raise Invalid("fields", "cannot be shared: %(names)s", names=", ".join(sorted(strange)))
    if not isinstance(days, int) or not 0 <= days <= 3650:
        raise Invalid("days", "must be a number of days up to 3650")
    before = {"level": rule.level, "fields": rule.field_set.fields, "days": rule.days}
    rule.field_set = field_set_of(rule.noun, sorted(set(fields)))
    rule.level, rule.days, rule.changed_at = level, days, now()
    session.flush()
    step = _shares().where(Share.rule_id == rule.id, Share.revoked_at.is_(None))
    session.execute(step.values(level=rule.level, field_set_id=rule.field_set_id))
    reprice()
    _move_ends(rule)
    after = {"level": level, "fields": rule.field_set.fields, "days": days}
    record_privately(actor, "share_rule_changed", f"{rule.name}: changed",
                     {"rule": rule.key, "before": before, "after": after})  # fmt: skip


def _move_ends(rule: ShareRule) -> None:
    closed = select(Share.subject_id).join(Order, Order.id == Share.subject_id).where(
        Share.rule_id == rule.id, Share.revoked_at.is_(None), Order.closed_at.is_not(None)
    )  # fmt: skip
    for chunk in _chunks(session.scalars(closed).all()):
        _follow(rule, chunk)


def apply(actor: Actor, rule: ShareRule) -> int:
    """Bring a rule's shares in step with all orders there are, those from before it too. Raises Forbidden."""
    require(actor, "share_rule:apply", rule)
    changed = 0
    orders = session.scalars(select(Order.id).where(Order.kind == rule.kind).order_by(Order.id)).all()
    for chunk in _chunks(orders):
        changed += _follow(rule, chunk)
    record_privately(actor, "share_rule_applied", f"{rule.name}: {changed} shares made or ended", {"rule": rule.key})
    return changed
