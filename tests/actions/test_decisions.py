"""Decisions: a question with a few fixed answers, for one audience; exactly one answer counts."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from actions import conversations, decisions, parties
from models import db
from models.conversations import Conversation
from models.decisions import Decision
from models.interactions import Interaction
from models.messages import Message
from models.organisations import Organisation
from policy import Actor, Forbidden, Invalid, NotFound, Refused, find, threads, visible
from tests.world import World

BOTH = ("Yes", "No")


@pytest.fixture
def number(world: World) -> str:
    """A request of Renate in which Exotic Liquids may respond."""
    with db.unit(write=True):
        made, _ = conversations.start(world.renate, "Lehmanns needs Chang", "All 20?", about=("order_line", "11070/1"))
        exotic = find(world.nancy, Organisation, id=world.exotic)
        parties.add(world.nancy, made, exotic, level="respond", subject="Chang")
        return made.number


def ask(actor: Actor, number: str, audience: str | None = "customer", answers=BOTH, **how) -> str:
    with db.unit(write=True):
        made, _ = decisions.ask(actor, find(actor, Conversation, number=number), "Chai for Chang?", answers,
                                audience=audience, **how)  # fmt: skip
        return made.public_id


def answer(actor: Actor, public_id: str, chosen: str = "Yes") -> None:
    with db.unit(write=True):
        decisions.answer(actor, find(actor, Decision, public_id=public_id), chosen)


def withdraw(actor: Actor, public_id: str) -> None:
    with db.unit(write=True):
        decisions.withdraw(actor, find(actor, Decision, public_id=public_id))


def thread(actor: Actor, number: str) -> list[dict]:
    with db.unit(write=False):
        return threads.messages(actor, find(actor, Conversation, number=number), "Northwind")


def test_the_customer_answers_and_it_stands_in_the_thread_and_on_its_record(world: World, number: str) -> None:
    asked = ask(world.nancy, number, about="11070/1")
    answer(world.renate, asked)
    card = next(one for one in thread(world.greta, number) if "decision" in one)["decision"]
    assert (card["state"], card["answer"], card["by"]) == ("answered", "Yes", "Renate Messner")
    last = thread(world.nancy, number)[-1]
    assert (last["change"], last["author"]["name"], last["audience"]["kind"]) == (
        {"decision": asked, "state": "answered", "answer": "Yes"}, "Renate Messner", "customer",
    )  # fmt: skip
    with db.unit(write=False):
        log = db.session.scalars(select(Interaction).where(Interaction.kind == "decision_answered")).unique().one()
        assert (log.organisation_id, log.audience, log.touchpoint, log.timeline) == (
            world.lehmanns, "customer", True, True,
        )  # fmt: skip
        assert (log.summary, log.detail["about"]) == ("Chai for Chang? → Yes", "11070/1")
        assert find(world.nancy, Conversation, number=number).waiting_since is not None


def test_a_second_answer_gets_a_conflict_in_words(world: World, number: str) -> None:
    asked = ask(world.nancy, number)
    answer(world.renate, asked)
    with pytest.raises(Refused, match="Renate Messner has answered this already: Yes"):
        answer(world.greta, asked, "No")


def test_of_many_answers_at_once_exactly_one_counts(world: World, number: str) -> None:
    asked = ask(world.nancy, number)

    def tap(n: int) -> str:
        try:
            answer((world.renate, world.greta)[n % 2], asked, BOTH[n % 2])
        except Refused as refused:
            return refused.word
        return "counted"

    with ThreadPoolExecutor(10) as many:
        tapped = list(many.map(tap, range(20)))
    assert (tapped.count("counted"), tapped.count("conflict")) == (1, 19)
    changes = [one for one in thread(world.renate, number) if one["kind"] == "change" and "decision" in one["change"]]
    assert len(changes) == 1


def test_a_partner_asks_us_and_only_we_answer(world: World, number: str) -> None:
    asked = ask(world.charlotte, number, audience=None)
    for somebody in (world.charles, world.charlotte):
        with pytest.raises(Forbidden):
            answer(somebody, asked)
    with pytest.raises(NotFound):
        answer(world.renate, asked)
    answer(world.nancy, asked, "No")
    assert [one["decision"]["answer"] for one in thread(world.charles, number) if "decision" in one] == ["No"]


def test_nobody_else_reads_what_is_put_to_one_side(world: World, number: str) -> None:
    ask(world.nancy, number, "customer")
    ask(world.nancy, number, f"partner:{world.exotic}")
    for actor in (world.renate, world.charlotte):
        assert len([one for one in thread(actor, number) if "decision" in one]) == 1
    for rival in (world.yoshi, world.roland, world.jonas):
        with db.unit(write=False):
            assert not db.session.scalar(select(func.count()).select_from(Decision).where(
                Decision.id.in_(decisions_of(rival))))  # fmt: skip


def decisions_of(actor: Actor):
    return visible(actor, Decision, Decision.id)


def test_the_order_line_is_shown_to_us_alone(world: World, number: str) -> None:
    ask(world.nancy, number, f"partner:{world.exotic}", about="11070/1")
    card = next(one["decision"] for one in thread(world.charlotte, number) if "decision" in one)
    assert "about" not in card
    assert "11070" not in str(thread(world.charlotte, number))
    assert next(one["decision"] for one in thread(world.nancy, number) if "decision" in one)["about"] == "11070/1"


def test_the_asker_takes_it_back_and_then_nobody_answers(world: World, number: str) -> None:
    asked = ask(world.nancy, number)
    with pytest.raises(Forbidden):
        withdraw(world.renate, asked)
    withdraw(world.steven, asked)
    with pytest.raises(Refused, match="taken back"):
        answer(world.renate, asked)
    with pytest.raises(Refused):
        withdraw(world.nancy, asked)


def test_what_was_answered_is_not_taken_back(world: World, number: str) -> None:
    asked = ask(world.nancy, number)
    answer(world.renate, asked)
    with pytest.raises(Refused, match="Renate Messner has answered"):
        withdraw(world.nancy, asked)


@pytest.mark.parametrize(
    "answers", [["Yes"], ["Yes", "Yes"], ["1", "2", "3", "4", "5"], ["Yes", " "], ["Yes", "x" * 61], []]
)
def test_two_to_four_different_answers_are_offered(world: World, number: str, answers: list[str]) -> None:
    with pytest.raises(Invalid):
        ask(world.nancy, number, answers=answers)


@pytest.mark.parametrize("audience", ["everyone", "staff", None, "partner:999999"])
def test_it_is_put_to_one_side(world: World, number: str, audience: str | None) -> None:
    with pytest.raises(Invalid):
        ask(world.nancy, number, audience)


def test_none_of_the_answers_is_no_answer(world: World, number: str) -> None:
    with pytest.raises(Invalid):
        answer(world.renate, ask(world.nancy, number), "Perhaps")


def test_customers_ask_nothing_this_way_and_who_may_only_comment_neither(world: World, number: str) -> None:
    with db.unit(write=True):
        talk, _ = conversations.start(world.renate, "Pallets", "Which?")
        parties.add(world.nancy, talk, find(world.nancy, Organisation, id=world.exotic))
        other = talk.number
    for actor, place in ((world.renate, number), (world.charlotte, other)):
        with pytest.raises(Forbidden):
            ask(actor, place)
    asked = ask(world.nancy, other, f"partner:{world.exotic}")
    answer(world.charlotte, asked)


def test_asking_twice_under_one_id_is_one_question(world: World, number: str) -> None:
    once = str(uuid.uuid4())
    assert ask(world.nancy, number, message_client_id=once) == ask(world.nancy, number, message_client_id=once)
    with pytest.raises(Refused):
        ask(world.nancy, number, answers=("Now", "Later"), message_client_id=once)
    with db.unit(write=False):
        assert (
            db.session.scalar(select(func.count()).select_from(Message).where(Message.body == "Chai for Chang?")) == 1
        )


def test_a_partner_that_was_taken_out_answers_nothing(world: World, number: str) -> None:
    asked = ask(world.nancy, number, f"partner:{world.exotic}")
    with db.unit(write=True):
        exotic = find(world.nancy, Organisation, id=world.exotic)
        parties.remove(world.nancy, find(world.nancy, Conversation, number=number), exotic)
    with pytest.raises(NotFound):
        answer(world.charlotte, asked)
