"""A purchase order from sending to approval: agent, supplier and customer, each at a browser of their own."""

from collections.abc import Callable

from playwright.sync_api import expect

from models import db
from tests.browser.conftest import Person
from tests.browser.purchasing import NUMBER, draft
from tests.live import Server

Seat = Callable[..., Person]


def test_a_purchase_order_walks_from_sending_to_approval(person: Seat, demo: Server) -> None:
    db.connect(demo.environment["DATABASE_URL"])
    with db.unit(write=True):
        draft()
    db.engine().dispose()
    nancy, charlotte, renate = person("Nancy Davolio"), person("Charlotte Cooper"), person("Renate Messner")
    chang = renate.page.locator("tr[data-line='2']")

    # The agent sends it; the supplier splits one line and offers another article for the other; the agent applies that.
    nancy.go(f"/staff/orders/{NUMBER}")
    nancy.click("button", "Send to Exotic Liquids")
    charlotte.go(f"/partners/orders/{NUMBER}")
    line = charlotte.page.locator("tr", has_text="Chang").first
    line.get_by_text("Split", exact=True).click()
    for place, (quantity, day) in enumerate((("15", "2031-03-03"), ("25", "2031-03-24")), 1):
        line.locator(f"[name=line-1-quantity-{place}]").fill(quantity)
        line.locator(f"[name=line-1-date-{place}]").fill(day)
    syrup = charlotte.page.locator("tr", has_text="Aniseed Syrup").first
    syrup.get_by_text("Replace", exact=True).click()
    syrup.get_by_label("By the article").fill("EL-CH-24")
    charlotte.page.locator("[data-answers-send]").click()
    nancy.go(f"/staff/orders/{NUMBER}")
    expect(nancy.page.locator("main")).to_contain_text("replaced · by Chang")
    nancy.click("button", "Apply", exact=True)
    expect(nancy.page.locator("tr", has_text="Aniseed Syrup").first).to_contain_text("replaced by Chang")

    # The supplier announces the first lorry: more than is confirmed is refused in words, and the customer sees it coming.
    charlotte.go("/partners/")
    charlotte.click("link", f"Ship {NUMBER}")
    charlotte.page.get_by_label("Quantity of Chang").fill("41")
    charlotte.page.get_by_label("Tracking number").fill("JD0146")
    charlotte.page.get_by_label("Arrives on").fill("2031-03-05")
    charlotte.click("button", "Announce this shipment")
    expect(charlotte.page.locator("[role=alert]")).to_contain_text("Line 1: only 40 are confirmed and not shipped yet.")
    charlotte.page.get_by_label("Quantity of Chang").fill("15")
    assert charlotte.page.get_by_label("Tracking number").input_value() == "JD0146"
    charlotte.page.get_by_label("Quantity of Aniseed Syrup").fill("40")
    charlotte.click("button", "Announce this shipment")
    expect(charlotte.page.locator("#shipments")).to_contain_text("JD0146")
    renate.go("/portal/orders/11070")
    expect(chang).to_contain_text("12 on its way to us")
    expect(renate.page.locator("body")).not_to_contain_text("Exotic")

    # It comes in with two crates less; what is for the customer is here.
    nancy.go("/staff/shipments")
    nancy.click("link", f"{NUMBER}-1")
    nancy.page.get_by_label("Came in of Chang").fill("13")
    nancy.page.get_by_label("Why Chang differs").fill("Two crates broken")
    nancy.click("button", "Receive this shipment")
    expect(nancy.page.locator("main h1")).to_contain_text("Partly received")
    renate.go("/portal/orders/11070")
    expect(chang).to_contain_text("12 here for you")

    # The supplier invoices too much, is told why, and corrects it; the agent approves and pays.
    charlotte.go("/partners/")
    charlotte.click("link", f"Invoice {NUMBER}")
    expect(charlotte.page.get_by_label("Quantity of Chang")).to_have_value("13")
    charlotte.page.get_by_label("Quantity of Chang").fill("15")
    charlotte.page.get_by_label("Invoice number").fill("EL-9")
    charlotte.page.get_by_label("Price of Chang").fill("12")
    expect(charlotte.page.get_by_label("Quantity of Aniseed Syrup")).to_have_value("40")
    charlotte.page.get_by_label("Price of Aniseed Syrup").fill("12")
    charlotte.click("button", "Send this invoice")
    nancy.go("/staff/supplier-invoices")
    nancy.click("link", "EL-9")
    expect(nancy.page.locator("#approval")).to_contain_text("More than received")
    nancy.click("button", "Dispute with these reasons")
    charlotte.go("/partners/")
    expect(charlotte.page.locator("main")).to_contain_text("only 13 came in")
    charlotte.click("link", "Correct EL-9")
    charlotte.page.get_by_label("Quantity of Chang").fill("13")
    charlotte.click("button", "Send the corrected invoice")
    nancy.go("/staff/supplier-invoices")
    nancy.click("link", "EL-9")
    nancy.click("button", "Approve")
    nancy.click("button", "Mark as paid")
    charlotte.go("/partners/invoices?show=paid")
    expect(charlotte.page.locator("main")).to_contain_text("636.00")
    for one in (nancy, charlotte, renate):
        assert [fault for fault in one.faults if "status of 422" not in fault] == []
