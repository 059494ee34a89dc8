"""Shared mailboxes: whoever comes with orders@ gives a name once on each device, and it stands beside all they do."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from sqlalchemy import select

from actions import conversations, decisions, orders, parties
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.jobs import Delivery
from models.mailboxes import MailboxDevice
from models.messages import Message
from models.orders import Order, OrderChange
from models.organisations import Organisation
from models.shares import ReadLog
from policy import Actor, find
from tests.client import Client
from tests.live import token_of
from tests.login.test_signing_in import by_code, fresh
from tests.world import World

As = Callable[[Actor | None], Client]
ORDERS = {"email": "orders@s1.example", "name": "Orders desk", "role": "member", "mailbox": "y"}


@pytest.fixture
def shared(app, world: World) -> None:
    """Charlotte's address is used by several, and PO-1001 is shared with her company."""
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))


def share_mailbox(as_: As, world: World) -> None:
    path = f"/partners/team/{world.charlotte.public_id}/mailbox"
    assert as_(world.charles).post(path, {"mailbox": "yes"}).status_code == 302


def named(as_: As, world: World, name: str) -> Client:
    """A device on which somebody signs in with Charlotte's address and says who they are."""
    made = as_(world.charlotte)
    assert made.post("/profile/name", {"name": name}).location == "/partners/"
    return made


def signed(world: World, name: str) -> str:
    return f"{name} ({world.charlotte.email})"


def answers() -> list[str | None]:
    with db.unit(write=False):
        return list(db.session.scalars(select(OrderChange.signed_as).order_by(OrderChange.id)))


def test_an_invited_mailbox_asks_for_a_name_and_never_for_a_password(as_: As, world: World) -> None:
    assert as_(world.charles).post("/partners/team", ORDERS).status_code == 302
    with db.unit(write=False):
        body = db.session.scalars(select(Delivery.body).order_by(Delivery.id.desc())).first()
    link = re.search(r"/invitation/\S+", body).group()
    newcomer = fresh(as_(None))
    assert "Password" not in newcomer.get(link).text
    assert newcomer.post(link).location == "/partners/"
    newcomer._token = None  # a new session has a new form token
    assert newcomer.get("/partners/").location.startswith("/profile/name")
    assert "orders@s1.example is shared" in newcomer.get("/profile/name").text
    assert newcomer.post("/profile/name", {"name": "Ana"}).location == "/partners/"
    assert "Hello, Ana" in newcomer.get("/partners/").text and ">A</" in newcomer.get("/partners/").text
    page = as_(world.charles).get("/partners/team").text
    assert "Orders desk" in page and "shared mailbox" in page and "used by Ana" in page


def test_without_a_name_nothing_is_shown_and_nothing_is_done(shared: None, as_: As, world: World) -> None:
    share_mailbox(as_, world)
    nobody = as_(world.charlotte)
    asked = nobody.get("/partners/orders/PO-1001")
    assert asked.status_code == 303 and asked.location == "/profile/name?next=/partners/orders/PO-1001"
    assert nobody.post("/partners/orders/PO-1001/confirmation", {"all": "yes"}).location == "/profile/name"
    for path in ("/profile", "/profile/tokens", "/partners/orders.csv", "/partners/team"):
        assert nobody.get(path).location.startswith("/profile/name"), path
    assert answers() == []
    for name in ("", "  ", "x" * 81, "a\0b"):
        assert nobody.post("/profile/name", {"name": name}).status_code == 422
    assert nobody.get("/partners/").status_code == 303


def test_an_answer_bears_the_name_of_the_device_it_came_from(shared: None, as_: As, world: World) -> None:
    share_mailbox(as_, world)
    ana, bo = named(as_, world, "Ana"), named(as_, world, "Bo")
    assert ana.post("/partners/orders/PO-1001/acknowledgement").status_code == 303
    bo.get("/partners/orders/PO-1001")
    bo.post("/partners/orders/PO-1001/confirmation", {"all": "yes"})
    assert answers() == [signed(world, "Bo")]
    page = as_(world.nancy).get("/staff/orders/PO-1001").text
    assert signed(world, "Bo") in page
    with db.unit(write=False):
        done = dict(
            db.session.execute(
                select(Interaction.kind, Interaction.signed_as).where(Interaction.signed_as.is_not(None))
            ).all()
        )
        looked = set(db.session.scalars(select(ReadLog.signed_as)))
        path = f"/staff/organisations/{find(world.nancy, Organisation, id=world.exotic).public_id}"
    assert done["order_acknowledged"] == signed(world, "Ana") and done["order_confirmed"] == signed(world, "Bo")
    assert looked == {signed(world, "Bo")} and done["record_read"] == signed(world, "Bo")
    for seen in (path, f"{path}/reads"):
        assert signed(world, "Bo") in as_(world.nancy).get(seen).text


