"""Calls: told by the telephone system once, logged on the right record, and called back where they were missed."""

from typing import Any

import pytest
from sqlalchemy import func, select

from actions import callers, calls
from models import db, telephone
from models.calls import Call
from models.interactions import Interaction
from models.organisations import Organisation
from models.people import ContactPoint, Person
from models.promises import Promise
from models.staff import Staff
from policy import find
from tests.live import token_of
from tests.world import World

LINE = "+49 69 1234567"


@pytest.fixture
def numbers(app, world: World) -> None:
    """Lehmanns has a line, Renate one of her own, and Nancy is at extension 42."""
    with db.unit(write=True):
        db.session.get_one(Organisation, world.lehmanns).phone = "069-1234567"
        db.session.add(ContactPoint(person_id=world.renate.person_id, kind="phone", value="069 7654321", value_key="0697654321",
                                    reversed_digits="1234567960"))  # fmt: skip
        db.session.get_one(Staff, world.nancy.staff_id).extension = "42"


@pytest.fixture
def system(app, world: World) -> Any:
    """The telephone system, with a token that is for calls alone."""
    http, key = app.test_client(), {"Authorization": f"Bearer {token_of(world.andrew, ['call'])}"}
    return lambda **news: http.post(
        "/api/v1/calls", json={"id": "c1", "number": LINE, "extension": "42"} | news, headers=key
    )


def the_call() -> Call:
    with db.unit(write=False):
        return db.session.scalars(select(Call)).unique().one()


def logged() -> list[Interaction]:
    with db.unit(write=False):
        kinds = Interaction.kind.in_(("call", "call_missed"))
        return list(db.session.scalars(select(Interaction).where(kinds).order_by(Interaction.id)).unique())


@pytest.mark.parametrize(("written", "line"), [
    ("+49 (0) 69 12-34", "+49691234"), ("0049691234567", "+49691234567"), ("sip:+49691234@pbx.example;x=1", "+49691234"),
    ("069/1234567", "0691234567"), ("anonymous", ""), ("", ""), ("42", "42"),
])  # fmt: skip
def test_a_number_has_one_form_however_it_is_written(written: str, line: str) -> None:
    assert telephone.normal(written) == line


@pytest.mark.parametrize("wrong", ["call me", "+", "+49" + "1" * 20, "\u0661\u0662\u0663"])
def test_what_is_no_number_is_refused_in_words(system, numbers: None, wrong: str) -> None:
    assert system(event="ring", number=wrong).status_code == 422


@pytest.mark.parametrize(("one", "other", "same"), [
    ("+49691234567", "069-1234567", True), ("+49691234567", "+44691234567", False), ("1234567", "069-1234567", True),
    ("4567", "069-1234567", False), ("42", "42", True),
])  # fmt: skip
def test_two_ends_are_one_line_when_one_leaves_out_the_country(one: str, other: str, same: bool) -> None:
    assert telephone.same_line(one, other) is same


def test_an_answered_call_is_logged_once_with_who_and_how_long(system, numbers: None, world: World) -> None:
    for event in ("ring", "ring", "answer", "hangup", "hangup", "ring"):
        assert system(event=event, duration_s=75).status_code == 200
    row, [one] = the_call(), logged()
    assert (row.state, row.organisation_id, row.duration_s, row.staff.name) == (
        "ended",
        world.lehmanns,
        75,
        "Nancy Davolio",
    )
    assert (one.kind, one.channel, one.direction, one.audience) == ("call", "telephone", "inbound", "staff")
    assert (one.actor_id, one.detail["duration_s"]) == (world.nancy.person_id, 75)
    assert one.summary == "Nancy Davolio answered +49691234567, 1:15"


def test_a_person_is_known_by_the_own_line(system, numbers: None, world: World) -> None:
    system(event="ring", number="+49697654321")
    assert (the_call().person_id, the_call().organisation_id) == (world.renate.person_id, world.lehmanns)


def test_another_call_under_the_same_id_is_a_conflict(system, numbers: None) -> None:
    assert system(event="ring").status_code == 200
    assert system(event="answer", number="+4930111111").status_code == 409
    assert the_call().state == "ringing"


def test_the_token_of_the_telephone_system_learns_nobodys_name(system, numbers: None, app, world: World) -> None:
    answer = system(event="ring")
    assert "Lehmanns" not in answer.text and "organisation" not in answer.json
    narrow = {"Authorization": f"Bearer {token_of(world.andrew, ['order'])}"}
    assert app.test_client().post("/api/v1/calls", json={"id": "c", "event": "ring"}, headers=narrow).status_code == 403


