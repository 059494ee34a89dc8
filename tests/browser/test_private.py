"""In a private window that keeps nothing, everything works, and the page says what would be lost with it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.talking import begin, cut, online, say, stored
from tests.line import Line

PATIENCE = 45_000

# How browsers refuse: there is none, asking for it is an offence, opening it fails, or nobody ever answers.
REFUSALS = {
    "none": "Object.defineProperty(window, 'indexedDB', { value: undefined })",
    "offence": "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError'); } })",
    "fails": """IDBFactory.prototype.open = () => {
        const asked = new EventTarget(); setTimeout(() => asked.onerror(new Event("error")), 20); return asked; }""",
    "silence": "IDBFactory.prototype.open = () => new EventTarget()",
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_without_a_disk_everything_works_and_nobody_is_deceived(
    line: Line, person: Callable[..., Person], refusal: str
) -> None:
    renate = person("Renate Messner", url=line.url)
    renate.context.add_init_script(REFUSALS[refusal])
    begin(renate)
    page = renate.page
    say(page, "said online")
    expect(page.locator(".msg-row[data-seq]")).to_have_count(2)
    expect(page.locator("[data-pending]")).to_have_count(0)

    cut(line, page)
    say(page, "said into the dead line")
    waiting = page.locator("[data-pending]")
    expect(waiting).to_contain_text("when you close it, it is lost")
    expect(page.locator("[data-connection]")).to_contain_text("when you close it, it is lost")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"] and not page.is_closed()

    line.mend()
    online(page)
    expect(waiting).to_have_count(0, timeout=PATIENCE)
    assert stored(page) == ["It begins", "said online", "said into the dead line"]
    page.close(run_before_unload=True)  # nothing waits: nobody is asked
    page.wait_for_event("close") if not page.is_closed() else None
    assert asked == ["beforeunload"] and not [
        one for one in renate.faults if "ERR_" not in one and "WebSocket" not in one
    ]


def test_with_a_disk_nothing_is_said_of_losing(line: Line, person: Callable[..., Person]) -> None:
    """So that the words above mean something."""
    renate = person("Renate Messner", url=line.url)
    begin(renate)
    cut(line, renate.page)
    say(renate.page, "said into the dead line")
    expect(renate.page.locator("[data-pending]")).to_contain_text("Will be sent when you are back online")
    assert "it is lost" not in renate.page.locator("main").inner_text()
