"""Colleagues: a manager outside looks after who has access; invitations from mail to surface."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from models import db
from models.jobs import Delivery
from models.logins import Token
from models.people import Membership
from policy import Actor
from tests.client import Client
from tests.login.test_signing_in import fresh
from tests.world import World

As = Callable[[Actor | None], Client]
ANNA = {"email": "anna@lehms.example", "name": "Anna", "role": "member"}


def link() -> str:
    with db.unit(write=False):
        body = db.session.scalars(select(Delivery.body).order_by(Delivery.id.desc())).first()
    return re.search(r"/invitation/\S+", body).group()


def test_a_manager_sees_the_team_and_a_member_reads_who_looks_after_it(as_: As, world: World) -> None:
    assert "Jonas Lang" in as_(world.greta).get("/portal/team").text
    page = as_(world.renate).get("/portal/team")
    assert page.status_code == 200 and "Jonas Lang" not in page.text and "Your managers" in page.text


@pytest.mark.parametrize(("name", "path"), [
    ("charles", "/portal/team"), ("greta", "/partners/team"), ("nancy", "/portal/team"), ("nancy", "/partners/team"),
])  # fmt: skip
def test_the_team_page_belongs_to_its_surface(as_: As, world: World, name: str, path: str) -> None:
    assert as_(getattr(world, name)).get(path).status_code == 404


def test_an_invited_colleague_accepts_and_is_in(as_: As, world: World) -> None:
    assert as_(world.greta).post("/portal/team", ANNA).status_code == 302
    newcomer = fresh(as_(None))
    page = newcomer.get(link())
    assert "Lehmanns Marktstand" in page.text and "anna@lehms.example" in page.text
    accepted = newcomer.post(link(), {"name": "Anna Ahrens", "password": "three quiet words"})
    assert accepted.location == "/portal/" and "Anna Ahrens" in newcomer.get("/profile").text
    assert newcomer.get(link()).status_code == 404


def test_looking_at_an_invitation_changes_nothing(as_: As, world: World) -> None:
    as_(world.greta).post("/portal/team", ANNA)
    as_(None).get(link())
    with db.unit(write=False):
        assert db.session.scalars(select(Token.used_at)).one() is None


@pytest.mark.parametrize("path", ["/invitation/x", "/invitation/" + "x" * 500, "/invitation/%00"])
def test_an_invitation_nobody_sent_is_gone_in_words(as_: As, world: World, path: str) -> None:
    answer = as_(None).get(path)
    assert answer.status_code == 404 and "no longer good" in answer.text


def test_a_weak_password_does_not_use_up_the_invitation(as_: As, world: World) -> None:
    as_(world.greta).post("/portal/team", ANNA)
    newcomer = as_(None)
    refused = newcomer.post(link(), {"name": "Anna Ahrens", "password": "short"})
    assert refused.status_code == 422 and "Anna Ahrens" in refused.text
    assert newcomer.post(link(), {"name": "Anna Ahrens", "password": ""}).status_code == 302


def test_somebody_known_elsewhere_only_accepts(as_: As, world: World) -> None:
    as_(world.greta).post("/portal/team", ANNA | {"email": world.yoshi.email})
    as_(world.yoshi)  # has been here before
    client = fresh(as_(None))
    assert 'name="password"' not in client.get(link()).text
    assert client.post(link()).location == "/portal/"


@pytest.mark.parametrize("wrong", [
    {"email": "no address"}, {"email": ""}, {"name": ""}, {"role": "admin"}, {"email": "renate.messner@lehms.example"},
])  # fmt: skip
def test_what_cannot_be_invited_keeps_what_was_typed(as_: As, world: World, wrong: dict[str, str]) -> None:
    answer = as_(world.greta).post("/portal/team", ANNA | wrong)
    assert answer.status_code == 422
    assert (ANNA | wrong)["email"] in answer.text and (ANNA | wrong)["name"] in answer.text
    with db.unit(write=False):
        assert db.session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_a_member_cannot_invite_nor_change_anybody(as_: As, world: World) -> None:
    client = as_(world.renate)
    assert client.post("/portal/team", ANNA).status_code == 403
    assert client.post(f"/portal/team/{world.renate.public_id}/role", {"role": "manager"}).status_code == 403
    assert client.post(f"/portal/team/{world.jonas.public_id}/remove").status_code == 404


def test_a_manager_makes_a_manager_and_removes_a_colleague(as_: As, world: World) -> None:
    client, removed = as_(world.greta), as_(world.jonas)
    client.post(f"/portal/team/{world.renate.public_id}/role", {"role": "manager"})
    assert client.post(f"/portal/team/{world.jonas.public_id}/remove").status_code == 302
    assert removed.get("/profile").status_code == 302
    with db.unit(write=False):
        assert db.session.get(Membership, world.renate.membership_id).role == "manager"
        assert db.session.get(Membership, world.jonas.membership_id).ended_at


@pytest.mark.parametrize("act", ["role", "remove"])
def test_a_rival_finds_nobody_of_ours(as_: As, world: World, act: str) -> None:
    for rival, path in ((world.roland, "portal"), (world.yoshi, "partners"), (world.charles, "partners")):
        assert as_(rival).post(f"/{path}/team/{world.renate.public_id}/{act}", {"role": "member"}).status_code == 404


def test_the_only_manager_stays_and_is_told_why(as_: As, world: World) -> None:
    answer = as_(world.greta).post(f"/portal/team/{world.greta.public_id}/remove")
    assert answer.status_code == 409 and "only manager" in answer.text
