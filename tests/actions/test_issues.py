"""A customer's problem becomes an issue that its supplier answers step by step, and the customer reads how far it is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from actions import conversations, issues, shares, steps
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.issues import Issue
from models.orders import Order, OrderLine
from models.organisations import Organisation
from models.people import Person
from models.shares import Share
from models.types import now
from policy import Forbidden, Hidden, Invalid, NotFound, Refused, find, has, rows, threads, visible
from policy.fields import DEFAULT_SETS
from tests.world import World

CAUSE = "The glue of the carton was too cold."


def line_of(number: str) -> OrderLine:
    return db.session.scalars(select(OrderLine).join(Order).where(Order.number == number)).unique().first()


def take_up(world: World, number: str = "11070", **how: Any) -> str:
    """Nancy takes up a problem with the Chang of an order."""
    with db.unit(write=True):
        return issues.open(
            world.nancy, line_of(number), "Chang: bottles broken", "Three of twenty cartons were crushed.", **how
        ).number


def asked(world: World) -> str:
    with db.unit(write=True):
        made, _ = conversations.start(
            world.renate, "Broken bottles", "Lehmanns got crushed cartons", about=("order_line", "11070/1")
        )
        return made.number


def from_request(world: World) -> str:
    number = asked(world)
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        return issues.open(
            world.nancy, line_of("11070"), "Chang: bottles broken", "Three cartons were crushed.", conversation=row
        ).number


def issue(actor: Any, number: str) -> Any:
    return find(actor, Issue, number=number)


def show(world: World, number: str, to: str = "exotic", **how: Any) -> str:
    with db.unit(write=True):
        partner = find(world.nancy, Organisation, id=getattr(world, to))
        return issues.share(world.nancy, issue(world.nancy, number), partner, **how).public_id


def answer(actor: Any, number: str, key: str = "D4", words: str = CAUSE, **how: Any) -> None:
    with db.unit(write=True):
        steps.answer(actor, issue(actor, number), key, words, **how)


def test_an_issue_has_its_own_number_and_knows_which_purchase_line_supplied_it(world: World) -> None:
    number = take_up(world)
    with db.unit(write=False):
        row = issue(world.nancy, number)
        assert (row.number, row.purchase_line.public_id, row.step("D2").text, row.step("D2").done_at is not None) == (
            "NCR-1001", "PO-1001/1", "Three of twenty cartons were crushed.", True,
        )  # fmt: skip


@pytest.mark.parametrize("outsider", ["renate", "charlotte"])
def test_only_staff_open_issues(world: World, outsider: str) -> None:
    with db.unit(write=True), pytest.raises(Forbidden):
        issues.open(getattr(world, outsider), line_of("11070"), "Broken", "All of it")


def test_an_issue_is_not_opened_from_the_request_of_another_customer(world: World) -> None:
    number = asked(world)
    with db.unit(write=True), pytest.raises(Invalid, match="this customer"):
        row = find(world.nancy, Conversation, number=number)
        issues.open(world.nancy, line_of("11072"), "Broken", "All of it", conversation=row)


def test_the_customer_who_asked_reads_how_far_it_is_and_nothing_else(world: World) -> None:
    number = from_request(world)
    show(world, number)
    answer(world.charlotte, number)
    with db.unit(write=False):
        seen = issue(world.renate, number)
        assert (seen.stage, seen.order_line, seen.product.name) == ("cause_found", "11070/1", "Chang")
        for hidden in ("title", "steps", "costs", "severity", "purchase_line", "due_at", "line"):
            with pytest.raises(Hidden):
                getattr(seen, hidden)


def test_the_customer_hears_of_each_stage_in_the_request_and_not_from_whom(world: World) -> None:
    number = from_request(world)
    show(world, number)
    answer(world.charlotte, number)
    with db.unit(write=False):
        talk = rows(world.renate, visible(world.renate, Conversation))[0]
        said = threads.messages(world.renate, talk, "Northwind")
    told = [(one["author"]["name"], one["change"]["stage"]) for one in said if "stage" in (one.get("change") or {})]
    assert told == [("Northwind", "taken_up"), ("Northwind", "cause_found")]


def test_what_we_found_ourselves_is_not_the_customers_until_we_say_so(world: World) -> None:
    number = take_up(world)
    with db.unit(write=False), pytest.raises(NotFound):
        issue(world.renate, number)
    with db.unit(write=True):
        issues.change(world.nancy, issue(world.nancy, number), {"for_customer": True})
    with db.unit(write=False):
        assert issue(world.renate, number).stage == "taken_up"


@pytest.mark.parametrize("stranger", ["yoshi", "roland"])
def test_nobody_else_outside_finds_a_shared_issue(world: World, stranger: str) -> None:
    number = from_request(world)
    show(world, number)
    with db.unit(write=False), pytest.raises(NotFound):
        issue(getattr(world, stranger), number)


def test_a_supplier_sees_only_the_fields_shared_with_it(world: World) -> None:
    number = from_request(world)
    show(world, number, fields=["title", "quantity"], level="read")
    with db.unit(write=False):
        seen = issue(world.charlotte, number)
        assert (seen.title, seen.product.name) == ("Chang: bottles broken", "Chang")
        assert not [one for one in ("steps", "costs", "severity", "organisation", "conversation") if has(seen, one)]


def test_costs_are_for_us_unless_they_are_shared(world: World) -> None:
    number = take_up(world)
    with db.unit(write=True):
        steps.add_cost(world.nancy, issue(world.nancy, number), "Sorting", Decimal("120.50"), "partner")
    show(world, number)
    with db.unit(write=False):
        assert not has(issue(world.charlotte, number), "costs")
    show(world, number, fields=["costs"], level="read")
    with db.unit(write=False):
        (cost,) = issue(world.charlotte, number).costs
        assert (cost.words, cost.amount, cost.payer) == ("Sorting", Decimal("120.50"), "partner")


def test_a_cost_line_is_taken_away_once(world: World) -> None:
    number = take_up(world)
    with db.unit(write=True):
        cost = steps.add_cost(world.nancy, issue(world.nancy, number), "Sorting", Decimal(9), "us")
        steps.remove_cost(world.nancy, issue(world.nancy, number), cost)
        with pytest.raises(Refused):
            steps.remove_cost(world.nancy, issue(world.nancy, number), cost)


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "1e12", "0.00001"])
def test_a_cost_is_an_amount_of_money(world: World, amount: str) -> None:
    number = take_up(world)
    with db.unit(write=True), pytest.raises(Invalid):
        steps.add_cost(world.nancy, issue(world.nancy, number), "Sorting", Decimal(amount), "us")


def test_a_supplier_answers_its_steps_and_not_ours(world: World) -> None:
    number = take_up(world)
    show(world, number)
    answer(world.charlotte, number)
    with pytest.raises(Forbidden):
        answer(world.charlotte, number, "D8")
    with db.unit(write=False):
        step = issue(world.nancy, number).step("D4")
        assert (step.text, step.author.name, step.done_at is not None) == (CAUSE, "Charlotte Cooper", True)


def test_a_supplier_reads_its_own_names_and_of_us_only_that_it_was_us(world: World) -> None:
    number = take_up(world)
    show(world, number)
    answer(world.charlotte, number)
    with db.unit(write=False):
        authors = {one.step: one.author for one in issue(world.charlotte, number).steps}
    assert authors["D4"] == {"side": "own", "name": "Charlotte Cooper"}
    assert authors["D2"] == {"side": "staff", "name": None}
    assert authors["D7"] == {"side": None, "name": None}


@pytest.mark.parametrize("how", [{"level": "read"}, {"level": "comment"}, {"fields": ["title"]}])
def test_a_supplier_answers_only_where_the_share_lets_it(world: World, how: dict[str, Any]) -> None:
    number = take_up(world)
    show(world, number, **how)
    with pytest.raises(Forbidden):
        answer(world.charlotte, number)


def test_a_step_is_open_again_and_the_log_keeps_both(world: World) -> None:
    number = take_up(world)
    show(world, number)
    answer(world.charlotte, number)
    answer(world.charlotte, number, done=False)
    with db.unit(write=False):
        assert issue(world.nancy, number).step("D4").done_at is None
        kinds = visible(world.nancy, Interaction, Interaction.kind).where(
            Interaction.subject_id == number, Interaction.organisation_id == world.exotic
        )
        assert db.session.scalars(kinds.order_by(Interaction.id)).all()[-2:] == [
            "issue_step_answered", "issue_step_reopened",
        ]  # fmt: skip


def test_two_who_answer_one_step_at_once_do_not_overwrite_each_other(world: World) -> None:
    number = take_up(world)
    show(world, number)
    answer(world.charlotte, number, version=1)
    with pytest.raises(Refused, match="a moment ago"):
        answer(world.nancy, number, words="It was us", version=1)


def test_a_step_is_not_done_without_words_nor_in_the_future(world: World) -> None:
    number = take_up(world)
    with pytest.raises(Invalid):
        answer(world.nancy, number, words="")
    with pytest.raises(Invalid):
        answer(world.nancy, number, done_at=now() + timedelta(days=3))
    answer(world.nancy, number, words="", done=False)


def test_sharing_brings_the_supplier_into_the_conversation_masked(world: World) -> None:
    number = from_request(world)
    show(world, number, message="Please tell us the cause.")
    with db.unit(write=False):
        talk = rows(world.charlotte, visible(world.charlotte, Conversation))[0]
        thread = threads.messages(world.charlotte, talk, "Northwind")
        said = [one["body"] for one in thread if one["kind"] == "message"]
        assert (talk.subject, said) == (f"{number}: Chang: bottles broken", ["Please tell us the cause."])


def test_without_a_request_the_supplier_and_we_get_a_conversation_of_our_own(world: World) -> None:
    number = take_up(world)
    show(world, number, message="Please tell us the cause.")
    with db.unit(write=False):
        row = issue(world.nancy, number)
        assert row.conversation.organisation_id is None
        assert rows(world.charlotte, visible(world.charlotte, Conversation))
        assert not rows(world.renate, visible(world.renate, Conversation))


def test_an_issue_is_shared_with_one_person_until_it_is_taken_back(world: World) -> None:
    number = take_up(world)
    with db.unit(write=False):
        charles = find(world.nancy, Person, id=world.charles.person_id)
    share = show(world, number, person=charles)
    with db.unit(write=False), pytest.raises(NotFound):
        issue(world.charlotte, number)
    with db.unit(write=True):
        assert issue(world.charles, number).number == number
        shares.revoke(world.nancy, find(world.nancy, Share, public_id=share))
    with db.unit(write=False), pytest.raises(NotFound):
        issue(world.charles, number)


def test_an_unknown_field_is_refused_by_name(world: World) -> None:
    number = take_up(world)
    with pytest.raises(Invalid, match="organisation"):
        show(world, number, fields=["organisation"])


def test_the_usual_share_names_no_customer_and_no_cost() -> None:
    assert not {"organisation", "costs", "conversation"} & set(DEFAULT_SETS["issue"])


def test_a_closed_issue_is_answered_by_nobody_until_it_is_reopened(world: World) -> None:
    number = from_request(world)
    show(world, number)
    with db.unit(write=True):
        issues.close(world.nancy, issue(world.nancy, number))
    for who in (world.nancy, world.charlotte):
        with pytest.raises(Forbidden):
            answer(who, number)
    with db.unit(write=True):
        assert issue(world.renate, number).stage == "closed"
        issues.reopen(world.nancy, issue(world.nancy, number))
    answer(world.charlotte, number)


def test_a_stale_change_is_refused(world: World) -> None:
    number = take_up(world)
    with db.unit(write=True):
        version = issue(world.nancy, number).version
        issues.change(world.nancy, issue(world.nancy, number), {"severity": "critical"}, version)
    with db.unit(write=True), pytest.raises(Refused, match="a moment ago"):
        issues.change(world.margaret, issue(world.margaret, number), {"severity": "minor"}, version)


def test_the_customer_reads_what_becomes_of_the_goods(world: World) -> None:
    number = from_request(world)
    with db.unit(write=True):
        back = {"return_state": "asked", "return_quantity": 3}
        issues.change(world.nancy, issue(world.nancy, number), back)
    with db.unit(write=False):
        assert issue(world.renate, number).goods_return == {"state": "asked", "quantity": 3}


def test_what_happened_stands_on_both_records_each_for_its_readers(world: World) -> None:
    number = from_request(world)
    show(world, number)
    answer(world.charlotte, number)
    with db.unit(write=False):
        found = select(Interaction.organisation_id, Interaction.audience).where(
            Interaction.subject_id == number, Interaction.kind == "issue_step_answered"
        )
        assert dict(db.session.execute(found).all()) == {
            world.lehmanns: "staff", world.exotic: f"partner:{world.exotic}",
        }  # fmt: skip
        told = [one.summary for one in rows(world.greta, visible(world.greta, Interaction)) if number in one.summary]
    assert sorted(told) == [f"{number} opened for Chang", f"{number}: the cause is found"]
