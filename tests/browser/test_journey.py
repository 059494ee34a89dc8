"""The journey: a customer asks, an agent answers live, a supplier confirms with another date, and the customer knows."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.live import Server

QUESTION = "Do all 20 of the Chang come in time for our street festival?"
HIDDEN_FROM_SUPPLIER = ("Lehmann", "Renate", "Messner", "LEHMS", "LM-73210", "Magazinweg")
HIDDEN_FROM_CUSTOMER = ("Exotic", "Charlotte", "Cooper", "EL-CH-24")


def sign_in_by_code(person: Person, email: str, demo: Server) -> None:
    """Sign in as everybody does: the code comes by mail, here from the demo's mailbox."""
    person.go("/login")
    person.page.get_by_label("Your e-mail address").fill(email)
    person.page.get_by_role("button", name="Send me a code").click()
    person.page.locator("input[name=code]").fill(code_mailed(person, demo))
    person.page.get_by_role("button", name=re.compile("Sign in|Go on|Continue")).first.click()
    person.page.wait_for_url(lambda url: "/login" not in url)


def code_mailed(person: Person, demo: Server) -> str:
    """The code of the newest mail."""
    for _ in range(50):
        mails = person.context.new_page()
        mails.goto(f"{demo.url}/login/mailbox")
        newest = mails.locator("main a[href*=mailbox]").first
        if newest.count():
            newest.click()
        found = re.search(r"\b(\d{6})\b", mails.locator("main").inner_text())
        mails.close()
        if found:
            return found.group(1)
        person.page.wait_for_timeout(200)
    raise AssertionError("no code arrived in the mailbox")


def say(person: Person, words: str, audience: str | None = None) -> None:
    """Choose who reads it, write, send."""
    if audience:
        person.page.locator(f"[data-composer] input[data-kind={audience}]").check(force=True)
    person.page.locator("[data-composer] textarea").fill(words)
    person.page.locator("[data-send]").click()


def message(person: Person, words: str):
    return person.page.locator(".msg-row[data-seq]", has_text=words)


@pytest.fixture
def three(person: Callable[..., Person]) -> tuple[Person, Person, Person]:
    """The buyer, the agent and the supplier's clerk, each at a browser."""
    return person(), person("Nancy Davolio"), person("Charlotte Cooper")


