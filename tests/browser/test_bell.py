"""The bell rings while somebody looks at something else, and rests once they have read it, without any reload."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.test_journey import say


def test_the_bell_rings_on_another_page_and_rests_when_it_is_read(person: Callable[..., Person]) -> None:
    renate, nancy, jonas = (
        person("Renate Messner", width=390, height=844),
        person("Nancy Davolio"),
        person("Jonas Lang"),
    )
    renate.go("/notices")  # of what the demo brings, she has seen all
    renate.click("button", "Mark all as seen")
    renate.go("/portal/requests/new")
    renate.page.get_by_label("Subject").fill("Chang")
    renate.page.get_by_label("Your message").fill("Does it come?")
    renate.page.locator("[data-send], form button[type=submit]").last.click()
    renate.page.wait_for_url(re.compile(r"/portal/requests/\d+$"))
    request = renate.page.url
    renate.go("/portal/orders")
    bell = renate.page.locator("[data-bell]")
    expect(bell).to_have_attribute("aria-label", "Notices")
    renate.page.evaluate("window.untouched = true")

    nancy.go(f"/staff/conversations/{request.rsplit('/', 1)[1]}")
    say(nancy, "Seventeen are here.", "customer")
    expect(bell).to_have_attribute("aria-label", "Notices, 1 new")
    expect(bell.locator("b")).to_have_text("1")
    assert renate.page.evaluate("window.untouched")

    other = renate.context.new_page()  # she reads it in another window
    other.goto(request)
    expect(other.locator("[data-messages]")).to_contain_text("Seventeen are here.")
    expect(bell).to_have_attribute("aria-label", "Notices")
    assert renate.page.evaluate("window.untouched")
    expect(jonas.page.locator("[data-bell]")).to_have_attribute("aria-label", "Notices")
    assert not [frame for frame in jonas.received if "Seventeen" in frame or '"notices"' in frame]
    for one in (renate, nancy, jonas):
        assert not one.faults, one.faults
