"""A share that ends while it is looked at: the supplier loses it at that moment and gets it back, the customer feels nothing."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.test_attachments import photo
from tests.browser.test_journey import message, say
from tests.browser.test_paths import ask
from tests.live import ROOT, Server, wait_until

Seat = Callable[..., Person]
FIELDS = {"order": ["attachments", "lines.quantity", "lines.promised_at"], "conversation": ["subject", "created_at"]}


class Desk:
    """What the desk and the supplier do by programs of their own: Nancy sets ends to the second, Charlotte looks."""

    def __init__(self, demo: Server) -> None:
        people = ("nancy.davolio@northwind.example", "charlotte.cooper@exotic-liquids.example")
        made = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "flask", "token", *people], cwd=ROOT, check=True, capture_output=True, text=True,
            env=demo.environment | {"FLASK_SKIP_DOTENV": "1"},
        )  # fmt: skip
        self.url = f"{demo.url}/api/v1"
        self.nancy, self.charlotte = made.stdout.splitlines()

    def ask(self, token: str, method: str, path: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, self.url + path, headers=headers, json=body or None, timeout=10)

    def share(self, conversation: str, lasts: timedelta) -> None:
        """Show order 11070 and the talk about it to Exotic Liquids; once more is another end."""
        found = self.ask(self.nancy, "GET", "/organisations?q=Exotic").json()["items"][0]["id"]
        ends = (datetime.now(UTC) + lasts).isoformat()
        for noun, number, level in (("order", "11070", "read"), ("conversation", conversation, "comment")):
            subject = {"type": noun, "id": number}
            answer = self.ask(self.nancy, "POST", "/shares", subject=subject, to={"organisation": found}, level=level,
                              fields=FIELDS[noun], expires_at=ends)  # fmt: skip
            assert answer.status_code == 201, answer.text

    def sees(self, path: str) -> int:
        """How Charlotte's program is answered."""
        return self.ask(self.charlotte, "GET", path).status_code


@pytest.fixture
def desk(demo: Server) -> Desk:
    return Desk(demo)


def statuses(person: Person, paths: dict[str, str]) -> set[int]:
    """How a browser is answered that asks for all of these once more."""
    return {person.context.request.get(person.url + path).status for path in paths.values()}


def heard(person: Person) -> list[str]:
    """The events that a page's socket was sent, without answers to what it asked."""
    return [frame for frame in person.received if frame.startswith("42")]


def mails(person: Person, about: str, to: str) -> int:
    """How many mails about something went to addresses like this, by the demo's mailbox."""
    page = person.context.new_page()
    page.goto(f"{person.url}/login/mailbox")
    found = page.locator("li", has_text=to).filter(has_text=about).count()
    page.close()
    return found


