"""A purchase order answered from its mail: the supplier has no account, the agent applies it, the customer sees the date."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Person

Seat = Callable[..., Person]
MAIL = re.compile("PO-1001")


def open_mail(clerk: Person) -> str:
    """Open the newest mail about the order, go where it leads, and return that address."""
    clerk.go("/login/mailbox")
    clerk.page.get_by_role("link", name=MAIL).first.click()
    clerk.page.locator("[data-mail-body] a[href*='/order/']").first.wait_for()
    with clerk.context.expect_page() as opened:
        clerk.click("link", "/order/")
    clerk.page = opened.value
    clerk.page.wait_for_url(re.compile("/order/"))
    return clerk.page.url


def test_an_order_is_answered_from_its_mail_without_an_account(person: Seat) -> None:
    nancy, clerk, renate = person("Nancy Davolio"), person(), person("Renate Messner")

    # The agent mails it; whoever reads the mail sees the order, and nothing that is not shared.
    nancy.go("/staff/orders/PO-1001")
    nancy.click("button", "Send by mail")
    nancy.click("button", "Send it")
    expect(nancy.page.locator("body")).to_contain_text("PO-1001 goes to")
    link = open_mail(clerk)
    expect(clerk.page.locator("main")).to_contain_text("Chang")
    expect(clerk.page.locator("body")).not_to_contain_text("Lehmann")
    assert clerk.context.request.get(clerk.url + "/partners/orders/PO-1001", max_redirects=0).status in (302, 404)

    # Only looking answers nothing; the answer moves one line to a later date, once.
    expect(renate_line(renate)).not_to_contain_text("2030")
    row = clerk.page.locator("tr", has_text="Chang").first
    row.locator(".seg label", has_text="Date").click()
    row.get_by_label("Arrives on").fill("2030-02-04")
    clerk.page.locator("[data-answers-send]").click()
    expect(clerk.page.locator("body")).to_contain_text("has your answer")
    clerk.page.goto(link)
    expect(clerk.page.locator("main")).to_contain_text("Feb 4, 2030")
    expect(clerk.page.locator("[data-answers-send]")).to_have_count(0)

    # It counts once the agent applies it, and the customer sees the new date, from nobody by name.
    nancy.go("/staff/orders/PO-1001")
    nancy.click("button", "Apply", exact=True)
    expect(renate_line(renate)).to_contain_text("2030")
    expect(renate.page.locator("body")).not_to_contain_text("Exotic")
    assert nancy.faults + clerk.faults + renate.faults == []


def renate_line(renate: Person) -> Locator:
    """The line with Chang on the customer's page of the order, as it is now."""
    renate.go("/portal/orders/11070")
    return renate.page.locator("tr[data-line='2']")
