"""Everybody says for themselves how they are told by mail: at once, once a day or never, and in which hours not."""

from typing import Any

import pytest

from actions import notice_choices
from models import db
from tests.world import World

PATH = "/profile/notices"


def chosen(who: Any) -> notice_choices.Choice:
    with db.unit(write=False):
        return notice_choices.of(who)


@pytest.mark.parametrize("name", ["renate", "charlotte", "nancy"])
def test_everybody_chooses_on_the_own_surface(as_: Any, world: World, name: str) -> None:
    person = getattr(world, name)
    browser = as_(person)
    page = browser.get(PATH).get_data(as_text=True)
    assert "At once" in page and "Once a day, all in one mail" in page and "In your time zone" in page
    form = {"pace": "daily", "digest_at": "07:30", "quiet_from": "20:00", "quiet_until": "06:45", "version": "0"}
    assert "Saved." in browser.post(PATH, data=form, follow_redirects=True).get_data(as_text=True)
    assert chosen(person) == notice_choices.Choice("daily", 1200, 405, 450, 1)
    page = browser.get(PATH).get_data(as_text=True)
    assert 'value="20:00"' in page and 'value="07:30"' in page


def test_people_outside_are_told_at_once_and_we_once_a_day_until_they_say_otherwise(app: Any, world: World) -> None:
    assert chosen(world.renate).pace == chosen(world.charlotte).pace == "at_once"
    assert chosen(world.nancy).pace == "daily"


@pytest.mark.parametrize(
    ("form", "words"),
    [({"pace": "hourly"}, "Not a valid choice"), ({"quiet_from": "25:00"}, "Not a valid time"),
     ({"quiet_from": "20:00"}, "Quiet until needs a beginning and an end, or neither."), ({"digest_at": "noon"}, "Not a valid time")],
)  # fmt: skip
def test_what_makes_no_sense_is_told_beside_its_field_and_keeps_what_was_typed(
    as_: Any, world: World, form: dict[str, str], words: str
) -> None:
    browser = as_(world.renate)
    answer = browser.post(PATH, data={"pace": "daily", "version": "0"} | form)
    assert answer.status_code == 422 and words in answer.get_data(as_text=True)
    assert chosen(world.renate) == notice_choices.Choice()


def test_of_two_windows_the_second_is_told(as_: Any, world: World) -> None:
    browser = as_(world.renate)
    browser.post(PATH, data={"pace": "never", "version": "0"})
    answer = browser.post(PATH, data={"pace": "daily", "version": "0"})
    assert answer.status_code == 409 and "changed meanwhile" in answer.get_data(as_text=True)
    assert chosen(world.renate).pace == "never"


def test_what_one_chooses_is_nobody_elses(as_: Any, world: World) -> None:
    as_(world.renate).post(PATH, data={"pace": "never", "version": "0"})
    assert chosen(world.jonas).pace == chosen(world.roland).pace == "at_once"
