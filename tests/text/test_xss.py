"""Script injections in everything people can write: a real browser shows them as words, and none ever runs."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog, expect, sync_playwright
from sqlalchemy import select

from actions import articles, conversations, orders, organisations, parties, people
from models import db
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from models.people import Person as Human
from policy import Actor, find
from tests.browser.conftest import FLAGS, NAMES, Person
from tests.browser.test_pages import who
from tests.live import Server, Wire, token_of
from tests.text.strings import attacks, storable

LONGEST = 19_000
# What the product itself never writes: each of these on a page is something that came in by a text.
INTRUDERS = """() => {
  const ELEMENTS = "iframe, frame, object, embed, applet, base, meta[http-equiv], body style, body link, marquee, math, video";
  const found = [], say = (what, one) => found.push(`${what}: ${one.outerHTML.slice(0, 200)}`);
  // The words of the page's own scripts are data in its body, once; everything else must come from a file of ours.
  const words = document.querySelectorAll("body > script#words[type='application/json']");
  for (const one of document.querySelectorAll("script"))
    if (words.length === 1 && one === words[0]) JSON.parse(one.textContent);
    else if (one.textContent.trim() || !one.src.startsWith(location.origin + "/static/")) say("script", one);
  for (const one of document.querySelectorAll(ELEMENTS))
    say("element", one);
  for (const one of document.querySelectorAll("*")) for (const {name, value} of one.attributes) {
    if (/^on/i.test(name) || name === "style" || name === "srcdoc") say(name, one);
    if (/^(href|src|action|formaction|xlink:href|data)$/.test(name)
        && /^[\\s\\x00-\\x20]*(javascript|vbscript|data):/i.test(value)) say(name, one);
    if (name === "src" && new URL(value, location).origin !== location.origin) say("foreign", one);
  }
  return found.concat(window.reports);
}"""
REPORTS = """window.reports = []; document.addEventListener("securitypolicyviolation",
  (event) => window.reports.push(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""


@dataclass
class Stage:
    """Where the injections stand."""

    server: Server
    talk: str
    jonas: Wire
    bodies: list[str]
    customer: list[str] = field(default_factory=list)
    staff: list[str] = field(default_factory=list)


def payloads() -> list[str]:
    return [one for one in attacks() if one.strip() and storable(one)]


def bundles() -> list[str]:
    """All injections, 200 to a message, less where they are long."""
    made, current = [], ""
    for one in payloads():
        if len(current) + len(one) >= LONGEST or current.count("\n") >= 200:
            made.append(current)
            current = ""
        current += one.replace("\n", " ") + "\n"
    return [*made, current]


def lines() -> Iterator[str]:
    """Short injections, spread over the whole list, for names and subjects; those that carry an element come first."""
    short = [one for one in payloads() if len(one) <= 190]
    return iter(sorted(short[::17], key=lambda one: "<" not in one))


@pytest.fixture
def stage(demo_database: Path, tmp_path: Path) -> Iterator[Stage]:
    """The demo with injections wherever anybody may write, and its server."""
    shutil.copy(demo_database / "loggia.db", tmp_path)
    for file in demo_database.glob("loggia.db-*"):
        shutil.copy(file, tmp_path)
    url = f"sqlite:///{tmp_path}/loggia.db"
    db.connect(url)
    some, bodies = lines(), bundles()
    with db.unit(write=True):
        renate, jonas, charlotte, andrew = map(
            who, ("Renate Messner", "Jonas Lang", "Charlotte Cooper", "Andrew Fuller")
        )
        made = Stage(Server(url, tmp_path, DEMO="1"), "", None, bodies)  # type: ignore[arg-type]
        talk(made, some, renate, jonas, charlotte, andrew)
        records(made, some, renate, andrew)
        write_articles(made, some, andrew)
        for one in (jonas, charlotte):
            human = db.session.get_one(Human, one.person_id)
            people.change_profile(one, human, human.version, name=next(some), title=next(some))
    made.server.start()
    made.jonas = Wire(made.server.url, token_of(jonas)).connect()
    yield made
    made.jonas.close()
    made.server.kill()
    db.engine().dispose()


def talk(made: Stage, some: Iterator[str], renate: Actor, jonas: Actor, charlotte: Actor, andrew: Actor) -> None:
    """One long conversation of three sides, one with nothing but Jonas, and thirty subjects."""
    row, _ = conversations.start(renate, next(some), made.bodies[0], about=("order_line", "11070/2"))
    exotic = db.session.scalars(select(Organisation).where(Organisation.name == "Exotic Liquids")).one()
    orders.share_with_supplier(andrew, find(andrew, Order, number="PO-1001"), conversation=row, reason=next(some))
    parties.add(andrew, row, exotic, subject=next(some))
    sides = [(renate, "everyone"), (andrew, "customer"), (charlotte, "everyone"), (andrew, "everyone")]
    for n, body in enumerate(made.bodies):
        actor, audience = sides[n % 4]
        conversations.reply(actor, find(actor, Conversation, number=row.number), body, audience=audience)
    own, _ = conversations.start(jonas, next(some), made.bodies[1])
    for _ in range(30):
        conversations.start(renate, next(some), next(some))
    made.talk = own.number
    made.customer += [
        f"/portal/requests/{row.number}",
        "/portal/requests",
        "/portal/",
        "/portal/team",
        "/portal/orders/11070",
    ]
    made.staff += [
        f"/staff/conversations/{row.number}",
        "/staff/queues/all",
        "/staff/orders/PO-1001",
        "/staff/orders/11070",
    ]


def records(made: Stage, some: Iterator[str], renate: Actor, andrew: Actor) -> None:
    """Names, addresses and notes of organisations; names and texts of what was ordered."""
    for name in ("Lehmanns Marktstand", "Exotic Liquids"):
        row = db.session.scalars(select(Organisation).where(Organisation.name == name)).one()
        values = {key: next(some) for key in ("name", "street", "city", "phone", "website", "email")}
        organisations.change(andrew, row, values | {"notes": made.bodies[2]})
        made.staff += [f"/staff/organisations/{row.public_id}", f"/staff/organisations/{row.public_id}/edit"]
    for number in ("11070", "PO-1001"):
        for line in find(andrew, Order, number=number).lines:
            line.description, line.pack, line.customer_sku, line.supplier_sku = (next(some) for _ in range(4))
            if line.product:
                line.product.name = next(some)
    asked = quote(made.bodies[3][:60] + "\"><script>alert(1)</script>'")
    made.customer += [f"/portal/search?q={asked}", f"/help/search?q={asked}", "/portal/access-log"]
    made.staff += [f"/staff/find?q={asked}", "/staff/organisations", "/staff/"]


def write_articles(made: Stage, some: Iterator[str], andrew: Actor) -> None:
    """All injections as Markdown, published to everybody."""
    for n, body in enumerate(made.bodies):
        row = articles.write(andrew, None, slug=f"injected-{n}", title=next(some), body=body, category=next(some))
        articles.publish(andrew, row)
        made.customer.append(f"/help/articles/injected-{n}")
    made.customer.append("/help/")
    made.staff += ["/staff/articles", "/staff/articles/injected-0", "/staff/articles/injected-0/versions"]


def watched(person: Person) -> Person:
    """Notice every dialog, every report of the content policy, and every page that leads elsewhere."""

    def opened(dialog: Dialog) -> None:
        person.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    person.page.on("dialog", opened)
    person.page.on("popup", lambda page: person.faults.append(f"popup: {page.url}"))
    person.context.add_init_script(REPORTS)
    return person


def intruders(person: Person) -> list[str]:
    found = [*person.faults, *person.page.evaluate(INTRUDERS)]
    person.faults.clear()
    return found


def walk(stage: Stage) -> list[str]:
    """Open everything as a customer and as staff; then let a message with injections arrive live at both."""
    path = next(found for name in NAMES if (found := shutil.which(name)))
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        seats = []
        for name, paths in (("Renate Messner", stage.customer), ("Andrew Fuller", stage.staff)):
            seat = watched(Person(browser, stage.server.url)).sign_in(name)
            seats.append(seat)
            for one in paths:
                answer = seat.page.goto(seat.url + one)
                if not answer or answer.status != 200 or not seat.page.url.startswith(seat.url):
                    wrong.append(f"{one} answers {answer and answer.status}")
                wrong += [f"{name}, {one}: {what}" for what in intruders(seat)]
        wrong += live(stage, seats)
        browser.close()
    return wrong


def live(stage: Stage, seats: list[Person]) -> list[str]:
    """One message by socket while both look, and one words typed into the page itself."""
    renate, andrew = seats
    renate.go(f"/portal/requests/{stage.talk}")
    andrew.go(f"/staff/conversations/{stage.talk}")
    for seat in seats:
        expect(seat.page.locator("[data-presence]").first).to_be_visible()
    assert stage.jonas.say(stage.talk, stage.bodies[4])["ok"]
    typed = '<img src=x onerror=alert(1)> javascript:alert(2) https://x.example/"onmouseover=alert(3)'
    for seat in seats:
        expect(seat.page.locator("[data-seq='2']")).to_be_visible()
    renate.page.locator("[data-composer] textarea").fill(typed)
    renate.page.locator("[data-send]").click()
    for seat in seats:
        expect(seat.page.locator("[data-seq='3']")).to_contain_text(typed)
    return [f"live: {what}" for seat in seats for what in intruders(seat)]


def test_no_injection_runs_anywhere(stage: Stage) -> None:
    """In a thread of its own: the browser tests may hold a Playwright in this one."""
    with ThreadPoolExecutor(1) as thread:
        wrong = thread.submit(walk, stage).result()
    assert not wrong, "\n".join(wrong)
