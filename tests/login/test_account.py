"""What people do with their own account: profile, devices, tokens, and acting for another organisation."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from actions import logins
from models import db
from models.logins import SignInSession, Token
from models.people import Membership, Person
from policy import Actor
from tests.client import Client
from tests.world import World

As = Callable[[Actor | None], Client]
PROFILE = {"name": "Renate M.", "title": "", "language": "de", "zone": "Europe/Berlin", "theme": "dark", "version": "1"}


@pytest.mark.parametrize("path", ["/profile", "/profile/devices", "/profile/tokens", "/profile/password"])
@pytest.mark.parametrize("name", ["renate", "nancy", "charlotte"])
def test_everybody_finds_the_own_account_on_the_own_surface(as_: As, world: World, path: str, name: str) -> None:
    assert as_(getattr(world, name)).get(path).status_code == 200


def test_a_profile_is_saved_and_shown_at_once(as_: As, world: World) -> None:
    client = as_(world.renate)
    assert client.post("/profile", PROFILE).status_code == 302
    page = client.get("/profile").text
    assert 'lang="de"' in page and 'data-theme-choice="dark"' in page and 'data-zone="Europe/Berlin"' in page


def test_a_stale_profile_keeps_what_was_typed_and_shows_what_is_there(as_: As, world: World) -> None:
    client = as_(world.renate)
    client.post("/profile", PROFILE)
    answer = client.post("/profile", PROFILE | {"name": "Renate Second"})
    assert answer.status_code == 409
    assert "Renate Second" in answer.text and "Renate M." in answer.text and 'value="2"' in answer.text


@pytest.mark.parametrize("wrong", [
    {"zone": "Mars/Olympus"}, {"name": ""}, {"theme": "pink"}, {"language": "xx"}, {"name": "a\0b"}, {"name": " "},
])  # fmt: skip
def test_what_a_profile_cannot_keep_is_422_and_nothing_changes(as_: As, world: World, wrong: dict[str, str]) -> None:
    assert as_(world.renate).post("/profile", PROFILE | wrong).status_code == 422
    with db.unit(write=False):
        assert db.session.get(Person, world.renate.person_id).name == "Renate Messner"


def test_a_lost_device_is_signed_out_from_another(as_: As, world: World) -> None:
    here, lost = as_(world.renate), as_(world.renate)
    path = re.search(r'action="(/profile/devices/[^"]+/end)"', buttons(here.get("/profile/devices").text)).group(1)
    assert here.post(path).status_code == 302
    assert lost.get("/profile").status_code == 302 and here.get("/profile").status_code == 200


def buttons(page: str) -> str:
    """The part of the list after the device at hand, which comes first."""
    return page.split("this one", 1)[1]


def test_all_other_devices_are_signed_out_at_once(as_: As, world: World) -> None:
    here, *others = (as_(world.renate) for _ in range(3))
    here.post("/profile/devices/end-others")
    assert [one.get("/profile").status_code for one in others] == [302, 302]
    assert here.get("/profile").status_code == 200


def test_a_device_of_somebody_else_is_not_found(as_: As, world: World) -> None:
    as_(world.roland)
    with db.unit(write=False):
        foreign = db.session.scalars(select(SignInSession.public_id)).one()
    assert as_(world.renate).post(f"/profile/devices/{foreign}/end").status_code == 404


def test_a_token_is_shown_once_works_and_ends_when_revoked(as_: As, world: World) -> None:
    client = as_(world.renate)
    made = client.post("/profile/tokens", {"name": "Nightly check", "scope": "order"})
    secret = re.search(r"lg_[\w-]+", made.text).group()
    assert logins.resolve_token(secret).scopes == {"order"}
    page = client.get("/profile/tokens").text
    assert secret not in page and "Nightly check" in page
    client.post(re.search(r'action="(/profile/tokens/[^"]+/revoke)"', page).group(1))
    assert logins.resolve_token(secret) is None


def test_a_token_of_somebody_else_is_not_found(as_: As, world: World) -> None:
    as_(world.roland).post("/profile/tokens", {"name": "Mine", "scope": "*"})
    with db.unit(write=False):
        foreign = db.session.scalars(select(Token.public_id)).one()
    client = as_(world.renate)
    assert client.post(f"/profile/tokens/{foreign}/revoke").status_code == 404
    assert "Mine" not in client.get("/profile/tokens").text


def test_a_token_needs_a_name_and_a_known_scope(as_: As, world: World) -> None:
    client = as_(world.renate)
    assert client.post("/profile/tokens", {"name": "", "scope": "*"}).status_code == 422
    assert client.post("/profile/tokens", {"name": "x", "scope": "everything"}).status_code == 422


def test_somebody_of_two_organisations_switches_between_them(as_: As, world: World) -> None:
    with db.unit():
        second = Membership(person_id=world.renate.person_id, organisation_id=world.tokyo, side="partner")
        db.session.add(second)
        db.session.flush()
        key = second.id
    client = as_(world.renate)
    assert "Tokyo Traders" in client.get("/profile").text
    assert "Act for another organisation" in client.get("/portal/").text
    assert "Act for another organisation" not in as_(world.jonas).get("/portal/").text
    assert client.post("/profile/switch", {"membership": key}).location == "/partners/"
    assert "Tokyo Traders" in client.get("/profile").text


@pytest.mark.parametrize("membership", ["", "0", "staff", "x"])
def test_nobody_switches_to_what_is_not_theirs(as_: As, world: World, membership: str) -> None:
    client = as_(world.renate)
    assert client.post("/profile/switch", {"membership": membership}).status_code == 404
    assert client.post("/profile/switch", {"membership": world.roland.membership_id}).status_code == 404
    assert client.get("/profile").status_code == 200
