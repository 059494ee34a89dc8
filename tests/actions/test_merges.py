"""Merging: one conversation of a customer goes on in another; nobody reads more unless named, and nothing is lost."""

import uuid

import pytest
from sqlalchemy import select

from actions import conversations, decisions, merges, parties
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.organisations import Organisation
from policy import Actor, Forbidden, Invalid, NotFound, Refused, find, threads
from tests.world import World


def begin(world: World, body: str, who: Actor | None = None, *partners: str) -> str:
    with db.unit(write=True):
        made, _ = conversations.start(who or world.renate, body, body)
        for one in partners:
            parties.add(world.nancy, made, find(world.nancy, Organisation, id=getattr(world, one)), subject="Chang")
        return made.number


def get(actor: Actor, number: str):
    return find(actor, Conversation, number=number)


def merge(world: World, number: str, into: str, *confirm: str, by: Actor | None = None) -> None:
    who = by or world.nancy
    with db.unit(write=True):
        named = [db.session.get_one(Organisation, getattr(world, one)).public_id for one in confirm]
        merges.merge(who, get(who, number), get(who, into), named)


def said(actor: Actor, number: str) -> list[str]:
    with db.unit(write=False):
        thread = threads.messages(actor, get(actor, number), "Northwind")
        return [one["body"] for one in thread if one["kind"] == "message"]


def test_the_old_number_leads_to_the_new_one_and_what_was_said_stays_where_it_was(world: World) -> None:
    old, new = begin(world, "Where is it?"), begin(world, "Still nothing")
    merge(world, old, new)
    for actor in (world.renate, world.greta, world.nancy):
        with db.unit(write=False):
            assert threads.goes_on_in(actor, get(actor, old)).number == new
            assert get(actor, old).status == "closed"
        assert (said(actor, old), said(actor, new)) == (["Where is it?"], ["Still nothing"])
    with db.unit(write=False):
        last = [threads.messages(world.renate, get(world.renate, one), "Northwind")[-1]["change"] for one in (old, new)]
    assert last == [{"merged_into": new}, {"merged": old}]


def test_nobody_writes_in_the_stub_nor_opens_it_again(world: World) -> None:
    old, new = begin(world, "Where is it?"), begin(world, "Still nothing")
    with db.unit(write=False):
        prepared = conversations.prepare_reply(world.renate, get(world.renate, old), "Hello?")
    merge(world, old, new)
    with db.unit(write=True), pytest.raises(Refused):
        conversations.say(prepared)
    for work in (lambda row: conversations.reply(world.renate, row, "Hello?"),
                 lambda row: conversations.set_status(world.renate, row, "open")):  # fmt: skip
        with db.unit(write=True), pytest.raises(Refused, match="merged into another one"):
            work(get(world.renate, old))


def test_who_would_read_more_is_named_first(world: World) -> None:
    old, new = begin(world, "Where is it?", None, "exotic"), begin(world, "Still nothing", None, "tokyo")
    with pytest.raises(Invalid, match="Exotic Liquids, Tokyo Traders"):
        merge(world, old, new)
    with pytest.raises(Invalid, match=r": Tokyo Traders$"):
        merge(world, old, new, "exotic")
    with db.unit(write=False), pytest.raises(NotFound):
        get(world.charlotte, new)
    merge(world, old, new, "exotic", "tokyo")
    assert said(world.charlotte, new) == []
    with db.unit(write=False), pytest.raises(NotFound):
        get(world.yoshi, old)
    with db.unit(write=True):
        conversations.reply(world.renate, get(world.renate, new), "To all of you", audience="everyone")
    assert said(world.charlotte, new) == said(world.yoshi, new) == ["To all of you"]
    with db.unit(write=False):
        assert get(world.charlotte, new).subject == "Chang"
        shown = threads.messages(world.charlotte, get(world.charlotte, new), "Northwind")[-1]
        assert shown["author"]["name"] == "a customer of Northwind"


def test_the_same_sides_need_no_naming(world: World) -> None:
    old, new = begin(world, "Where is it?", None, "exotic"), begin(world, "Still nothing", None, "exotic")
    merge(world, old, new)
    with db.unit(write=False):
        assert threads.goes_on_in(world.charlotte, get(world.charlotte, old)).number == new


def test_a_colleagues_matter_is_not_merged_where_its_owner_could_not_follow(world: World) -> None:
    old, new = begin(world, "Jonas asks", world.jonas), begin(world, "Renate asks")
    with pytest.raises(Refused, match="Jonas Lang does not see"):
        merge(world, old, new)


def test_what_the_customer_has_not_heard_of_takes_nothing_of_it_in(world: World) -> None:
    old = begin(world, "Where is it?")
    with db.unit(write=True):
        lehmanns = find(world.nancy, Organisation, id=world.lehmanns)
        ours, _ = conversations.start(world.nancy, "Ours", "Ours", organisation=lehmanns, audience="staff",
                                      person_id=world.renate.person_id)  # fmt: skip
        ours = ours.number
    with pytest.raises(Refused, match="heard nothing"):
        merge(world, old, ours)
    merge(world, ours, old)
    with db.unit(write=False):
        assert all("merged" not in one.get("change", {})
                   for one in threads.messages(world.renate, get(world.renate, old), "Northwind"))  # fmt: skip


