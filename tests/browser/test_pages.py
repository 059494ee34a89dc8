"""Every page, as each kind of person meets it: no barrier, no script error, and nothing scrolls sideways on a phone."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update
from werkzeug.routing import Rule

from actions import (
    calls,
    conversations,
    issues,
    letters,
    mail_in,
    order_links,
    orders,
    parties,
    people,
    promises,
    steps,
    unsubscribing,
    unverified,
)
from actions.actors import of_login
from actions.log import record
from actions.sessions import default_membership
from app import create_app
from config import Settings
from models import db
from models.billing import Invoice
from models.calls import Call
from models.conversations import Conversation
from models.issues import Issue
from models.jobs import Delivery, Job
from models.logins import Login
from models.mail_in import InboundMail
from models.messages import Message
from models.orders import Order
from models.organisations import Organisation
from models.share_rules import ShareRule
from models.words import Words
from policy import Actor, find
from policy.fields import DEFAULT_SETS
from tests.browser.conftest import Person
from tests.browser.inviting import invited
from tests.browser.purchasing import NUMBER, in_full_swing
from tests.live import Server, wait_until

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """async (only) => (await axe.run(document, {resultTypes: ["violations"], preload: false,
  ...(only ? {runOnly: {type: "rule", values: only}} : {})})).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id} at ${one.nodes.slice(0, 4).map((node) => node.target.join(" ")).join(" | ")}`)"""
APART = """() => { const all = document.documentElement.cloneNode(true), main = all.querySelector("main");
  main?.remove(); return [main?.outerHTML ?? "", all.outerHTML]; }"""
WIDE = """() => [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 3).map((one) => one.tagName + "." + [...one.classList].join("."))"""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 860}

COLOURS = ["color-contrast", "scrollable-region-focusable"]
SOUND: set[tuple[str, str]] = set()  # builds of pages and frames found without barriers

SURFACES = {"portal": "customer", "partners": "partner", "staff": "staff"}
NOT_PAGES = ("/api/", "/static/", "/files/", "/healthz", "/readyz")
FILES = (".csv", ".ics")
PARTS = {
    "portal.older_messages",
    "partners.older_messages",
    "staff.older_messages",
    "help.suggestions",
    "home",
    "login.mail_as_shown",
    "login.show_bell",
    "login.push_worker",
    "login.code_mail",
    "login.paper",
    "order_links.document",
    "portal.invoice_document",
    "partners.export_orders",
    "partners.order_document",
    "portal.order_document",
    "staff.export_reads",
    "staff.raw_mail",
    "staff.wave_letter",
    "staff.wave_progress",
}
MAIN = {"order_links.show",
        "login.sign_in", "help.index", "help.article", "portal.home", "portal.order", "portal.request_page", "partners.home",
        "partners.order", "partners.issue", "staff.issue", "staff.home", "staff.conversation_page", "staff.queue_page",
        "staff.organisation"}  # fmt: skip
QUERIES = {"help.search_page": "?q=delivery", "portal.search_all": "?q=Chang", "staff.find_record": "?q=Chang",
           "portal.new_request": "?about=order_line:11070/2",
           "staff.new_issue": "?line=11070/2", "staff.promises": "?view=open"}  # fmt: skip
CAST = {"Renate Messner": "customer", "Jonas Lang": "customer", "Charlotte Cooper": "partner", "Nancy Davolio": "staff",
        "Andrew Fuller": "staff"}  # fmt: skip


@dataclass
class Site:
    """The demo in full swing: its server, its addresses, and an example for every parameter."""

    server: Server
    rules: list[Rule]
    examples: dict[str, str]


def who(name: str) -> Actor:
    login = next(one for one in db.session.scalars(select(Login)).unique() if one.person.name == name)
    made = of_login(login, default_membership(login))
    assert made
    return made


def stage() -> dict[str, str]:
    """Let people of the demo talk, share and invite, so that no page is empty; returns the examples."""
    renate, jonas, nancy, charlotte = map(who, ("Renate Messner", "Jonas Lang", "Nancy Davolio", "Charlotte Cooper"))
    talk, _ = conversations.start(renate, "Is the Chang coming?", "All 20 of it?", about=("order_line", "11070/2"))
    own, _ = conversations.start(jonas, "A pallet is missing", "We counted twice.")
    exotic = db.session.scalars(select(Organisation).where(Organisation.name == "Exotic Liquids")).one()
    orders.share_with_supplier(nancy, find(nancy, Order, number="PO-1001"), conversation=talk)
    parties.add(nancy, talk, exotic, subject="Chang")
    for actor, words, audience in (
        (nancy, "17 are here.", "customer"), (nancy, "Tell nobody.", "staff"), (nancy, "Can you?", f"partner:{exotic.id}"),
        (charlotte, "It comes next week.", "everyone"),
    ):  # fmt: skip
        conversations.reply(actor, find(actor, Conversation, number=talk.number), words, audience=audience)
    broken = issues.open(nancy, find(nancy, Order, number="11070").lines[1], "Chang: bottles broken", "Three cartons were crushed.",
                         defect="damaged", quantity=3, conversation=talk)  # fmt: skip
    steps.add_cost(nancy, broken, "Sorting", Decimal(120), "partner")
    issues.share(nancy, broken, exotic, fields=[*DEFAULT_SETS["issue"], "costs"])
    steps.answer(charlotte, find(charlotte, Issue, number=broken.number), "D3", "All pallets in stock were checked.")
    member = people.invite(
        renate, find(renate, Organisation, id=renate.organisation_id), "new@lehmanns.example", "New One"
    )
    login = db.session.scalars(select(Login).where(Login.person_id == member.person_id)).unique().one()
    lehmanns = db.session.get_one(Organisation, renate.organisation_id)
    promise = promises.make(
        nancy, lehmanns, "A date for the Chang", order=find(nancy, Order, number="11070"), shown=True
    )
    promises.make(nancy, lehmanns, "Ask the carrier", conversation=talk, shown=True)
    invoice = db.session.scalars(select(Invoice).where(Invoice.organisation_id == lehmanns.id)).unique().first()
    assert invoice
    held, original = mail()
    logged(nancy, lehmanns, renate, held)
    told = failed(renate, talk.number)
    return {
        "told": told.public_id, "unsubscribe": unsubscribing.link(told.public_id).rpartition("/")[2],
        "held": held, "original": original, "mailbox": mail_in.mailbox().public_id,
        "talk": talk.number, "own": own.number, "organisation": lehmanns.public_id, "invoice": invoice.public_id,
        "secret": people.tokens.make_invitation(login.id, member.id, lehmanns.name), "order": mailed(nancy),
        "issue": broken.number, "promise": promise.public_id, **rung(nancy, lehmanns),
        "supplier": exotic.public_id, **in_full_swing(nancy, charlotte), "wave": invited(who("Steven Buchanan")),
        "rule": db.session.scalars(select(ShareRule.public_id)).first() or "",
    }  # fmt: skip


def failed(renate: Actor, number: str) -> Delivery:
    """A mail that told Renate of the newest message of a conversation, and that her mail server refused."""
    row = db.session.scalars(select(Conversation).where(Conversation.number == number)).unique().one()
    said = select(Message.seq).where(Message.conversation_id == row.id, Message.kind == "message")
    newest = db.session.scalars(said.order_by(Message.seq.desc())).first()
    about = {"organisation": renate.organisation_id, "audience": "customer"}
    made = letters.post("notice", renate.email, person_id=renate.person_id, conversation_id=row.id, seq=newest, about=about,
                        number=number, subject="", messages=[], more=0, link="", choices="")  # fmt: skip
    made.state = "failed"
    made.error = Words("The mail server does not take it: %(code)s %(why)s", code=550, why="no such user")
    db.session.execute(update(Job).where(Job.unique_key == f"mail:{made.public_id}").values(state="done"))
    return made


def mail() -> tuple[str, str]:
    """A mail that is held, and the message that another became."""
    box = mail_in.mailbox()
    row, stored = unverified.begin("Price list", "Could you send me your price list?", "Ana <ana@bistro.example>", None)
    facts = {
        "mailbox_id": box.id,
        "size": 900,
        "sender": "Ana <ana@bistro.example>",
        "words": "Could you send me your price list?",
    }
    held = InboundMail(sha256="1", storage_key="1", state="held", subject="I am away", **facts,
                       reason=Words("An automatic mail (Auto-Submitted: %(value)s).", value="auto-replied"))  # fmt: skip
    filed = InboundMail(sha256="2", storage_key="2", state="filed", subject="Price list", conversation_id=row.id,
                        message_key=stored.public_id, **facts)  # fmt: skip
    db.session.add_all([held, filed])
    db.session.flush()
    return held.public_id, stored.public_id


def logged(nancy: Actor, lehmanns: Organisation, renate: Actor, mail: str) -> None:
    """A mail of Nancy's own mail program stands on a customer's record, with a file."""
    facts = {
        "subject": "Our offer",
        "people": [renate.name, "Jonas Lang"],
        "files": [{"id": "offer", "name": "offer.pdf"}],
    }
    record(nancy, "mail_logged", "Our offer\n\nDear Renate,\n\nthe Chang is 19 each.", {lehmanns.id: "staff"}, channel="email",
           direction="outbound", subject=("mail", mail), person_id=renate.person_id, detail=facts)  # fmt: skip


def rung(nancy: Actor, lehmanns: Organisation) -> dict[str, str]:
    """A customer was missed, and so was somebody whom nobody knows."""
    calls.report(nancy, "first", "hangup", number=lehmanns.phone or "")
    calls.report(nancy, "second", "hangup", number="+49 30 9999999")
    found = {one.call_key: one.public_id for one in db.session.scalars(select(Call)).unique()}
    return {"call": found["first"], "stranger": found["second"]}


def mailed(nancy: Actor) -> str:
    """The secret of the link in the mail with which another order went to its supplier."""
    order_links.mail(nancy, find(nancy, Order, number="PO-1002"), "orders@biscuits.example")
    body = db.session.scalars(select(Delivery.body).where(Delivery.kind == "order")).one()
    return body.split("/order/")[1].split()[0]


@pytest.fixture(scope="module")
def site(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all who look: nobody changes anything."""
    folder = tmp_path_factory.mktemp("site")
    for file in demo_database.glob("loggia.db*"):
        shutil.copy(file, folder / file.name)
    url = f"sqlite:///{folder}/loggia.db"
    app = create_app(
        Settings(_env_file=None, data_dir=folder, database_url=url, secret_key="only for tests", embedded_worker=False)
    )  # type: ignore[call-arg]
    with db.unit(write=True):
        examples = stage()
    server = Server(url, folder, DEMO="1").start()
    wait_until(lambda: newest_mail(examples), 15)
    db.engine().dispose()
    yield Site(server, list(app.url_map.iter_rules()), examples)
    server.kill()


def newest_mail(examples: dict[str, str]) -> str | None:
    with db.unit(write=False):
        found = db.session.scalar(select(Delivery.public_id).order_by(Delivery.id.desc()).limit(1))
    examples["mail"] = found or ""
    return found


def pages(site: Site, name: str | None) -> list[tuple[str, str]]:
    """Everything somebody may see, as (endpoint, path), straight from the application's own list of addresses."""
    side, found = CAST.get(name or ""), []
    for rule in sorted(site.rules, key=lambda one: one.rule):
        first = rule.rule.split("/")[1]
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(NOT_PAGES) or rule.endpoint in PARTS:
            continue
        if rule.rule.endswith(FILES):
            continue
        if first in SURFACES and SURFACES[first] != side:
            continue
        if rule.endpoint == "login.mailbox_name" and side not in ("customer", "partner"):
            continue  # staff have no shared mailboxes
        if rule.endpoint in ("login.telephone", "login.calendar", "login.mail_log") and side in ("customer", "partner"):
            continue  # people outside have no extension of ours, and promise us nothing
        if (first in ("profile", "notices") and not name) or (rule.rule in ("/login", "/login/code") and name):
            continue
        found += [(rule.endpoint, path) for path in paths(rule, site.examples, name)]
    return found


def paths(rule: Rule, examples: dict[str, str], name: str | None) -> list[str]:
    """Fill the parameters; an address for which no example is known fails the test."""
    if not rule.arguments:
        return [rule.rule + QUERIES.get(rule.endpoint, "")]
    known = examples_of(examples, name)
    assert rule.endpoint in known, (
        f"{rule.rule} ({rule.endpoint}) is new: give an example of it in tests/browser/test_pages.py"
    )
    found = []
    for values in known[rule.endpoint]:
        assert rule.arguments == values.keys(), rule.rule
        path = rule.rule
        for parameter, value in values.items():
            path = path.replace(f"<{parameter}>", value)
        found.append(path)
    return found


def examples_of(examples: dict[str, str], name: str | None) -> dict[str, list[dict[str, str]]]:
    """What to put into the addresses that stand for many pages."""
    one = {"public_id": examples["organisation"]}
    return {
        "portal.order": each("number", "11070"), "portal.invoice": each("public_id", examples["invoice"]),
        "portal.request_page": each("number", examples["own" if name == "Jonas Lang" else "talk"]),
        "partners.order": each("number", "PO-1001", NUMBER), "partners.new_shipment": each("number", NUMBER),
        "partners.new_invoice": each("number", NUMBER), "staff.new_shipment": each("number", "11070", NUMBER),
        "staff.shipment": [{"number": NUMBER, "public_id": examples[one]} for one in ("coming", "came")],
        "staff.supplier_invoice": [{"number": NUMBER, "public_id": examples[one]} for one in ("bill", "disputed")],
        "partners.conversation": each("number", examples["talk"]),
        "staff.order": each("number", "11070", "PO-1001", NUMBER), "staff.conversation_page": each("number", examples["talk"]),
        "staff.organisation": [one], "staff.colleagues": [one], "staff.edit_organisation": [one], "staff.organisation_reads": [one],
        "staff.merge": each("number", examples["talk"]), "staff.inbound_mail": each("public_id", examples["held"]),
        "staff.original_mail": each("public_id", examples["original"]),
        "staff.promise": each("public_id", examples["promise"]), "staff.mail_source": each("public_id", examples["mailbox"]),
        "staff.wave": each("public_id", examples["wave"]),
        "staff.mail_hook": each("public_id", examples["mailbox"]),
        "staff.call": each("public_id", examples["call"], examples["stranger"]),
        "staff.earlier": [{"number": examples["talk"], "public_id": examples["supplier"]}],
        "staff.supplier_policy": [{"public_id": examples["supplier"]}],
        "staff.new_answer": each("number", "PO-1001"), "staff.new_change": each("number", "PO-1001"),
        "staff.seen_by": [{"number": "PO-1001", "public_id": examples["supplier"]}],
        "staff.issue": each("number", examples["issue"]), "partners.issue": each("number", examples["issue"]),
        "staff.issue_seen_by": [{"number": examples["issue"], "public_id": examples["supplier"]}],
        "staff.edit_share_rule": each("public_id", examples["rule"]),
        "staff.queue_page": each("name", "waiting", "mine", "solved"), "staff.article": each("slug", "chat-hours"),
        "staff.article_versions": each("slug", "chat-hours"), "help.article": each("slug", "payment-terms"),
        "order_links.show": each("secret", examples["order"]), "unsubscribing.show": each("secret", examples["unsubscribe"]),
        "login.invitation": each("secret", examples["secret"], "gone"), "login.mail": each("public_id", examples["mail"]),
    }  # fmt: skip


def each(parameter: str, *values: str) -> list[dict[str, str]]:
    return [{parameter: value} for value in values]


# What somebody finds closed: the page that says so is looked at all the same.
CLOSED: dict[str, set[str]] = {
    "Jonas Lang": {"portal.access_log", "login.mailbox_name"},
    "Renate Messner": {"login.mailbox_name"},
    "Charlotte Cooper": {"login.mailbox_name"},
    "Nancy Davolio": {
        "staff.deliveries",
        "staff.mailboxes",
        "staff.mail_source",
        "staff.mail_hook",
        "staff.share_rules",
        "staff.edit_share_rule",
        "staff.waves",
        "staff.new_wave",
        "staff.wave",
    },
}


def barriers(page: Page, only: list[str] | None = None) -> list[str]:
    page.evaluate(AXE) if only is None else None
    return list(page.evaluate(RUN, only))


def builds(page: Page, endpoint: str) -> set[tuple[str, str]]:
    """How a page and the frame around it are made, whatever they say."""
    return {(name, re.sub(r"(?<=>)[^<]+(?=<)", "x", re.sub(r' (?!class|role|type)([\w:-]+)="[^"]+"', r" \1", text)))
            for name, text in zip((endpoint, "frame"), page.evaluate(APART), strict=True)}  # fmt: skip


def look(seat: Person, endpoint: str, path: str, closed: bool) -> list[str]:
    """Open a page at a desk and on a phone, in light and (the main ones) in dark; returns what is wrong.

    A page built like another person's in which no barrier was found, in a frame that was seen too, has none.
    """
    page, wrong = seat.page, []
    page.set_viewport_size(DESK)
    seat.faults.clear()
    if endpoint == "login.code":
        page.goto(seat.url + "/login")
        page.get_by_label("Your e-mail address").fill("jonas.lang@lehmanns.example")
        page.get_by_role("button", name="Send me a code").click()
        page.wait_for_url("**/login/code")
    else:
        answer = page.goto(seat.url + path)
        expected = 403 if closed else 404 if path.endswith("/gone") else 200
        if not answer or answer.status != expected:
            wrong.append(f"answers {answer and answer.status}, not {expected}")
    made = builds(page, endpoint)
    new = not made <= SOUND
    wrong += barriers(page) if new else []
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        wrong.append(f"is {width} px wide on a phone: {page.evaluate(WIDE)}")
    if new and endpoint in MAIN:
        wrong += [f"on a phone {one}" for one in barriers(page, COLOURS)]
        page.emulate_media(color_scheme="dark")
        page.locator("html[data-theme=dark]").wait_for(state="attached")  # the sheet changes a moment later
        wrong += [f"dark {one}" for one in barriers(page, COLOURS)]
        page.emulate_media(color_scheme="light")
    if not wrong:
        SOUND.update(made)
    refused = path.endswith("/gone") or closed
    return wrong + [one for one in seat.faults if not (refused and "status of 40" in one)]


@pytest.mark.parametrize("name", [None, *CAST])
def test_every_page_is_open_to_everybody(browser: Browser, site: Site, name: str | None) -> None:
    seat = Person(browser, site.server.url)
    seat.page.emulate_media(reduced_motion="reduce")
    try:
        if name:
            seat.sign_in(name)
        listed, found = pages(site, name), []
        for endpoint, path in listed:
            wrong = look(seat, endpoint, path, endpoint in CLOSED.get(name or "", ()))
            found += [f"{path}: {one}" for one in wrong]
        assert not found, f"{name or 'a visitor'}, {len(listed)} pages:\n" + "\n".join(found)
    finally:
        seat.close()


class Touch:
    """A browser whose windows are phones: 390 px, held in the hand, touched with a finger."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def new_context(self, **how: Any) -> BrowserContext:
        return self.browser.new_context(has_touch=True, is_mobile=True, device_scale_factor=2, **how)


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Callable[[str], Person]]:
    """Hand somebody a phone: `phone("Renate Messner")`."""
    held: list[Person] = []

    def hand(name: str) -> Person:
        made = Person(Touch(browser), site.server.url, **PHONE)  # type: ignore[arg-type]
        held.append(made)
        made.go("/login")
        made.page.get_by_role("button", name=name).tap()
        made.page.wait_for_url(lambda url: "/login" not in url)
        return made

    yield hand
    for one in held:
        assert not one.faults, one.faults
        one.close()


def reply(seat: Person, words: str) -> None:
    seat.page.locator("[data-composer] textarea").tap()
    seat.page.keyboard.type(words)
    seat.page.locator("[data-send]").tap()
    expect(seat.page.locator(".msg-row[data-seq]", has_text=words)).to_be_visible()


def test_a_customer_asks_about_a_line_and_replies_on_a_phone(phone: Callable[[str], Person]) -> None:
    renate = phone("Renate Messner")
    renate.go("/portal/orders/11070")
    renate.page.get_by_role("link", name="Ask about Chang").tap()
    renate.page.get_by_label("Your message").tap()
    renate.page.keyboard.type("Do all 20 come?")
    renate.page.get_by_role("button", name="Send to").tap()
    renate.page.wait_for_url(re.compile(r"/portal/requests/\d+$"))
    expect(renate.page.locator(".msg-row[data-seq]", has_text="Do all 20 come?")).to_be_visible()
    reply(renate, "And please before noon.")


def test_an_agent_replies_on_a_phone(phone: Callable[[str], Person], site: Site) -> None:
    nancy = phone("Nancy Davolio")
    nancy.go("/staff/queues/all")
    nancy.page.locator(f'[data-number="{site.examples["own"]}"] a').first.tap()
    nancy.page.wait_for_url(f"**/staff/conversations/{site.examples['own']}*")
    nancy.page.locator("[data-composer] label[data-aud=customer]").tap()
    reply(nancy, "It is on the next lorry.")


def test_a_supplier_accepts_everything_on_a_phone(phone: Callable[[str], Person]) -> None:
    charlotte = phone("Charlotte Cooper")
    charlotte.go("/partners/")
    charlotte.page.get_by_role("link", name="PO-1001").first.tap()
    charlotte.page.wait_for_url("**/partners/orders/PO-1001*")
    charlotte.page.get_by_role("button", name="Accept all as ordered").tap()
    expect(charlotte.page.locator("main h1")).to_contain_text("Confirmed")
