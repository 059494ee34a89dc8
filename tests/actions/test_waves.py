"""Inviting many people in a wave: who is written to, who is not and why, and who may do it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from actions import enrolling, people, waves
from actions import invitees as invitees_of
from models import db
from models.interactions import Interaction
from models.logins import Token
from models.people import ContactPoint, Membership, Person
from models.types import name_key, now
from models.waves import Wave
from policy import SYSTEM, Forbidden, Invalid, NotFound, find
from tests.actions.wave_world import begin, contact, contacts, fresh, invitees, reasons, server, tick, wave_of  # noqa: F401
from tests.channels.sink import Sink
from tests.world import World


def test_contacts_without_a_login_are_written_to_and_the_rest_is_named_with_its_reason(world: World) -> None:
    with db.unit():
        contact(world, 1)
        contact(world, 2, bounced_at=now())
        contact(world, 3, declined_at=now())
        contact(world, 4, value="desk@lehms.example")
        contact(world, 5, value="desk@lehms.example")
        contact(world, 6, value="not an address")
        often = contact(world, 7)
        for _ in range(4):
            db.session.add(Interaction(event_id=name_key(f"{_}"), organisation_id=world.lehmanns, person_id=often, kind="call",
                                       touchpoint=True, timeline=True, channel="telephone", direction="outbound",
                                       audience="staff", actor_side="staff", summary="called"))  # fmt: skip
    wave = wave_of(world)
    assert [one.address for one in invitees(wave, "waiting")] == ["contact1@lehms.example"]
    assert reasons(wave) == {
        world.renate.email: "has_login", world.jonas.email: "has_login", world.greta.email: "has_login",
        world.roland.email: "has_login", "contact2@lehms.example": "bounced", "contact3@lehms.example": "unsubscribed",
        "desk@lehms.example": "shared", "not an address": "doubtful", "contact7@lehms.example": "contacted",
    }  # fmt: skip
    assert [one.count for one in invitees(wave) if one.reason == "contacted"] == [4]


def test_each_line_of_a_list_is_taken_or_named_with_what_is_wrong(world: World) -> None:
    with db.unit():
        contact(world, 1)
        contact(world, 2)
    given = "\n".join((
        "Name;Mail", "One;contact1@lehms.example", "", "Two;CONTACT2@lehms.example", "Again;contact1@lehms.example",
        "Nobody;nobody@nowhere.example", "Odd;odd@@lehms", "None;", "Both;contact1@lehms.example;contact2@lehms.example",
        "Supplier;charlotte.cooper@s1.example",
    ))  # fmt: skip
    wave = wave_of(world, given=given)
    assert [(one.line, one.address) for one in invitees(wave, "waiting")] == [
        (2, "contact1@lehms.example"), (4, "contact2@lehms.example"),
    ]  # fmt: skip
    assert [(one.line, one.reason) for one in invitees(wave, "left_out")] == [
        (5, "twice"), (6, "unknown"), (7, "doubtful"), (8, "no_address"), (9, "several"), (10, "unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["\0", "x" * 10, "a@b.example\n" * 20_001])
def test_what_is_no_list_is_refused_and_leaves_nothing(world: World, given: str) -> None:
    if given == "x" * 10:
        assert [one.reason for one in invitees(wave_of(world, given=given))] == ["no_address"]
        return
    with pytest.raises(Invalid):
        wave_of(world, given=given)
    with db.unit(write=False):
        assert not db.session.scalar(select(func.count()).select_from(Wave))


def test_only_leads_and_admins_invite_in_waves(world: World) -> None:
    for other in (world.nancy, world.greta, world.charles):
        with pytest.raises(Forbidden), db.unit():
            waves.make(other, "Mine", "customer")
    with db.unit():
        assert waves.make(world.andrew, "Ours", "customer").state == "draft"


def test_nothing_leaves_before_it_is_begun_and_then_everybody_is_written_to_once(world: World, server: Sink) -> None:
    contacts(world, 7)
    wave = wave_of(world, per_minute=36)
    tick()
    assert not server.mails
    begin(world, wave)
    tick()
    assert len(server.mails) == 3
    tick(3)
    assert sorted(mail["To"] for mail in server.mails) == [f"contact{place}@lehms.example" for place in range(7)]
    assert fresh(wave).state == "done"


def test_a_mail_invites_in_the_readers_language_and_its_link_lets_them_in(world: World, server: Sink) -> None:
    (person,) = contacts(world, 1)
    wave = wave_of(world)
    begin(world, wave)
    tick()
    words = server.mails[0].get_body(("plain",)).get_content()
    assert "lädt Sie" in server.mails[0]["Subject"]  # Lehmanns is in Germany
    secret = re.search(r"/invitation/(\S+)", words).group(1)
    with db.unit():
        people.accept(secret, "Contact Null", None)
    with db.unit(write=False):
        assert db.session.get_one(Person, person).name == "Contact Null"
        assert db.session.scalars(select(Token.used_at).where(Token.purpose == "invitation")).one() is not None
        kinds = db.session.scalars(select(Interaction.kind).where(Interaction.person_id == person)).all()
    assert {"member_invited", "mail_sent"} <= set(kinds)


def test_whoever_came_bounced_or_was_invited_meanwhile_is_not_written_to(world: World, server: Sink) -> None:
    first, second, third = contacts(world, 3)
    wave = wave_of(world)
    with db.unit():
        enrolling.add(SYSTEM, "contact0@lehms.example", "Contact 0", "customer", "LEHMS", password_hash="x")
        db.session.execute(update(ContactPoint).where(ContactPoint.person_id == second).values(bounced_at=now()))
        enrolling.add(SYSTEM, "contact2@lehms.example", "Contact 2", "customer", "LEHMS")
    begin(world, wave)
    tick(2)
    assert not server.mails
    late = {one.person_id: one.reason for one in invitees(wave, "left_out") if one.person_id in (first, second, third)}
    assert late == {first: "has_login", second: "bounced", third: "invited"}


def test_thousands_are_prepared_in_few_statements(world: World) -> None:
    with db.unit():
        for place in range(1200):
            db.session.add(Person(id=50_000 + place, name=f"P {place}", name_key=f"p {place}"))
        db.session.flush()
        for place in range(1200):
            email = f"p{place}@lehms.example"
            db.session.add(ContactPoint(person_id=50_000 + place, kind="email", value=email, value_key=email))
            db.session.add(Membership(person_id=50_000 + place, organisation_id=world.lehmanns, side="customer"))
    with db.unit(), counting() as asked:
        wave = waves.make(world.steven, "Many", "customer")
    assert len(invitees(wave, "waiting")) == 1200
    assert len(asked) < 20


def test_nobody_looks_through_a_whole_table_for_one_person(world: World) -> None:
    """SQLite says beforehand how it would look; PostgreSQL looks through small tables as a whole, and rightly."""
    if not db.is_sqlite():
        return
    asked = invitees_of._facts([1, 2, 3]).compile(db.engine(), compile_kwargs={"literal_binds": True}).string
    with db.unit(write=False):
        steps = [row[-1] for row in db.session.execute(text("EXPLAIN QUERY PLAN " + asked.replace(":", r"\:")))]
    assert any("interactions USING INDEX ix_interactions_person" in one for one in steps)
    assert not [one for one in steps if one.startswith("SCAN")]


def counting() -> Any:
    from contextlib import contextmanager

    from sqlalchemy import event

    @contextmanager
    def counted() -> Iterator[list[str]]:
        asked: list[str] = []
        hear = lambda *args: asked.append(args[2])  # noqa: E731
        event.listen(db.engine(), "before_cursor_execute", hear)
        yield asked
        event.remove(db.engine(), "before_cursor_execute", hear)

    return counted()


def test_what_is_found_is_what_a_lead_sees(world: World) -> None:
    wave = wave_of(world)
    with db.unit(write=False):
        assert find(world.steven, Wave, public_id=wave.public_id).name == "Spring"
        for other in (world.nancy, world.greta, world.charlotte):
            with pytest.raises(NotFound):
                find(other, Wave, public_id=wave.public_id)
