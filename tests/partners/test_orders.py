"""The order page of a partner: only what is shared, the answer in place, and nothing for the rival."""

from decimal import Decimal

import pytest
from sqlalchemy import event

from actions import order_changes, orders, shares
from models import db
from models.orders import Order, OrderChange
from models.shares import ReadLog
from models.types import now
from policy import find, visible
from tests.world import World

CHANGED = {
    "version": "0",
    "line-1": "date",
    "line-1-date": "2026-06-09",
    "line-1-reason": "Bottling",
    "line-2": "accept",
}


@pytest.fixture
def shared(app, world: World) -> None:
    """PO-1001 is shared with its supplier as usual."""
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))


def answers(world: World) -> list[tuple[int, str]]:
    with db.unit(write=False):
        found = db.session.scalars(visible(world.nancy, OrderChange)).unique().all()
        return [(one.version, one.response) for one in found]


def test_a_clerk_finds_the_order_to_confirm_on_the_home_page(shared: None, world: World, as_) -> None:
    page = as_(world.charlotte).get("/partners/").get_data(as_text=True)
    assert "1 order to confirm" in page
    assert "PO-1001" in page


def test_a_rival_supplier_finds_nothing_anywhere(shared: None, world: World, as_) -> None:
    yoshi = as_(world.yoshi)
    assert "PO-1001" not in yoshi.get("/partners/").get_data(as_text=True)
    assert "PO-1001" not in yoshi.get("/partners/orders").get_data(as_text=True)
    assert yoshi.get("/partners/orders/PO-1001").status_code == 404
    for noun in ("acknowledgement", "confirmation", "conversations"):
        assert yoshi.post(f"/partners/orders/PO-1001/{noun}", {"all": "yes", "body": "x"}).status_code == 404
    assert answers(world) == []


NAMED = {"freight": "31.50", "lines.discount": "less 15 %","lines.quantity_shipped": "7 shipped",
         "lines.quantity_open": "33 open", "lines.expected_at": "<small>expected", "lines.customer_sku": "article LM-CANE"}  # fmt: skip


def test_every_field_that_can_be_shared_is_shown_once_it_is(app, world: World, as_) -> None:
    with db.unit(write=True):
        row = find(world.nancy, Order, number="PO-1001")
        row.freight, row.lines[0].discount, row.lines[0].quantity_shipped = Decimal("31.50"), Decimal("0.15"), 7
        row.lines[0].expected_at, row.lines[0].customer_sku = now(), "LM-CANE"
        exotic = row.organisation
        shares.share(world.nancy, row, exotic, "read", ["lines.quantity", "lines.promised_at", "lines.unit_price"])
    page = as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)
    assert [words for words in NAMED.values() if words in page] == []
    with db.unit(write=True):
        shares.share(world.nancy, find(world.nancy, Order, number="PO-1001"), exotic, "read", ["currency", *NAMED])
    page = as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)
    assert [words for words in NAMED.values() if words not in page] == []


@pytest.mark.parametrize("outsider", ["renate", "roland"])
def test_a_customer_has_no_partner_surface(shared: None, world: World, as_, outsider: str) -> None:
    assert as_(getattr(world, outsider)).get("/partners/orders/PO-1001").status_code == 404


def test_the_page_shows_our_article_numbers_and_nothing_that_is_not_shared(shared: None, world: World, as_) -> None:
    page = as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)
    assert "EL-CH-24" in page and "canary-supplierref-PO-1001" in page
    for hidden in ("canary-customersku", "canary-customerref", "11070", "Lehmanns", "19.0000"):
        assert hidden not in page


def test_with_the_bare_share_the_page_still_works(app, world: World, as_) -> None:
    with db.unit(write=True):
        row = find(world.nancy, Order, number="PO-1001")
        shares.share(world.nancy, row, row.organisation, "respond", [])
    page = as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)
    assert "Chang" in page
    assert "EL-CH-24" not in page and ">40<" not in page
    assert as_(world.charlotte).post("/partners/orders/PO-1001/confirmation", {"all": "yes"}).status_code == 303
    assert ", 40" not in as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)


def test_looking_is_written_down_with_the_fields(shared: None, world: World, as_) -> None:
    for _ in range(2):
        as_(world.charlotte).get("/partners/orders/PO-1001")
    with db.unit(write=False):
        found = db.session.scalars(visible(world.nancy, ReadLog)).unique().all()
    assert len(found) == 2  # two sessions
    assert "lines.supplier_sku" in found[0].fields and found[0].surface == "page"