def test_a_missed_call_stands_to_be_called_back_until_somebody_has(system, numbers: None, world: World, as_) -> None:
    system(event="ring")
    system(event="hangup")
    assert the_call().waiting and [one.kind for one in logged()] == ["call_missed"]
    page = as_(world.margaret).get("/staff/calls").text
    assert "Lehmanns Marktstand" in page and 'href="tel:+49691234567"' in page
    system(id="c2", event="answer", direction="outbound")
    system(id="c2", event="hangup", direction="outbound", duration_s=9)
    assert "Lehmanns Marktstand" not in as_(world.margaret).get("/staff/calls").text


def test_whoever_called_back_otherwise_says_so_once(system, numbers: None, world: World, as_) -> None:
    system(event="hangup")
    path = f"/staff/calls/{the_call().public_id}/return"
    assert [as_(world.otto).post(path).status_code for _ in "ab"] == [303, 409]
    assert not the_call().waiting


def test_a_stranger_is_found_out_and_known_from_then_on(system, numbers: None, world: World, as_) -> None:
    system(event="hangup", number="+49309999999")
    assert the_call().organisation_id is None and logged()[0].organisation_id is None
    nancy, path = as_(world.nancy), f"/staff/calls/{the_call().public_id}"
    assert "Ernst Handel" in nancy.get(f"{path}?q=handel").text
    with db.unit(write=False):
        ernst = find(world.nancy, Organisation, id=world.ernst).public_id
    assert nancy.post(f"{path}/caller", {"organisation": ernst, "name": "Pirkko"}).status_code == 303
    assert nancy.post(f"{path}/caller", {"organisation": ernst}).status_code == 409
    before, after = logged()
    assert after.organisation_id == world.ernst and after.event_id == before.event_id and after.person.name == "Pirkko"
    system(id="again", event="ring", number="0049309999999")
    with db.unit(write=False):
        again = db.session.scalars(select(Call).where(Call.call_key == "again")).unique().one()
        assert (again.organisation_id, again.person.name) == (world.ernst, "Pirkko")


def test_what_was_said_and_promised_is_one_form_and_counts_as_one_contact(
    system, numbers: None, world: World, as_
) -> None:
    system(event="answer")
    system(event="hangup")
    form = {"summary": "Asks for the Chang", "promise": "A date for the Chang"}
    assert as_(world.nancy).post(f"/staff/calls/{the_call().public_id}/notes", form).status_code == 303
    with db.unit(write=False):
        assert db.session.scalars(select(Promise)).unique().one().words == "A date for the Chang"
        counted = select(func.count()).select_from(Interaction).where(Interaction.touchpoint)
        assert db.session.scalar(counted.where(Interaction.channel == "telephone")) == 1


def test_a_caller_of_several_companies_is_left_to_whoever_answers(system, numbers: None, world: World, as_) -> None:
    with db.unit(write=True):
        db.session.get_one(Organisation, world.ernst).phone = LINE
    system(event="ring")
    assert the_call().organisation_id is None
    page = as_(world.nancy).get(f"/staff/calls/{the_call().public_id}").text
    assert "Lehmanns Marktstand" in page and "Ernst Handel" in page


def test_an_extension_is_one_persons(numbers: None, world: World, as_) -> None:
    margaret = as_(world.margaret)
    assert margaret.post("/profile/telephone", {"extension": "42"}).status_code == 422
    assert margaret.post("/profile/telephone", {"extension": "forty"}).status_code == 422
    assert margaret.post("/profile/telephone", {"extension": "43"}).status_code == 302
    assert 'data-calls="' in as_(world.margaret).get("/staff/").text
    assert as_(world.renate).get("/profile/telephone").status_code == 404


def test_the_search_finds_by_the_last_digits_people_and_organisations(numbers: None, world: World, as_) -> None:
    nancy = as_(world.nancy)
    for digits in ("4321", "+49 69 7654321", "234567"):
        answer = nancy.get(f"/staff/find?q={digits.replace('+', '%2B')}")
        assert answer.status_code == 303 and "/staff/organisations/" in answer.location


def test_a_number_that_is_gone_from_the_record_finds_nobody(numbers: None, world: World) -> None:
    with db.unit(write=True):
        db.session.get_one(Organisation, world.lehmanns).phone = None
    with db.unit(write=False):
        assert callers.of(LINE) == [] and calls.EVENTS


def test_a_telephone_number_is_a_link_wherever_staff_read_it(numbers: None, world: World, as_) -> None:
    with db.unit(write=False):
        path = f"/staff/organisations/{find(world.nancy, Organisation, id=world.lehmanns).public_id}"
        assert db.session.get_one(Person, world.renate.person_id).contact_points
    page = as_(world.nancy).get(path).text
    assert 'href="tel:0691234567"' in page and 'href="tel:0697654321"' in page
