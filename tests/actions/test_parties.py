"""Parties: a partner hears what is said after it came, masked, until it leaves."""

import uuid

import pytest
from sqlalchemy import select

from actions import conversations, parties, shares
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.logins import Revocation
from models.orders import Order
from models.organisations import Organisation
from models.shares import Share
from models.types import now
from policy import Forbidden, Invalid, NotFound, Refused, find, threads
from policy.fields import DEFAULT_SETS
from tests.world import World


@pytest.fixture
def number(world: World) -> str:
    """A request of Renate, with one message so far."""
    with db.unit(write=True):
        made, _ = conversations.start(
            world.renate, "Lehmanns needs Chang", "All 20 in time?", about=("order_line", "11070/1")
        )
        return made.number


def get(actor, number: str):
    return find(actor, Conversation, number=number)


def organisation(world: World, name: str = "exotic") -> Organisation:
    return find(world.nancy, Organisation, id=getattr(world, name))


def bring_in(world: World, number: str, **how) -> None:
    with db.unit(write=True):
        parties.add(world.nancy, get(world.nancy, number), organisation(world), **how)


def say(actor, number: str, body: str, audience: str) -> None:
    with db.unit(write=True):
        conversations.reply(actor, get(actor, number), body, audience=audience)


def thread(actor, number: str) -> list[dict]:
    with db.unit(write=False):
        return threads.messages(actor, get(actor, number), "Northwind")


def bodies(actor, number: str) -> list[str]:
    return [one["body"] for one in thread(actor, number) if one["kind"] == "message"]


def test_a_partner_reads_nothing_from_before_it_came(world: World, number: str) -> None:
    bring_in(world, number)
    say(world.nancy, number, "Can you make it?", f"partner:{world.exotic}")
    assert bodies(world.charlotte, number) == ["Can you make it?"]


@pytest.mark.parametrize("rival", ["yoshi", "roland", "jonas"])
def test_nobody_else_comes_in_with_it(world: World, number: str, rival: str) -> None:
    bring_in(world, number)
    with db.unit(write=False), pytest.raises(NotFound):
        get(getattr(world, rival), number)


def test_a_partner_reads_the_subject_written_for_it(world: World, number: str) -> None:
    bring_in(world, number)
    with db.unit(write=False):
        assert get(world.charlotte, number).subject == f"#{number}"
    bring_in(world, number, subject="Chang on PO-1001")
    with db.unit(write=False):
        assert get(world.charlotte, number).subject == "Chang on PO-1001"


def test_both_sides_stay_masked_and_read_that_somebody_joined(world: World, number: str) -> None:
    bring_in(world, number)
    say(world.charlotte, number, "A week later, sorry", "everyone")
    told = thread(world.renate, number)
    assert told[-2]["change"]["party"]["name"] == "our supplier"
    assert told[-1]["author"]["name"] == "our supplier"
    say(world.renate, number, "Thank you", "everyone")
    assert thread(world.charlotte, number)[-1]["author"]["name"] == "a customer of Northwind"


def test_what_the_partner_tells_us_the_customer_does_not_read(world: World, number: str) -> None:
    bring_in(world, number)
    say(world.charlotte, number, "Between us", f"partner:{world.exotic}")
    assert "Between us" not in bodies(world.renate, number)
    assert "Between us" in bodies(world.nancy, number)


def test_a_reader_may_not_write(world: World, number: str) -> None:
    bring_in(world, number, level="read")
    with pytest.raises(Forbidden):
        say(world.charlotte, number, "Hello", "everyone")


def test_who_is_taken_out_finds_nothing_and_nobody_can_write_to_it(world: World, number: str) -> None:
    bring_in(world, number)
    with db.unit(write=True):
        parties.remove(world.nancy, get(world.nancy, number), organisation(world))
    with db.unit(write=False), pytest.raises(NotFound):
        get(world.charlotte, number)
    with pytest.raises(Invalid):
        say(world.nancy, number, "Still there?", f"partner:{world.exotic}")
    with db.unit(write=True), pytest.raises(Refused):
        parties.remove(world.nancy, get(world.nancy, number), organisation(world))


def test_who_is_brought_in_again_reads_only_what_comes_after(world: World, number: str) -> None:
    bring_in(world, number)
    say(world.nancy, number, "First time", "everyone")
    with db.unit(write=True):
        parties.remove(world.nancy, get(world.nancy, number), organisation(world))
    say(world.renate, number, "While you were away", "everyone")
    bring_in(world, number)
    say(world.nancy, number, "Second time", "everyone")
    assert bodies(world.charlotte, number) == ["Second time"]


def test_who_is_brought_in_after_its_share_ended_reads_nothing_from_between(world: World, number: str) -> None:
    bring_in(world, number)
    with db.unit(write=True):
        find(world.nancy, Share, subject_type="conversation").expires_at = now()
    say(world.renate, number, "While you were away", "everyone")
    bring_in(world, number)
    assert bodies(world.charlotte, number) == []