def test_one_line_later_is_answered_in_place(shared: None, world: World, as_) -> None:
    charlotte = as_(world.charlotte)
    assert charlotte.post("/partners/orders/PO-1001/confirmation", CHANGED).status_code == 303
    assert answers(world) == [(1, "accepted_with_changes")]
    assert "Bottling" in charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)


def test_all_as_ordered_is_one_click_from_the_home_page(shared: None, world: World, as_) -> None:
    done = as_(world.charlotte).post("/partners/orders/PO-1001/confirmation", {"all": "yes", "from": "home"})
    assert (done.status_code, done.headers["Location"].split("?")[0]) == (303, "/partners/")
    assert answers(world) == [(1, "accepted")]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"line-1-date": ""}, "give the date"), ({"line-1": "quantity", "line-1-quantity": "41"}, "only 40"),
        ({"line-1": "quantity", "line-1-quantity": "many"}, "whole number"), ({"line-1-date": "soon"}, "must be a day"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_comes_back_with_what_was_typed(
    shared: None, world: World, as_, typed: dict, words: str
) -> None:
    refused = as_(world.charlotte).post("/partners/orders/PO-1001/confirmation", CHANGED | typed)
    page = refused.get_data(as_text=True)
    assert (refused.status_code, words in page, "Bottling" in page) == (422, True, True)
    assert answers(world) == []


def test_an_answer_beside_a_colleagues_is_a_conflict(shared: None, world: World, as_) -> None:
    as_(world.charles).post("/partners/orders/PO-1001/confirmation", {"all": "yes"})
    refused = as_(world.charlotte).post("/partners/orders/PO-1001/confirmation", CHANGED)
    page = refused.get_data(as_text=True)
    # What was typed is kept, and sending it again is an answer to what is there now.
    assert (refused.status_code, "Bottling" in page, 'name="version" value="1"' in page) == (409, True, True)


def test_who_answers_anew_begins_with_the_answer_given_before(shared: None, world: World, as_) -> None:
    charlotte = as_(world.charlotte)
    charlotte.post("/partners/orders/PO-1001/confirmation", CHANGED)
    page = charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)
    assert 'value="2026-06-09"' in page and "Accept all as ordered" not in page


def test_receiving_an_order_is_said_once(shared: None, world: World, as_) -> None:
    codes = [as_(world.charlotte).post("/partners/orders/PO-1001/acknowledgement").status_code for _ in range(2)]
    assert codes == [303, 409]


def test_who_may_only_read_gets_no_answer_form_and_403(app, world: World, as_) -> None:
    with db.unit(write=True):
        row = find(world.nancy, Order, number="PO-1001")
        shares.share(world.nancy, row, row.organisation, "read", ["lines.quantity"])
    charlotte = as_(world.charlotte)
    assert "Accept all" not in charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)
    assert charlotte.post("/partners/orders/PO-1001/confirmation", {"all": "yes"}).status_code == 403
    assert "Nothing waits for you" in charlotte.get("/partners/").get_data(as_text=True)


@pytest.mark.parametrize(("fields", "found"), [(["supplier_reference"], True), ([], False)])
def test_our_own_number_finds_an_order_only_where_it_is_shared(
    app, world: World, as_, fields: list, found: bool
) -> None:
    with db.unit(write=True):
        row = find(world.nancy, Order, number="PO-1001")
        shares.share(world.nancy, row, row.organisation, "respond", fields)
    page = as_(world.charlotte).get("/partners/orders?q=supplierref").get_data(as_text=True)
    assert ("PO-1001" in page) is found


@pytest.mark.parametrize("status", ["waiting", "sent", "confirmed", "nonsense"])
def test_the_list_filters_by_state(shared: None, world: World, as_, status: str) -> None:
    page = as_(world.charlotte).get(f"/partners/orders?status={status}").get_data(as_text=True)
    assert ("/partners/orders/PO-1001" in page) is (status != "confirmed")


def test_a_list_of_many_costs_as_many_statements_as_one_of_few(shared: None, world: World, as_) -> None:
    charlotte, counted = as_(world.charlotte), []

    def statements() -> int:
        counted.clear()
        charlotte.get("/partners/orders")
        return len(counted)

    event.listen(db.engine(), "before_cursor_execute", lambda *given: counted.append(given[2]))
    few = statements()
    with db.unit(write=True):
        owner = find(world.nancy, Order, number="PO-1001").organisation
        for number in range(20):
            made = Order(number=f"PO-2{number:03}", kind="purchase", status="sent", organisation_id=owner.id)
            db.session.add(made)
            db.session.flush()
            orders.share_with_supplier(world.nancy, made)
    assert statements() == few


