"""What people do in a conversation, for the tests of its page."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Person
from tests.line import Line


def begin(renate: Person) -> str:
    """Make a request and be on its page."""
    renate.go("/portal/requests/new")
    renate.page.get_by_label("Subject").fill("Chang")
    renate.page.get_by_label("Your message").fill("It begins")
    renate.page.locator("[data-send]").click()
    renate.page.wait_for_url(re.compile(r"/portal/requests/\d+$"))
    online(renate.page)
    return renate.page.url.rsplit("/", 1)[1]


def ask(renate: Person, words: str = "Do all 20 come in time?") -> str:
    """Make a request about the Chang line of 11070 and be on its page; its number."""
    renate.go("/portal/requests/new?about=order_line:11070/2")
    renate.page.get_by_label("Your message").fill(words)
    renate.page.locator("[data-send]").click()
    renate.page.wait_for_url(re.compile(r"/portal/requests/\d+$"))
    return renate.page.url.rsplit("/", 1)[1]


def online(page: Page) -> None:
    """Wait until the page hears its conversation."""
    expect(page.locator("[data-thread]")).to_have_attribute("data-line", "online", timeout=45_000)


def cut(line: Line, *pages: Page) -> None:
    """Cut the line, and wait until the pages know."""
    line.reset()
    for page in pages:
        expect(page.locator("[data-thread]")).to_have_attribute("data-line", "offline", timeout=45_000)


def box(page: Page) -> Locator:
    """The reply box."""
    return page.locator("[data-composer] textarea")


def say(page: Page, words: str) -> None:
    """Write and send."""
    box(page).fill(words)
    page.locator("[data-send]").click()


def stored(page: Page) -> list[str]:
    """What stands in the thread, as stored by the server."""
    return page.locator(".msg-row[data-seq] .msg-body").all_inner_texts()
