"""The calendar of one's own: promises and meetings under a secret address, for staff, until it is ended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select, update

from actions import calendars, interactions, logins, promises
from models import db
from models.interactions import Interaction
from models.logins import Token
from models.organisations import Organisation
from models.people import Person
from models.promises import Promise
from models.staff import Staff
from models.types import now
from policy import Forbidden, find
from tests.client import Client
from tests.live import token_of
from tests.world import World
from web.product import Product


def lehmanns(world: World) -> Organisation:
    return find(world.nancy, Organisation, id=world.lehmanns)


def address(client: Client) -> str:
    """Press the button, and take the address from the page that shows it."""
    page = client.post("/profile/calendar").get_data(as_text=True)
    return page.split("data-secret>")[1].split("<")[0].split("8000")[1]


def entries(app: Product, path: str) -> dict[str, Any]:
    """What a calendar program without any session finds there, by the words of each entry."""
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return {str(one["summary"]): one for one in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_what_one_has_still_to_keep_and_whom_one_met_stand_in_the_calendar(
    app: Product, world: World, as_: Callable[..., Client]
) -> None:
    due = (now() + timedelta(days=2)).replace(microsecond=0)
    with db.unit(write=True):
        mine = promises.make(world.nancy, lehmanns(world), "A date, for the Chang; really", due)
        kept = promises.make(world.nancy, lehmanns(world), "Kept already")
        promises.keep(world.nancy, kept)
        promises.make(world.andrew, lehmanns(world), "Somebody else's")
        interactions.log(world.nancy, lehmanns(world), "meeting", "The fair\nin Frankfurt", duration_s=5400)
        interactions.log(world.nancy, lehmanns(world), "call", "No meeting")
        promise, begun = mine.public_id, now()
    found = entries(app, address(as_(world.nancy)))
    assert set(found) == {"A date, for the Chang; really · Lehmanns Marktstand", "Meeting · Lehmanns Marktstand"}
    owed = found["A date, for the Chang; really · Lehmanns Marktstand"]
    assert owed["dtstart"].dt == due and owed["transp"] == "TRANSPARENT"
    assert str(owed["url"]).endswith(f"/staff/promises/{promise}") and promise in owed["uid"]
    met = found["Meeting · Lehmanns Marktstand"]
    assert met["dtend"].dt - met["dtstart"].dt == timedelta(minutes=90)
    assert abs(met["dtstart"].dt - begun) < timedelta(minutes=5) and met["description"] == "The fair\nin Frankfurt"


def test_an_entry_keeps_its_identity_when_the_promise_moves(
    app: Product, world: World, as_: Callable[..., Client]
) -> None:
    with db.unit(write=True):
        key = promises.make(world.nancy, lehmanns(world), "A date").id
    path = address(as_(world.nancy))
    (before,) = entries(app, path).values()
    later = (now() + timedelta(days=9)).replace(microsecond=0)
    with db.unit(write=True):
        promises.change(world.nancy, db.session.get_one(Promise, key), due=later)
    (after,) = entries(app, path).values()
    assert before["uid"] == after["uid"] and after["dtstart"].dt == later != before["dtstart"].dt


def test_it_holds_nothing_of_another_team_and_nothing_that_was_handed_on(
    app: Product, world: World, as_: Callable[..., Client]
) -> None:
    with db.unit(write=True):
        given = promises.make(world.nancy, lehmanns(world), "Handed on")
        promises.hand_over(world.nancy, given, find(world.nancy, Staff, id=world.otto.staff_id))
    assert not entries(app, address(as_(world.nancy)))
    assert set(entries(app, address(as_(world.otto)))) == {"Handed on · Lehmanns Marktstand"}


def test_a_new_address_ends_the_earlier_one_and_an_ended_one_leads_nowhere(
    app: Product, world: World, as_: Callable[..., Client]
) -> None:
    nancy = as_(world.nancy)
    first, second = address(nancy), address(nancy)
    assert app.test_client().get(first).status_code == 404 and not entries(app, second)
    assert nancy.post("/profile/calendar/end").status_code == 302
    assert app.test_client().get(second).status_code == 404
    with db.unit(write=False):
        kinds = list(
            db.session.scalars(
                select(Interaction.kind).where(Interaction.kind.startswith("calendar_")).order_by(Interaction.id)
            )
        )
        assert kinds == ["calendar_made", "calendar_made", "calendar_ended"]
        assert first.split("/")[-1][:-4] not in str(db.session.scalars(select(Token.secret_hash)).all())


def test_who_left_the_firm_or_whose_address_is_old_has_no_calendar(
    app: Product, world: World, as_: Callable[..., Client]
) -> None:
    left, old = address(as_(world.nancy)), address(as_(world.otto))
    with db.unit(write=True):
        logins.end_staff(world.andrew, find(world.andrew, Staff, id=world.nancy.staff_id))
        db.session.execute(
            update(Token).where(Token.login_id == world.otto.login_id).values(expires_at=now() - timedelta(days=1))
        )
    assert {app.test_client().get(one).status_code for one in (left, old)} == {404}


def test_it_is_no_way_into_anything_else(app: Product, world: World, as_: Callable[..., Client]) -> None:
    secret = address(as_(world.nancy)).split("/")[-1][:-4]
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert secret[:12] not in as_(world.nancy).get("/profile/tokens").get_data(as_text=True)
    for other in (token_of(world.nancy), "x", "x" * 3000, "%00"):
        assert app.test_client().get(f"/calendar/{other}.ics").status_code == 404


def test_programs_are_told_how_often_to_come_again(app: Product, world: World, as_: Callable[..., Client]) -> None:
    lines = app.test_client().get(address(as_(world.nancy))).get_data(as_text=True).split("\r\n")
    assert {"REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M"} <= set(lines)


def test_people_outside_have_none(app: Product, world: World, as_: Callable[..., Client]) -> None:
    for who in (world.renate, world.charlotte):
        assert as_(who).get("/profile/calendar").status_code == 404
        assert as_(who).post("/profile/calendar").status_code == 404
        assert "/profile/calendar" not in as_(who).get("/profile").get_data(as_text=True)
        with pytest.raises(Forbidden), db.unit(write=True):
            calendars.make(who)
    assert as_(None).get("/profile/calendar").status_code == 302


def test_it_is_in_the_language_of_its_owner(app: Product, world: World, as_: Callable[..., Client]) -> None:
    with db.unit(write=True):
        db.session.execute(update(Person).where(Person.id == world.nancy.person_id).values(language="de"))
        interactions.log(world.nancy, lehmanns(world), "meeting", "Die Messe")
    page = as_(world.nancy).get("/profile/calendar").get_data(as_text=True)
    assert "Kalender" in page
    with db.unit(write=True):
        path = f"/calendar/{calendars.make(world.nancy)}.ics"
    assert set(entries(app, path)) == {"Besprechung · Lehmanns Marktstand"}
