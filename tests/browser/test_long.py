"""A thread of thousands: it opens at once, holds so many rows, and whoever goes through it misses nothing and sees nothing twice."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models import db
from models.conversations import Conversation, Read
from models.messages import CUSTOMER, NewMessage
from models.people import Person as Human
from models.sequence import append
from tests.browser.conftest import Person
from tests.browser.talking import online, say
from tests.live import Server

MANY = 3000
READ = 2400
MOST = 300  # rows in the page: what static/js/live/pages.js says
PATIENCE = 20_000
SEQS = "[...document.querySelectorAll('[data-messages] > [data-seq]')].map((one) => Number(one.dataset.seq))"
# What is looked at: the first row in sight, and how far below the upper edge it stands.
LOOKED_AT = """() => {
  const top = document.querySelector("[data-scroll]").getBoundingClientRect().top;
  const row = [...document.querySelectorAll("[data-messages] > [data-seq]")].find((one) => one.getBoundingClientRect().bottom > top);
  return [Number(row.dataset.seq), row.getBoundingClientRect().top - top];
}"""

# As in browsers that do not keep what is looked at in its place by themselves.
NO_ANCHORS = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("[data-scroll], [data-scroll] * { overflow-anchor: none !important; }");
  document.adoptedStyleSheets = [sheet];
}"""


@pytest.fixture
def number(demo: Server) -> str:
    """A request of Renate's in which 3,000 messages were said, and of which she has read 2,400."""
    db.connect(demo.environment["DATABASE_URL"])
    with db.unit(write=True):
        renate, nancy = (
            db.session.scalars(select(Human).where(Human.name == name)).unique().one()
            for name in ("Renate Messner", "Nancy Davolio")
        )
        query = select(Conversation).where(Conversation.person_id == renate.id).order_by(Conversation.id)
        row = db.session.scalars(query).unique().first()
        assert row is not None
        said = [
            NewMessage(
                conversation_id=row.id, access_version=row.access_version, author_id=nancy.id, author_side="staff",
                author_name=nancy.name, audience=CUSTOMER, body=f"This is number {n}." + "\nMore of it." * (n % 4),
            )
            for n in range(row.last_seq + 1, MANY + 1)
        ]  # fmt: skip
        for at in range(0, len(said), 500):
            append(db.session.connection(), said[at : at + 500])
        db.session.merge(Read(conversation_id=row.id, person_id=renate.id, reader=CUSTOMER, seq=READ))
        found = row.number
    db.engine().dispose()
    return found


def seqs(page: Page) -> list[int]:
    """The seqs of the rows in the page: an unbroken run, and not too many of them."""
    found: list[int] = page.evaluate(SEQS)
    assert found == list(range(found[0], found[-1] + 1))
    assert len(found) <= MOST
    return found


def scroll(page: Page, to: str) -> None:
    page.evaluate(f"(() => {{ const one = document.querySelector('[data-scroll]'); one.scrollTop = {to}; }})()")


def walk(page: Page, to: str, until: Callable[[list[int]], bool]) -> list[int]:
    """Scroll to one end again and again, until the rows are those that are looked for; return all that were seen."""
    seen: set[int] = set()
    for _ in range(100):
        found = seqs(page)
        seen.update(found)
        if until(found):
            return sorted(seen)
        scroll(page, to)
        page.wait_for_function(f"(before) => JSON.stringify({SEQS}) !== before", arg=_json(found), timeout=PATIENCE)
    raise AssertionError(f"never arrived: {found[0]} to {found[-1]}")


def _json(found: list[int]) -> str:
    return "[" + ",".join(map(str, found)) + "]"


def test_a_buyer_scrolls_through_three_thousand_messages_up_and_down(
    number: str, person: Callable[..., Person]
) -> None:
    renate = person("Renate Messner")
    page = renate.page
    renate.go(f"/portal/requests/{number}")
    online(page)
    assert seqs(page)[-1] == MANY and len(seqs(page)) <= 200
    assert walk(page, "0", lambda found: found[0] == 1)[0] == 1
    assert walk(page, "one.scrollHeight", lambda found: found[-1] == MANY) == list(range(1, MANY + 1))
    scroll(page, "one.scrollHeight")
    expect(page.locator(".msg-row", has_text=f"This is number {MANY}.")).to_be_in_viewport()
    assert page.locator("*").count() < MOST * 25 + 500
    assert not renate.faults


