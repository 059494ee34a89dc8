"""Approvals: what a manager outside asks for waits for us where that is wanted, from the team page to the decision."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from actions import codes
from models import db
from models.approvals import Approval
from models.interactions import Interaction
from models.jobs import Delivery
from models.logins import Login
from models.organisations import Organisation
from models.people import Membership
from policy import Actor, find
from tests.client import Client
from tests.live import token_of
from tests.world import World

As = Callable[[Actor | None], Client]
ANNA = {"email": "Anna@lehms.example", "name": "Anna Ahrens", "role": "member"}


def path_of(world: World, name: str) -> str:
    with db.unit(write=False):
        return f"/staff/organisations/{find(world.nancy, Organisation, id=getattr(world, name)).public_id}"


def let_wait(as_: As, world: World, name: str = "lehmanns") -> str:
    path = path_of(world, name)
    assert as_(world.nancy).post(f"{path}/approval", {"required": "yes"}).status_code == 303
    return path


def newest() -> Approval:
    with db.unit(write=False):
        return db.session.scalars(select(Approval).order_by(Approval.id.desc()).limit(1)).one()


def decide(as_: As, actor: Actor, **form: str):  # noqa: ANN201
    return as_(actor).post(f"/staff/approvals/{newest().public_id}/decision", form)


def count(table: type) -> int:
    with db.unit(write=False):
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_without_the_setting_a_manager_invites_by_themselves(as_: As, world: World) -> None:
    as_(world.greta).post("/portal/team", ANNA)
    assert count(Approval) == 0 and count(Delivery) == 1


def test_whom_a_manager_invites_waits_and_nothing_is_sent(as_: As, world: World) -> None:
    let_wait(as_, world)
    logins, members = count(Login), count(Membership)
    assert as_(world.greta).post("/portal/team", ANNA).status_code == 302
    page = as_(world.greta).get("/portal/team").text
    assert "Anna Ahrens" in page and "waits for approval" in page
    assert (count(Delivery), count(Login), count(Membership)) == (0, logins, members)
    with db.unit(write=True):
        codes.request_code("anna@lehms.example")
    assert count(Delivery) == 0


def test_staff_find_it_in_the_queue_and_at_the_organisation_and_approve_it_once(as_: As, world: World) -> None:
    path = let_wait(as_, world)
    as_(world.greta).post("/portal/team", ANNA)
    for page in ("/staff/approvals", f"{path}/colleagues"):
        assert "Anna Ahrens" in as_(world.nancy).get(page).text
    assert "1 to approve" in as_(world.nancy).get(path).text
    assert decide(as_, world.nancy, decision="approve").status_code == 303
    with db.unit(write=False):
        mail = db.session.scalars(select(Delivery)).one()
    assert mail.to_address == "Anna@lehms.example" and "Greta Lehmann" in mail.body
    assert decide(as_, world.steven, decision="approve").status_code == 409
    assert count(Delivery) == 1 and "Anna Ahrens" not in as_(world.nancy).get("/staff/approvals").text


def test_a_decline_needs_a_reason_and_the_manager_reads_it(as_: As, world: World) -> None:
    let_wait(as_, world)
    as_(world.greta).post("/portal/team", ANNA)
    answer = decide(as_, world.nancy, decision="decline", reason=" ")
    assert answer.status_code == 422 and "reason is empty" in answer.text and newest().state == "waiting"
    decide(as_, world.nancy, decision="decline", reason="We do not know her")
    page = as_(world.greta).get("/portal/team").text
    assert "We do not know her" in page and "declined" in page and count(Delivery) == 0


def test_a_decision_that_is_none_is_refused(as_: As, world: World) -> None:
    let_wait(as_, world)
    as_(world.greta).post("/portal/team", ANNA)
    assert decide(as_, world.nancy, decision="perhaps").status_code == 422 and newest().state == "waiting"


def test_the_manager_takes_it_back_and_the_rival_finds_nothing(as_: As, world: World) -> None:
    let_wait(as_, world)
    as_(world.greta).post("/portal/team", ANNA)
    path = f"/portal/team/approvals/{newest().public_id}/withdrawal"
    assert as_(world.roland).post(path).status_code == 404
    assert as_(world.renate).post(path).status_code == 404
    assert as_(world.greta).post(path).status_code == 302 and newest().state == "withdrawn"
    assert as_(world.greta).post(path).status_code == 409
    assert decide(as_, world.nancy, decision="approve").status_code == 409 and count(Delivery) == 0


def test_of_one_address_one_thing_waits_at_a_time(as_: As, world: World) -> None:
    let_wait(as_, world)
    as_(world.greta).post("/portal/team", ANNA)
    answer = as_(world.greta).post("/portal/team", ANNA | {"email": "anna@LEHMS.example"})
    assert answer.status_code == 422 and "waits for approval already" in answer.text and count(Approval) == 1


@pytest.mark.parametrize("form", [ANNA | {"email": "anna"}, ANNA | {"name": " "}, ANNA | {"role": "admin"}])
def test_what_cannot_be_an_invitation_does_not_wait_either(as_: As, world: World, form: dict[str, str]) -> None:
    let_wait(as_, world)
    assert as_(world.greta).post("/portal/team", form).status_code == 422 and count(Approval) == 0


def test_a_colleague_becomes_a_manager_only_once_it_is_approved(as_: As, world: World) -> None:
    let_wait(as_, world, "exotic")
    path = f"/partners/team/{world.charlotte.public_id}/role"
    assert "it is approved" in as_(world.charles).post(path, {"role": "manager"}, follow_redirects=True).text
    assert "Your managers look after this list" in as_(world.charlotte).get("/partners/team").text
    decide(as_, world.nancy, decision="approve")
    assert "Who has access" in as_(world.charlotte).get("/partners/team").text


def test_a_manager_takes_rights_away_without_approval(as_: As, world: World) -> None:
    as_(world.charles).post(f"/partners/team/{world.charlotte.public_id}/role", {"role": "manager"})
    let_wait(as_, world, "exotic")
    as_(world.charles).post(f"/partners/team/{world.charlotte.public_id}/role", {"role": "member"})
    assert (
        count(Approval) == 0 and "Your managers look after this list" in as_(world.charlotte).get("/partners/team").text
    )


def test_what_waits_for_somebody_who_is_removed_ends(as_: As, world: World) -> None:
    let_wait(as_, world, "exotic")
    as_(world.charles).post(f"/partners/team/{world.charlotte.public_id}/role", {"role": "manager"})
    as_(world.charles).post(f"/partners/team/{world.charlotte.public_id}/remove")
    assert decide(as_, world.nancy, decision="approve").status_code == 409 and newest().state == "withdrawn"


def test_staff_invite_without_waiting(as_: As, world: World) -> None:
    path = let_wait(as_, world)
    assert as_(world.nancy).post(f"{path}/colleagues", ANNA).status_code == 303
    answer = as_(world.nancy).post(f"{path}/colleagues", {"email": "no address", "name": "X"})
    assert answer.status_code == 422 and "is not an e-mail address" in answer.text
    assert as_(world.nancy).post(f"{path}/colleagues", ANNA | {"email": world.renate.email}).status_code == 409
    assert count(Approval) == 0 and count(Delivery) == 1


def test_only_we_decide_and_everything_is_logged(as_: As, app, world: World) -> None:
    let_wait(as_, world)
    as_(world.greta).post("/portal/team", ANNA)
    bearer = {"Authorization": f"Bearer {token_of(world.greta)}"}
    path = f"/api/v1/approvals/{newest().public_id}"
    assert app.test_client().post(f"{path}/decision", json={"approve": True}, headers=bearer).status_code == 403
    listed = app.test_client().get("/api/v1/approvals?state=waiting", headers=bearer).get_json()["items"]
    assert [(one["email"], one["asked_by"]) for one in listed] == [("Anna@lehms.example", "Greta Lehmann")]
    ours = {"Authorization": f"Bearer {token_of(world.nancy)}"}
    refused = app.test_client().post(f"{path}/decision", json={"approve": False}, headers=ours)
    assert refused.status_code == 422 and refused.get_json()["errors"][0]["field"] == "reason"
    assert app.test_client().post(f"{path}/decision", json={"approve": True}, headers=ours).status_code == 200
    assert app.test_client().delete(path, headers=bearer).status_code == 409
    with db.unit(write=False):
        kinds = set(db.session.scalars(select(Interaction.kind).where(Interaction.organisation_id == world.lehmanns)))
    assert {"organisation_changed", "approval_asked", "approval_decided", "member_invited"} <= kinds