def test_a_customer_behind_the_mask_reads_neither_the_name_nor_the_address(as_: As, world: World) -> None:
    with db.unit(write=True):
        talk, _ = conversations.start(world.renate, "Chang", "Will it come?", about=("order", "11070"))
        parties.add(world.nancy, talk, db.session.get_one(Organisation, world.exotic), subject="Chang")
    share_mailbox(as_, world)
    ana = named(as_, world, "Ana")
    path = f"/partners/conversations/{talk.number}"
    assert ana.post(f"{path}/messages", {"body": "It comes on Friday", "audience": "everyone"}).status_code in (
        302,
        303,
    )
    with db.unit(write=False):
        said = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert said.signed_as == signed(world, "Ana") and signed(world, "Ana") in ana.get(path).text
    assert signed(world, "Ana") in as_(world.nancy).get(f"/staff/conversations/{talk.number}").text
    seen = as_(world.renate).get(f"/portal/requests/{talk.number}").text
    assert "It comes on Friday" in seen and "our supplier" in seen
    for hidden in ("Ana", world.charlotte.email, "Charlotte", "Exotic"):
        assert hidden not in seen


def test_a_device_remembers_who_uses_it_and_another_one_asks(as_: As, world: World) -> None:
    share_mailbox(as_, world)
    device = fresh(as_(None))
    assert by_code(device, world.charlotte.email).location == "/partners/"
    device._token = None
    named_now = device.post("/profile/name", {"name": "Ana"}).headers.getlist("Set-Cookie")
    kept = next(found["device"] for one in named_now if "device" in (found := SimpleCookie(one)))
    assert kept["httponly"] and kept["samesite"] == "Lax" and len(kept.value) >= 43
    device.post("/logout")
    assert as_(world.charlotte).get("/partners/").status_code == 303
    again = as_(world.charlotte)
    again.http.set_cookie("device", kept.value)
    assert "Hello, Ana" in again.get("/partners/").text


@pytest.mark.parametrize("cookie", ["", "x", "a" * 500, "Ana"])
def test_a_made_up_device_is_nobody(as_: As, world: World, cookie: str) -> None:
    share_mailbox(as_, world)
    named(as_, world, "Ana")
    forger = as_(world.charlotte)
    forger.http.set_cookie("device", cookie)
    assert forger.get("/partners/").status_code == 303
    forger.post("/profile/name", {"name": "Bo"})
    with db.unit(write=False):
        assert sorted(db.session.scalars(select(MailboxDevice.name))) == ["Ana", "Bo"]


def test_a_question_answered_by_tap_bears_the_name_given(as_: As, world: World) -> None:
    with db.unit(write=True):
        talk, _ = conversations.start(
            world.nancy, "Chang", "About Chang", organisation=find(world.nancy, Organisation, id=world.lehmanns)
        )
        parties.add(
            world.nancy, talk, find(world.nancy, Organisation, id=world.exotic), level="respond", subject="Chang"
        )
        asked, _ = decisions.ask(world.nancy, find(world.nancy, Conversation, number=talk.number), "Chai for Chang?",
                                 ("Yes", "No"), audience=f"partner:{world.exotic}")  # fmt: skip
        path, question = f"/partners/conversations/{talk.number}", asked.public_id
    share_mailbox(as_, world)
    ana = named(as_, world, "Ana")
    assert ana.post(f"/decisions/{question}/answer", {"answer": "Yes"}).status_code == 303
    page = as_(world.nancy).get(path.replace("partners", "staff")).text
    assert signed(world, "Ana") in page.partition("decision-said")[2]


def test_a_name_is_changed_on_its_device_and_what_was_said_before_stays(shared: None, as_: As, world: World) -> None:
    share_mailbox(as_, world)
    ana, bo = named(as_, world, "Ana"), named(as_, world, "Bo")
    ana.post("/partners/orders/PO-1001/confirmation", {"all": "yes"})
    assert 'value="Ana"' in ana.get("/profile/name").text
    ana.post("/profile/name", {"name": "Carla"})
    assert "Hello, Carla" in ana.get("/partners/").text and "Hello, Bo" in bo.get("/partners/").text
    assert answers() == [signed(world, "Ana")]