@pytest.mark.parametrize("name", ["Renate Messner", "Nancy Davolio"])
def test_what_is_looked_at_stays_where_it_is_while_more_is_fetched(
    number: str, person: Callable[..., Person], name: str
) -> None:
    someone = person(name)
    page = someone.page
    someone.go(f"/portal/requests/{number}" if name.startswith("Renate") else f"/staff/conversations/{number}")
    online(page)
    page.evaluate(NO_ANCHORS)
    for to in ("700", "700", "700", "700", "700", "700", "700", "one.scrollHeight - one.clientHeight - 700"):
        before = seqs(page)
        scroll(page, to)
        seq, place = page.evaluate(LOOKED_AT)
        page.wait_for_function(f"(before) => JSON.stringify({SEQS}) !== before", arg=_json(before), timeout=PATIENCE)
        page.wait_for_timeout(100)
        assert seqs(page) != before
        now, there = page.evaluate(LOOKED_AT)
        assert now == seq and abs(there - place) < 3


def test_what_is_said_meanwhile_waits_below_and_one_click_leads_there(
    number: str, person: Callable[..., Person]
) -> None:
    renate, nancy = person("Renate Messner"), person("Nancy Davolio")
    page = renate.page
    for one, path in ((renate, f"/portal/requests/{number}"), (nancy, f"/staff/conversations/{number}")):
        one.go(path)
        online(one.page)
    walk(page, "0", lambda found: found[-1] < MANY - 100)
    before, looked_at = seqs(page), page.evaluate(LOOKED_AT)
    nancy.page.locator("[data-composer] input[data-kind=customer]").check(force=True)
    say(nancy.page, "said meanwhile")
    jump = page.get_by_role("button", name="Newest messages")
    expect(jump).to_be_visible()
    expect(nancy.page.locator(".msg-row[data-seq]", has_text="said meanwhile")).to_have_count(1)
    assert seqs(page)[0] >= before[0] - 200 and page.evaluate(LOOKED_AT)[0] == looked_at[0]
    jump.click()
    expect(page.locator(".msg-row", has_text="said meanwhile")).to_be_in_viewport()
    expect(jump).to_be_hidden()
    assert seqs(page)[-1] == MANY + 1

    # What one says oneself leads there as well.
    walk(page, "0", lambda found: found[-1] < MANY - 100)
    say(page, "my own words")
    expect(page.locator(".msg-row[data-seq]", has_text="my own words")).to_be_in_viewport()
    expect(page.locator("[data-pending]")).to_have_count(0)
    assert seqs(page)[-1] == MANY + 2
    expect(nancy.page.locator(".msg-row[data-seq]", has_text="my own words")).to_have_count(1)


def test_the_first_unread_one_is_found_far_above(number: str, person: Callable[..., Person]) -> None:
    renate = person("Renate Messner")
    page = renate.page
    renate.go(f"/portal/requests/{number}")
    online(page)
    assert seqs(page)[0] > READ + 1
    expect(page.locator(".unread-from")).to_have_count(0)
    expect(page.get_by_role("button", name="To the first unread message")).to_be_visible()
    expect(page.locator(".msg-row", has_text=f"This is number {MANY}.")).to_be_in_viewport(ratio=0.9)
    page.get_by_role("button", name="To the first unread message").click()
    mark = page.locator(".unread-from")
    expect(mark).to_be_in_viewport()
    expect(mark).to_have_text("Unread from here")
    assert mark.evaluate("(one) => Number(one.nextElementSibling.dataset.seq)") == READ + 1
    assert READ in seqs(page)
    walk(page, "one.scrollHeight", lambda found: found[-1] == MANY)
    page.reload()
    online(page)
    expect(page.get_by_role("button", name="To the first unread message")).to_be_hidden()
