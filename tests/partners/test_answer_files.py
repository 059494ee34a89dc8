"""Many answers as one table: what is right is answered, and each row that is wrong says why."""

import csv
import io
from io import BytesIO
from typing import Any

import pytest

from actions import orders
from models import db
from models.orders import Order
from policy import find
from tests.world import World

PAGE = "/partners/answers"


@pytest.fixture(autouse=True)
def shared(app: Any, world: World) -> None:
    """Each supplier has its order to confirm."""
    with db.unit(write=True):
        for number in ("PO-1001", "PO-1002"):
            orders.share_with_supplier(world.nancy, find(world.nancy, Order, number=number))


def order(world: World, number: str = "PO-1001") -> Any:
    with db.unit(write=False):
        return find(world.margaret, Order, number=number)


def sent(client: Any, *lines: str) -> str:
    answer = client.post(PAGE, {"table": "\n".join(lines)})
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_the_table_of_open_lines_comes_back_as_the_answer(world: World, as_: Any) -> None:
    charlotte = as_(world.charlotte)
    given = charlotte.get("/partners/answers.csv").get_data()
    rows = list(csv.DictReader(io.StringIO(given.decode("utf-8-sig"))))
    assert [(one["order"], one["line"], one["your_article"]) for one in rows] == [
        ("PO-1001", "1", "EL-CH-24"), ("PO-1001", "2", "EL-AS-55"),
    ]  # fmt: skip
    page = charlotte.post(PAGE, {"file": (BytesIO(given), "answers.csv")}).get_data(as_text=True)
    assert "Orders answered: 1" in page and "Every row was taken" in page
    assert order(world).status == "confirmed"


def test_lines_are_found_by_the_suppliers_own_numbers_and_a_line_may_be_split(world: World, as_: Any) -> None:
    with db.unit(write=True):
        find(world.nancy, Order, number="PO-1001").supplier_reference = "EL-77"
    page = sent(
        as_(world.charlotte), "your_order;your_article;response;quantity;promised_at;reason",
        "EL-77;EL-CH-24;split;20;2026-06-01;", "EL-77;EL-CH-24;split;20;2026-06-15;Two lorries", "EL-77;EL-AS-55;;;;",
    )  # fmt: skip
    assert "Orders answered: 1" in page
    with db.unit(write=False):
        line = find(world.margaret, Order, number="PO-1001").changes[-1].lines[0]
        assert [line.response, len(line.deliveries), line.reason] == ["split", 2, "Two lorries"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("PO-1001,1,changed,99,,", "only 40 are ordered"),
        ("PO-1001,1,changed,many,,", "must be a whole number"),
        ("PO-1001,1,changed,,soon,", "must be a day"),
        ("PO-1001,9,accepted,,,", "There is no line 9"),
        ("PO-1001,1,maybe,,,", "must be one of"),
        ("PO-1001,2,rejected,,,", "answered in another row already"),
        ("PO-1002,1,accepted,,,", "There is no order of this number"),
        ("PO-9999,1,accepted,,,", "There is no order of this number"),
    ],
)
def test_a_wrong_row_says_why_and_its_order_is_not_answered(world: World, as_: Any, row: str, words: str) -> None:
    page = sent(
        as_(world.charlotte), "order,line,response,quantity,promised_at,reason", "PO-1001,2,rejected,,,Sold out", row
    )
    assert words in page
    assert order(world).status == ("sent" if row.startswith("PO-1001") else "confirmed_with_changes")
    assert order(world, "PO-1002").status == "sent"


@pytest.mark.parametrize("given", [b"", b"a,b\n1,2\n", b"order,line\n\xff\n", b'order,line\n"PO-1001,1'])
def test_what_is_no_table_is_refused_in_words(world: World, as_: Any, given: bytes) -> None:
    answer = as_(world.charlotte).post(PAGE, {"file": (BytesIO(given), "answers.csv")})
    assert answer.status_code in (200, 422) and "Orders answered: 1" not in answer.get_data(as_text=True)
    assert order(world).status == "sent"
