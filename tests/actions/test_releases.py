"""Releasing: one message from before a partner came is shown to it by name, its author masked; never a note."""

import pytest
from sqlalchemy import select

from actions import conversations, parties, releases
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.organisations import Organisation
from policy import Actor, Forbidden, Invalid, NotFound, Refused, find, threads
from tests.world import World


@pytest.fixture
def number(world: World) -> str:
    """Said before Exotic Liquids came: 1 by Renate to us, 2 a note, 3 to everyone; 4 is its coming."""
    with db.unit(write=True):
        made, _ = conversations.start(
            world.renate, "Lehmanns needs Chang", "The caps leak", about=("order_line", "11070/1")
        )
        conversations.reply(world.nancy, made, "Do not tell them", audience="staff")
        conversations.reply(world.nancy, made, "We are asking", audience="everyone")
        parties.add(world.nancy, made, find(world.nancy, Organisation, id=world.exotic), subject="Chang")
        return made.number


def release(
    world: World, number: str, seq: int = 1, *, by: Actor | None = None, to: str = "exotic", confirm: str | None = ""
) -> None:
    with db.unit(write=True):
        partner = db.session.get_one(Organisation, getattr(world, to))
        row = find(by or world.nancy, Conversation, number=number)
        releases.release(by or world.nancy, row, partner, seq, partner.public_id if confirm == "" else confirm)


def thread(actor: Actor, number: str, after: int = 0) -> list[dict]:
    with db.unit(write=False):
        return threads.messages(actor, find(actor, Conversation, number=number), "Northwind", after=after)


def said(actor: Actor, number: str) -> list[str]:
    return [one["body"] for one in thread(actor, number) if one["kind"] == "message"]


def test_the_partner_reads_the_words_and_not_whose_they_are(world: World, number: str) -> None:
    assert said(world.charlotte, number) == []
    release(world, number)
    assert said(world.charlotte, number) == ["The caps leak"]
    shown = thread(world.charlotte, number)[-1]
    assert (shown["seq"], shown["released"]["author"]["name"]) == (5, "a customer of Northwind")
    for name in ("Renate", "Messner", "Lehmann", world.renate.public_id):
        assert name not in str(thread(world.charlotte, number))


def test_it_is_told_once_at_the_end_so_that_nobody_misses_it(world: World, number: str) -> None:
    """Meaningful: who had read up to the newest message catches up from there, and the first telling stays hidden."""
    release(world, number)
    assert [one["seq"] for one in thread(world.charlotte, number)] == [4, 5]
    assert [one["body"] for one in thread(world.charlotte, number, after=4)] == ["The caps leak"]


def test_the_customer_sees_nothing_of_it_and_the_desk_sees_whose_words_they_were(world: World, number: str) -> None:
    before = thread(world.renate, number)
    release(world, number)
    assert thread(world.renate, number) == before
    assert thread(world.nancy, number)[-1]["released"]["author"]["name"] == "Renate Messner"


def test_an_introduction_does_not_reach_back_into_what_is_released(world: World, number: str) -> None:
    with db.unit(write=True):
        exotic = find(world.steven, Organisation, id=world.exotic)
        parties.introduce(world.steven, find(world.steven, Conversation, number=number), exotic)
    release(world, number)
    assert thread(world.charlotte, number)[-1]["released"]["author"]["name"] == "a customer of Northwind"


def test_a_note_is_never_shown(world: World, number: str) -> None:
    with pytest.raises(Invalid, match="note among us: it is never shown"):
        release(world, number, 2)


def test_what_another_partner_told_us_is_not_shown_to_a_third(world: World, number: str) -> None:
    with db.unit(write=True):
        conversations.reply(world.charlotte, find(world.charlotte, Conversation, number=number), "5 % off",
                            audience=f"partner:{world.exotic}")  # fmt: skip
        parties.add(
            world.nancy, find(world.nancy, Conversation, number=number), find(world.nancy, Organisation, id=world.tokyo)
        )
    with pytest.raises(Invalid, match="between another partner and us"):
        release(world, number, 5, to="tokyo")


@pytest.mark.parametrize("confirm", [None, "Exotic Liquids Ltd", "yes"])
def test_nothing_is_shown_without_naming_who_will_read_it(world: World, number: str, confirm: str | None) -> None:
    with pytest.raises(Invalid, match="must name Exotic Liquids"):
        release(world, number, confirm=confirm)
    assert said(world.charlotte, number) == []


def test_it_is_shown_once(world: World, number: str) -> None:
    release(world, number)
    with pytest.raises(Refused, match="shown to Exotic Liquids already"):
        release(world, number)
    with pytest.raises(Refused, match="reads this message already"):
        release(world, number, 5)


def test_who_left_and_came_again_may_be_shown_it_again(world: World, number: str) -> None:
    release(world, number)
    with db.unit(write=True):
        row, exotic = find(world.nancy, Conversation, number=number), find(world.nancy, Organisation, id=world.exotic)
        parties.remove(world.nancy, row, exotic)
        parties.add(world.nancy, row, exotic)
    assert said(world.charlotte, number) == []
    release(world, number)
    assert said(world.charlotte, number) == ["The caps leak"]


def test_nobody_who_does_not_take_part_is_shown_anything(world: World, number: str) -> None:
    with pytest.raises(Refused, match="does not take part"):
        release(world, number, to="tokyo")


def test_nothing_is_shown_that_is_no_message_or_stands_elsewhere(world: World, number: str) -> None:
    for seq in (4, 999, 0, -1):
        with pytest.raises(NotFound):
            release(world, number, seq)


def test_only_the_desk_releases(world: World, number: str) -> None:
    for actor in (world.renate, world.charlotte):
        with pytest.raises(Forbidden):
            release(world, number, by=actor)
    with pytest.raises(NotFound):
        release(world, number, by=world.otto)


def test_it_stands_in_the_log_for_us_alone(world: World, number: str) -> None:
    release(world, number)
    with db.unit(write=False):
        log = select(Interaction.organisation_id, Interaction.audience, Interaction.summary)
        found = db.session.execute(log.where(Interaction.kind == "message_released")).all()
    words = f"Message 1 of #{number} was shown to Exotic Liquids"
    assert sorted(found) == sorted([(world.lehmanns, "staff", words), (world.exotic, "staff", words)])
