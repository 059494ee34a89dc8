"""A customer's problem, answered by the supplier in 8D: three people at three browsers, each reading only what is theirs."""

import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.live import Server

HIDDEN_FROM_SUPPLIER = (
    "Lehmann",
    "Renate",
    "Messner",
    "Magazinweg",
    "came to us crushed",
    "Credit note",
    "lehmanns yard",
)
HIDDEN_FROM_CUSTOMER = ("Exotic", "Charlotte", "Cooper", "glue", "Sorting of", "PO-1001", "Critical")


def photo(folder: Path) -> Path:
    made = folder / "lehmanns yard.jpg"
    Image.new("RGB", (800, 600), "sienna").save(made, "JPEG")
    return made


def answer(person: Person, step: str, words: str) -> None:
    """Answer one of the eight steps as done."""
    place = person.page.locator(f"#{step}")
    place.locator("summary").click()
    place.locator("textarea").fill(words)
    place.get_by_role("button", name="Save, step is done").click()
    expect(person.page.locator(f"#{step}")).to_contain_text("Done")


def test_a_customers_issue_answered_by_the_supplier_in_8d(
    person: Callable[..., Person], demo: Server, tmp_path: Path
) -> None:
    renate, nancy, charlotte = person("Renate Messner"), person("Nancy Davolio"), person("Charlotte Cooper")

    # The customer tells of broken bottles, from the line of her order.
    renate.go("/portal/orders/11070")
    renate.page.get_by_role("link", name="Ask about Chang").click()
    renate.page.get_by_label("Your message").fill("Three cartons came to us crushed, the bottles are broken.")
    renate.page.locator("[data-attach]").set_input_files(photo(tmp_path))
    expect(renate.page.locator(".sending.is-there")).to_have_count(1)
    renate.page.locator("[data-send]").click()
    renate.page.wait_for_url(re.compile(r"/portal/requests/\d+$"))
    request = renate.page.url.rsplit("/", 1)[1]

    # The agent opens an issue from the request, in words of ours; the customer sees it at once, as how far it is.
    nancy.go(f"/staff/conversations/{request}")
    nancy.page.get_by_role("link", name="Open an issue").click()
    nancy.page.get_by_label("Title").fill("Chang: bottles broken in the carton")
    nancy.page.get_by_label("Severity").select_option("critical")
    nancy.page.get_by_label("How many are affected").fill("3")
    nancy.page.get_by_label("What is wrong").fill("Three of twenty cartons crushed at the bottom.")
    nancy.page.get_by_role("button", name="Open the issue").click()
    nancy.page.wait_for_url(re.compile(r"/staff/issues/NCR-\d+$"))
    number = nancy.page.url.rsplit("/", 1)[1]
    told = renate.page.locator("#issues")
    expect(told).to_contain_text("We have taken it up")

    # The customer's photo is put on it as a copy that tells nothing of her.
    documents = nancy.page.locator("#documents")
    documents.get_by_label("lehmanns yard.jpg").check()
    documents.get_by_label("Whoever it is shared with").check()
    documents.get_by_role("button", name="Attach to this issue").click()
    expect(documents.locator("a.file")).to_contain_text("photo 1.jpg")

    # What it costs stays with us; the supplier is asked, with the usual fields.
    nancy.page.get_by_label("What for").fill("Credit note")
    nancy.page.get_by_label("Amount, USD").fill("57.00")
    nancy.page.get_by_role("button", name="Add cost").click()
    expect(nancy.page.locator("#costs")).to_contain_text("57.00 USD")
    nancy.page.get_by_role("button", name="Share with Exotic Liquids").click()
    nancy.page.get_by_label("Message, read only by them and us").fill("Please secure your stock first.")
    nancy.page.get_by_role("button", name="Share and ask").click()
    expect(nancy.page.locator("#shares")).to_contain_text("Exotic Liquids")

    # The supplier finds it in its list of things to do, and answers the steps that are its own.
    charlotte.go("/partners/")
    charlotte.page.get_by_role("link", name="Chang: bottles broken in the carton").first.click()
    expect(charlotte.page.locator("#talk")).to_contain_text("Please secure your stock first.")
    expect(charlotte.page.locator("#D2")).to_contain_text("Three of twenty cartons crushed")
    expect(charlotte.page.locator("#D8 summary")).to_have_count(0)
    expect(charlotte.page.locator("#documents a.file")).to_contain_text("photo 1.jpg")
    answer(charlotte, "D3", "Sorting of all pallets in stock, none further found.")

    # Both others see it live, each in the words that are for them.
    expect(nancy.page.locator("#D3")).to_contain_text("Charlotte Cooper, Exotic Liquids")
    expect(told).to_contain_text("Further goods are being checked")
    answer(charlotte, "D4", "The glue of the cartons was applied too cold.")
    expect(nancy.page.locator("#D4")).to_contain_text("applied too cold")
    expect(told).to_contain_text("The cause is found")

    # A step is opened again by us, with a word why in the same conversation.
    place = nancy.page.locator("#D4")
    place.locator("summary").click()
    place.get_by_role("button", name="Open again").click()
    expect(charlotte.page.locator("#D4 summary")).to_contain_text("Go on")
    expect(told).to_contain_text("Further goods are being checked")
    answer(charlotte, "D4", "The glue was applied too cold: the heater had failed, and nobody was told.")
    answer(charlotte, "D6", "New heater with an alarm, since Monday.")
    expect(told).to_contain_text("The cause is removed")

    # The goods come back, and it is settled.
    nancy.page.get_by_label("State").select_option("asked")
    nancy.page.get_by_role("button", name="Save", exact=True).first.click()
    expect(told).to_contain_text("Please send back")
    nancy.page.get_by_role("button", name="Close", exact=True).first.click()
    expect(told).to_contain_text("Settled")
    expect(charlotte.page.locator("#steps summary")).to_have_count(0)

    # Nobody learnt what is not for them: neither on the page, nor on the wire, nor beside the order.
    for hidden in HIDDEN_FROM_SUPPLIER:
        assert hidden not in charlotte.page.content(), hidden
        assert not [frame for frame in charlotte.received if hidden in frame], hidden
    for path in (f"/portal/requests/{request}", "/portal/orders/11070"):
        renate.go(path)
        for hidden in HIDDEN_FROM_CUSTOMER:
            assert hidden not in renate.page.content(), (path, hidden)
    for hidden in HIDDEN_FROM_CUSTOMER:
        assert not [frame for frame in renate.received if hidden in frame], hidden
    nancy.go(f"/staff/issues/{number}")
    expect(nancy.page.locator("#reads")).to_contain_text("Charlotte Cooper")
    for one in (renate, nancy, charlotte):
        assert not one.faults, one.faults
