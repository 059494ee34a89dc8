"""The bell and its page, on each surface: what is new for whoever looks, and how they say that they have seen it."""

import re
from typing import Any
from uuid import uuid4

import pytest

from realtime import entrance
from realtime.limits import LIMITS
from tests.channels.test_notices import number, say  # noqa: F401
from tests.world import World


def bell(browser: Any, path: str) -> str:
    """What the bell of a page says."""
    found = re.search(r'data-bell aria-label="([^"]*)"', browser.get(path).text)
    return found.group(1) if found else ""


@pytest.mark.parametrize(
    ("name", "home", "audience"),
    [("renate", "/portal/", "customer"), ("nancy", "/staff/", "customer"), ("charles", "/partners/", "everyone")],
)
def test_the_bell_counts_and_the_page_leads_to_what_is_new(
    as_: Any, world: World, number: str, name: str, home: str, audience: str  # noqa: F811
) -> None:  # fmt: skip
    say(world.renate if name != "renate" else world.nancy, number, "Seventeen are here.", audience)
    browser = as_(getattr(world, name))
    page = browser.get("/notices").text
    paths = {"renate": "/portal/requests/", "nancy": "/staff/conversations/", "charles": "/partners/conversations/"}
    assert f'href="{paths[name]}{number}"' in page and "Seventeen are here." in page and "Mark all as seen" in page
    assert browser.get(paths[name] + number).status_code == 200
    assert bell(browser, home).startswith("Notices, ") and "new" in bell(browser, "/notices/bell")


def test_what_is_marked_as_seen_is_not_counted_and_stays_until_it_is_read(
    as_: Any, world: World, number: str  # noqa: F811
) -> None:  # fmt: skip
    say(world.nancy, number, "Seventeen are here.", "customer")
    renate = as_(world.renate)
    until = re.search(r'name="until" value="([^"]+)"', renate.get("/notices").text)
    assert until and renate.post("/notices/seen", {"until": until.group(1)}).status_code == 303
    page = renate.get("/notices").text
    assert "Seventeen are here." in page and "Mark all as seen" not in page and bell(renate, "/portal/") == "Notices"


def test_where_nothing_is_new_the_page_says_so(as_: Any, world: World) -> None:
    assert "Nothing new" in as_(world.roland).get("/notices").text


def test_a_rival_and_a_stranger_find_nothing_of_it(as_: Any, world: World, number: str) -> None:  # noqa: F811
    say(world.nancy, number, "Seventeen are here.", "customer")
    for rival in (world.roland, world.jonas, world.yoshi):
        page = as_(rival).get("/notices").text
        assert number not in page and "Seventeen" not in page
        assert as_(rival).get(f"/portal/requests/{number}").status_code == 404
    assert "/login" in as_(None).get("/notices").headers["Location"]


@pytest.mark.parametrize("until", ["", "yesterday", "2026-01-01T09:00:00", "0001-01-01T00:00:00+14:00", "9" * 25])
def test_a_moment_that_is_none_is_refused(as_: Any, world: World, until: str) -> None:
    assert as_(world.renate).post("/notices/seen", {"until": until}).status_code == 422


def test_a_page_after_no_place_of_ours_is_refused(as_: Any, world: World) -> None:
    assert as_(world.renate).get("/notices?after=nonsense").status_code == 400


def test_everybody_in_one_office_has_a_bell_and_nobody_rings_all_the_time(
    app: Any, as_: Any, world: World
) -> None:  # fmt: skip
    office = str(uuid4())

    def knock(browser: Any, times: int) -> list[bool]:
        cookie = browser.http.get_cookie("session")
        environ = {"REMOTE_ADDR": office, "HTTP_COOKIE": f"session={cookie.value}" if cookie else ""}
        return [entrance.too_fast(app, environ | {"wsgi.url_scheme": "http"}) for _ in range(times)]

    people = [as_(one) for one in (world.renate, world.jonas, world.greta)]
    assert not any(any(knock(one, 100)) for one in people)  # behind one address
    most = LIMITS["connect"].times
    assert (
        not any(knock(people[0], most - 100)) and knock(people[0], 60).count(True) > 30
    )  # a browser that does nothing else
    stranger = as_(None)
    assert not any(knock(stranger, most)) and knock(stranger, 60).count(True) > 30