def test_a_share_that_ends_during_the_session(person: Seat, desk: Desk, tmp_path: Path) -> None:
    renate, nancy, charlotte = person("Renate Messner"), person("Nancy Davolio"), person("Charlotte Cooper")
    yoshi = person("Yoshi Nagase")
    number = ask(renate)
    nancy.go("/staff/orders/11070")
    nancy.page.locator("#documents [data-attach]").set_input_files(photo(tmp_path))
    nancy.page.get_by_label("Whoever may read its documents").check()
    nancy.page.get_by_role("button", name="Attach to this order").click()
    document = nancy.page.locator("#documents a.file").get_attribute("href")

    # The agent shares the order and brings the supplier into the talk about it; both have it open live.
    desk.share(number, timedelta(hours=1))
    nancy.go(f"/staff/conversations/{number}")
    renate.page.reload()
    renate.page.locator("[data-attach]").set_input_files(photo(tmp_path))
    expect(renate.page.locator(".sending.is-there")).to_have_count(1)
    say(renate, "So they came last time.", "everyone")
    charlotte.go(f"/partners/conversations/{number}")
    expect(message(charlotte, "So they came last time.")).to_be_visible()
    expect(nancy.page.locator(".msg-row[data-seq]", has_text="So they came last time.")).to_be_visible()
    picture = charlotte.page.locator(".msg-row a.file").get_attribute("href")
    places = {"order": "/partners/orders/11070", "talk": f"/partners/conversations/{number}", "document": str(document),
              "picture": str(picture)}  # fmt: skip
    assert statuses(charlotte, places) == {200} and statuses(yoshi, places) == {404}
    assert desk.sees("/orders/11070") == desk.sees(f"/conversations/{number}/messages") == 200
    nancy.page.reload()
    say(nancy, "We ask where they come from.", "everyone")
    expect(message(charlotte, "We ask where they come from.")).to_be_visible()

    # The end comes, with everything open.
    desk.share(number, timedelta(seconds=2))
    wait_until(lambda: desk.sees("/orders/11070") == 404)
    assert desk.sees(f"/conversations/{number}/messages") == desk.sees(f"/conversations/{number}") == 404
    assert statuses(charlotte, places) == {404}
    for listing in ("orders", "conversations", "orders.csv"):
        shown = charlotte.context.request.get(f"{charlotte.url}/partners/{listing}").text()
        assert "11070" not in shown and f"#{number}" not in shown, listing

    # Nothing more reaches its open page or its mailbox, and what it sends is refused in words.
    before, told = heard(charlotte), mails(charlotte, f"#{number}", "exotic-liquids")
    nancy.page.locator("[data-composer] textarea").press_sequentially("For")
    expect(renate.page.locator("[data-typing]")).to_contain_text("Nancy Davolio")
    say(nancy, "For whoever may read this.", "everyone")
    expect(message(renate, "For whoever may read this.")).to_be_visible()
    expect(nancy.page.locator(".msg-row.is-own [data-read-state]").last).to_contain_text("Read by Renate Messner")
    renate.go("/portal/")
    say(nancy, "And this as well.", "everyone")
    expect(message(nancy, "And this as well.")).to_be_visible()
    say(charlotte, "Are you still there?", "everyone")
    refused = charlotte.page.locator(".msg-row.is-failed")
    expect(refused).to_contain_text("This conversation is no longer open to you.")
    expect(charlotte.page.locator("[data-connection]")).to_contain_text("no longer open to you")
    assert heard(charlotte) == before
    wait_until(lambda: mails(renate, f"#{number}", "lehmanns") > 0, 60)  # who does not look is told, the customer only
    assert mails(charlotte, f"#{number}", "exotic-liquids") == told
    expect(message(nancy, "Are you still there?")).to_have_count(0)

    # One click each gives it back, from here on, also to the page that is still open.
    for place, where in ((f"/staff/conversations/{number}", ".pane-context"), ("/staff/orders/11070", "#shares")):
        nancy.go(place)
        nancy.page.locator(where).get_by_role("button", name="Share again").click()
        expect(nancy.page.locator("body")).to_contain_text("Exotic Liquids sees it until")
    assert statuses(charlotte, places) == {200, 404}  # the picture was said before it came back: it stays away
    assert charlotte.context.request.get(charlotte.url + places["order"]).status == 200
    charlotte.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(charlotte.page.locator("[data-connection]")).to_be_hidden()
    renate.go(f"/portal/requests/{number}")
    charlotte.page.get_by_role("button", name="Try again").click()
    expect(message(renate, "Are you still there?")).to_be_visible()
    say(renate, "Yes, we are.", "everyone")
    expect(message(charlotte, "Yes, we are.")).to_be_visible()
    for between in ("For whoever may read this.", "And this as well."):
        assert between not in charlotte.page.content() and not [one for one in charlotte.received if between in one]
        expect(message(renate, between)).to_be_visible()

    # The rival never saw any of it, and neither of those who stayed met a fault.
    assert statuses(yoshi, places) == {404} and not heard(yoshi)
    assert not renate.faults and not nancy.faults
