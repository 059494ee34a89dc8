"""Conversations: who may start, say, solve and reopen, and what stands in the log."""

import uuid

import pytest
from sqlalchemy import func, select

from actions import conversations
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.messages import Message
from policy import Forbidden, Invalid, NotFound, Refused, find, threads
from tests.world import World


@pytest.fixture
def number(world: World) -> str:
    """A request that Renate has just made."""
    with db.unit(write=True):
        made, _ = conversations.start(world.renate, "Chang on 11070", "Will all 20 come in time?")
        return made.number


def get(actor, number: str):
    return find(actor, Conversation, number=number)


def read(actor, number: str) -> list[str]:
    with db.unit(write=False):
        return [one["body"] for one in threads.messages(actor, get(actor, number), "Northwind")]


def test_a_customer_starts_a_request_and_reads_what_she_wrote(world: World, number: str) -> None:
    assert read(world.renate, number) == ["Will all 20 come in time?"]


def test_a_request_stands_on_the_timeline_of_its_organisation(world: World, number: str) -> None:
    with db.unit(write=False):
        kinds = db.session.scalars(select(Interaction.kind).where(Interaction.organisation_id == world.lehmanns)).all()
    assert sorted(kinds) == ["conversation_started", "message"]


@pytest.mark.parametrize("rival", ["roland", "jonas", "yoshi", "charlotte"])
def test_nobody_else_outside_finds_the_request(world: World, number: str, rival: str) -> None:
    with db.unit(write=False), pytest.raises(NotFound):
        get(getattr(world, rival), number)


def test_the_manager_of_the_customer_finds_it(world: World, number: str) -> None:
    assert read(world.greta, number) == ["Will all 20 come in time?"]


def test_a_note_among_us_is_not_read_outside(world: World, number: str) -> None:
    with db.unit(write=True):
        conversations.reply(world.margaret, get(world.margaret, number), "Covered, tell nobody", audience="staff")
    assert read(world.renate, number) == ["Will all 20 come in time?"]
    assert "Covered, tell nobody" in read(world.nancy, number)


def test_the_default_of_staff_is_a_note_among_us(world: World, number: str) -> None:
    with db.unit(write=True):
        conversations.reply(world.nancy, get(world.nancy, number), "Thinking aloud")
    assert read(world.renate, number) == ["Will all 20 come in time?"]


def test_a_customer_cannot_write_a_note_among_us(world: World, number: str) -> None:
    with db.unit(write=True), pytest.raises(Forbidden):
        conversations.reply(world.renate, get(world.renate, number), "Psst", audience="staff")


def test_a_double_submit_is_one_request(world: World, database: str) -> None:
    once = str(uuid.uuid4())
    numbers = set()
    for _ in range(2):
        with db.unit(write=True):
            made, _stored = conversations.start(world.renate, "Chang", "Hello", message_client_id=once)
            numbers.add(made.number)
    with db.unit(write=False):
        assert (len(numbers), db.session.scalar(select(func.count()).select_from(Message))) == (1, 1)


@pytest.mark.parametrize("body", ["", "a\0b", "\ud800", "x" * 20_001])
def test_text_that_cannot_be_kept_is_refused_naming_the_field(world: World, number: str, body: str) -> None:
    with db.unit(write=True), pytest.raises(Invalid) as refused:
        conversations.reply(world.renate, get(world.renate, number), body)
    assert refused.value.field == "body"


def test_solving_and_reopening_are_changes_in_the_sequence(world: World, number: str) -> None:
    with db.unit(write=True):
        conversations.set_status(world.renate, get(world.renate, number), "solved")
    with db.unit(write=True):
        conversations.set_status(world.renate, get(world.renate, number), "open")
    with db.unit(write=False):
        changes = [one.get("change") for one in threads.messages(world.renate, get(world.renate, number), "Northwind")]
    assert [change["status"]["to"] for change in changes if change] == ["solved", "open"]


def test_what_is_solved_cannot_be_solved_again_by_the_customer(world: World, number: str) -> None:
    with db.unit(write=True):
        conversations.set_status(world.renate, get(world.renate, number), "solved")
    with db.unit(write=True), pytest.raises(Forbidden):
        conversations.set_status(world.renate, get(world.renate, number), "closed")


def test_a_customer_who_writes_again_reopens_it(world: World, number: str) -> None:
    with db.unit(write=True):
        conversations.set_status(world.nancy, get(world.nancy, number), "solved")
    with db.unit(write=True):
        conversations.reply(world.renate, get(world.renate, number), "Still not here")
    with db.unit(write=False):
        assert get(world.nancy, number).status == "open"


def test_a_stale_change_is_refused(world: World, number: str) -> None:
    with db.unit(write=True):
        conversations.update_fields(world.nancy, get(world.nancy, number), {"priority": "high"}, version=1)
    with db.unit(write=True), pytest.raises(Refused) as refused:
        conversations.update_fields(world.steven, get(world.steven, number), {"priority": "low"}, version=1)
    assert refused.value.word == "conflict"


def test_an_agent_of_another_team_does_not_see_it(world: World, number: str) -> None:
    with db.unit(write=True):
        row = get(world.nancy, number)
        row.team_id = world.teams["support"]
    with db.unit(write=False), pytest.raises(NotFound):
        get(world.otto, number)
    with db.unit(write=False):
        assert get(world.steven, number).number == number


def test_a_read_pointer_never_goes_back_nor_beyond_what_one_may_see(world: World, number: str) -> None:
    from models.conversations import Read

    for seq in (1, 99, 0):
        with db.unit(write=True):
            conversations.mark_read(world.renate, get(world.renate, number), seq)
    with db.unit(write=False):
        assert db.session.scalar(select(Read.seq)) == 1
