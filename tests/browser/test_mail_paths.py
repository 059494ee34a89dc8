"""The paths of people who only use their mail program: nothing new to do, and everything lands where it belongs."""

import base64
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.test_paths import Seat, ask
from tests.channels.sink import Sink, sink
from tests.live import ROOT, Server, wait_until

RENATE = "Renate Messner <renate.messner@lehmanns.example>"
PATIENCE = 12_000
OFTEN = """
from deploy import gunicorn as usual
from deploy.gunicorn import *

def post_worker_init(worker):
    import worker as jobs
    jobs.SWEEP = 0.2  # what another process takes in is filed within a sweep
    usual.post_worker_init(worker)
"""


@pytest.fixture
def mailed() -> Iterator[Sink]:
    """The mail server that the product sends through."""
    with sink() as running:
        yield running


@pytest.fixture
def demo(demo_database: Path, tmp_path: Path, mailed: Sink) -> Iterator[Server]:
    """The demo business, with a mail server."""
    for file in demo_database.glob("loggia.db*"):
        shutil.copy(file, tmp_path / file.name)
    (tmp_path / "often.py").write_text(OFTEN)
    more = {"DEMO": "1", "MAIL_URL": mailed.url, "GUNICORN_CONFIG": str(tmp_path / "often.py")}
    server = Server(f"sqlite:///{tmp_path}/loggia.db", tmp_path, **more).start()
    yield server
    server.kill()


TAKES = """
import base64, sys, wsgi
from channels import mail_in
with wsgi.app.app_context():
    for line in sys.stdin.read().split():
        assert mail_in.take(base64.b64decode(line))
"""


def pipe(demo: Server, *mails: EmailMessage) -> None:
    """Hand mails over as `flask mail-in` does, in a process of its own."""
    subprocess.run(  # noqa: S603
        [sys.executable, "-c", TAKES], cwd=ROOT, env=demo.environment | {"FLASK_SKIP_DOTENV": "1", "EMBEDDED_WORKER": "0"},
        input=b"\n".join(base64.b64encode(one.as_bytes()) for one in mails), check=True, capture_output=True,
    )  # fmt: skip


def mail(sender: str, to: str, subject: str, body: str, **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


def reply(to: EmailMessage, sender: str, body: str, **other: str) -> EmailMessage:
    """Answer a mail as a mail program does: to its reply address, with its Message-ID, and what it said below."""
    quoted = "".join(f"> {line}\n" for line in to.get_body(("plain",)).get_content().splitlines())  # type: ignore[union-attr]
    own = str(to["Message-ID"]).strip()
    given = {"In_Reply_To": own, "References": own} | other
    address = given.pop("To", str(to["Reply-To"]))
    subject = given.pop("Subject", f"Re: {to['Subject']}")
    return mail(sender, address, subject, f"{body}\n\nOn Mon, May 4, 2026 at 9:00 AM we wrote:\n{quoted}", **given)


def hurry(folder: Path) -> None:
    """Let the notices that give people time to read be due."""
    with sqlite3.connect(folder / "loggia.db", timeout=10) as line:
        line.execute("UPDATE jobs SET due_at = created_at WHERE kind = 'notice' AND state = 'pending'")


def said(person: Person, words: str) -> None:
    expect(person.page.locator(".msg-row[data-seq]", has_text=words)).to_be_visible(timeout=PATIENCE)


def test_c3_a_supplier_asks_a_question_by_replying_to_the_mail(person: Seat, demo: Server, mailed: Sink) -> None:
    """0 new actions: the clerk needs no page of ours, and answers nothing of the order by asking."""
    nancy = person("Nancy Davolio")
    nancy.go("/staff/orders/PO-1001")
    nancy.click("button", "Send by mail")
    nancy.click("button", "Send it")
    wait_until(lambda: mailed.mails)
    order = mailed.mails[0]
    pipe(demo, reply(order, str(order["To"]), "Is the dock open on Saturdays?"))
    nancy.go("/staff/queues/all")
    row = nancy.page.locator("a.qrow", has_text="Is the dock open on Saturdays?").first
    expect(row).to_be_visible(timeout=PATIENCE)
    row.click()
    said(nancy, "Is the dock open on Saturdays?")
    expect(nancy.page.locator(".msg-row", has_text="Is the dock open")).not_to_contain_text("we wrote")
    expect(nancy.page.locator(".pane-context")).to_contain_text("PO-1001")
    nancy.go("/staff/orders/PO-1001")
    expect(nancy.page.locator("main h1")).to_contain_text("Waiting for confirmation")


def test_d5_a_customer_carries_on_by_mail_and_never_signs_in(
    person: Seat, demo: Server, mailed: Sink, tmp_path: Path
) -> None:
    """0 actions, and all of it in the right thread, whichever of the ways their mail program has of answering."""
    pipe(demo, mail(RENATE, "service@localhost", "The Chang", "Do all 20 come in time?"))
    nancy = person("Nancy Davolio")
    nancy.go("/staff/queues/all")
    row = nancy.page.locator("a.qrow", has_text="Do all 20 come in time?").first
    expect(row).to_be_visible(timeout=PATIENCE)
    row.click()
    said(nancy, "Do all 20 come in time?")
    number = re.search(r"\d+", nancy.page.url.rsplit("/", 1)[1]).group()  # type: ignore[union-attr]
    nancy.page.locator("[data-composer] input[data-kind=customer]").check(force=True)
    nancy.page.locator("[data-composer] textarea").fill("17 are here, 3 follow on Friday.")
    nancy.page.locator("[data-send]").click()
    said(nancy, "17 are here")
    hurry(tmp_path)
    # How that mail went stands on the message without anybody loading the page again.
    ours = nancy.page.locator(".msg-row", has_text="17 are here").locator(".mailed li")
    expect(ours).to_have_attribute("data-state", "sent", timeout=PATIENCE)
    told = next(one for one in mailed.mails if "17 are here" in one.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "renate.messner@" in str(told["To"])
    ways = {
        "Good, thank you.": {},
        "Friday morning, please.": {"In_Reply_To": "", "References": ""},  # only the address
        "And no later.": {"To": "service@localhost", "In_Reply_To": ""},  # only what it refers to
        "One more thing.": {
            "To": "service@localhost",
            "References": "",
            "Subject": "Something else",
        },  # only what it answers
    }
    pipe(demo, *(reply(told, RENATE, words, **headers) for words, headers in ways.items()))
    for words in ways:
        said(nancy, words)
    assert nancy.page.url.rsplit("/", 1)[1].startswith(number)
    expect(nancy.page.locator(".msg-row", has_text="we wrote")).to_have_count(0)


def test_d1_where_is_my_order_is_one_action_from_a_mail(person: Seat, mailed: Sink, tmp_path: Path) -> None:
    """On a device where the customer is signed in: the mail leads to the request, and beside it stands the order."""
    renate, nancy = person("Renate Messner"), person("Nancy Davolio")
    nancy.go(f"/staff/conversations/{ask(renate)}")
    renate.page.goto("about:blank")  # what one reads on the page is not mailed
    nancy.click("button", "Put the expected date into the reply")
    nancy.click("button", "Send to Lehmanns Marktstand")
    said(nancy, "We expect the Chang on")
    hurry(tmp_path)
    wait_until(lambda: mailed.mails)
    words = mailed.mails[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = re.search(r"http\S+/portal/requests/\d+\S*", words).group()  # type: ignore[union-attr]
    renate.page.goto(link)  # the one action
    expect(renate.page.locator("main")).to_contain_text("We expect the Chang on")
    expect(renate.page.locator(".side [data-expected] time")).to_be_visible()