def test_one_line_later_and_one_split_is_answered_in_place(shared: None, world: World, as_) -> None:
    charlotte = as_(world.charlotte)
    split = {"line-2": "split", "line-2-quantity-1": "30", "line-2-date-1": "2026-05-30", "line-2-quantity-2": "40",
             "line-2-date-2": "2026-06-20", "line-2-quantity-3": "", "reference": "EL-4711"}  # fmt: skip
    assert charlotte.post("/partners/orders/PO-1001/confirmation", CHANGED | split).status_code == 303
    page = charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)
    assert "split into deliveries" in page and "EL-4711" in page
    assert 'name="line-2-quantity-2"' in page and 'value="2026-06-20"' in page


def test_a_replacement_is_named_by_the_suppliers_own_number(shared: None, world: World, as_) -> None:
    charlotte = as_(world.charlotte)
    sent = CHANGED | {"line-1": "replace", "line-1-substitute": "EL-AS-55"}
    assert charlotte.post("/partners/orders/PO-1001/confirmation", sent).status_code == 303
    assert "by Aniseed Syrup" in charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)
    refused = charlotte.post(
        "/partners/orders/PO-1001/confirmation", sent | {"line-1-substitute": "TT-IK-12", "version": "1"}
    )
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422 and 'value="TT-IK-12"' in page and "Ikura" not in page


def test_a_draft_survives_leaving_the_page_until_it_is_sent_or_thrown_away(shared: None, world: World, as_) -> None:
    charlotte, path = as_(world.charlotte), "/partners/orders/PO-1001"
    assert charlotte.post(f"{path}/draft", CHANGED).status_code == 303
    page = as_(world.charlotte).get(path).get_data(as_text=True)  # another device
    assert "You have begun an answer" in page and "Bottling" in page
    assert "Bottling" not in as_(world.charles).get(path).get_data(as_text=True)
    assert answers(world) == []
    charlotte.post(f"{path}/draft", {"discard": "yes"})
    assert "Bottling" not in charlotte.get(path).get_data(as_text=True)
    charlotte.post(f"{path}/draft", CHANGED)
    charlotte.post(f"{path}/confirmation", CHANGED)
    assert "You have begun" not in charlotte.get(path).get_data(as_text=True)


def test_a_draft_of_what_was_answered_since_says_so(shared: None, world: World, as_) -> None:
    charlotte = as_(world.charlotte)
    charlotte.post("/partners/orders/PO-1001/draft", CHANGED)
    as_(world.charles).post("/partners/orders/PO-1001/confirmation", {"all": "yes"})
    assert "answered or changed since" in charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)
    assert charlotte.post("/partners/orders/PO-1001/confirmation", CHANGED).status_code == 409


def test_what_the_buyer_changed_is_on_the_to_do_list_before_and_after(shared: None, world: World, as_) -> None:
    charlotte = as_(world.charlotte)
    charlotte.post("/partners/orders/PO-1001/confirmation", {"all": "yes"})
    assert "1 order to ship" in charlotte.get("/partners/").get_data(as_text=True)
    with db.unit(write=True):
        row = find(world.nancy, Order, number="PO-1001")
        order_changes.change(world.nancy, row, [{"line": 1, "quantity": 30, "reason": "canary-change"}])
    for path in ("/partners/", "/partners/orders/PO-1001"):
        page = charlotte.get(path).get_data(as_text=True)
        assert "Changed by the buyer" in page and "<s>40</s> 30" in page and "canary-change" in page
        assert "canary-change" not in as_(world.yoshi).get("/partners/").get_data(as_text=True)


def test_the_quantities_of_a_change_are_hidden_from_who_may_not_see_them(app, world: World, as_) -> None:
    with db.unit(write=True):
        row = find(world.nancy, Order, number="PO-1001")
        shares.share(world.nancy, row, row.organisation, "respond", [])
        order_changes.change(world.nancy, row, [{"line": 1, "quantity": 31, "promised_at": "2026-07-13"}])
    for path in ("/partners/", "/partners/orders/PO-1001"):
        page = as_(world.charlotte).get(path).get_data(as_text=True)
        assert "Changed by the buyer" in page
        assert not [hidden for hidden in ("<s>40", " 31", "2026-07-13") if hidden in page]
