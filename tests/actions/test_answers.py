"""Answers in depth: deliveries, substitutes, prices, what counts by itself, what we change, and what is begun."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from actions import answer_drafts, order_changes, orders, shares, suppliers, supply
from models import db
from models.interactions import Interaction
from models.orders import Order, OrderChange
from models.organisations import Organisation
from models.purchasing import OrderNotice
from models.shares import Share
from policy import Forbidden, Invalid, NotFound, Refused, find, has, visible
from tests.world import World


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


SPLIT = {"line": 1, "response": "split", "reason": "Half is here", "deliveries": [
    {"quantity": 25, "promised_at": "2026-06-20"}, {"quantity": 15, "promised_at": "2026-05-30"}]}  # fmt: skip
REPLACED = {"line": 1, "response": "substituted", "substitute": "EL-AS-55"}


@pytest.fixture(autouse=True)
def shared(world: World) -> None:
    """PO-1001 is shared with its supplier, with prices."""
    agree(world, prices_shown=True)
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, order(world.nancy))


def agree(world: World, **values: Any) -> None:
    with db.unit(write=True):
        suppliers.change_policy(world.steven, find(world.nancy, Organisation, id=world.exotic), values)


def order(actor, number: str = "PO-1001") -> Any:
    return find(actor, Order, number=number)


def answer(world: World, *lines: Any, response: str = "accepted_with_changes", **how: Any) -> int:
    with db.unit(write=True):
        return orders.confirm(world.charlotte, order(world.charlotte), response, list(lines), **how).version


def apply(world: World) -> list[Any]:
    with db.unit(write=True):
        row = order(world.margaret)
        change = find(world.margaret, OrderChange, order_id=row.id, version=row.answered_version)
        return orders.apply_answer(world.margaret, row, change)


def change(world: World, *lines: Any, **how: Any) -> OrderChange:
    with db.unit(write=True):
        return order_changes.change(world.margaret, order(world.margaret), list(lines), **how)


def line(world: World, place: int = 1) -> Any:
    with db.unit(write=False):
        return order(world.nancy).lines[place - 1]


def test_who_needs_it_first_gets_the_first_delivery(world: World) -> None:
    answer(world, SPLIT)
    # Lehmanns 3, Ernst 8 and 10, then 19: the first 15 come in time for the first two only.
    assert [(one.order, one.after.date().isoformat(), one.state) for one in apply(world)] == [
        ("11070", "2026-05-30", "safe"), ("11072", "2026-05-30", "safe"), ("11075", "2026-06-20", "late"),
        ("11077", "2026-06-20", "late"),
    ]  # fmt: skip
    row = line(world)
    assert (row.quantity_confirmed, row.promised_at, len(row.deliveries)) == (40, day(6, 20), 2)


def test_what_is_proposed_later_keeps_to_the_deliveries(world: World) -> None:
    answer(world, SPLIT)
    apply(world)
    with db.unit(write=False):
        found = supply.position(world.products["chang"])
    days = {row.order.number: [at.day for _, _, at in row.from_links] for row in found.rows}
    assert days == {"11070": [30], "11072": [30], "11075": [20], "11077": [20]}


def test_a_substitute_counts_on_the_line_that_it_replaces(world: World) -> None:
    answer(world, REPLACED | {"quantity": 38})
    moved = apply(world)
    row = line(world)
    assert (row.product.name, row.substitute.name) == ("Chang", "Aniseed Syrup")
    assert (row.quantity_confirmed, row.quantity_rejected) == (38, 2)
    assert [(one.order, one.short) for one in moved][-1] == ("11077", 2)


@pytest.mark.parametrize("number", ["EL-AS-55", "3"])
def test_a_substitute_is_named_by_the_suppliers_number_or_by_ours(world: World, number: str) -> None:
    assert answer(world, REPLACED | {"substitute": number}) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (REPLACED | {"substitute": "TT-IK-12"}, "no article number of yours"),  # the rival's, and it exists
        (REPLACED | {"substitute": "10"}, "no article number of yours"),
        (REPLACED | {"substitute": "nothing"}, "no article number of yours"),
        (REPLACED | {"substitute": "EL-CH-24"}, "what was ordered"),
        (REPLACED | {"substitute": " "}, "name the article"),
        (SPLIT | {"deliveries": SPLIT["deliveries"][:1]}, "two deliveries or more"),
        (SPLIT | {"deliveries": "both"}, "two deliveries or more"),
        (SPLIT | {"deliveries": [3, 4]}, "each delivery is"),
        (SPLIT | {"deliveries": [{"quantity": 30, "promised_at": f"2026-06-{n}"} for n in (10, 20)]}, "only 40"),
        (SPLIT | {"deliveries": [{"quantity": 0, "promised_at": "2026-06-10"}] * 2}, "1 or more"),
        (SPLIT | {"deliveries": [{"quantity": 5, "promised_at": "2026-06-10"}] * 2}, "put them together"),
        (SPLIT | {"deliveries": [{"quantity": 5}] * 2}, "needs its date"),
        ({"line": 1, "response": "changed", "unit_price": "25"}, "10 % at most"),
        ({"line": 1, "response": "changed", "unit_price": "dear"}, "must be a number"),
        ({"line": 1, "response": "changed", "unit_price": "-1"}, "must be a number"),
        ({"line": 1, "response": "changed", "unit_price": "NaN"}, "must be a number"),
        ({"line": 1, "response": "accepted", "unit_price": "20"}, "as ordered, without unit_price"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused_in_words(world: World, given: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        answer(world, given)


def test_another_price_is_offered_and_counts_when_it_is_applied(world: World) -> None:
    answer(world, {"line": 1, "response": "changed", "unit_price": "20.50"})
    assert line(world).unit_price == 19
    apply(world)
    assert str(line(world).unit_price) == "20.5"


def test_hiding_the_prices_of_a_supplier_holds_at_once_and_their_offers_stop(world: World) -> None:
    with db.unit(write=False):
        assert has(order(world.charlotte).lines[0], "unit_price")
    agree(world, prices_shown=False)
    with db.unit(write=False):
        assert not has(order(world.charlotte).lines[0], "unit_price")
        assert len(db.session.scalars(visible(world.nancy, Share)).unique().all()) == 1
    for price in ("19.01", "500"):  # near and far are refused in the same words
        with pytest.raises(Invalid, match="price is not shared"):
            answer(world, {"line": 1, "response": "changed", "unit_price": price})


@pytest.mark.parametrize(
    ("policy", "lines", "counts"),
    [
        ({"auto_apply": "never"}, [], False),
        ({"auto_apply": "as_ordered"}, [], True),
        ({"auto_apply": "as_ordered"}, [{"line": 1, "response": "changed", "promised_at": "2026-05-31"}], False),
        ({"tolerance_days": 2}, [{"line": 1, "response": "changed", "promised_at": "2026-06-03"}], True),
        ({"tolerance_days": 2}, [{"line": 1, "response": "changed", "promised_at": "2026-06-04"}], False),
        ({}, [{"line": 1, "response": "changed", "promised_at": "2026-05-20"}], True),
        ({"tolerance_quantity": 5}, [{"line": 1, "response": "changed", "quantity": 38}], True),
        ({"tolerance_quantity": 5}, [{"line": 1, "response": "changed", "quantity": 37}], False),
        ({"tolerance_price": 5}, [{"line": 1, "response": "changed", "unit_price": "19.95"}], True),
        ({"tolerance_price": 5}, [{"line": 1, "response": "changed", "unit_price": "19.96"}], False),
        ({"tolerance_days": 365}, [REPLACED], False),
        ({"tolerance_quantity": 100}, [{"line": 1, "response": "rejected"}], False),
        ({"tolerance_days": 18}, [SPLIT], False), ({"tolerance_days": 19}, [SPLIT], True),
    ],
)  # fmt: skip
def test_an_answer_counts_by_itself_exactly_as_far_as_agreed(
    world: World, policy: dict, lines: list, counts: bool
) -> None:
    agree(world, **({"auto_apply": "within_tolerance"} | policy))
    answer(world, *lines, response="accepted_with_changes" if lines else "accepted")
    assert (line(world).unconfirmed == 0) is counts
    assert (line(world, 2).unconfirmed == 0) is counts


def test_the_settings_of_a_supplier_are_ours_and_make_sense(world: World) -> None:
    with db.unit(write=False):
        exotic = find(world.nancy, Organisation, id=world.exotic)
    for values in ({"auto_apply": "always"}, {"tolerance_days": -1}, {"price_limit": 101}, {"strange": 1},
                   {"prices_shown": "yes"}, {"reminder_days": True}):  # fmt: skip
        with db.unit(write=True), pytest.raises(Invalid):
            suppliers.change_policy(world.steven, exotic, values)
    with db.unit(write=True), pytest.raises(Refused):
        suppliers.change_policy(world.steven, exotic, {"reminder_days": 1}, version=0)
    for outsider in (world.charles, world.yoshi, world.greta, world.nancy):
        with db.unit(write=True), pytest.raises(Forbidden):
            suppliers.change_policy(outsider, exotic, {"reminder_days": 1})


def test_an_answer_is_written_down_for_a_supplier_with_how_it_came(world: World) -> None:
    with db.unit(write=True):
        given = [{"line": 1, "response": "changed", "unit_price": "40", "promised_at": "2026-06-09"}]
        made = orders.record_answer(world.margaret, order(world.margaret), "accepted_with_changes", given,
                                    channel="telephone", reference="EL-77")  # fmt: skip
    assert (made.channel, made.recorded_by_id, made.person_id) == ("telephone", world.margaret.staff_id, None)
    with db.unit(write=False):
        assert order(world.nancy).supplier_reference == "EL-77"
    for outsider in (world.charlotte, world.charles):
        with db.unit(write=True), pytest.raises(Forbidden):
            orders.record_answer(outsider, order(outsider), "accepted")
    with db.unit(write=True), pytest.raises(Invalid):
        orders.record_answer(world.margaret, order(world.margaret), "accepted", channel="pigeon")


def test_a_change_by_us_asks_the_supplier_again_and_takes_from_who_comes_last(world: World) -> None:
    answer(world, response="accepted")
    made = change(world, {"line": 1, "quantity": 30, "reason": "Ordered too many"}, note="Sorry")
    with db.unit(write=False):
        row = order(world.charlotte)
        assert (row.status, row.lines[0].asked, row.lines[0].quantity) == ("changed", "changed", 30)
        seen = find(world.charlotte, OrderChange, order_id=row.id, version=made.version)
        assert (seen.side, seen.lines[0].quantity_before, seen.lines[0].quantity) == ("buyer", 40, 30)
        assert order(world.nancy, "11077").lines[0].expected_at is None
        assert order(world.nancy, "11075").lines[0].expected_at is not None
    assert (line(world).agreed, line(world).quantity_cancelled, line(world).unconfirmed) == (30, 10, 0)


def test_both_sides_read_in_the_log_that_we_changed_it(world: World) -> None:
    change(world, {"line": 1, "quantity": 50})
    with db.unit(write=False):
        log = select(Interaction).where(Interaction.kind == "order_changed")
        found = {one.organisation_id: one.audience for one in db.session.scalars(log).unique()}
        theirs = visible(world.charlotte, Interaction).where(Interaction.kind == "order_changed")
        assert found == {world.exotic: f"partner:{world.exotic}", world.lehmanns: "staff", world.ernst: "staff"}
        assert not db.session.scalars(theirs.where(Interaction.organisation_id != world.exotic)).all()


def test_another_day_by_us_is_not_reckoned_with_until_it_is_confirmed(world: World) -> None:
    answer(world, response="accepted")
    change(world, {"line": 1, "promised_at": "2026-05-20"})
    row = line(world)
    assert (row.unconfirmed, row.promised_at.day, row.expected_at.day) == (40, 20, 1)
    answer(world, response="accepted")
    assert (line(world).unconfirmed, line(world).expected_at.day) == (0, 20)
    with db.unit(write=False):
        assert order(world.nancy, "11070").lines[0].expected_at.day == 20


def test_an_answer_to_what_we_have_changed_since_is_not_applied(world: World) -> None:
    answer(world, {"line": 1, "response": "changed", "promised_at": "2026-06-09"})
    change(world, {"line": 1, "quantity": 50})
    for _ in range(2):
        with pytest.raises(Refused):
            apply(world)
    with pytest.raises(Refused):
        answer(world, version=1)


@pytest.mark.parametrize(("response", "agreed", "status"), [("accepted", 0, "cancelled"), ("rejected", 40, "rejected")])
def test_a_cancelled_order_is_let_go_or_comes_all_the_same(
    world: World, response: str, agreed: int, status: str
) -> None:
    answer(world, response="accepted")
    with db.unit(write=True):
        order_changes.cancel(world.margaret, order(world.margaret), "No longer wanted")
    assert (line(world).agreed, line(world).status) == (0, "cancelled")
    with db.unit(write=False):
        assert order(world.nancy, "11070").lines[0].expected_at is None
    answer(world, response=response)
    if response == "rejected":
        apply(world)
    row = line(world)
    assert (row.agreed, row.quantity_confirmed, row.first_ordered) == (agreed, agreed, 40)
    with db.unit(write=False):
        assert order(world.nancy).status == status
        assert (order(world.nancy, "11070").lines[0].expected_at is not None) is bool(agreed)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "a line or more"), ("all", "a line or more"), ([{"line": 9, "quantity": 1}], "not an open line"),
        ([{"line": 1, "quantity": -1}], "whole number"), ([{"line": 1, "quantity": "3"}], "whole number"),
        ([{"line": 1, "quantity": 40}], "neither quantity nor date"), ([{"line": 1, "quantity": 3}] * 2, "twice"),
        ([{"line": 1, "promised_at": "soon"}], "must be a day"), ([3], "not an open line"),
    ],
)  # fmt: skip
def test_a_change_that_makes_no_sense_is_refused_in_words(world: World, given: Any, words: str) -> None:
    with db.unit(write=True), pytest.raises(Invalid, match=words):
        order_changes.change(world.margaret, order(world.margaret), given)


@pytest.mark.parametrize("outsider", ["charlotte", "charles"])
def test_a_supplier_does_not_change_nor_chase_our_order(world: World, outsider: str) -> None:
    actor = getattr(world, outsider)
    with db.unit(write=True), pytest.raises(Forbidden):
        order_changes.change(actor, order(actor), [{"line": 1, "quantity": 50}])
    with db.unit(write=True), pytest.raises(Forbidden):
        order_changes.cancel(actor, order(actor))


def test_a_draft_survives_and_is_ones_own(world: World) -> None:
    with db.unit(write=True):
        answer_drafts.keep(world.charlotte, order(world.charlotte), {"line-1": "split"}, 0)
    with db.unit(write=False):
        assert answer_drafts.of(world.charlotte, order(world.charlotte)).typed == {"line-1": "split"}
        assert answer_drafts.of(world.charles, order(world.charles)) is None
    with db.unit(write=True), pytest.raises(NotFound):
        answer_drafts.keep(world.yoshi, order(world.yoshi), {}, 0)
    assert line(world).unconfirmed == 40


def test_what_a_supplier_is_to_be_told_is_put_down_once_for_each_version(world: World) -> None:
    change(world, {"line": 1, "quantity": 50})
    change(world, {"line": 1, "quantity": 45})
    with db.unit(write=False):
        told = db.session.execute(select(OrderNotice.matter, OrderNotice.key, OrderNotice.told_at)).all()
    assert sorted(told) == [("asked", "1", None), ("asked", "2", None)]


def test_the_history_shows_no_more_of_a_line_than_the_order(world: World) -> None:
    agree(world, price_limit=100)
    answer(world, {"line": 1, "response": "changed", "promised_at": "2026-06-09", "unit_price": "13.00"})

    def told(actor: Any) -> set[str]:
        (said,) = find(actor, OrderChange, order_id=order(actor).id).lines[:1]
        return {name for name in ("quantity", "quantity_before", "promised_at", "unit_price", "price_before")
                if has(said, name)}  # fmt: skip

    with db.unit(write=False):
        assert {"unit_price", "price_before", "quantity_before"} <= told(world.charlotte)
    agree(world, prices_shown=False)
    with db.unit(write=True):
        for one in db.session.scalars(select(Share).where(Share.organisation_id == world.exotic)).unique():
            shares.revoke(world.nancy, one)
        shares.share(world.nancy, order(world.nancy), find(world.nancy, Organisation, id=world.exotic), "respond", [])
    with db.unit(write=False):
        assert told(world.charlotte) == {"quantity", "promised_at"}  # its own offer


def test_shares_that_are_not_the_usual_ones_stay_as_they_are(world: World) -> None:
    with db.unit(write=True):
        row = order(world.nancy)
        special = shares.share(world.nancy, row, row.organisation, "read", ["lines.unit_price"])
    agree(world, prices_shown=False)
    with db.unit(write=False):
        found = find(world.nancy, Share, public_id=special.public_id)
        assert found.field_set.fields == ["lines.unit_price"]
