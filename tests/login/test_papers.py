"""The QR code on an order's PDF: it opens exactly that order for whoever may see it, and tells nobody else anything."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select, update

from actions import order_links, shares
from channels import mail_out
from models import db
from models.jobs import Delivery
from models.orders import Order
from models.organisations import Organisation
from models.people import Membership
from models.shares import Share
from models.types import now
from policy import SYSTEM, find
from tests.client import Client
from tests.login.test_signing_in import by_code, code_for
from tests.partners.test_order_links import confirm_all, newest_secret
from tests.world import World
from web.product import Product

As = Callable[..., Client]


def scanned(pdf: bytes) -> list[str]:
    """What a telephone reads off the first page."""
    page = pypdfium2.PdfDocument(io.BytesIO(pdf))[0].render(scale=3).to_pil().convert("L")
    return [one.text for one in zxingcpp.read_barcodes(page)]


def path(pdf: bytes) -> str:
    """The path of ours that the only code on a paper leads to."""
    (found,) = scanned(pdf)
    where = urlsplit(found)
    assert where.scheme == "http" and where.hostname == "127.0.0.1" and not where.query and not where.fragment
    return where.path


@pytest.fixture
def slip(as_: As, world: World) -> str:
    """Where the code on Renate's paper of 11070 leads."""
    return path(as_(world.renate).get("/portal/orders/11070/document").data)


def share(world: World) -> None:
    with db.unit(write=True):
        order = find(world.margaret, Order, number="PO-1001")
        organisation = find(world.margaret, Organisation, id=world.exotic)
        shares.share(world.margaret, order, organisation, "respond", ["lines.quantity"], reason="its supplier")


def test_a_customer_who_scans_it_at_home_types_address_and_code_and_is_there(
    app: Product, world: World, slip: str
) -> None:
    stranger = Client(app)
    asked = stranger.get(slip)
    assert asked.status_code == 302 and asked.location.startswith("/login?")
    assert "code on an order" in stranger.get(asked.location).text
    come = by_code(stranger, world.renate.email)
    assert come.location == slip
    assert stranger.get(slip).location == "/portal/orders/11070"
    assert "Order 11070" in stranger.get("/portal/orders/11070").text


def test_whoever_is_signed_in_and_may_see_it_lands_on_it_at_once(as_: As, world: World, slip: str) -> None:
    assert as_(world.jonas).get(slip).location == "/portal/orders/11070"
    assert as_(world.nancy).get(slip).location == "/staff/orders/11070"


def test_a_rival_who_scans_it_finds_nothing(as_: As, world: World, slip: str) -> None:
    for rival in (world.roland, world.yoshi, world.charlotte):
        assert as_(rival).get(slip).status_code == 404
        assert as_(rival).get("/orders/99999").status_code == 404


def test_a_stranger_is_told_the_same_of_an_order_and_of_none(app: Product, world: World, slip: str) -> None:
    """The same answer, word for word but for the number that was asked with."""
    there, nowhere = Client(app).get(slip), Client(app).get("/orders/99999")
    assert there.status_code == nowhere.status_code == 302
    assert there.text.replace("11070", "99999") == nowhere.text
    assert there.location.replace("11070", "99999") == nowhere.location


def test_a_rival_who_signs_in_by_code_after_scanning_finds_nothing(app: Product, world: World, slip: str) -> None:
    stranger = Client(app)
    stranger.get(stranger.get(slip).location)
    by_code(stranger, world.roland.email)
    assert stranger.get(slip).status_code == 404


def test_the_paper_of_a_supplier_leads_to_its_purchase_order(as_: As, world: World) -> None:
    share(world)
    scan = path(as_(world.charlotte).get("/partners/orders/PO-1001/document").data)
    assert as_(world.charlotte).get(scan).location == "/partners/orders/PO-1001"
    assert as_(world.yoshi).get(scan).status_code == 404


def test_the_code_on_a_mailed_order_holds_nothing_of_the_secret_in_its_link(app: Product, world: World) -> None:
    with db.unit(write=True):
        link = order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    with db.unit(write=False):
        message: Any = mail_out.EmailMessage()
        message.set_content("here it is")
        mail_out.enclose(message, {"order_link": link.id})
    (paper,) = message.iter_attachments()
    assert path(paper.get_content()) == "/orders/PO-1001"


