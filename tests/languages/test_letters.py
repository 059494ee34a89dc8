"""What leaves the house is in the language of its reader: mails, PDFs, and what a page refuses."""

import io
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from actions import languages, letters, mail_in, mail_leases, mail_sources, order_links, orders
from channels.imap import Trouble
from models import db
from models.jobs import Delivery
from models.orders import Order
from models.organisations import Organisation
from models.people import Person
from models.types import now
from policy import find
from tests.world import World
from web.product import Product

SEEN = {"name": "Nancy", "organisation": "Northwind", "masked": False}
MESSAGE = {"author": SEEN, "audience": {"names": ["Renate"]}, "body": "Hallo", "attachments": [],
           "decision": {"state": "open", "answers": ["Ja", "Nein"]}, "released": {"author": SEEN}}  # fmt: skip
TOLD = SimpleNamespace(
    number="PO-1", reference="A-7", matter="promised", changed=False, days=["2026-06-09"], link="http://x/o"
)
APPROVAL = SimpleNamespace(
    kind="approval", name="Anna Ahrens", organisation="Lehmanns", asker="Greta", manager=False, link="http://x/a"
)
DECLINED = SimpleNamespace(kind="declined", name="Anna", organisation="Ernst", reason="Unbekannt", link="http://x/d")
FACTS: dict[str, dict[str, Any]] = {
    "code": {"code": "123456"},
    "invitation": {"inviter": "Greta", "organisation": "Lehmanns", "link": "http://x/i"},
    "notice": {"number": "7", "subject": "", "messages": [MESSAGE], "more": 2, "link": "http://x/n", "choices": "http://x/p",
               "unsubscribe": "http://x/u"},
    "digest": {"messages": 3, "more": 2, "choices": "http://x/p", "unsubscribe": "http://x/u", "matters": [
        SimpleNamespace(number="7", subject="Chang", count=3, newest=MESSAGE, words="Hallo", link="http://x/n")],
               "others": [APPROVAL, DECLINED]},
    "matter": {"one": APPROVAL, "choices": "http://x/p", "unsubscribe": "http://x/u"},
    "order": {"number": "PO-1", "organisation": "Exotic", "link": "http://x/o", "coded": False},
    "order_notice": {"organisation": "Exotic", "orders": [TOLD]},
    "share_ending": {"partner": "Exotic", "number": "PO-1", "day": "2026-06-09", "link": "http://x/s"},
}  # fmt: skip
GERMAN = {
    "code": ("Ihr Anmeldecode für", "Ihr Code lautet"), "invitation": ("Greta lädt Sie zu Lehmanns ein", "Einladung annehmen"),
    "digest": ("3 neue Nachrichten für Sie", "2 weitere Gespräche"),
    "matter": ("wartet auf Ihre Genehmigung", "möchte Anna Ahrens einladen"),
    "notice": ("Neue Nachricht", "2 frühere Nachrichten"), "order": ("bitte bestätigen", "Bestellung PO-1 erteilt"),
    "order_notice": ("bald fällig", "09.06.2026"), "share_ending": ("bis 09.06.2026", "endet am 09.06.2026"),
}  # fmt: skip
WHOLE = re.compile(r'<span class="whole"[^>]*>([^<]*)</span>')  # a number that is not cut at its hyphen
ENGLISH = (" the ", "Your", "your", "Order", "shared", "answer", "Read", "link is", "June", "Jun")


@pytest.mark.parametrize("kind", FACTS)
def test_every_letter_is_german_for_german_readers(kind: str) -> None:
    subject, plain, html = letters.write(kind, "de", **FACTS[kind])
    first, second = GERMAN[kind]
    assert first in subject and second in plain and second in WHOLE.sub(r"\1", html) and '<html lang="de">' in html
    assert not [word for word in ENGLISH if word in f"{subject}\n{plain}"]


