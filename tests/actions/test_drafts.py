"""Drafts: what somebody has begun to write is theirs alone, and ends where it is sent, emptied, or no longer theirs to write."""

import uuid
from dataclasses import replace

import pytest

from actions import conversations, drafts, merges, parties
from models import db
from models.conversations import Conversation
from models.organisations import Organisation
from policy import Actor, Forbidden, Invalid, NotFound, find
from policy import drafts as begun
from tests.world import World


@pytest.fixture
def number(world: World) -> str:
    """A request of Renate with Exotic Liquids in it."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "All 20?")
        parties.add(world.nancy, row, find(world.nancy, Organisation, id=world.exotic), subject="Chang")
        return row.number


def write(actor: Actor, number: str, words: str, name: str = "", audience: str | None = None) -> str:
    name = name or str(uuid.uuid4())
    with db.unit(write=True):
        row = find(actor, Conversation, number=number)
        drafts.keep(actor, row, words, audience=audience, message_client_id=name)
    return name


def kept(actor: Actor, number: str) -> list[tuple[str, str]]:
    with db.unit(write=False):
        row = find(actor, Conversation, number=number)
        return [(one["audience"], one["body"]) for one in begun.of(actor, row)]


def test_what_was_begun_is_there_again_for_its_author_and_for_nobody_else(world: World, number: str) -> None:
    write(world.nancy, number, "They come on", audience="customer")
    write(world.nancy, number, "They come on Monday", audience="customer")
    write(world.nancy, number, "Is she a nuisance?")
    assert kept(world.nancy, number) == [("staff", "Is she a nuisance?"), ("customer", "They come on Monday")]
    for other in (world.renate, world.greta, world.margaret, world.charlotte, world.andrew):
        assert kept(other, number) == []
    with pytest.raises(NotFound):
        kept(world.roland, number)


def test_a_partner_reads_its_own_as_the_reply_box_names_it(world: World, number: str) -> None:
    write(world.charlotte, number, "We can")
    assert kept(world.charlotte, number) == [("partner", "We can")]
    with db.unit(write=False):
        public = db.session.get_one(Organisation, world.exotic).public_id
    write(world.nancy, number, "Can you?", audience=f"partner:{world.exotic}")
    assert kept(world.nancy, number) == [(f"partner:{public}", "Can you?")]


@pytest.mark.parametrize("channel", ["chat", "portal", "email"])
def test_it_is_gone_in_the_moment_in_which_it_is_sent(world: World, number: str, channel: str) -> None:
    """By whatever way: no later step removes it that could be missed."""
    name = write(world.renate, number, "Only half a")
    with db.unit(write=True):
        row = find(world.renate, Conversation, number=number)
        conversations.reply(world.renate, row, "Only half a sentence", message_client_id=name, channel=channel)
    assert kept(world.renate, number) == []
    write(world.renate, number, "And another")
    assert kept(world.renate, number) == [("customer", "And another")]


def test_emptied_it_is_gone_but_what_another_device_keeps_meanwhile_stays(world: World, number: str) -> None:
    laptop = write(world.renate, number, "From the laptop")
    telephone = write(world.renate, number, "From the telephone")
    write(world.renate, number, "", laptop)
    assert kept(world.renate, number) == [("customer", "From the telephone")]
    write(world.renate, number, " \n ", telephone)
    assert kept(world.renate, number) == []


def test_whoever_lost_the_conversation_lost_what_they_began_there(world: World, number: str) -> None:
    write(world.charlotte, number, "We can")
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        parties.remove(world.nancy, row, db.session.get_one(Organisation, world.exotic))
    with pytest.raises(NotFound):
        kept(world.charlotte, number)
    with db.unit(write=False):
        row = find(world.nancy, Conversation, number=number)
        assert begun.of(world.charlotte, row) == []


def test_nobody_begins_what_they_could_not_send(world: World, number: str) -> None:
    for actor, audience in (
        (world.renate, "staff"),
        (world.renate, f"partner:{world.exotic}"),
        (world.charlotte, "customer"),
    ):
        with pytest.raises(Forbidden):
            write(actor, number, "Psst", audience=audience)
    with pytest.raises(Invalid):
        write(world.nancy, number, "Psst", audience=f"partner:{world.tokyo}")
    with pytest.raises(Invalid, match="too long"):
        write(world.renate, number, "x" * 20_001)
    with pytest.raises(Invalid):
        write(world.renate, number, "x", "no id")


def test_of_a_shared_mailbox_that_several_read_nothing_is_kept(world: World, number: str) -> None:
    several = replace(world.charlotte, mailbox=True, given_name="Ana")
    write(several, number, "We can")
    assert kept(several, number) == kept(world.charlotte, number) == []


def test_it_goes_along_when_the_conversation_is_merged(world: World, number: str) -> None:
    with db.unit(write=True):
        into, _ = conversations.start(world.renate, "Still the Chang", "Hello?")
        other = into.number
    write(world.renate, number, "begun here")
    write(world.nancy, number, "begun in the first", audience="customer")
    write(world.nancy, other, "begun in the other", audience="customer")
    with db.unit(write=True):
        one, two = (find(world.nancy, Conversation, number=number), find(world.nancy, Conversation, number=other))
        merges.merge(world.nancy, one, two, [db.session.get_one(Organisation, world.exotic).public_id])
    assert kept(world.renate, other) == [("customer", "begun here")]
    assert kept(world.nancy, other) == [("customer", "begun in the other")]