@pytest.fixture
def mailed(app: Product, world: World) -> str:
    """PO-1001 was mailed to an address that nobody signs in with."""
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    return "orders@exotic.example"


def scans(app: Product, number: str = "PO-1001") -> Client:
    """A telephone that knows nobody scans the paper of an order."""
    stranger = Client(app)
    stranger.get(stranger.get(f"/orders/{number}").location)
    return stranger


def test_a_supplier_without_an_account_proves_the_address_of_the_mail_and_sees_that_order(
    app: Product, world: World, mailed: str
) -> None:
    clerk = scans(app)
    come = by_code(clerk, mailed)
    assert come.status_code == 303 and come.location.startswith("/order/")
    assert "PO-1001" in clerk.get(come.location).text
    assert clerk.get("/partners/").status_code == 302  # nobody is signed in
    assert clerk.post("/login/code", {"code": code_for(mailed)}).status_code == 422  # good once


def test_the_button_of_the_mail_still_works_after_its_paper_was_scanned(
    app: Product, world: World, mailed: str
) -> None:
    secret = newest_secret()
    by_code(scans(app), mailed)
    assert confirm_all(Client(app), secret).status_code == 303


@pytest.mark.parametrize(("number", "email"), [
    ("PO-1002", "orders@exotic.example"), ("PO-1001", "orders@tokyo.example"), ("PO-9999", "orders@exotic.example"),
])  # fmt: skip
def test_no_code_goes_to_whom_that_order_was_not_mailed(
    app: Product, world: World, mailed: str, number: str, email: str
) -> None:
    assert scans(app, number).post("/login", {"email": email}).location == "/login/code"
    with db.unit(write=False):
        assert not db.session.scalars(select(Delivery.id).where(Delivery.kind == "code")).all()


def test_no_code_goes_to_an_address_that_scanned_nothing(app: Product, world: World, mailed: str) -> None:
    Client(app).post("/login", {"email": mailed})
    with db.unit(write=False):
        assert not db.session.scalars(select(Delivery.id).where(Delivery.kind == "code")).all()


def test_a_wrong_code_opens_nothing_and_five_are_the_end(app: Product, world: World, mailed: str) -> None:
    clerk = scans(app)
    clerk.post("/login", {"email": mailed})
    right = code_for(mailed)
    wrong = "111111" if right != "111111" else "222222"
    for _ in range(5):
        assert clerk.post("/login/code", {"code": wrong}).status_code == 422
    assert clerk.post("/login/code", {"code": right}).status_code == 422


def test_a_code_for_one_paper_opens_no_other(app: Product, world: World, mailed: str) -> None:
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1002"), mailed)
    clerk = scans(app)
    clerk.post("/login", {"email": mailed})
    clerk.get(clerk.get("/orders/PO-1002").location)
    assert clerk.post("/login/code", {"code": code_for(mailed)}).status_code == 422


def test_an_order_that_is_shared_no_more_sends_no_code(app: Product, world: World, mailed: str) -> None:
    with db.unit(write=True):
        db.session.execute(update(Share).values(revoked_at=now()))
    scans(app).post("/login", {"email": mailed})
    with db.unit(write=False):
        assert not db.session.scalars(select(Delivery.id).where(Delivery.kind == "code")).all()


def test_whoever_acts_for_another_of_their_organisations_is_offered_the_right_one(
    as_: As, world: World, slip: str
) -> None:
    with db.unit(write=True):
        db.session.add(Membership(person_id=world.roland.person_id, organisation_id=world.lehmanns, side="customer",
                                  role="manager"))  # fmt: skip
        db.session.flush()
        theirs = find(SYSTEM, Membership, person_id=world.roland.person_id, organisation_id=world.lehmanns).id
    roland = as_(world.roland)
    offered = roland.get(slip)
    assert offered.status_code == 200 and "Act for Lehmanns Marktstand" in offered.text
    went = roland.post("/profile/switch", {"membership": str(theirs), "next": slip})
    assert went.location == slip and roland.get(slip).location == "/portal/orders/11070"


def test_the_paper_of_a_customer_says_what_its_page_says(as_: As, world: World) -> None:
    assert as_(world.roland).get("/portal/orders/11070/document").status_code == 404
    page = pypdfium2.PdfDocument(as_(world.renate).get("/portal/orders/11070/document").data)[0]
    words = page.get_textpage().get_text_bounded()
    assert "Order 11070" in words and "Chang" in words and "canary-customerref-11070" in words
