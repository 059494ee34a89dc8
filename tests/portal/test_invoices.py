"""Invoices as their customers get them."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from models import db
from models.billing import Invoice
from models.types import now
from tests.world import World


@pytest.fixture
def invoice(world: World) -> str:
    with db.unit(write=True):
        made = Invoice(
            number="INV-9 001", organisation_id=world.lehmanns, order_id=world.orders["11070"], issued_at=now(),
            due_at=now() + timedelta(days=30), total=Decimal("1629.98"), currency="EUR",
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        return made.public_id


def paper(as_: Any, who: Any, invoice: str) -> Any:
    return as_(who).http.get(f"/portal/invoices/{invoice}/document")


def test_a_customer_gets_an_invoice_as_a_pdf_that_says_what_the_page_says(as_: Any, world: World, invoice: str) -> None:
    answer = paper(as_, world.renate, invoice)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="INV-9-001.pdf"'
    words = "".join(one.extract_text() for one in PdfReader(BytesIO(answer.data)).pages)
    for shown in ("Invoice INV-9 001", "Lehmanns Marktstand", "€1,629.98", "Due"):
        assert shown in words
    assert "Paid" not in words


def test_nobody_else_gets_it(as_: Any, world: World, invoice: str) -> None:
    assert {paper(as_, who, invoice).status_code for who in (world.roland, world.charlotte)} == {404}