def test_the_journey_of_the_chang(
    three: tuple[Person, Person, Person], demo: Server, person: Callable[..., Person]
) -> None:
    renate, nancy, charlotte = three
    nancy.go("/staff/queues/waiting")

    # The buyer signs in with a code, opens order 11070 and asks about its Chang line.
    sign_in_by_code(renate, "renate.messner@lehmanns.example", demo)
    renate.go("/portal/orders/11070")
    before = renate.page.locator('tr[data-line="2"] time').inner_text()
    renate.page.get_by_role("link", name="Ask about Chang").click()
    renate.page.get_by_label("Your message").fill(QUESTION)
    renate.page.locator("[data-send]").click()
    renate.page.wait_for_url(re.compile(r"/portal/requests/\d+$"))
    number = renate.page.url.rsplit("/", 1)[1]
    expect(message(renate, QUESTION)).to_be_visible()

    # The agent sees it arrive live, opens it, and has the shared record beside it.
    row = nancy.page.locator(f'[data-number="{number}"] a.qrow')
    expect(row).to_be_visible()
    row.click()
    expect(message(nancy, QUESTION)).to_be_visible()
    expect(nancy.page.locator("[data-position]")).to_contain_text("62 wanted in 4 orders, 17 here, 40 coming: 5 short")
    expect(nancy.page.locator(".pane-context")).to_contain_text("Lehmanns Marktstand")

    # They talk live: presence, typing, read state.
    expect(renate.page.locator("[data-presence]").first).to_contain_text("Nancy Davolio")
    nancy.page.locator("[data-composer] textarea").press_sequentially("17 of")
    expect(renate.page.locator("[data-typing]")).to_contain_text("Nancy Davolio")
    say(nancy, "17 of your 20 are here. I am asking our supplier for the rest.")
    expect(message(renate, "17 of your 20 are here")).to_be_visible()
    expect(nancy.page.locator(".msg-row.is-own [data-read-state]").last).to_contain_text("Read by Renate Messner")

    # The agent brings the supplier in, masked, and shares the purchase order behind the line.
    nancy.page.get_by_role("button", name="Ask Exotic Liquids").click()
    nancy.page.get_by_text("Shares PO-1001: choose fields and end").click()
    sheet = nancy.page.locator("dialog[open]")
    sheet.get_by_label("Price").uncheck()
    sheet.get_by_label("Message to Exotic Liquids").fill("Can you hold the date for all 40 Chang?")
    sheet.get_by_role("button", name="Bring in and send").click()
    expect(message(nancy, "Can you hold the date for all 40 Chang?")).to_be_visible()

    # The clerk finds the purchase order in the to-do list, with only the shared fields and the own article numbers.
    charlotte.go("/partners/")
    charlotte.page.get_by_role("link", name="PO-1001").first.click()
    expect(charlotte.page.locator("main")).to_contain_text("EL-CH-24")
    for hidden in (*HIDDEN_FROM_SUPPLIER, "12.35"):
        assert hidden not in charlotte.page.content(), hidden
    confirm_with_another_date(charlotte)

    # The clerk writes to us, then to everyone; the buyer sees the second one, from "our supplier".
    charlotte.go(f"/partners/conversations/{number}")
    say(charlotte, "Between us: the bottling line stood still.", "partner")
    expect(message(nancy, "Between us")).to_be_visible()
    say(charlotte, "The Chang comes one week later, sorry for that.", "everyone")
    expect(message(renate, "The Chang comes one week later")).to_contain_text("our supplier")
    expect(message(renate, "Between us")).to_have_count(0)

    # The agent applies the answer with one click and sees the affected orders; the buyer sees the new date.
    nancy.go("/staff/orders/PO-1001")
    for order in ("11070", "11072", "11075", "11077"):
        expect(nancy.page.locator("main")).to_contain_text(order)
    nancy.page.get_by_role("button", name="Apply", exact=True).first.click()
    expect(nancy.page.locator("main")).to_contain_text("11070")
    renate.go("/portal/orders/11070")
    expect(renate.page.locator('tr[data-line="2"] time')).not_to_have_text(before)

    # A note among us, and a telephone call.
    nancy.go(f"/staff/conversations/{number}")
    say(nancy, "Richter moves too, tell nobody outside.", "staff")
    expect(message(nancy, "Richter moves too")).to_be_visible()
    nancy.page.get_by_role("button", name="Log a call").click()
    nancy.page.get_by_label("What was said").fill("Called Renate about the new date")
    nancy.page.get_by_role("button", name="Log it").click()

    # Every step stands on the timeline; the order page says who outside saw which fields and when.
    nancy.page.locator(".pane-context h2 a").click()
    timeline = nancy.page.locator("#timeline")
    for step in (QUESTION, "17 of your 20 are here", "Can you hold the date", "Between us", "The Chang comes one week later",
                 "Richter moves too", "Called Renate"):  # fmt: skip
        expect(timeline).to_contain_text(step)
    for kind in ("party_added", "shared", "order_confirmed", "line_moved", "record_read"):
        assert timeline.locator(f'[data-kind="{kind}"]').count(), f"{kind} is not on the timeline"
    nancy.go("/staff/orders/PO-1001")
    expect(nancy.page.locator("main")).to_contain_text("Charlotte Cooper")

    # Nobody learnt a name; rivals find nothing.
    for hidden in HIDDEN_FROM_SUPPLIER:
        assert not [frame for frame in charlotte.received if hidden in frame], hidden
    for hidden in HIDDEN_FROM_CUSTOMER:
        assert not [frame for frame in renate.received if hidden in frame], hidden
    renate.go(f"/portal/requests/{number}")
    for hidden in (*HIDDEN_FROM_CUSTOMER, "Between us", "Richter moves"):
        assert hidden not in renate.page.content(), hidden
    for rival, paths in (
        ("Roland Mendel", ("/portal/orders/11070", f"/portal/requests/{number}")),
        ("Yoshi Nagase", ("/partners/orders/PO-1001", f"/partners/conversations/{number}")),
    ):
        seat = person(rival)
        for path in paths:
            assert seat.page.goto(demo.url + path).status == 404
    for one in three:
        assert not one.faults, one.faults


def confirm_with_another_date(charlotte: Person) -> None:
    """Answer the Chang line with a date one week later, the others as ordered."""
    page = charlotte.page
    line = page.locator("tr", has_text="Chang")
    line.locator(".seg label", has_text="Date").click()
    field = line.locator(".answer-date input")
    field.fill(week_later(field.input_value()))
    page.locator("[data-answers-send]").click()
    expect(page.locator("main")).to_contain_text("Confirmed with changes")


def week_later(day: str) -> str:
    from datetime import date, timedelta

    return (date.fromisoformat(day) + timedelta(days=7)).isoformat()


def test_nobody_signed_out_sees_anything(demo: Server) -> None:
    for path in ("/portal/orders/11070", "/staff/", "/partners/", "/profile"):
        answer = httpx.get(demo.url + path, follow_redirects=False)
        assert answer.status_code in (302, 303)
        assert "/login" in answer.headers["location"]
