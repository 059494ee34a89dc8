"""Share rules: what partners see without anybody sharing it, and that it follows the facts at once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from actions import carriers, imports, order_changes, orders, relations, share_rules, shares, suppliers
from models import db
from models.orders import Order
from models.organisations import Organisation
from models.share_rules import READY, ShareRule
from models.shares import Share
from models.types import now
from policy import Forbidden, Invalid, NotFound, Refused, find, has, system
from policy.fields import SHAREABLE
from tests.world import World


def order(actor, number: str) -> Order:
    return find(actor, Order, number=number)


def organisation(world: World, name: str) -> Organisation:
    return find(world.nancy, Organisation, id=getattr(world, name))


def rule(world: World, key: str) -> ShareRule:
    return find(world.andrew, ShareRule, key=key)


def sees(actor, number: str) -> bool:
    try:
        with db.unit(write=False):
            order(actor, number)
    except NotFound:
        return False
    return True


def derive(*numbers: str) -> int:
    with db.unit(write=True):
        return share_rules.follow(db.session.scalars(select(Order.id).where(Order.number.in_(numbers))).all())


def test_the_ready_rules_name_only_fields_that_can_be_shared() -> None:
    assert {name for ready in READY for name in ready["fields"]} <= set(SHAREABLE["order"])


def test_a_sent_order_is_seen_by_its_supplier_without_anybody_sharing_it(world: World) -> None:
    with db.unit(write=True):
        order(world.nancy, "PO-1001").status = "draft"
    assert derive("PO-1001") == 0
    with db.unit(write=True):
        orders.send(world.margaret, order(world.margaret, "PO-1001"))
    assert sees(world.charlotte, "PO-1001") and sees(world.charles, "PO-1001")
    assert not sees(world.yoshi, "PO-1001") and not sees(world.renate, "PO-1001")
    with db.unit(write=False):
        seen = order(world.charlotte, "PO-1001")
        assert "order:confirm" in seen.rights
        assert not has(seen.lines[0], "unit_price") and not has(seen, "customer_reference")


def test_deriving_again_changes_nothing(world: World) -> None:
    assert derive("PO-1001", "PO-1002", "11070") == 2
    assert derive("PO-1001", "PO-1002", "11070") == 0


def test_switching_a_rule_off_and_on_is_instant(world: World) -> None:
    derive("PO-1001")
    for on in (False, True):
        with db.unit(write=True):
            share_rules.switch(world.andrew, rule(world, "supplier"), on)
        assert sees(world.charlotte, "PO-1001") is on


def test_with_the_rule_off_sending_shares_the_order_by_hand(world: World) -> None:
    with db.unit(write=True):
        share_rules.switch(world.andrew, rule(world, "supplier"), False)
        order(world.nancy, "PO-1001").status = "draft"
    with db.unit(write=True):
        orders.send(world.margaret, order(world.margaret, "PO-1001"))
        made = db.session.scalars(select(Share).where(Share.rule_id.is_(None))).unique().one()
        assert made.by_id == world.margaret.person_id
    assert sees(world.charlotte, "PO-1001")


@pytest.mark.parametrize("who", ["nancy", "steven", "charlotte", "renate"])
def test_only_an_administrator_changes_a_rule(world: World, who: str) -> None:
    with db.unit(write=True), pytest.raises(Forbidden):
        share_rules.switch(getattr(world, who), rule(world, "supplier"), False)


def test_a_share_taken_back_by_hand_is_not_made_again(world: World) -> None:
    derive("PO-1001")
    with db.unit(write=True):
        shares.revoke(world.nancy, db.session.scalars(select(Share)).unique().one())
    assert derive("PO-1001") == 0
    assert not sees(world.charlotte, "PO-1001")


def test_an_explicit_share_stands_beside_the_derived_one(world: World) -> None:
    derive("PO-1001")
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, order(world.nancy, "PO-1001"))
        assert db.session.scalar(select(func.count()).select_from(Share)) == 2
        share_rules.switch(world.andrew, rule(world, "supplier"), False)
    assert sees(world.charlotte, "PO-1001")


def test_a_derived_share_ends_ninety_days_after_the_order_is_closed(world: World) -> None:
    derive("PO-1001")
    for ago, seen in ((89, True), (91, False)):
        with db.unit(write=True):
            order(world.nancy, "PO-1001").closed_at = now() - timedelta(days=ago)
        derive("PO-1001")
        assert sees(world.charlotte, "PO-1001") is seen


def test_a_carrier_sees_where_a_shipment_goes_and_neither_lines_nor_whose_order_it_is(world: World) -> None:
    with db.unit(write=True):
        carriers.assign(world.nancy, order(world.nancy, "11070"), organisation(world, "tokyo"))
    with db.unit(write=False):
        seen = order(world.yoshi, "11070")
        assert (seen.ship_to["street"], seen.carrier) == ("canary-street-11070", "Tokyo Traders")
        assert [one.tracking for one in seen.shipments] == ["canary-tracking-11070"]
        assert seen.lines == [] and not has(seen, "organisation") and not has(seen, "customer_reference")
        assert seen.rights == frozenset()
    assert not sees(world.charlotte, "11070") and not sees(world.yoshi, "11072")


def test_another_carrier_takes_over_and_the_first_one_finds_it_no_more(world: World) -> None:
    for name, reader, other in (("tokyo", "yoshi", "charlotte"), ("exotic", "charlotte", "yoshi")):
        with db.unit(write=True):
            carriers.assign(world.nancy, order(world.nancy, "11070"), organisation(world, name))
        assert sees(getattr(world, reader), "11070") and not sees(getattr(world, other), "11070")
    with db.unit(write=True):
        carriers.assign(world.nancy, order(world.nancy, "11070"), organisation(world, "tokyo"))
    assert sees(world.yoshi, "11070")


def test_a_customer_carries_nothing(world: World) -> None:
    with db.unit(write=True), pytest.raises(Invalid):
        carriers.assign(world.nancy, order(world.nancy, "11070"), organisation(world, "ernst"))


def test_a_distributor_sees_what_it_ordered_and_what_its_customers_ordered(world: World) -> None:
    with db.unit(write=True):
        made = relations.make(world.nancy, "distributes_for", organisation(world, "tokyo"))
        assert not sees_now(world.yoshi, "11070")
        sold = relations.make(world.nancy, "supplies", organisation(world, "tokyo"), organisation(world, "lehmanns"))
    assert sees(world.yoshi, "11070") and not sees(world.yoshi, "11072") and not sees(world.charlotte, "11070")
    with db.unit(write=False):
        seen = order(world.yoshi, "11070")
        assert seen.organisation.name == "Lehmanns Marktstand" and not has(seen.lines[0], "unit_price")
    with db.unit(write=True):
        relations.end(world.nancy, find(world.nancy, type(sold), id=sold.id))
    assert not sees(world.yoshi, "11070")
    with db.unit(write=True):
        relations.make(world.nancy, "supplies", organisation(world, "tokyo"), organisation(world, "lehmanns"))
    assert sees(world.yoshi, "11070")
    with db.unit(write=True):
        relations.end(world.nancy, find(world.nancy, type(made), id=made.id))
    assert not sees(world.yoshi, "11070")


def sees_now(actor, number: str) -> bool:
    try:
        return bool(order(actor, number))
    except NotFound:
        return False


def test_a_supplier_of_a_customer_that_distributes_nothing_sees_none_of_its_orders(world: World) -> None:
    with db.unit(write=True):
        relations.make(world.nancy, "supplies", organisation(world, "exotic"), organisation(world, "lehmanns"))
    assert not sees(world.charlotte, "11070")


@pytest.mark.parametrize("who", ["charlotte", "renate", "greta"])
def test_nobody_outside_relates_anybody(world: World, who: str) -> None:
    with db.unit(write=True), pytest.raises(Forbidden):
        relations.make(getattr(world, who), "supplies", organisation(world, "exotic"), organisation(world, "ernst"))


def test_a_relation_that_makes_no_sense_is_refused_in_words(world: World) -> None:
    with db.unit(write=True):
        lehmanns, ernst, exotic = (organisation(world, name) for name in ("lehmanns", "ernst", "exotic"))
        relations.make(world.nancy, "subsidiary_of", ernst, lehmanns)
        for kind, one, other, field in (
            ("owns", lehmanns, ernst, "kind"), ("supplies", ernst, ernst, "to"), ("subsidiary_of", lehmanns, ernst, "to"),
            ("subsidiary_of", lehmanns, None, "to"),
        ):  # fmt: skip
            with pytest.raises(Invalid) as refused:
                relations.make(world.nancy, kind, one, other)
            assert refused.value.field == field
        with pytest.raises(Refused, match="already"):
            relations.make(world.nancy, "supplies", exotic)


def test_changing_a_rule_changes_what_its_shares_show(world: World) -> None:
    derive("PO-1001")
    with db.unit(write=True):
        share_rules.change(world.andrew, rule(world, "supplier"), level="read", fields=["lines.unit_price"], days=10)
    with db.unit(write=False):
        seen = order(world.charlotte, "PO-1001")
        assert has(seen.lines[0], "unit_price") and not has(seen.lines[0], "quantity")
        assert "order:confirm" not in seen.rights


def test_orders_from_before_a_rule_are_brought_in_when_an_administrator_says_so(world: World) -> None:
    assert not sees(world.charlotte, "PO-1001")
    with db.unit(write=True):
        assert share_rules.apply(world.andrew, rule(world, "supplier")) == 2
    assert sees(world.charlotte, "PO-1001") and sees(world.yoshi, "PO-1002") and not sees(world.yoshi, "PO-1001")


def test_an_import_derives_in_its_own_transaction(world: World, tmp_path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text(
        '{"external_reference": "PO-5", "kind": "purchase", "organisation": "S1", "status": "sent"}\n'
        '{"external_reference": "S-6", "kind": "sales", "organisation": "LEHMS", "carrier": "Exotic Liquids"}\n'
    )
    mapping = tmp_path / "orders.toml"
    mapping.write_text('kind = "order"\nsource = "northwind"\n')
    with db.unit(write=True):
        report = imports.run(system(), "orders", file, mapping)
    assert not report.refused, report.lines()
    assert sees(world.charlotte, "PO-5") and sees(world.charlotte, "S-6") and not sees(world.yoshi, "PO-5")


def test_a_supplier_goes_on_seeing_an_order_that_we_changed_and_prices_as_agreed(world: World) -> None:
    with db.unit(write=True):
        share_rules.follow(world.orders.values())
        order_changes.change(
            world.margaret, find(world.margaret, Order, number="PO-1001"), [{"line": 1, "quantity": 9}]
        )
        share_rules.follow(world.orders.values())
    with db.unit(write=False):
        found = find(world.charlotte, Order, number="PO-1001")
        assert found.status == "changed" and not has(found.lines[0], "unit_price")
    for shown in (True, False):
        with db.unit(write=True):
            exotic = find(world.steven, Organisation, id=world.exotic)
            suppliers.change_policy(world.steven, exotic, {"prices_shown": shown})
        with db.unit(write=False):
            assert has(find(world.charlotte, Order, number="PO-1001").lines[0], "unit_price") is shown
            assert not has(find(world.yoshi, Order, number="PO-1002").lines[0], "unit_price")


def test_an_order_made_later_shows_prices_to_those_with_whom_that_is_agreed(world: World) -> None:
    with db.unit(write=True):
        suppliers.change_policy(world.steven, find(world.steven, Organisation, id=world.exotic), {"prices_shown": True})
        share_rules.follow(world.orders.values())
    with db.unit(write=False):
        assert has(find(world.charlotte, Order, number="PO-1001").lines[0], "unit_price")
        assert not has(find(world.yoshi, Order, number="PO-1002").lines[0], "unit_price")
