"""The paths people walk every day, each within its number of pointer actions and keys."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.talking import ask
from tests.browser.test_attachments import photo
from tests.browser.test_journey import code_mailed, sign_in_by_code, week_later
from tests.live import ROOT, Server
from tests.login.test_papers import path as path_on

Seat = Callable[..., Person]


def order_at_supplier(nancy: Person, renate: Person) -> None:
    """Bring Exotic Liquids in about what Renate asks, and with that its order PO-1001."""
    nancy.go(f"/staff/conversations/{ask(renate)}")
    nancy.click("button", "Ask Exotic Liquids")
    nancy.click("button", "Bring in and send")


def test_a1_a_number_read_out_opens_its_record_by_keys_alone(person: Seat) -> None:
    nancy = person("Nancy Davolio")
    for typed, path in (
        ("11070", "/staff/orders/11070"),
        ("2003", "/staff/conversations/2003"),
        ("LM-73210", "/staff/orders/11070"),
    ):
        nancy.go("/staff/queues/all")
        keys = list(typed) if typed[0].isdigit() else ["/", *typed]
        assert len(keys) <= 9
        for key in keys:
            nancy.page.keyboard.press(key)
        expect(nancy.page.locator("#command-q")).to_have_value(typed)
        nancy.page.keyboard.press("Enter")
        nancy.page.wait_for_url(re.compile(re.escape(path)))


def test_a1_the_last_digits_of_a_telephone_find_who_calls(person: Seat) -> None:
    nancy = person("Nancy Davolio")
    nancy.go("/staff/find?q=0245984")
    expect(nancy.page.locator("main")).to_contain_text("Lehmanns Marktstand")


def test_a2_a_call_is_logged_in_two_actions_and_a_line(person: Seat) -> None:
    nancy = person("Nancy Davolio")
    nancy.go("/staff/find?q=LEHMS")
    nancy.click("button", "Log a call")
    nancy.page.keyboard.type("Asked for the Chang, calls back at noon")
    nancy.page.keyboard.press("Tab")
    nancy.page.keyboard.type("a date for the Chang")
    nancy.click("button", "Log it")
    expect(nancy.page.locator("#timeline")).to_contain_text("Asked for the Chang, calls back at noon")
    expect(nancy.page.locator("main")).to_contain_text("a date for the Chang")
    assert nancy.actions == 2


def test_a3_the_lines_expected_date_goes_into_the_answer(person: Seat) -> None:
    renate, nancy = person("Renate Messner"), person("Nancy Davolio")
    nancy.go(f"/staff/conversations/{ask(renate)}")
    nancy.click("button", "Put the expected date into the reply")
    nancy.click("button", "Send to Lehmanns Marktstand")
    expect(renate.page.locator(".msg-row[data-seq]", has_text="We expect the Chang on")).to_be_visible()
    assert nancy.actions <= 3


def test_a4_the_lines_supplier_is_asked_masked_with_the_usual_fields(person: Seat) -> None:
    renate, nancy = person("Renate Messner"), person("Nancy Davolio")
    nancy.go(f"/staff/conversations/{ask(renate)}")
    nancy.click("button", "Ask Exotic Liquids")
    nancy.page.keyboard.type("Can you hold the date?")
    nancy.click("button", "Bring in and send")
    expect(nancy.page.locator(".msg-row", has_text="Can you hold the date?")).to_be_visible()
    expect(nancy.page.locator(".pane-context")).to_contain_text("masked")
    assert nancy.actions <= 3


def with_drafts(demo: Server, folder: Path, many: int) -> None:
    """Purchase orders of today that nobody has sent, taken in as any business takes them in."""
    head = (ROOT / "demo" / "purchase_orders.csv").read_text().splitlines()[0]
    rows = [
        f"PO-9{n:03},S{1 + n % 8},2030-01-02,2030-02-01,draft,,4,Goods In,Dock 4,Seattle,WA,98134,USA"
        for n in range(many)
    ]
    file = folder / "drafts.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "flask", "import", "orders", str(file), "--map", "demo/purchase_orders.toml"], cwd=ROOT,
        env=demo.environment | {"FLASK_SKIP_DOTENV": "1"}, check=True, capture_output=True,
    )  # fmt: skip


def test_b1_todays_forty_purchase_orders_are_sent_in_two_actions(person: Seat, demo: Server, tmp_path: Path) -> None:
    with_drafts(demo, tmp_path, 40)
    nancy = person("Nancy Davolio")
    nancy.go("/staff/")
    nancy.page.locator("dl.nums a[href*='status=draft']").click()
    nancy.click("button", "Send all shown")
    expect(nancy.page.locator("body")).to_contain_text("40 orders sent to 8 suppliers.")
    assert nancy.actions + 1 == 2


def test_b2_what_suppliers_owe_is_read_from_the_home(person: Seat) -> None:
    nancy = person("Nancy Davolio")
    nancy.go("/staff/queues/all")
    nancy.click("link", "Northwind Traders")
    numbers = nancy.page.locator("dl.nums")
    for words in ("Suppliers yet to answer", "Late", "Short", "Dearer"):
        expect(numbers.locator("div", has=nancy.page.get_by_text(words, exact=True)).locator("dd")).to_have_text(
            re.compile(r"^\d+\+?$")
        )
    assert nancy.actions == 1


def test_b3_a_changed_date_is_applied_and_those_affected_are_told(person: Seat) -> None:
    renate, nancy, charlotte = person("Renate Messner"), person("Nancy Davolio"), person("Charlotte Cooper")
    order_at_supplier(nancy, renate)
    charlotte.go("/partners/orders/PO-1001")
    row = charlotte.page.locator("tr", has_text="Chang")
    row.locator(".seg label", has_text="Date").click()
    row.locator(".answer-date input").fill(week_later(row.locator(".answer-date input").input_value()))
    charlotte.page.locator("[data-answers-send]").click()
    expect(charlotte.page.locator("main")).to_contain_text("Confirmed with changes")
    nancy.actions = 0
    nancy.go("/staff/")
    nancy.click("link", "PO-1001")
    for order in ("11070", "11072", "11075", "11077"):
        expect(nancy.page.locator("main")).to_contain_text(order)
    nancy.click("button", "Apply", exact=True)
    nancy.click("button", "Tell")
    renate.page.reload()
    expect(renate.page.locator(".msg-row[data-seq]").last).to_contain_text("Chang")
    assert nancy.actions == 3


def test_b4_a_confirmation_that_came_as_a_pdf_is_keyed_in(person: Seat) -> None:
    nancy = person("Nancy Davolio")
    nancy.go("/staff/orders/PO-1002")
    nancy.click("link", "Write down an answer")
    row = nancy.page.locator("tr", has_text="Sir Rodney's Scones")
    row.locator(".seg label", has_text="Date").click()
    row.locator(".answer-date input").fill("2030-01-15")
    nancy.click("button", "Write down: 2 lines")
    expect(nancy.page.locator("main")).to_contain_text("Written down by Nancy Davolio")
    assert nancy.actions + 1 <= 4
    nancy.actions = 0
    nancy.go("/staff/orders/PO-1003")
    nancy.click("link", "Write down an answer")
    nancy.click("button", "All as ordered")
    expect(nancy.page.locator("main h1")).to_contain_text("Confirmed")
    assert nancy.actions == 2


def test_b5_all_who_have_not_answered_are_chased_from_the_home(person: Seat) -> None:
    nancy = person("Nancy Davolio")
    nancy.go("/staff/")
    nancy.page.locator("dl.nums a[href*=unanswered]").click()
    nancy.click("button", "Chase all shown")
    expect(nancy.page.locator("body")).to_contain_text("suppliers reminded of")
    assert nancy.actions + 1 == 2


def test_c1_all_is_confirmed_from_the_mail_without_an_account(person: Seat) -> None:
    nancy, clerk = person("Nancy Davolio"), person()
    nancy.go("/staff/orders/PO-1001")
    nancy.page.get_by_role("button", name="Send by mail").click()
    nancy.page.get_by_role("button", name="Send it").click()
    expect(nancy.page.locator("body")).to_contain_text("PO-1001 goes to")
    clerk.go("/login/mailbox")
    clerk.page.get_by_role("link", name=re.compile("PO-1001")).first.click()
    clerk.page.locator("[data-mail-body] a[href*='/order/']").first.wait_for()
    clerk.actions = 0
    with clerk.context.expect_page() as opened:
        clerk.click("link", "/order/")
    clerk.page = opened.value
    clerk.click("button", "Accept all as ordered")
    expect(clerk.page.locator("body")).to_contain_text("has your answer")
    assert clerk.actions == 2


def test_c2_one_line_later_and_one_split_is_six_actions_and_three_fields(person: Seat) -> None:
    charlotte = person("Charlotte Cooper")
    charlotte.go("/partners/")
    charlotte.click("link", "Answer PO-1001")
    fields = 0
    for product, choice, answers in (
        ("Chang", "Date", {"Arrives on": "2030-02-04"}),
        ("Aniseed Syrup", "Split", {"Quantity of delivery 1": "30", "Date of delivery 2": "2030-02-11"}),
    ):
        row = charlotte.page.locator("tr", has_text=product)
        row.locator(".seg label", has_text=choice).click()
        charlotte.actions += 1
        for label, value in answers.items():
            row.get_by_label(label).fill(value)
            fields += 1
    expect(charlotte.page.get_by_label("Quantity of delivery 2").nth(1)).to_have_value("40")  # what the first leaves
    charlotte.click("button", "Confirm 2 lines")
    expect(charlotte.page.locator("main")).to_contain_text("Confirmed with changes")
    assert charlotte.actions <= 6 and fields <= 3


def test_c4_a_shipment_is_announced_with_its_tracking_number(person: Seat) -> None:
    nancy, charlotte = person("Nancy Davolio"), person("Charlotte Cooper")
    order_at_supplier(nancy, person("Renate Messner"))
    charlotte.go("/partners/")
    charlotte.click("button", "Accept PO-1001 all as ordered")
    charlotte.actions = 0
    charlotte.go("/partners/")
    charlotte.click("link", "Ship PO-1001")
    charlotte.click("textbox", "Tracking number")
    charlotte.page.keyboard.type("JD0146 0012 3344")
    charlotte.click("button", "Announce this shipment")
    expect(charlotte.page.locator("#shipments")).to_contain_text("JD0146 0012 3344")
    assert charlotte.actions == 3


def test_c5_all_open_orders_are_taken_away_as_a_table_in_two_actions(person: Seat) -> None:
    charlotte = person("Charlotte Cooper")
    charlotte.go("/partners/")
    charlotte.click("link", "Open orders")
    with charlotte.page.expect_download() as started:
        charlotte.click("link", "As CSV")
    text = Path(started.value.path()).read_text("utf-8-sig")
    assert "PO-1001" in text and "received" not in text and "Lehmann" not in text
    assert charlotte.actions == 2


def test_d1_where_is_my_order_from_a_link_is_one_action(person: Seat) -> None:
    renate = person("Renate Messner")
    renate.go("/portal/")
    renate.click("link", "Where is order 11070?")
    expect(renate.page.locator("main")).to_contain_text("Being prepared")
    assert renate.actions == 1


def test_d1_where_is_my_order_from_a_cold_browser(person: Seat, demo: Server) -> None:
    """3 actions, the address and the code: the link of the order leads back to it."""
    renate = person()
    renate.go("/portal/orders/11070")
    assert "/login" in renate.page.url
    renate.click("textbox", "Your e-mail address")
    renate.page.keyboard.type("renate.messner@lehmanns.example")
    renate.click("button", "Send me a code")
    renate.page.keyboard.type(code_mailed(renate, demo))  # the field is ready to be typed into
    renate.page.get_by_role("button", name=re.compile("Sign in|Go on|Continue")).first.click()
    renate.actions += 1
    expect(renate.page.locator("main")).to_contain_text("Order 11070")
    expect(renate.page.locator("main")).to_contain_text("Being prepared")
    assert renate.actions == 3


def test_d2_a_customer_gets_the_pdf_of_an_invoice_in_three_actions(person: Seat) -> None:
    renate = person("Renate Messner")
    renate.go("/portal/")
    renate.click("link", "Invoices")
    renate.page.locator("ul.rows h3 a").first.click()
    renate.actions += 1
    number = renate.page.locator("main h1").inner_text().split()[1]
    with renate.page.expect_download() as started:
        renate.click("link", "As PDF")
    assert (
        Path(started.value.path()).read_bytes().startswith(b"%PDF-")
        and started.value.suggested_filename == f"{number}.pdf"
    )
    assert renate.actions == 3


def test_d1_where_is_my_order_from_the_code_on_its_paper(person: Seat, demo: Server) -> None:
    """Scanned where one is signed in: nothing more to do. Scanned with a strange telephone: address and code, then it."""
    renate = person("Renate Messner", width=390, height=844)
    renate.go("/portal/orders/11070")
    with renate.page.expect_download() as started:
        renate.page.get_by_role("link", name="PDF").click()
    scan = path_on(Path(started.value.path()).read_bytes())
    renate.go(scan)
    expect(renate.page.locator("main")).to_contain_text("Being prepared")
    assert renate.actions == 0
    other = person(width=390, height=844)
    other.go(scan)
    expect(other.page.locator("main")).not_to_contain_text("11070")
    sign_in_by_code(other, "renate.messner@lehmanns.example", demo)
    expect(other.page.locator("main")).to_contain_text("Order 11070")


def test_d4_damage_is_reported_with_a_photo_on_the_telephone_in_five_taps(person: Seat, tmp_path: Path) -> None:
    renate = person("Renate Messner", width=390, height=844)
    nancy = person("Nancy Davolio")
    renate.go("/portal/")
    renate.click("link", "Where is order 11070?")
    renate.click("link", "Ask about Chang")
    with renate.page.expect_file_chooser() as chooser:
        renate.page.locator("label.attach").click()
    chooser.value.set_files(photo(tmp_path))
    renate.actions += 2  # the paper clip, and the photo in the telephone's own list
    expect(renate.page.locator(".sending.is-there")).to_have_count(1)
    renate.page.keyboard.type("Three bottles came broken.")
    renate.click("button", "Send to")
    renate.page.wait_for_url(re.compile(r"/portal/requests/\d+$"))
    expect(renate.page.locator(".msg-row a.file")).to_have_count(1)
    assert renate.actions <= 5
    assert renate.page.evaluate("document.documentElement.scrollWidth") <= 390
    nancy.go(f"/staff/conversations/{renate.page.url.rsplit('/', 1)[1]}")
    expect(nancy.page.locator(".pane-context")).to_contain_text("Chang")
    expect(nancy.page.locator(".msg-row a.file")).to_contain_text("broken pallet.jpg")
