"""A page that slept, or was without a network, has everything once and in order when it wakes."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.talking import begin, online, say, stored
from tests.line import Line

PATIENCE = 45_000


def state(page: Page, name: str) -> None:
    """Freeze a page as a browser does to save power, or let it go on."""
    page.context.new_cdp_session(page).send("Page.setWebLifecycleState", {"state": name})


def seqs(page: Page) -> list[int]:
    return page.evaluate(
        "[...document.querySelectorAll('[data-messages] > [data-seq]')].map((one) => Number(one.dataset.seq))"
    )


def test_a_frozen_page_catches_up_when_it_wakes(person: Callable[..., Person]) -> None:
    renate, nancy = person("Renate Messner"), person("Nancy Davolio")
    number = begin(renate)
    nancy.go(f"/staff/conversations/{number}")
    online(nancy.page)
    nancy.page.locator("[data-composer] input[data-kind=customer]").check(force=True)
    state(renate.page, "frozen")
    for words in ("one", "two", "three"):
        say(nancy.page, words)
        expect(nancy.page.locator(".msg-row[data-seq]", has_text=words)).to_be_visible()
    state(renate.page, "active")
    expect(renate.page.locator(".msg-row[data-seq]", has_text="three")).to_have_count(1, timeout=PATIENCE)
    assert stored(renate.page) == ["It begins", "one", "two", "three"]
    assert seqs(renate.page) == sorted(set(seqs(renate.page)))
    say(renate.page, "awake")
    expect(nancy.page.locator(".msg-row[data-seq]", has_text="awake")).to_have_count(1)
    assert not renate.faults


def test_a_line_that_died_in_its_sleep_is_connected_anew_when_it_wakes(
    line: Line, person: Callable[..., Person]
) -> None:
    """Nothing says so to the page: its socket is open, and nobody is at the other end."""
    renate = person("Renate Messner", url=line.url)
    nancy = person("Nancy Davolio", url=line.behind)  # type: ignore[attr-defined]
    number = begin(renate)
    nancy.go(f"/staff/conversations/{number}")
    online(nancy.page)
    nancy.page.locator("[data-composer] input[data-kind=customer]").check(force=True)
    state(renate.page, "frozen")
    line.swallow()
    for words in ("one", "two"):
        say(nancy.page, words)
        expect(nancy.page.locator(".msg-row[data-seq]", has_text=words)).to_be_visible()
    line.mend()
    state(renate.page, "active")
    expect(renate.page.locator(".msg-row[data-seq]", has_text="two")).to_have_count(1, timeout=PATIENCE)
    assert stored(renate.page) == ["It begins", "one", "two"]
    say(renate.page, "awake")
    expect(nancy.page.locator(".msg-row[data-seq]", has_text="awake")).to_have_count(1, timeout=PATIENCE)


def test_a_telephone_without_a_network_keeps_what_is_written_and_hears_what_was_said(
    person: Callable[..., Person],
) -> None:
    renate, nancy = person("Renate Messner", width=390, height=844), person("Nancy Davolio")
    number = begin(renate)
    nancy.go(f"/staff/conversations/{number}")
    online(nancy.page)
    nancy.page.locator("[data-composer] input[data-kind=customer]").check(force=True)
    renate.context.set_offline(True)
    expect(renate.page.locator("[data-thread]")).to_have_attribute("data-line", "offline", timeout=PATIENCE)
    say(renate.page, "written in the tunnel")
    say(nancy.page, "said meanwhile")
    expect(nancy.page.locator(".msg-row[data-seq]", has_text="said meanwhile")).to_have_count(1)
    assert stored(renate.page) == ["It begins"]
    renate.context.set_offline(False)
    for one in (renate, nancy):
        expect(one.page.locator(".msg-row[data-seq]", has_text="written in the tunnel")).to_have_count(
            1, timeout=PATIENCE
        )
    expect(renate.page.locator("[data-pending]")).to_have_count(0)
    assert stored(renate.page) == stored(nancy.page) == ["It begins", "said meanwhile", "written in the tunnel"]
