"""Inviting many people in a wave: who is written to, at which pace, when it stops, and what becomes of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

import worker
from actions import enrolling, installation, people, waves
from actions import invitees as invitees_of
from config import Settings
from models import db
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.logins import Login, Token
from models.people import ContactPoint, Membership, Person
from models.types import name_key, now
from models.waves import Invitee, Wave
from policy import SYSTEM, Forbidden, Invalid, NotFound, Refused, find
from tests.channels.sink import Sink, sink
from tests.world import World


def contact(world: World, place: int, organisation: int | None = None, **point: Any) -> int:
    """Somebody on record at Lehmanns with an address and no login; the person's id."""
    person = Person(name=f"Contact {place}", name_key=name_key(f"Contact {place}"))
    db.session.add(person)
    db.session.flush()
    email = point.pop("value", f"contact{place}@lehms.example")
    db.session.add(ContactPoint(person_id=person.id, kind="email", value=email, value_key=email, **point))
    db.session.add(Membership(person_id=person.id, organisation_id=organisation or world.lehmanns, side="customer"))
    db.session.flush()
    return person.id


def contacts(world: World, count: int) -> list[int]:
    with db.unit():
        return [contact(world, place) for place in range(count)]


def wave_of(world: World, **how: Any) -> Wave:
    with db.unit():
        return waves.make(world.steven, "Spring", "customer", **how)


def fresh(wave: Wave) -> Wave:
    with db.unit(write=False):
        return db.session.get_one(Wave, wave.id, populate_existing=True)


def begin(world: World, wave: Wave) -> None:
    with db.unit():
        waves.start(world.steven, db.session.get_one(Wave, wave.id))


def tick(rounds: int = 1) -> None:
    """Let the worker do all that is due, time passing in between."""
    for _ in range(rounds):
        with db.unit():
            db.session.execute(update(Job).where(Job.state == "pending").values(due_at=now(), lease_until=None))
            db.session.execute(update(Wave).values(due_at=now() - timedelta(seconds=1)))
        while worker.work_once():
            pass


def invitees(wave: Wave, state: str | None = None) -> list[Invitee]:
    with db.unit(write=False):
        query = select(Invitee).where(Invitee.wave_id == wave.id).order_by(Invitee.id)
        query = query.where(Invitee.state == state) if state else query
        return list(db.session.scalars(query.execution_options(populate_existing=True)).unique())


def reasons(wave: Wave) -> dict[str, str | None]:
    return {one.address: one.reason for one in invitees(wave, "left_out")}