def test_adding_twice_is_one_party_and_one_change(world: World, number: str) -> None:
    bring_in(world, number)
    bring_in(world, number)
    assert len([one for one in thread(world.nancy, number) if one["kind"] == "change"]) == 1


def test_the_customer_of_a_conversation_is_no_partner_in_it(world: World, number: str) -> None:
    with db.unit(write=True), pytest.raises(Invalid):
        parties.add(world.nancy, get(world.nancy, number), organisation(world, "lehmanns"))


def test_an_introduction_holds_from_here_on_and_never_reaches_back(world: World, number: str) -> None:
    bring_in(world, number)
    say(world.charlotte, number, "Masked", "everyone")
    with db.unit(write=True):
        parties.introduce(world.steven, get(world.steven, number), organisation(world))
    say(world.charlotte, number, "By name", "everyone")
    names = {one["body"]: one["author"]["name"] for one in thread(world.renate, number)}
    assert (names["Masked"], names["By name"]) == ("our supplier", "Charlotte Cooper")
    with db.unit(write=True), pytest.raises(Refused):
        parties.introduce(world.steven, get(world.steven, number), organisation(world))


def test_nobody_is_introduced_who_does_not_take_part(world: World, number: str) -> None:
    with db.unit(write=True), pytest.raises(Refused):
        parties.introduce(world.steven, get(world.steven, number), organisation(world))


@pytest.mark.parametrize("verb", ["add", "remove", "introduce"])
def test_nobody_outside_decides_who_takes_part(world: World, number: str, verb: str) -> None:
    bring_in(world, number)
    for actor in (world.renate, world.charlotte):
        with db.unit(write=True), pytest.raises(Forbidden):
            getattr(parties, verb)(actor, get(actor, number), organisation(world))


def test_every_change_of_who_takes_part_makes_open_sockets_ask_again(world: World, number: str) -> None:
    told: list[int] = []
    db.listen("access", told.extend)
    bring_in(world, number)
    with db.unit(write=True):
        parties.remove(world.nancy, get(world.nancy, number), organisation(world))
    with db.unit(write=False):
        key = get(world.nancy, number).id
        asked = db.session.scalars(select(Revocation.subject_id).where(Revocation.kind == "conversation")).all()
        assert get(world.nancy, number).access_version == 3
    db.forget_listeners()
    assert (set(told), set(asked)) == ({key}, {key})


def test_what_was_prepared_before_the_change_is_not_stored(world: World, number: str) -> None:
    """Meaningful: the customer's composer named fewer readers than there are now."""
    with db.unit(write=False):
        prepared = conversations.prepare_reply(world.renate, get(world.renate, number), "Hello", audience="everyone")
    bring_in(world, number)
    with db.unit(write=True), pytest.raises(Refused):
        conversations.say(prepared)


def test_it_stands_on_both_records_but_only_we_read_it(world: World, number: str) -> None:
    bring_in(world, number)
    with db.unit(write=False):
        for owner in (world.lehmanns, world.exotic):
            rows = select(Interaction.audience).where(
                Interaction.organisation_id == owner, Interaction.kind == "party_added"
            )
            assert db.session.scalars(rows).all() == ["staff"]


@pytest.fixture
def shared_order(world: World) -> None:
    """PO-1001 as Exotic Liquids sees it."""
    with db.unit(write=True):
        row = find(world.nancy, Order, number="PO-1001")
        shares.share(world.nancy, row, organisation(world), "respond", DEFAULT_SETS["order"])


def test_a_partner_begins_a_conversation_about_its_order(world: World, shared_order: None) -> None:
    once = str(uuid.uuid4())
    for _ in range(2):
        with db.unit(write=True):
            order = find(world.charlotte, Order, number="PO-1001")
            made, _stored = parties.start_as_partner(world.charlotte, order, "Pallets", "Which pallets?", once)
    with db.unit(write=False):
        row = get(world.nancy, made.number)
        assert (row.organisation_id, row.about_id, row.last_seq) == (None, "PO-1001", 1)
        assert get(world.charles, made.number).subject == "Pallets"
    assert bodies(world.charlotte, made.number) == ["Which pallets?"]
    say(world.nancy, made.number, "Euro pallets", f"partner:{world.exotic}")
    assert bodies(world.charlotte, made.number)[-1] == "Euro pallets"
    with db.unit(write=False), pytest.raises(NotFound):
        get(world.yoshi, made.number)


def test_who_may_only_read_an_order_begins_nothing(world: World) -> None:
    with db.unit(write=True):
        shares.share(world.nancy, find(world.nancy, Order, number="PO-1001"), organisation(world), "read", [])
    with db.unit(write=True), pytest.raises(Forbidden):
        parties.start_as_partner(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "A", "B")
