"""A question goes from the desk to the customer's phone, is answered by one tap, and every screen knows it at once."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.talking import ask


def test_a_question_is_answered_by_one_tap_and_an_earlier_message_is_shown(person: Callable[..., Person]) -> None:
    renate, nancy = person("Renate Messner", width=390, height=844), person("Nancy Davolio")
    number = ask(renate, "The caps of the last ones leaked. Can you send something else?")

    # The desk asks; the customer has the answers under the thumb, and we see that it waits.
    nancy.go(f"/staff/conversations/{number}")
    nancy.page.get_by_role("button", name="Ask for a decision").click()
    nancy.page.get_by_label("Question").fill("Substitute Chai for Chang?")
    nancy.page.get_by_role("button", name="Put the question").click()
    card = renate.page.locator(".decision")
    yes = card.get_by_role("button", name="Yes")
    expect(yes).to_be_visible()
    box = yes.bounding_box()
    assert box and box["height"] >= 44 and box["width"] >= 44
    expect(nancy.page.locator(".decision")).to_contain_text("Not answered yet")
    expect(nancy.page.locator(".decision").get_by_role("button", name="Yes")).to_be_hidden()
    renate.actions = 0
    renate.click("button", "Yes")
    expect(card.locator(".decision-said")).to_contain_text("Yes Renate Messner")
    expect(yes).to_be_hidden()
    expect(nancy.page.locator(".decision-said")).to_contain_text("Yes Renate Messner")
    assert renate.actions == 1

    # A supplier comes in; one earlier message is shown to it, named before, and without whose it was.
    charlotte = person("Charlotte Cooper")
    nancy.page.get_by_role("button", name="Ask Exotic Liquids").click()
    nancy.page.get_by_label("Message to Exotic Liquids").fill("Have you seen this before?")
    nancy.page.get_by_role("button", name="Bring in and send").click()
    charlotte.go(f"/partners/conversations/{number}")
    expect(charlotte.page.locator("[data-messages]")).not_to_contain_text("leaked")
    nancy.page.get_by_role("link", name="Show an earlier message").click()
    shown = nancy.page.locator("article", has_text="leaked")
    shown.get_by_label("Exotic Liquids may read these words").check()
    shown.get_by_role("button", name="Show it to Exotic Liquids").click()
    told = charlotte.page.locator("[data-messages] > li", has_text="leaked")
    expect(told).to_contain_text("Written earlier by a customer of")
    for hidden in ("Renate", "Messner", "Lehmann", "Substitute"):
        assert hidden not in charlotte.page.content(), hidden
        assert not [frame for frame in charlotte.received if hidden in frame], hidden
    for one in (renate, nancy, charlotte):
        assert not one.faults, one.faults


def test_what_was_said_years_ago_says_in_which_year(person: Callable[..., Person]) -> None:
    """Migrated conversations are full of it; what is of these weeks says the day of the week instead."""
    visitor = person()
    visitor.go("/login")
    shown = visitor.page.evaluate(
        """async () => {
          const { fillWords } = await import("/static/js/words.js"), list = document.createElement("p");
          for (const at of ["2024-03-05T08:31:00Z", new Date(Date.now() - 3 * 86400000).toISOString()])
            list.innerHTML += `<time datetime="${at}" data-format="time"></time>`;
          fillWords(list);
          return [...list.children].map((one) => one.textContent);
        }"""
    )
    assert re.search(r"Mar 5, 2024 \d\d:31", shown[0]) and re.match(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun),", shown[1])
    assert not re.search(r"\d{4}", shown[1])