@pytest.fixture
def server(settings: Settings, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(settings.model_copy(update={"mail_url": running.url, "mail_per_minute": 0}))
        yield running


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


def test_a_wave_that_was_paused_goes_on_where_it_was(world: World, server: Sink) -> None:
    contacts(world, 6)
    wave = wave_of(world, per_minute=24)
    begin(world, wave)
    tick()
    with db.unit():
        waves.pause(world.steven, db.session.get_one(Wave, wave.id))
    tick(2)
    assert len(server.mails) == 2
    begin(world, wave)
    tick(4)
    assert len({mail["To"] for mail in server.mails}) == len(server.mails) == 6


def test_going_on_at_once_does_not_double_the_pace(world: World, server: Sink) -> None:
    contacts(world, 9)
    wave = wave_of(world, per_minute=24)
    begin(world, wave)
    tick()
    with db.unit():
        waves.pause(world.steven, db.session.get_one(Wave, wave.id))
        waves.start(world.steven, db.session.get_one(Wave, wave.id))
    tick()
    assert len(server.mails) == 4


def test_a_worker_that_dies_in_a_step_has_written_to_nobody_and_the_next_goes_on(
    world: World, server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is one transaction: killed at its end, after everything was written, nothing of it is there."""
    contacts(world, 4)
    wave = wave_of(world, per_minute=24)
    begin(world, wave)
    with pytest.raises(KeyboardInterrupt), db.unit():
        waves_step(wave)
        raise KeyboardInterrupt
    with db.unit(write=False):
        assert not db.session.scalars(select(Delivery.id)).all() and not db.session.scalars(select(Token.id)).all()
    tick(3)
    assert len({mail["To"] for mail in server.mails}) == len(server.mails) == 4


def waves_step(wave: Wave) -> None:
    from actions import wave_steps

    assert wave_steps.step(wave.id, 1) is not None


def refused(server: Sink, *places: int) -> None:
    server.unknown = {f"contact{place}@lehms.example" for place in places}


def test_it_halts_by_itself_when_one_in_twenty_comes_back_and_goes_on_after_a_look(world: World, server: Sink) -> None:
    contacts(world, 40)
    refused(server, 3)
    wave = wave_of(world, per_minute=120)
    begin(world, wave)
    tick(2)
    assert fresh(wave).state == "running" and len(server.mails) == 19
    tick()
    halted = fresh(wave)
    assert halted.state == "halted" and "1 of 20 mails came back" in halted.reason
    tick(2)
    assert len(server.mails) == 19
    begin(world, wave)
    tick(3)
    assert fresh(wave).state == "done" and len(server.mails) == 39


def test_below_that_share_it_goes_on(world: World, server: Sink) -> None:
    contacts(world, 45)
    refused(server, 32)
    wave = wave_of(world, per_minute=120)
    begin(world, wave)
    tick(5)
    assert fresh(wave).state == "done" and len(server.mails) == 44


def test_a_wave_that_cannot_go_on_says_so_and_waits_for_somebody(world: World, server: Sink) -> None:
    """Something in the way of every try: an address under a wrong key, so that nobody saw whose login it is."""
    (person,) = contacts(world, 1)
    point = update(ContactPoint).where(ContactPoint.person_id == person)
    with db.unit():
        db.session.execute(point.values(value=world.renate.email, value_key="wrong"))
    wave = wave_of(world)
    begin(world, wave)
    tick(len(worker.PAUSES))
    assert fresh(wave).state == "running" and not server.mails
    tick()
    halted = fresh(wave)
    assert halted.state == "halted" and "could not go on" in halted.reason
    with db.unit():
        db.session.execute(point.values(value="contact0@lehms.example", value_key="contact0@lehms.example"))
    begin(world, wave)
    tick(2)
    assert len(server.mails) == 1 and fresh(wave).state == "done"


def test_stopping_keeps_the_rest_from_leaving_and_what_lies_in_the_outbox(world: World, server: Sink) -> None:
    contacts(world, 6)
    wave = wave_of(world, per_minute=24)
    begin(world, wave)
    waiting = settings_without_server(server)
    tick()
    assert len(invitees(wave, "sent")) == 2
    with db.unit():
        waves.stop(world.steven, db.session.get_one(Wave, wave.id))
    installation.use(waiting)
    tick(2)
    assert not server.mails and {one.state for one in invitees(wave) if one.reason is None} == {"withdrawn"}
    with pytest.raises(Refused), db.unit():
        waves.start(world.steven, db.session.get_one(Wave, wave.id))


def settings_without_server(server: Sink) -> Settings:
    """Nobody takes mails for a while; returns how it was."""
    before = installation.settings()
    installation.use(before.model_copy(update={"mail_url": "smtp://127.0.0.1:9"}))
    return before


def test_the_links_of_a_stopped_wave_can_be_withdrawn_but_not_from_whoever_came(world: World, server: Sink) -> None:
    contacts(world, 2)
    wave = wave_of(world)
    begin(world, wave)
    tick(2)
    mails = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in server.mails}
    first, second = (
        re.search(r"/invitation/(\S+)", mails[f"contact{place}@lehms.example"]).group(1) for place in (0, 1)
    )
    with db.unit():
        people.accept(first, None, None)
        assert waves.withdraw_links(world.steven, db.session.get_one(Wave, wave.id)) == 1
    with db.unit(write=False), pytest.raises(NotFound):
        people.invited(second)
    with db.unit(write=False):
        off = {one.email: one.disabled_at is not None for one in db.session.scalars(select(Login)).unique()}
    assert not off["contact0@lehms.example"] and off["contact1@lehms.example"]


def test_a_wave_again_goes_to_those_who_did_not_come(world: World, server: Sink) -> None:
    contacts(world, 3)
    wave = wave_of(world, rest_days=7)
    begin(world, wave)
    tick(2)
    secret = re.search(r"/invitation/(\S+)", server.mails[0].get_body(("plain",)).get_content()).group(1)
    with db.unit():
        people.accept(secret, None, None)
        at_once = waves.again(world.steven, db.session.get_one(Wave, wave.id))
    assert {one.reason for one in invitees(at_once)} == {"invited"}
    with db.unit():
        db.session.execute(update(Token).values(created_at=now() - timedelta(days=8)))
        db.session.execute(update(Interaction).values(at=now() - timedelta(days=8)))
        waves.withdraw_links(world.steven, db.session.get_one(Wave, wave.id))
        later = waves.again(world.steven, db.session.get_one(Wave, wave.id))
    assert len(invitees(later, "waiting")) == 2 and len(invitees(later)) == 2
    begin(world, later)
    tick(2)
    assert len(server.mails) == 5
    with db.unit(write=False):
        assert not db.session.scalars(select(Login.id).where(Login.disabled_at.is_not(None))).all()


def test_a_login_that_was_taken_away_is_not_given_back_by_a_wave(world: World, server: Sink) -> None:
    contacts(world, 1)
    with db.unit():
        login, _secret = enrolling.add(SYSTEM, "contact0@lehms.example", "Contact 0", "customer", "LEHMS")
        enrolling.disable(SYSTEM, login)
        db.session.execute(update(Token).values(created_at=now() - timedelta(days=90)))
    assert reasons(wave_of(world))["contact0@lehms.example"] == "disabled"


def test_two_who_press_at_once_are_told_apart(world: World) -> None:
    wave = wave_of(world)
    begin(world, wave)
    with pytest.raises(Refused):
        begin(world, wave)


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
