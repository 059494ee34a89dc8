"""Orders: a supplier answers a purchase order, the buyer applies it once, and the customers behind it hear of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, select

from actions import conversations, orders, parties, shares
from actions.affected import Affected, affected, applied
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.orders import Order, OrderChange
from models.organisations import Organisation
from models.shares import Share
from policy import Forbidden, Invalid, NotFound, Refused, find, threads
from tests.world import World

NINTH = datetime(2026, 6, 9, 12, tzinfo=UTC)
LATER = {"line": 1, "response": "changed", "promised_at": "2026-06-09", "reason": "Bottling runs a week behind"}


@pytest.fixture(autouse=True)
def shared(world: World) -> None:
    """PO-1001 is shared with its supplier as usual."""
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, order(world.nancy))


def order(actor, number: str = "PO-1001") -> Any:
    return find(actor, Order, number=number)


def answer(world: World, response: str = "accepted_with_changes", lines: Any = (LATER,), **how: Any) -> int:
    with db.unit(write=True):
        return orders.confirm(world.charlotte, order(world.charlotte), response, list(lines), **how).version


def newest(world: World) -> OrderChange:
    row = order(world.nancy)
    return find(world.nancy, OrderChange, order_id=row.id, version=row.answered_version)


def apply(world: World, line: int | None = None) -> list[Affected]:
    with db.unit(write=True):
        return orders.apply_answer(world.margaret, order(world.margaret), newest(world), line)


def line_of(world: World, number: str, place: int = 0) -> Any:
    return order(world.nancy, number).lines[place]


def test_a_supplier_says_once_that_an_order_was_received(world: World) -> None:
    with db.unit(write=True):
        orders.acknowledge(world.charlotte, order(world.charlotte))
    with db.unit(write=True), pytest.raises(Refused):
        orders.acknowledge(world.charles, order(world.charles))
    with db.unit(write=False):
        assert order(world.nancy).acknowledged_at is not None


@pytest.mark.parametrize("verb", ["acknowledge", "confirm"])
def test_nobody_but_its_supplier_answers_an_order(world: World, verb: str) -> None:
    arguments = ["accepted"] if verb == "confirm" else []
    with db.unit(write=True):
        row = order(world.nancy)
        shares.share(world.nancy, row, find(world.nancy, Organisation, id=world.tokyo), "edit", [])
    with db.unit(write=True), pytest.raises(Forbidden):
        getattr(orders, verb)(world.yoshi, order(world.yoshi), *arguments)
    with db.unit(write=True), pytest.raises(Forbidden):
        getattr(orders, verb)(world.renate, row, *arguments)


def test_who_may_only_comment_does_not_answer(world: World) -> None:
    with db.unit(write=True):
        row = order(world.nancy, "PO-1002")
        shares.share(world.nancy, row, row.organisation, "comment", [])
    with db.unit(write=True), pytest.raises(Forbidden):
        orders.confirm(world.yoshi, order(world.yoshi, "PO-1002"), "accepted")


def test_lines_not_mentioned_are_as_ordered(world: World) -> None:
    assert answer(world) == 1
    with db.unit(write=False):
        lines = newest(world).lines
        assert [(one.response, one.quantity) for one in lines] == [("changed", 40), ("accepted", 70)]
        assert lines[0].promised_at == NINTH
        assert order(world.nancy).status == "confirmed_with_changes"


@pytest.mark.parametrize(("response", "status"), [("accepted", "confirmed"), ("rejected", "rejected")])
def test_a_whole_order_is_answered_in_one_word(world: World, response: str, status: str) -> None:
    answer(world, response, [])
    with db.unit(write=False):
        assert {one.response for one in newest(world).lines} == {response}
        assert order(world.nancy).status == status


@pytest.mark.parametrize(
    ("response", "lines", "words"),
    [
        ("perhaps", [], "must be one of"),
        ("accepted", "all", "must be a list"),
        ("accepted", [3], "must be a list of"),
        ("accepted", [{"line": 9, "response": "accepted"}], "line 9 is not"),
        ("accepted", [{"line": True, "response": "accepted"}], "is not an open line"),
        ("accepted", [{"line": 1, "response": "accepted"}] * 2, "answered twice"),
        ("accepted", [{"line": 1, "response": "perhaps"}], "Line 1: must be one of"),
        ("accepted", [LATER], "not every line"),
        ("accepted", [{**LATER, "response": "accepted"}], "Line 1: with another date"),
        ("accepted_with_changes", [], "alike"),
        ("accepted_with_changes", [{**LATER, "promised_at": None}], "Line 1: give the date"),
        ("accepted_with_changes", [{**LATER, "promised_at": "9 June"}], "must be a day"),
        ("accepted_with_changes", [{**LATER, "promised_at": "2026-05-03"}], "before the order was placed"),
        ("accepted_with_changes", [{**LATER, "promised_at": "2026-06-01"}], "neither date nor quantity"),
        ("accepted_with_changes", [{**LATER, "quantity": 41}], "only 40 are ordered"),
        ("accepted_with_changes", [{**LATER, "quantity": -1}], "whole number"),
        ("accepted_with_changes", [{**LATER, "quantity": "4"}], "whole number"),
        ("accepted_with_changes", [{**LATER, "reason": "a\0b"}], "NUL"),
        ("rejected", [LATER], "not every line"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_in_words(world: World, response: str, lines: Any, words: str) -> None:
    with db.unit(write=True), pytest.raises(Invalid, match=words):
        orders.confirm(world.charlotte, order(world.charlotte), response, lines)


def test_a_quantity_that_is_not_shared_cannot_be_probed(world: World) -> None:
    with db.unit(write=True):
        shares.revoke(world.nancy, find(world.nancy, Share, organisation_id=world.exotic))
        row = order(world.nancy)
        shares.share(world.nancy, row, row.organisation, "respond", [])
    for quantity in (39, 41):
        with pytest.raises(Invalid, match="not shared"):
            answer(world, lines=[{**LATER, "quantity": quantity}])


def test_an_answer_to_what_a_colleague_has_answered_meanwhile_is_refused(world: World) -> None:
    answer(world, version=0)
    with pytest.raises(Refused):
        answer(world, version=0)
    assert answer(world, "accepted", [], version=1) == 2


def test_nothing_moves_until_the_answer_is_applied(world: World) -> None:
    with db.unit(write=False):
        before = line_of(world, "PO-1001").promised_at, line_of(world, "11070").expected_at
    answer(world)
    with db.unit(write=False):
        assert (line_of(world, "PO-1001").promised_at, line_of(world, "11070").expected_at) == before
        preview = affected(newest(world))
    assert [(one.order, one.quantity, one.state) for one in preview] == [
        ("11070", 3, "late"), ("11072", 8, "late"), ("11075", 10, "late"), ("11077", 19, "late"),
    ]  # fmt: skip
    assert {(one.before, one.after) for one in preview} == {(before[1], NINTH)}


def test_an_applied_answer_moves_the_customers_lines_and_says_so_on_their_records(world: World) -> None:
    answer(world)
    moved = apply(world)
    with db.unit(write=False):
        assert line_of(world, "11070").expected_at == line_of(world, "PO-1001").promised_at == NINTH
        log = select(Interaction).where(Interaction.kind == "line_moved", Interaction.organisation_id == world.lehmanns)
        told = db.session.execute(log).unique().scalars().one()
        assert told.summary == "Chang on 11070 now expected 2026-06-09, before 2026-06-01"
        assert told.audience == "customer"
        assert applied(newest(world), "PO-1001") == moved
        assert affected(newest(world)) == []


def test_a_quantity_cut_leaves_the_last_in_line_short(world: World) -> None:
    answer(world, lines=[{**LATER, "quantity": 30}])
    assert [(one.order, one.short) for one in apply(world)] == [("11070", 0), ("11072", 0), ("11075", 0), ("11077", 10)]
    with db.unit(write=False):
        assert line_of(world, "PO-1001").quantity == 30
        assert line_of(world, "11075").expected_at == NINTH
        assert line_of(world, "11077").expected_at is None


def test_who_was_short_already_gets_no_date_from_an_answer(world: World) -> None:
    with db.unit(write=True):
        line_of(world, "11077").expected_at = None
    answer(world)
    assert [(one.after, one.state) for one in apply(world)][-1] == (None, "short")


def test_a_refused_line_leaves_everybody_short_and_without_a_date(world: World) -> None:
    answer(world, lines=[{"line": 1, "response": "rejected", "reason": "Out of hops"}])
    assert {one.state for one in apply(world)} == {"short"}
    with db.unit(write=False):
        assert line_of(world, "11070").expected_at is None
        assert line_of(world, "PO-1001").status == "cancelled"


def test_an_answer_counts_once(world: World) -> None:
    answer(world)
    apply(world)
    with pytest.raises(Refused):
        apply(world)


def test_lines_are_applied_one_by_one_or_the_rest_at_once(world: World) -> None:
    answer(world)
    apply(world, 2)
    with pytest.raises(Refused):
        apply(world, 2)
    assert len(apply(world)) == 4


@pytest.mark.parametrize("verb", ["apply", "confirm"])
def test_of_many_who_try_at_once_exactly_one_succeeds(world: World, verb: str) -> None:
    if verb == "apply":
        answer(world)

    def attempt(_: int) -> str:
        try:
            apply(world) if verb == "apply" else answer(world, version=0)
        except Refused as refused:
            return refused.word
        return "done"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(16))) == ["conflict"] * 15 + ["done"]


def test_only_the_newest_answer_is_applied(world: World) -> None:
    answer(world)
    answer(world, "accepted", [])
    with db.unit(write=True), pytest.raises(Refused):
        row = order(world.nancy)
        orders.apply_answer(world.nancy, row, find(world.nancy, OrderChange, order_id=row.id, version=1))


def test_an_answer_belongs_to_its_order(world: World) -> None:
    answer(world)
    with db.unit(write=True), pytest.raises(NotFound):
        orders.apply_answer(world.nancy, order(world.nancy, "PO-1002"), newest(world))


@pytest.mark.parametrize("outsider", ["charlotte", "charles"])
def test_a_supplier_does_not_apply_its_own_answer(world: World, outsider: str) -> None:
    answer(world)
    with db.unit(write=True), pytest.raises(Forbidden):
        actor = getattr(world, outsider)
        orders.apply_answer(actor, order(actor), newest(world))


def test_the_preview_costs_one_statement_however_many_wait(world: World) -> None:
    answer(world)
    with db.unit(write=False):
        change = newest(world)
        counted: list[str] = []
        event.listen(db.engine(), "before_cursor_execute", lambda *given: counted.append(given[2]))
        affected(change)
        assert len(counted) == 1


def test_an_answer_stands_on_the_records_of_its_supplier_and_of_who_waits(world: World) -> None:
    answer(world)
    with db.unit(write=False):
        log = select(Interaction).where(Interaction.kind == "order_confirmed")
        found = {one.organisation_id: one.audience for one in db.session.execute(log).unique().scalars()}
        assert found == {world.exotic: f"partner:{world.exotic}", world.lehmanns: "staff", world.ernst: "staff"}


def test_the_conversation_that_the_supplier_was_brought_into_says_that_it_answered(world: World) -> None:
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "In time?", about=("order_line", "11070/1"))
        parties.add(world.nancy, row, find(world.nancy, Organisation, id=world.exotic))
        number = row.number
    answer(world)
    with db.unit(write=False):
        threads_of = {
            name: threads.messages(actor, find(actor, Conversation, number=number), "Northwind")[-1].get("change")
            for name, actor in world.everybody().items()
            if name in ("charlotte", "nancy", "renate")
        }
    said = {"order": "PO-1001", "answered": "accepted_with_changes"}
    assert threads_of["charlotte"] == threads_of["nancy"] == said
    assert "answered" not in threads_of["renate"]


def test_the_customers_are_told_once_in_their_conversation_or_a_new_one(world: World) -> None:
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "In time?", about=("order_line", "11070/1"))
        number = row.number
    answer(world)
    apply(world)
    both = {"11070": "send", "11072": "send"}
    with db.unit(write=True):
        told = orders.tell_affected(world.nancy, order(world.nancy), newest(world), both)
        assert told[0].number == number
    with db.unit(write=True):
        assert orders.tell_affected(world.margaret, order(world.margaret), newest(world), both) == []
    with db.unit(write=False):
        said = threads.messages(world.renate, find(world.renate, Conversation, number=number), "Northwind")
        assert [one["body"] for one in said] == [
            "In time?", "Chang on your order 11070: we now expect it on 9 June 2026 (before: 1 June 2026).",
        ]  # fmt: skip
        assert [one["body"] for one in threads.messages(world.roland, find(world.roland, Conversation), "N")] == [
            "Chang on your order 11072: we now expect it on 9 June 2026 (before: 1 June 2026)."
        ]


def heard_in(world: World, number: str) -> list[str]:
    """What was said in a conversation, as a lead reads it."""
    row = find(world.steven, Conversation, number=number)
    return [one["body"] for one in threads.messages(world.steven, row, "Northwind") if one["kind"] == "message"]


@pytest.mark.parametrize("way", ["send", "fold"])
def test_a_customer_is_not_told_in_a_matter_of_ours_that_it_has_not_heard_of(world: World, way: str) -> None:
    with db.unit(write=True):
        ours, _ = conversations.start(
            world.nancy, "Lehmanns pays late", "Shall we go on?", audience="staff", about=("order", "11070"),
            organisation=find(world.nancy, Organisation, id=world.lehmanns),
        )  # fmt: skip
        number = ours.number
    answer(world)
    apply(world)
    with db.unit(write=True):
        (told,) = orders.tell_affected(world.nancy, order(world.nancy), newest(world), {"11070": way})
        assert told.number != number
    with db.unit(write=False):
        assert heard_in(world, number) == ["Shall we go on?"]
        with pytest.raises(NotFound):
            find(world.greta, Conversation, number=number)


@pytest.mark.parametrize("way", ["send", "fold"])
def test_an_agent_writes_into_no_conversation_of_another_team(world: World, way: str) -> None:
    with db.unit(write=True):
        asked, _ = conversations.start(world.renate, "Chang", "In time?", about=("order_line", "11070/1"))
        number = asked.number
    answer(world)
    apply(world)
    with db.unit(write=True):
        (told,) = orders.tell_affected(world.otto, order(world.otto), newest(world), {"11070": way})
        assert told.number != number
    with db.unit(write=False):
        assert heard_in(world, number) == ["In time?"]


def test_nobody_is_told_before_it_counts_nor_who_is_not_affected(world: World) -> None:
    answer(world)
    with db.unit(write=True), pytest.raises(Refused):
        orders.tell_affected(world.nancy, order(world.nancy), newest(world), {"11070": "send"})
    apply(world)
    with db.unit(write=True), pytest.raises(Invalid, match="10248"):
        orders.tell_affected(world.nancy, order(world.nancy), newest(world), {"10248": "send"})


def test_sending_a_draft_shares_it_with_its_supplier_once(world: World) -> None:
    with db.unit(write=True):
        order(world.nancy, "PO-1002").status = "draft"
    with db.unit(write=False), pytest.raises(NotFound):
        order(world.yoshi, "PO-1002")
    with db.unit(write=True):
        orders.send(world.margaret, order(world.margaret, "PO-1002"))
    with db.unit(write=False):
        assert order(world.yoshi, "PO-1002").status == "sent"
    with db.unit(write=True), pytest.raises(Refused):
        orders.send(world.margaret, order(world.margaret, "PO-1002"))
