"""One person with two pages open on one conversation: nothing twice, nothing missing, and both say the same."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.talking import begin, cut, online, say, stored
from tests.line import Line

PATIENCE = 45_000


def second(renate: Person) -> Page:
    """The same conversation once more, in another tab of the same browser."""
    tab = renate.context.new_page()
    tab.on("pageerror", lambda error: renate.faults.append(str(error)))
    tab.goto(renate.page.url)
    online(tab)
    return tab


def test_what_is_said_in_one_stands_once_in_each_and_is_read_in_both(person: Callable[..., Person]) -> None:
    renate, nancy = person("Renate Messner"), person("Nancy Davolio")
    number = begin(renate)
    tab = second(renate)
    say(renate.page, "from the first")
    say(tab, "from the second")
    for page in (renate.page, tab):
        expect(page.locator(".msg-row[data-seq]")).to_have_count(3)
        expect(page.locator("[data-pending]")).to_have_count(0)
        assert stored(page) == stored(tab) and sorted(stored(page))[1:] == ["from the first", "from the second"]
        expect(page.locator(".msg-row.is-own")).to_have_count(3)
    nancy.go(f"/staff/conversations/{number}")
    for page in (renate.page, tab):
        expect(page.locator("[data-read-state]", has_text="Read by Nancy Davolio")).to_have_count(3)
    assert not renate.faults, renate.faults


def test_what_waits_in_one_outbox_is_sent_once_by_two_pages(line: Line, person: Callable[..., Person]) -> None:
    renate = person("Renate Messner", url=line.url)
    begin(renate)
    tab = second(renate)
    cut(line, renate.page, tab)
    say(renate.page, "one")
    expect(tab.locator("[data-pending]", has_text="one")).to_have_count(1)
    say(tab, "two")
    expect(renate.page.locator("[data-pending]")).to_have_count(2)
    say(tab, "better not")
    renate.page.locator("[data-pending]", has_text="better not").get_by_role("button", name="Take back").click()
    expect(tab.locator("[data-pending]")).to_have_count(2)  # what one takes back the other does not send
    line.mend()
    for page in (renate.page, tab):
        expect(page.locator("[data-pending]")).to_have_count(0, timeout=PATIENCE)
        expect(page.locator(".msg-row[data-seq]")).to_have_count(3, timeout=PATIENCE)
    renate.page.reload()
    assert stored(renate.page) == ["It begins", "one", "two"]


def test_what_a_closed_page_left_behind_the_other_sends(line: Line, person: Callable[..., Person]) -> None:
    renate = person("Renate Messner", url=line.url)
    begin(renate)
    tab = second(renate)
    cut(line, renate.page, tab)
    say(renate.page, "left behind")
    expect(tab.locator("[data-pending]", has_text="left behind")).to_have_count(1)
    renate.page.close()
    line.mend()
    expect(tab.locator(".msg-row[data-seq]", has_text="left behind")).to_have_count(1, timeout=PATIENCE)
    expect(tab.locator("[data-pending]")).to_have_count(0)
