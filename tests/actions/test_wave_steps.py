"""A wave on its way: paused, halted by what comes back, stopped, its links withdrawn, and sent again to those who did not come."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import worker
from actions import codes, enrolling, installation, limits, people, waves
from config import Settings
from models import db
from models.interactions import Interaction
from models.jobs import Delivery
from models.logins import Login, Token
from models.organisations import Organisation
from models.people import ContactPoint
from models.types import now
from models.waves import Wave
from policy import SYSTEM, NotFound, Refused, find
from tests.actions.wave_world import begin, contact, contacts, fresh, invitees, reasons, server, tick, wave_of  # noqa: F401
from tests.channels.sink import Sink
from tests.world import World


def begun(world: World, many: int) -> Wave:
    """A wave to so many, of which the first were written to."""
    contacts(world, many)
    wave = wave_of(world, per_minute=24)
    begin(world, wave)
    tick()
    return wave


def test_a_wave_that_was_paused_goes_on_where_it_was(world: World, server: Sink) -> None:
    wave = begun(world, 6)
    with db.unit():
        waves.pause(world.steven, db.session.get_one(Wave, wave.id))
    tick(2)
    assert len(server.mails) == 2
    begin(world, wave)
    tick(4)
    assert len({mail["To"] for mail in server.mails}) == len(server.mails) == 6


def test_going_on_at_once_does_not_double_the_pace(world: World, server: Sink) -> None:
    wave = begun(world, 9)
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


@pytest.mark.parametrize("came_back", [True, False])
def test_a_login_that_an_admin_took_away_is_not_given_back_by_who_invites_its_owner(
    world: World, server: Sink, came_back: bool
) -> None:
    """Once a wave's invitation to it was withdrawn; that it was is no reason after an admin has decided."""
    contacts(world, 1)
    wave = wave_of(world)
    begin(world, wave)
    tick(2)
    with db.unit():
        waves.withdraw_links(world.steven, db.session.get_one(Wave, wave.id))
    if came_back:
        invited(world)
        secret = re.findall(r"/invitation/(\S+)", server.mails[-1].get_body(("plain",)).get_content())[-1]
        with db.unit():
            people.accept(secret, None, None)
    with db.unit():
        login = db.session.scalars(select(Login).where(Login.email == "contact0@lehms.example")).unique().one()
        enrolling.disable(SYSTEM, login)
    invited(world)
    with db.unit(write=False):
        assert codes.usable("contact0@lehms.example") is None
    with db.unit():
        db.session.execute(update(Token).values(created_at=now() - timedelta(days=90)))
    again = wave_of(world, rest_days=0, most_contacts=100)
    assert reasons(again)["contact0@lehms.example"] == ("has_login" if came_back else "disabled")


def invited(world: World) -> None:
    """The manager of Lehmanns invites the first contact, and the mail leaves; how often she did so before does not count."""
    limits.forget()
    with db.unit():
        organisation = find(world.greta, Organisation, id=world.lehmanns)
        people.invite(world.greta, organisation, "contact0@lehms.example", "Contact 0")
    tick(2)


def test_two_who_press_at_once_are_told_apart(world: World) -> None:
    wave = wave_of(world)
    begin(world, wave)
    with pytest.raises(Refused):
        begin(world, wave)
