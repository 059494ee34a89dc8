"""The buyer's line drops in mid-sentence: what was sent is there once, in order, when it returns."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.talking import begin, say, stored
from tests.line import Line

PATIENCE = 45_000


@pytest.mark.parametrize("cut", ["reset", "swallow"])
def test_what_was_written_while_the_line_was_dead_arrives_once_and_in_order(
    line: Line, person: Callable[..., Person], cut: str
) -> None:
    renate = person("Renate Messner", url=line.url)
    nancy = person("Nancy Davolio", url=line.behind)  # type: ignore[attr-defined]
    number = begin(renate)
    nancy.go(f"/staff/conversations/{number}")
    say(renate.page, "before")
    expect(nancy.page.locator(".msg-row[data-seq]", has_text="before")).to_be_visible()
    getattr(line, cut)()
    say(renate.page, "one, into the dead line")
    say(renate.page, "two, into the dead line")
    say(nancy.page, "said meanwhile at the desk")
    renate.page.wait_for_timeout(1500)
    assert stored(nancy.page)[-1] != "two, into the dead line"
    line.mend()
    expect(renate.page.locator("[data-pending]")).to_have_count(0, timeout=PATIENCE)
    expect(nancy.page.locator(".msg-row[data-seq]", has_text="two, into")).to_be_visible(timeout=PATIENCE)
    own = [words for words in stored(nancy.page) if "dead line" in words]
    assert own == ["one, into the dead line", "two, into the dead line"]
    expect(renate.page.locator(".msg-row[data-seq]")).to_have_count(5, timeout=PATIENCE)
    assert sorted(stored(renate.page)) == sorted(stored(nancy.page))


def test_without_the_outbox_it_would_be_lost(line: Line, person: Callable[..., Person]) -> None:
    """The same with an outbox that forgets: the message is gone, so the test above can fail."""
    renate = person("Renate Messner", url=line.url)
    forgetful = (Path(__file__).resolve().parent.parent.parent / "static/js/live/outbox.js").read_text()
    forgetful = forgetful.replace("this.memory.set(kept.client_id, kept);", "").replace(
        "store.put(kept)", "store.count()"
    )
    renate.page.route("**/outbox.js*", lambda route: route.fulfill(body=forgetful, content_type="text/javascript"))
    number = begin(renate)
    line.reset()
    say(renate.page, "into the dead line")
    renate.page.wait_for_timeout(1000)
    line.mend()
    expect(renate.page.locator("[data-thread]")).to_have_attribute("data-line", "online", timeout=PATIENCE)
    renate.page.wait_for_timeout(1500)
    renate.go(f"/portal/requests/{number}")
    assert "into the dead line" not in stored(renate.page)


def test_what_was_not_sent_survives_a_reload(line: Line, person: Callable[..., Person]) -> None:
    renate = person("Renate Messner", url=line.url)
    number = begin(renate)
    line.reset()
    say(renate.page, "kept across the reload")
    renate.page.wait_for_timeout(500)
    line.mend()
    renate.go(f"/portal/requests/{number}")
    expect(renate.page.locator(".msg-row[data-seq]", has_text="kept across the reload")).to_have_count(
        1, timeout=PATIENCE
    )
    renate.go(f"/portal/requests/{number}")
    assert stored(renate.page).count("kept across the reload") == 1


def test_a_file_whose_line_is_lost_is_sent_once_more_by_itself(
    line: Line, person: Callable[..., Person], tmp_path: Path
) -> None:
    renate = person("Renate Messner", url=line.url)
    begin(renate)
    line.reset()
    file = tmp_path / "plan.txt"
    file.write_text("Two pallets on the left")
    renate.page.locator("[data-attach]").set_input_files(file)
    renate.page.wait_for_timeout(500)
    line.mend()
    expect(renate.page.locator(".sending.is-there")).to_have_count(1, timeout=PATIENCE)
    expect(renate.page.locator("[data-thread]")).to_have_attribute("data-line", "online", timeout=PATIENCE)
    say(renate.page, "the plan")
    expect(renate.page.locator(".msg-row[data-seq]", has_text="plan.txt")).to_have_count(1, timeout=PATIENCE)
