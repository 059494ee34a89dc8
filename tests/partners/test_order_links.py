"""An order answered from its mail: no account, one order, one answer."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from actions import order_changes, order_links, orders, shares
from channels import mail_out
from models import db
from models.jobs import Delivery, Job
from models.order_links import OrderLink
from models.orders import Order
from models.shares import Share
from models.types import now
from policy import Forbidden, Invalid, NotFound, Refused, find, visible
from tests.client import Client
from tests.world import World
from web.product import Product


@pytest.fixture
def secret(app: Product, world: World) -> str:
    """PO-1001 was mailed to Exotic Liquids: the secret of the link in that mail."""
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    return newest_secret()


def newest_secret() -> str:
    with db.unit(write=False):
        body = db.session.scalars(
            select(Delivery.body).where(Delivery.kind == "order").order_by(Delivery.id.desc())
        ).first()
    return re.search(r"/order/(\S+)", body or "").group(1)  # type: ignore[union-attr]


def order(world: World) -> Any:
    with db.unit(write=False):
        return find(world.margaret, Order, number="PO-1001")


def confirm_all(who: Client, secret: str) -> Any:
    """Press the button of the page, with the token that stands in its form."""
    page = who.get(f"/order/{secret}").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return who.http.post(f"/order/{secret}", data={"all": "yes", "csrf_token": token.group(1) if token else ""})


def test_all_is_confirmed_from_the_mail_without_an_account(app: Product, world: World, secret: str) -> None:
    clerk = Client(app)
    assert confirm_all(clerk, secret).status_code == 303
    assert order(world).status == "confirmed"
    assert "has your answer" in clerk.get(f"/order/{secret}").get_data(as_text=True)


def test_one_line_comes_later_and_says_why(app: Product, world: World, secret: str) -> None:
    clerk = Client(app)
    clerk.get(f"/order/{secret}")
    form = {"line-1": "date", "line-1-date": "2026-07-01", "line-1-reason": "Bottling", "line-2": "accept"}
    answer = answered(clerk, secret, **form)
    assert answer.status_code == 303
    assert order(world).status == "confirmed_with_changes"


def answered(who: Client, secret: str, **form: str) -> Any:
    """Send an answer from a page that is open, whatever it shows by now."""
    return who.http.post(f"/order/{secret}", data=form, headers={"X-CSRFToken": token(who, secret)})


def token(who: Client, secret: str) -> str:
    page = who.http.get(f"/order/{secret}").get_data(as_text=True)
    return re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)  # type: ignore[union-attr]


def test_looking_changes_nothing_but_is_written_down(app: Product, world: World, secret: str) -> None:
    before = order(world).version
    Client(app).get(f"/order/{secret}")
    assert order(world).version == before
    from models.shares import ReadLog

    with db.unit(write=False):
        seen = db.session.scalars(select(ReadLog)).unique().one()
        assert (seen.surface, seen.address, seen.subject_id) == ("link", "orders@exotic.example", "PO-1001")


def test_a_post_without_the_pages_token_changes_nothing(app: Product, world: World, secret: str) -> None:
    assert Client(app).http.post(f"/order/{secret}", data={"all": "yes"}).status_code == 400
    assert order(world).status == "sent"


def test_it_shows_the_shared_fields_and_nothing_else(app: Product, world: World, secret: str) -> None:
    page = Client(app).get(f"/order/{secret}").get_data(as_text=True)
    assert "EL-CH-24" in page
    for hidden in ("Lehmann", "canary-customerref", "canary-street", "19.00", "PO-1002"):
        assert hidden not in page


def test_a_link_answers_once(app: Product, world: World, secret: str) -> None:
    clerk = Client(app)
    confirm_all(clerk, secret)
    again = answered(clerk, secret, all="yes")
    assert again.status_code == 409
    assert order(world).answered_version == 1


def test_a_colleagues_answer_makes_the_mail_old(app: Product, world: World, secret: str) -> None:
    with db.unit(write=True):
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")
    clerk = Client(app)
    assert "answered or changed since" in clerk.get(f"/order/{secret}").get_data(as_text=True)
    answer = answered(clerk, secret, all="yes")
    assert answer.status_code == 409
    assert order(world).answered_version == 1


def test_a_newer_mail_ends_the_earlier_link(app: Product, world: World, secret: str) -> None:
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    assert Client(app).get(f"/order/{secret}").status_code == 410
    assert Client(app).get(f"/order/{newest_secret()}").status_code == 200


def test_an_expired_link_says_so(app: Product, world: World, secret: str) -> None:
    with db.unit(write=True):
        db.session.execute(update(OrderLink).values(expires_at=now() - timedelta(seconds=1)))
    for path in ("", "/document"):
        assert Client(app).get(f"/order/{secret}{path}").status_code == 410


def test_what_is_no_longer_shared_is_gone_through_the_link_too(app: Product, world: World, secret: str) -> None:
    with db.unit(write=True):
        for one in db.session.scalars(select(Share)).unique().all():
            shares.revoke(world.nancy, one)
    clerk = Client(app)
    for path in ("", "/document"):
        assert clerk.get(f"/order/{secret}{path}").status_code == 410
    assert order(world).status == "sent"


def test_a_secret_nobody_sent_opens_nothing(app: Product, world: World, secret: str) -> None:
    for wrong in ("nothing", secret[:-1], secret + "x", secret.upper()):
        assert Client(app).get(f"/order/{wrong}").status_code == 404


def test_who_comes_through_a_link_sees_that_one_order_only(app: Product, world: World, secret: str) -> None:
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
        link, who = order_links.opened(secret)
        from models.conversations import Conversation
        from models.orders import OrderLine
        from models.organisations import Organisation
        from models.people import Person

        assert find(who, Order, number="PO-1001").rights == {"order:confirm"}
        other = find(world.nancy, Order, number="PO-1002")
        shares.share(world.nancy, other, db.session.get_one(Organisation, world.tokyo), "respond", ["lines.quantity"])
        for number in ("PO-1002", "11070"):
            with pytest.raises(NotFound):
                find(who, Order, number=number)
        for table in (Conversation, Person, Organisation, Share):
            with pytest.raises(NotFound):
                find(who, table)
        assert set(db.session.scalars(visible(who, OrderLine, OrderLine.order_id))) == {link.order_id}
        with pytest.raises(Forbidden):
            order_links.mail(who, find(who, Order, number="PO-1001"))


def test_only_staff_send_it_and_only_purchase_orders_that_wait(app: Product, world: World) -> None:
    with db.unit(write=True):
        with pytest.raises(Forbidden):
            order_links.mail(world.nancy, find(world.nancy, Order, number="11070"))
        row = find(world.nancy, Order, number="PO-1001")
        for wrong in ("", "nobody", "a@b@c", "x\0@exotic.example"):
            row.organisation.email = None
            with pytest.raises(Invalid):
                order_links.mail(world.nancy, row, wrong)
        row.status = "cancelled"
        with pytest.raises(Refused):
            order_links.mail(world.nancy, row, "orders@exotic.example")


def test_staff_send_it_from_the_orders_page(as_: Any, world: World) -> None:
    nancy = as_(world.nancy)
    assert nancy.post("/staff/orders/PO-1001/mails", {"address": "orders@exotic.example"}).status_code == 303
    assert nancy.post("/staff/orders/PO-1001/mails", {"address": "nobody"}).status_code == 422
    with db.unit(write=False):
        assert db.session.scalars(select(Delivery.to_address).where(Delivery.kind == "order")).all() == [
            "orders@exotic.example"
        ]


def test_the_pdf_shows_what_the_page_shows(app: Product, world: World, secret: str) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    answer = Client(app).http.get(f"/order/{secret}/document")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="PO-1001.pdf"'
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    for shown in ("PO-1001", "EL-CH-24", "Chang", "Exotic Liquids"):
        assert shown in text
    for hidden in ("Lehmann", "canary-customer", "canary-street", "19.00"):
        assert hidden not in text
        assert hidden.encode() not in answer.data


def test_the_mail_carries_the_pdf_and_its_link_is_not_kept_once_it_is_sent(
    app: Product, world: World, secret: str
) -> None:
    with db.unit(write=False):
        job = db.session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id.desc())).first()
        delivery = db.session.get_one(Delivery, job.arguments["delivery"])
        mail = mail_out.compose(delivery, [])
        mail_out.enclose(mail, job.arguments["about"])
        arguments = dict(job.arguments)
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["PO-1001.pdf"]
    assert secret in mail.get_body(("plain",)).get_content()
    mail_out.deliver(arguments)
    with db.unit(write=False):
        sent = db.session.get_one(Delivery, arguments["delivery"])
        assert (sent.state, secret in f"{sent.body}{sent.html}") == ("sent", False)


def test_a_line_is_split_from_the_mail_as_on_the_page(app: Product, world: World, secret: str) -> None:
    clerk = Client(app)
    page = clerk.get(f"/order/{secret}").get_data(as_text=True)
    assert 'value="split"' in page and 'value="replace"' in page and "Keep as draft" not in page
    form = {"line-1": "split", "line-1-quantity-1": "20", "line-1-date-1": "2026-06-01", "line-1-quantity-2": "20",
            "line-1-date-2": "2026-06-15", "line-2": "accept", "reference": "EL-77"}  # fmt: skip
    assert answered(clerk, secret, **form).status_code == 303
    assert order(world).supplier_reference == "EL-77"
    assert "split into deliveries" in clerk.get(f"/order/{secret}").get_data(as_text=True)


def test_what_we_changed_is_answered_from_the_next_mail(app: Product, world: World, secret: str) -> None:
    with db.unit(write=True):
        row = find(world.margaret, Order, number="PO-1001")
        order_changes.change(world.margaret, row, [{"line": 1, "quantity": 9}], "Fewer guests")
    clerk = Client(app)
    assert "answered or changed since" in clerk.get(f"/order/{secret}").get_data(as_text=True)
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    page = clerk.get(f"/order/{newest_secret()}").get_data(as_text=True)
    assert "Changed by the buyer" in page and "Fewer guests" in page
    assert confirm_all(clerk, newest_secret()).status_code == 303
    assert order(world).status == "confirmed"
