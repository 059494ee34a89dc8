"""The contact meter: how often somebody was contacted, by whom and how, before one writes again."""

from sqlalchemy import event

from actions import conversations, interactions
from analytics import contact
from models import db
from models.organisations import Organisation
from policy import find
from tests.world import World


def called(world: World) -> str:
    """Nancy wrote to Renate, Margaret called Lehmanns, and Renate called us; returns the number of the request."""
    with db.unit(write=True):
        talk, _ = conversations.start(world.renate, "Chang", "Will it come?")
        conversations.reply(world.nancy, talk, "It will.", audience="customer")
        conversations.reply(world.nancy, talk, "Will it?", audience="staff")
        lehmanns = find(world.nancy, Organisation, id=world.lehmanns)
        interactions.log(world.margaret, lehmanns, "call", "Told them", direction="outbound")
        interactions.log(world.margaret, lehmanns, "call", "They asked", direction="inbound")
        return talk.number


def test_what_we_sent_is_counted_by_author_and_channel_and_notes_are_not(app, world: World) -> None:
    called(world)
    with db.unit(write=False):
        often = contact.frequency(world.lehmanns)
    assert (often.day, often.week, often.month) == (2, 2, 2)
    assert often.people == {"Nancy Davolio": 1, "Margaret Peacock": 1}
    assert often.channels["telephone"] == 1 and often.channels.total() == 2


def test_a_person_is_counted_apart_from_the_organisation(app, world: World) -> None:
    called(world)
    with db.unit(write=False):
        found, own = contact.of_conversation([world.lehmanns, world.ernst], world.renate.person_id)
    assert (found[world.lehmanns].week, found[world.ernst].week, own.week) == (2, 0, 1)


def test_many_organisations_are_counted_in_one_statement(app, world: World) -> None:
    called(world)
    asked: list[str] = []
    with db.unit(write=False):
        db.session.scalar(contact.select(1))
        event.listen(db.engine(), "before_cursor_execute", lambda *given: asked.append(given[2]))
        contact.frequencies([world.lehmanns, world.ernst, world.exotic, world.tokyo])
    assert len([one for one in asked if "FROM interactions" in one]) == 1


def test_it_stands_on_the_record_and_before_every_send(app, world: World, as_) -> None:
    number, nancy = called(world), as_(world.nancy)
    with db.unit(write=False):
        key = find(world.nancy, Organisation, id=world.lehmanns).public_id
    for path in (f"/staff/organisations/{key}", f"/staff/conversations/{number}", f"/staff/conversations/new?organisation={key}",
                 "/staff/orders/11070"):  # fmt: skip
        page = nancy.get(path)
        assert (
            page.status_code == 200
            and "2 in 24 h, 2 in 7 d, 2 in 30 d" in page.text
            and "Margaret Peacock 1" in page.text
        ), path
    assert "1 in 24 h" in nancy.get(f"/staff/conversations/{number}").text  # Renate herself
    assert 'class="small contacts"' in nancy.get("/staff/orders/PO-1001").text
