"""What somebody has begun to write is there again: on another device, after a crash, for the audience it was meant for."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.talking import ask, begin, box, online


def type_in(someone: Person, words: str) -> None:
    """Type as one does, and wait until the server has said that it keeps it."""
    before = len(someone.received)
    box(someone.page).press_sequentially(words)
    answered(someone, before, '"kept":true')


def answered(someone: Person, before: int, words: str) -> None:
    """Wait until the server has answered with these words since so many frames."""
    for _ in range(200):
        if any(words in frame for frame in someone.received[before:]):
            return
        someone.page.wait_for_timeout(50)
    raise AssertionError(f"never answered {words}")


def test_a_buyer_goes_on_writing_on_the_telephone(person: Callable[..., Person]) -> None:
    laptop = person("Renate Messner")
    number = begin(laptop)
    type_in(laptop, "Seventeen are enough if")
    telephone, nancy = person("Renate Messner", width=390, height=844), person("Nancy Davolio")
    telephone.go(f"/portal/requests/{number}")
    expect(box(telephone.page)).to_have_value("Seventeen are enough if")
    nancy.go(f"/staff/conversations/{number}")
    expect(box(nancy.page)).to_have_value("")
    assert "Seventeen" not in nancy.page.content() and not [one for one in nancy.received if "Seventeen" in one]

    # Sent from the telephone it waits nowhere any more, not in the page that is still open on the laptop either.
    online(telephone.page)
    telephone.page.locator("[data-send]").click()
    expect(laptop.page.locator(".msg-row[data-seq]", has_text="Seventeen are enough if")).to_have_count(1)
    expect(box(laptop.page)).to_have_value("")
    for one in (telephone, laptop):
        one.go(f"/portal/requests/{number}")
        expect(one.page.locator(".msg-row[data-seq]", has_text="Seventeen are enough if")).to_have_count(1)
        expect(box(one.page)).to_have_value("")
    assert not laptop.faults and not telephone.faults


def choose(page: Page, kind: str) -> None:
    page.locator(f"[data-composer] input[data-kind={kind}]").check(force=True)


def test_a_crash_takes_nothing_of_an_agent_and_each_audience_has_its_own(person: Callable[..., Person]) -> None:
    renate, nancy, telephone = person("Renate Messner"), person("Nancy Davolio"), person("Nancy Davolio")
    number = begin(renate)
    for one in (nancy, telephone):
        one.go(f"/staff/conversations/{number}")
        online(one.page)
    choose(nancy.page, "staff")
    type_in(nancy, "Dear Renate, we can")
    choose(nancy.page, "customer")  # nothing was begun to her: the words go along
    expect(box(nancy.page)).to_have_value("Dear Renate, we can")
    choose(telephone.page, "staff")
    type_in(telephone, "Who asks the supplier?")

    tab = nancy.context.new_page()
    nancy.page.close()  # as a crash does: nothing runs any more in it
    nancy.page = tab
    nancy.go(f"/staff/conversations/{number}")
    expect(box(tab)).to_have_value("Who asks the supplier?")
    expect(tab.locator("[data-composer] input[value=staff]")).to_be_checked()
    choose(tab, "customer")
    expect(box(tab)).to_have_value("Dear Renate, we can")
    online(tab)
    tab.locator("[data-send]").click()
    expect(renate.page.locator(".msg-row[data-seq]", has_text="Dear Renate, we can")).to_be_visible()
    expect(tab.locator("[data-pending]")).to_have_count(0)
    choose(tab, "staff")
    expect(box(tab)).to_have_value("Who asks the supplier?")
    assert not [one for one in renate.received if "supplier" in one]


def test_what_is_emptied_does_not_come_back(person: Callable[..., Person]) -> None:
    renate = person("Renate Messner")
    number = begin(renate)
    type_in(renate, "Never mind")
    before = len(renate.received)
    box(renate.page).fill("")
    answered(renate, before, '"kept":false')
    renate.go(f"/portal/requests/{number}")
    expect(box(renate.page)).to_have_value("")


@pytest.mark.parametrize("gone", [True, False])
def test_a_draft_to_a_partner_who_left_is_for_us_alone(person: Callable[..., Person], gone: bool) -> None:
    """Never for the customer, who is the only one left to choose beside us."""
    renate, nancy = person("Renate Messner"), person("Nancy Davolio")
    number = ask(renate, "All 20?")
    nancy.go(f"/staff/conversations/{number}")
    nancy.page.get_by_role("button", name="Ask Exotic Liquids").click()
    nancy.page.get_by_label("Message to Exotic Liquids").fill("Have you 40?")
    nancy.page.get_by_role("button", name="Bring in and send").click()
    partner = nancy.page.locator("[data-composer] input[data-kind=partner]")
    expect(partner).to_have_count(1)
    online(nancy.page)
    partner.check(force=True)
    type_in(nancy, "Her price is 17")
    if gone:
        nancy.page.get_by_role("button", name="Remove", exact=True).click()
        expect(partner).to_have_count(0)
    nancy.go(f"/staff/conversations/{number}")
    expect(box(nancy.page)).to_have_value("Her price is 17")
    expect(nancy.page.locator("[data-composer] input:checked")).to_have_attribute(
        "data-kind", "staff" if gone else "partner"
    )
