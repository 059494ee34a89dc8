"""Access codes: what is mailed shows nothing before the code that its supplier was told by other means."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from actions import access_codes, limits, order_links
from channels import mail_out
from models import db
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.orders import Order
from models.organisations import Organisation
from models.purchasing import SupplierPolicy
from models.shares import ReadLog
from policy import find
from tests.client import Client
from tests.partners.test_order_links import newest_secret, order, token
from tests.world import World
from web.product import Product

CODE = "Seven of nine"


def policy_path(world: World, name: str = "exotic") -> str:
    with db.unit(write=False):
        return f"/staff/organisations/{find(world.nancy, Organisation, id=getattr(world, name)).public_id}"


def set_code(as_: Any, world: World, code: str = CODE) -> Any:
    return as_(world.steven).post(f"{policy_path(world)}/access-code", {"code": code})


@pytest.fixture
def secret(app: Product, world: World, as_: Any) -> str:
    """A code is agreed with Exotic Liquids, and PO-1001 was mailed to it: the secret of the link."""
    limits.forget()
    assert set_code(as_, world).status_code == 303
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    return newest_secret()


def typed(who: Client, secret: str, code: str) -> Any:
    return who.http.post(f"/order/{secret}/code", data={"code": code}, headers={"X-CSRFToken": token(who, secret)})


def test_nothing_is_shown_and_nothing_done_before_the_code(app: Product, world: World, secret: str) -> None:
    clerk = Client(app)
    page = clerk.get(f"/order/{secret}").get_data(as_text=True)
    assert "Access code" in page and "PO-1001" not in page and "EL-CH-24" not in page and "Exotic" not in page
    assert clerk.get(f"/order/{secret}/document").status_code == 403
    refused = clerk.http.post(f"/order/{secret}", data={"all": "yes"}, headers={"X-CSRFToken": token(clerk, secret)})
    assert refused.status_code == 403 and "PO-1001" not in refused.get_data(as_text=True)
    assert order(world).status == "sent"
    with db.unit(write=False):
        assert db.session.scalars(select(ReadLog)).first() is None


@pytest.mark.parametrize("as_read_out", [CODE, "seven of NINE", " sevenofnine "])
def test_the_code_is_asked_once_on_a_device(app: Product, world: World, secret: str, as_read_out: str) -> None:
    clerk = Client(app)
    assert typed(clerk, secret, as_read_out).status_code == 303
    assert "PO-1001" in clerk.get(f"/order/{secret}").get_data(as_text=True)
    assert clerk.get(f"/order/{secret}/document").status_code == 200
    answer = clerk.http.post(f"/order/{secret}", data={"all": "yes"}, headers={"X-CSRFToken": token(clerk, secret)})
    assert answer.status_code == 303 and order(world).status == "confirmed"
    assert "Access code" in Client(app).get(f"/order/{secret}").get_data(as_text=True)


def test_a_wrong_code_shows_nothing_and_is_written_down(app: Product, world: World, secret: str) -> None:
    clerk = Client(app)
    answer = typed(clerk, secret, "eight of nine")
    assert answer.status_code == 422 and "This code is wrong" in answer.get_data(as_text=True)
    assert "PO-1001" not in clerk.get(f"/order/{secret}").get_data(as_text=True)
    with db.unit(write=False):
        failed = db.session.scalars(select(Interaction).where(Interaction.kind == "sign_in_failed")).one()
    assert failed.detail["how"] == "access_code" and "eight" not in str(failed.detail)


def test_whoever_guesses_is_stopped(app: Product, world: World, secret: str) -> None:
    clerk = Client(app)
    tries = [typed(clerk, secret, f"guess number {one}").status_code for one in range(12)]
    assert tries == [422] * 10 + [429] * 2
    answer = typed(clerk, secret, CODE)
    assert answer.status_code == 429 and "too often" in answer.get_data(as_text=True)


@pytest.mark.parametrize("made_up", ["", ".", "x.y", "a" * 300])
def test_a_made_up_pass_opens_nothing(app: Product, world: World, secret: str, made_up: str) -> None:
    clerk = Client(app)
    with db.unit(write=False):
        name = access_codes.cookie_of(order_links.opened(secret)[0])
    clerk.http.set_cookie(name, made_up, path="/order")
    assert "Access code" in clerk.get(f"/order/{secret}").get_data(as_text=True)


def test_another_code_asks_everybody_anew_and_none_asks_nobody(
    app: Product, world: World, secret: str, as_: Any
) -> None:
    clerk = Client(app)
    typed(clerk, secret, CODE)
    set_code(as_, world, "Tertiary adjunct")
    assert "Access code" in clerk.get(f"/order/{secret}").get_data(as_text=True)
    as_(world.steven).post(f"{policy_path(world)}/access-code", {"remove": "yes"})
    assert "PO-1001" in Client(app).get(f"/order/{secret}").get_data(as_text=True)


def test_the_code_of_another_supplier_opens_nothing(app: Product, world: World, secret: str, as_: Any) -> None:
    as_(world.steven).post(f"{policy_path(world, 'tokyo')}/access-code", {"code": "Another one"})
    clerk = Client(app)
    assert typed(clerk, secret, "Another one").status_code == 422


def test_the_code_is_kept_nowhere_and_shown_to_nobody(app: Product, world: World, secret: str, as_: Any) -> None:
    with db.unit(write=False):
        kept = db.session.get_one(SupplierPolicy, world.exotic).access_code_hash
        logged = " ".join(str(one.detail) + one.summary for one in db.session.scalars(select(Interaction)).unique())
    assert "seven" not in kept and "seven" not in logged.casefold()
    for actor in (world.steven, world.nancy):
        page = as_(actor).get(f"{policy_path(world)}/supplier-policy").get_data(as_text=True)
        assert CODE not in page and kept not in page and "A code is asked for" in page
    assert as_(world.nancy).post(f"{policy_path(world)}/access-code", {"code": "Mine instead"}).status_code == 403


@pytest.mark.parametrize("code", ["", "12345", "1 2 3 4 5", "x" * 41, "seven\0of nine"])
def test_a_code_that_is_none_is_refused_in_words(app: Product, world: World, as_: Any, code: str) -> None:
    answer = set_code(as_, world, code)
    assert answer.status_code == 422
    with db.unit(write=False):
        assert db.session.get(SupplierPolicy, world.exotic) is None


def test_the_mail_says_that_it_asks_and_holds_no_paper(app: Product, world: World, secret: str) -> None:
    with db.unit(write=False):
        delivery = db.session.scalars(select(Delivery).where(Delivery.kind == "order")).one()
        job = db.session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id.desc())).first()
        mail = mail_out.compose(delivery, [])
        mail_out.enclose(mail, job.arguments["about"])
    assert "access code" in delivery.body and "PDF" not in delivery.body
    assert not re.search("seven", delivery.body + (delivery.html or ""), re.IGNORECASE)
    assert not list(mail.iter_attachments())