def test_neither_other_customers_nor_itself_nor_what_is_merged(world: World) -> None:
    first, second, third = (begin(world, str(n)) for n in range(3))
    rival = begin(world, "Roland asks", world.roland)
    for into in (rival, first):
        with pytest.raises(Invalid, match="same customer"):
            merge(world, first, into)
    merge(world, first, second)
    for pair in ((first, third), (third, first)):
        with pytest.raises(Refused):
            merge(world, *pair)


def test_an_open_question_is_settled_first(world: World) -> None:
    old, new = begin(world, "Where is it?"), begin(world, "Still nothing")
    with db.unit(write=True):
        decisions.ask(world.nancy, get(world.nancy, old), "Chai?", ["Yes", "No"], audience="customer")
    with pytest.raises(Refused, match="still open"):
        merge(world, old, new)


def test_only_the_desk_merges_and_it_stands_in_the_log(world: World) -> None:
    old, new = begin(world, "Where is it?"), begin(world, "Still nothing")
    with pytest.raises(Forbidden):
        merge(world, old, new, by=world.greta)
    merge(world, old, new)
    with db.unit(write=False):
        log = select(Interaction.organisation_id, Interaction.audience, Interaction.summary)
        found = db.session.execute(log.where(Interaction.kind == "conversation_merged")).all()
    assert found == [(world.lehmanns, "staff", f"#{old} goes on in #{new}")]


def test_its_page_leads_there_and_shows_what_was_said_when_asked(world: World, as_) -> None:
    old, new = begin(world, "Where is it?"), begin(world, "Still nothing")
    nancy = as_(world.nancy)
    assert f"#{new}" in nancy.get(f"/staff/conversations/{old}/merge").get_data(as_text=True)
    assert nancy.post(f"/staff/conversations/{old}/merge", {"into": new}).status_code == 303
    for who, place in ((nancy, "/staff/conversations"), (as_(world.renate), "/portal/requests")):
        assert who.get(f"{place}/{old}").headers["Location"] == f"{place}/{new}"
        assert f"{place}/{old}?earlier=1" in who.get(f"{place}/{new}").get_data(as_text=True)
        page = who.get(f"{place}/{old}?earlier=1").get_data(as_text=True)
        assert "Where is it?" in page and f"This goes on in #{new}" in page and "data-composer" not in page
        assert "Reopen" not in page


def send(world: World, number: str, client_id: str, body: str = "And the caps leak"):
    with db.unit(write=True):
        return conversations.reply(world.renate, get(world.renate, number), body, message_client_id=client_id)


def test_what_was_stored_before_the_merge_is_acknowledged_again_by_either_number(world: World) -> None:
    old, middle, new = (begin(world, body) for body in ("Where is it?", "Still nothing", "Again"))
    once = str(uuid.uuid4())
    first = send(world, old, once)
    merge(world, old, middle)
    merge(world, middle, new)  # the number that the author knows may lead over several
    for number in (old, middle, new):
        again = send(world, number, once)
        assert (again.public_id, again.seq, again.at, again.duplicate) == (first.public_id, first.seq, first.at, True)
    assert [said(world.renate, number) for number in (old, middle, new)] == [
        ["Where is it?", "And the caps leak"], ["Still nothing"], ["Again"],
    ]  # fmt: skip


def test_other_words_or_another_place_under_the_same_id_stay_a_conflict(world: World) -> None:
    old, new, third = (begin(world, body) for body in ("Where is it?", "Still nothing", "Another matter"))
    once = str(uuid.uuid4())
    send(world, old, once)
    merge(world, old, new)
    for number, body in ((old, "Other words"), (new, "Other words"), (third, "And the caps leak")):
        with pytest.raises(Refused, match="sent under this id"):
            send(world, number, once, body)
    with pytest.raises(Refused, match="merged into another one"):
        send(world, old, str(uuid.uuid4()))
    with db.unit(write=True), pytest.raises(Refused, match="merged into another one"):
        conversations.reply(world.greta, get(world.greta, old), "And the caps leak", message_client_id=once)


def test_what_was_said_in_the_one_that_goes_on_is_not_looked_for_in_the_stub(world: World) -> None:
    old, new = begin(world, "Where is it?"), begin(world, "Still nothing")
    once = str(uuid.uuid4())
    send(world, new, once)
    merge(world, old, new)
    with pytest.raises(Refused, match="sent under this id"):
        send(world, old, once)


def test_a_beginning_and_a_question_are_acknowledged_again_as_well(world: World) -> None:
    into, begun, asked = begin(world, "Still nothing"), str(uuid.uuid4()), str(uuid.uuid4())

    def start():
        with db.unit(write=True):
            made, stored = conversations.start(world.renate, "Lost", "Where is it?", message_client_id=begun)
            return made.number, stored.public_id

    def ask(number: str):
        with db.unit(write=True):
            made, stored = decisions.ask(world.nancy, get(world.nancy, number), "Chai for Chang?", ["Yes", "No"],
                                         audience="customer", message_client_id=asked)  # fmt: skip
            return made.public_id, stored.public_id

    first = start()
    question = ask(first[0])
    with db.unit(write=True):
        decisions.answer(world.renate, find(world.renate, decisions.Decision, public_id=question[0]), "Yes")
    merge(world, first[0], into)
    assert start() == first
    assert ask(first[0]) == ask(into) == question