@pytest.mark.parametrize(
    ("country", "language"), [("DE", "de"), ("AT", "de"), ("GB", "en"), ("JP", None), ("", None), ("?!", None)]
)
def test_who_has_no_account_is_written_to_by_country(country: str, language: str | None) -> None:
    assert languages.of_country(country) == language


def test_an_order_is_mailed_and_shown_in_its_readers_language(app: Product, world: World, as_: Any) -> None:
    with db.unit(write=True):
        db.session.execute(update(Organisation).where(Organisation.id == world.exotic).values(country="CH"))
        order_links.mail(world.nancy, find(world.nancy, Order, number="PO-1001"), "bestellung@exotic.example")
        mail = db.session.scalars(select(Delivery).where(Delivery.kind == "order")).one()
        assert mail.subject == "Bestellung PO-1001: bitte bestätigen"
        path = "/order/" + mail.body.split("/order/")[1].split()[0]
    visitor = as_(None)
    assert "Alles wie bestellt" in visitor.get(path).get_data(as_text=True)
    assert "Accept all as ordered" in visitor.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
    pdf = visitor.get(f"{path}/document", headers={"Accept-Language": "de"}).data
    words = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "Bestellung PO-1001" in words and "Gewünscht" in words and "01.06.2026" in words


def test_a_person_known_by_an_address_is_written_to_in_their_language(world: World) -> None:
    with db.unit(write=True):
        db.session.execute(update(Person).where(Person.id == world.charlotte.person_id).values(language="de"))
        exotic = find(world.nancy, Organisation, id=world.exotic)
        assert languages.of_address(exotic, world.charlotte.email or "") == "de"
        assert languages.of_address(exotic, "nobody@exotic.example") == "en"


def test_why_no_mail_is_fetched_is_said_in_german(app: Product, world: World, as_: Any) -> None:
    server = {"security": "tls", "auth": "password", "host": "imap.ours.example", "username": "x", "password": "x"}
    with db.unit(write=True):
        db.session.execute(update(Person).values(language="de"))
        box = mail_in.mailbox()
        source, page = (
            mail_sources.connect(world.andrew, box, server, None),
            f"/staff/settings/mailboxes/{box.public_id}",
        )
        mail_leases.lease(source.id, "a/1/b")
        why = Trouble("%(host)s, port %(port)s, does not answer: nothing listens there.", host=source.host, port=993)
        mail_leases.failed(source.id, "a/1/b", why.words, (5, 600))
    andrew = as_(world.andrew)
    said = "imap.ours.example antwortet auf Port 993 nicht: Dort nimmt niemand Verbindungen an."
    shown = andrew.get(f"{page}/source").get_data(as_text=True)
    assert said in shown and "Der Abruf ist einmal fehlgeschlagen. Nächster Versuch: <time" in " ".join(shown.split())
    wrong = andrew.post(f"{page}/source", data=server | {"port": "none", "version": "1"})
    assert wrong.status_code == 422 and "Port: muss eine Zahl von 1 bis 65535 sein" in wrong.get_data(as_text=True)
    meanwhile = andrew.post(f"{page}/source", data=server | {"version": "9"})
    assert meanwhile.status_code == 409 and "Jemand anderes hat dies inzwischen" in meanwhile.get_data(as_text=True)


def test_what_a_page_refuses_it_refuses_in_german(app: Product, world: World, as_: Any) -> None:
    with db.unit(write=True):
        db.session.execute(update(Person).values(language="de"))
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
    late = (now() - timedelta(days=4000)).date().isoformat()
    answer = as_(world.charlotte).post("/partners/orders/PO-1001/confirmation", {"line-1": "date", "line-1-date": late})
    assert answer.status_code == 422
    assert "Position 1: Der Termin liegt vor dem Bestelldatum." in answer.get_data(as_text=True)
    gone = as_(world.renate).get("/portal/orders/nothing").get_data(as_text=True)
    assert "Hier ist nichts, oder Sie dürfen es nicht sehen." in gone