@pytest.mark.parametrize("how", ["mailbox", "remove"])
def test_taking_the_mailbox_away_ends_all_its_devices(as_: As, world: World, how: str) -> None:
    share_mailbox(as_, world)
    ana, bo = named(as_, world, "Ana"), named(as_, world, "Bo")
    as_(world.charles).post(f"/partners/team/{world.charlotte.public_id}/{how}", {"mailbox": "no"})
    for one in (ana, bo):
        assert one.get("/partners/").location.startswith("/login")
    with db.unit(write=False):
        assert not db.session.scalars(select(MailboxDevice).where(MailboxDevice.ended_at.is_(None))).all()


def test_a_token_speaks_with_the_name_of_whoever_made_it(shared: None, app, as_: As, world: World) -> None:
    before = {"Authorization": f"Bearer {token_of(world.charlotte)}"}
    share_mailbox(as_, world)
    machine = app.test_client()
    assert machine.get("/api/v1/me", headers=before).status_code == 401
    console = {"Authorization": f"Bearer {token_of(world.charlotte)}"}
    refused = machine.post("/api/v1/orders/PO-1001/confirmation", json={"response": "accepted"}, headers=console)
    assert refused.status_code == 403 and "give your name" in refused.get_json()["title"] and answers() == []
    page = named(as_, world, "Ana").post("/profile/tokens", {"name": "ERP", "scope": "*"}).text
    own = {"Authorization": "Bearer " + re.search(r"lg_[\w-]+", page).group()}
    assert machine.get("/api/v1/me", headers=own).get_json()["name"] == signed(world, "Ana")
    assert (
        machine.post("/api/v1/orders/PO-1001/confirmation", json={"response": "accepted"}, headers=own).status_code
        < 300
    )
    assert answers() == [signed(world, "Ana")]


def test_a_shared_mailbox_is_never_a_manager(as_: As, world: World) -> None:
    charles = as_(world.charles)
    assert charles.post("/partners/team", ORDERS | {"role": "manager"}).status_code == 422
    assert charles.post(f"/partners/team/{world.charles.public_id}/mailbox", {"mailbox": "yes"}).status_code == 409
    share_mailbox(as_, world)
    assert charles.post(f"/partners/team/{world.charlotte.public_id}/role", {"role": "manager"}).status_code == 409


def test_a_rival_and_a_member_share_nobody_s_mailbox(as_: As, world: World) -> None:
    path = f"/team/{world.charlotte.public_id}/mailbox"
    assert as_(world.yoshi).post(f"/partners{path}", {"mailbox": "yes"}).status_code == 404
    assert as_(world.greta).post(f"/portal{path}", {"mailbox": "yes"}).status_code == 404
    assert as_(world.charlotte).post(f"/partners{path}", {"mailbox": "yes"}).status_code == 403
    assert as_(world.renate).post("/profile/name", {"name": "Ana"}).status_code == 403


def test_staff_share_a_mailbox_at_the_organisation(as_: As, world: World) -> None:
    with db.unit(write=False):
        path = f"/staff/organisations/{find(world.nancy, Organisation, id=world.exotic).public_id}/colleagues"
    as_(world.nancy).post(f"{path}/{world.charlotte.public_id}/mailbox", {"mailbox": "yes"})
    named(as_, world, "Ana")
    page = as_(world.nancy).get(path).text
    assert "shared mailbox" in page and "used by Ana" in page


def test_a_mailbox_that_waits_for_approval_is_one_once_it_is_approved(as_: As, world: World) -> None:
    with db.unit(write=False):
        path = f"/staff/organisations/{find(world.nancy, Organisation, id=world.exotic).public_id}"
    as_(world.nancy).post(f"{path}/approval", {"required": "yes"})
    as_(world.charles).post("/partners/team", ORDERS)
    page = as_(world.nancy).get("/staff/approvals").text
    assert "shared mailbox" in page
    as_(world.nancy).post(re.search(r"/staff/approvals/[\w-]+/decision", page).group(), {"decision": "approve"})
    assert "shared mailbox" in as_(world.charles).get("/partners/team").text
