"""`python -m tests.browser.pictures FOLDER` takes the pictures of the README.

With `all`, or the names of some, it takes more: desk and phone, light and dark.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select

from actions import orders
from app import create_app
from config import Settings
from models import db
from models.conversations import Conversation
from models.orders import Order
from policy import Actor, find
from tests.browser.conftest import FLAGS, NAMES, Person
from tests.browser.test_pages import DESK, PHONE, stage, who
from tests.live import ROOT, Server

README = {"staff-conversation": ("Nancy Davolio", "/staff/conversations/{talk}"),
          "staff-customer": ("Nancy Davolio", "/staff/organisations/{organisation}"),
          "portal-request": ("Renate Messner", "/portal/requests/{talk}"),
          "partner-order": ("Charlotte Cooper", "/partners/orders/PO-1001")}  # fmt: skip
MORE = {"staff-home": ("Nancy Davolio", "/staff/"), "staff-queue": ("Nancy Davolio", "/staff/queues/all"),
        "staff-order": ("Nancy Davolio", "/staff/orders/11070"), "staff-purchase": ("Nancy Davolio", "/staff/orders/PO-1001"),
        "staff-seen-by": ("Nancy Davolio", "/staff/orders/PO-1001/seen-by/{supplier}"),
        "staff-reads": ("Steven Buchanan", "/staff/organisations/{organisation}/reads"),
        "staff-exceptions": ("Nancy Davolio", "/staff/exceptions"),
        "staff-answer": ("Nancy Davolio", "/staff/orders/PO-1002/answer"),
        "staff-change": ("Nancy Davolio", "/staff/orders/PO-1002/change"),
        "staff-policy": ("Steven Buchanan", "/staff/organisations/{supplier}/supplier-policy"),
        "staff-colleagues": ("Nancy Davolio", "/staff/organisations/{organisation}/colleagues"),
        "staff-approvals": ("Nancy Davolio", "/staff/approvals"),
        "staff-mail": ("Nancy Davolio", "/staff/mail"), "staff-held": ("Nancy Davolio", "/staff/mail/{held}"),
        "staff-filed": ("Nancy Davolio", "/staff/organisations/{organisation}?kind=mail_logged"),
        "staff-held-whose": ("Nancy Davolio", "/staff/mail/{held}?q=lehm"),
        "staff-original": ("Nancy Davolio", "/staff/messages/{original}/mail"),
        "staff-invitations": ("Steven Buchanan", "/staff/invitations"),
        "staff-wave": ("Steven Buchanan", "/staff/invitations/{wave}"),
        "invitation": ("Renate Messner", "/invitation/{secret}"),
        "staff-wave-new": ("Steven Buchanan", "/staff/invitations/new"),
        "staff-mailboxes": ("Steven Buchanan", "/staff/settings/mailboxes"),
        "staff-mail-source": ("Andrew Fuller", "/staff/settings/mailboxes/{mailbox}/source"),
        "staff-mail-hook": ("Andrew Fuller", "/staff/settings/mailboxes/{mailbox}/service"),
        "partner-answers": ("Charlotte Cooper", "/partners/answers"),
        "staff-migrated": ("Nancy Davolio", "/staff/conversations/{migrated}"),
        "staff-calls": ("Nancy Davolio", "/staff/calls"), "staff-call": ("Nancy Davolio", "/staff/calls/{call}"),
        "staff-stranger": ("Nancy Davolio", "/staff/calls/{stranger}?q=ernst"),
        "notices": ("Renate Messner", "/notices"), "staff-notices": ("Nancy Davolio", "/notices"),
        "partner-notices": ("Charlotte Cooper", "/notices"),
        "profile-notices": ("Renate Messner", "/profile/notices"),
        "unsubscribe": ("Renate Messner", "/unsubscribe/{unsubscribe}"), "mail": ("Renate Messner", "/login/mailbox/{told}"),
        "profile-telephone": ("Nancy Davolio", "/profile/telephone"),
        "profile-calendar": ("Nancy Davolio", "/profile/calendar"),
        "profile-mail-log": ("Nancy Davolio", "/profile/mail-log"),
        "staff-promises": ("Nancy Davolio", "/staff/promises"), "staff-promise": ("Nancy Davolio", "/staff/promises/{promise}"),
        "staff-orders": ("Nancy Davolio", "/staff/orders"),
        "staff-rules": ("Andrew Fuller", "/staff/settings/sharing-rules"),
        "staff-rule": ("Andrew Fuller", "/staff/settings/sharing-rules/{rule}"),
        "portal-home": ("Renate Messner", "/portal/"), "portal-order": ("Renate Messner", "/portal/orders/11070"),
        "portal-access": ("Renate Messner", "/portal/access-log"), "partner-home": ("Charlotte Cooper", "/partners/"),
        "staff-issue": ("Nancy Davolio", "/staff/issues/{issue}"), "partner-issue": ("Charlotte Cooper", "/partners/issues/{issue}"),
        "staff-shipment": ("Nancy Davolio", "/staff/orders/PO-2001/shipments/{coming}"),
        "staff-supplier-invoice": ("Nancy Davolio", "/staff/orders/PO-2001/invoices/{bill}"),
        "staff-received": ("Nancy Davolio", "/staff/orders/PO-2001"), "staff-arrivals": ("Nancy Davolio", "/staff/shipments"),
        "partner-shipped": ("Charlotte Cooper", "/partners/orders/PO-2001"),
        "partner-ship": ("Charlotte Cooper", "/partners/orders/PO-2001/shipments/new"),
        "partner-invoice": ("Charlotte Cooper", "/partners/orders/PO-2001/invoices/new?replaces={disputed}"),
        "partner-invoices": ("Charlotte Cooper", "/partners/invoices"),
        "partner-orders": ("Charlotte Cooper", "/partners/orders"),
        "partner-conversation": ("Charlotte Cooper", "/partners/conversations/{talk}")}  # fmt: skip

OLD = {  # a conversation of the system before ours, as it was exported
    "id": 4711, "subject": "Chang with torn labels", "status": "closed", "channel": "email",
    "customer": {"name": "Renate Messner", "email": "renate.messner@lehmanns.example"}, "agent": "nancy.davolio@northwind.example",
    "messages": [
        {"from": "customer", "ts": "2024-03-04T09:12:00Z", "text": "Six of the cases that came today have torn labels. See the photo.",
         "message_id": "<1@lehmanns.example>", "files": [{"name": "packing-list.txt", "base64": "U2l4IGNhc2VzLCB0b3JuIGxhYmVscy4="}]},
        {"from": "agent", "ts": "2024-03-04T09:40:00Z", "text": "That is the second time from this lot. Credit them.", "private": True},
        {"from": "agent", "ts": "2024-03-04T10:05:00Z", "text": "We are sorry. You get a credit for all six; please keep the goods."},
        {"from": {"name": "Old Colleague", "email": "former@northwind.example", "side": "agent"}, "ts": "2024-03-05T08:00:00Z",
         "text": "The credit note is on its way by mail."},
        {"from": "customer", "ts": "2024-03-05T08:31:00Z", "text": "Thank you, that was quick."},
    ],
}  # fmt: skip
FILLED = "[...document.querySelectorAll('time[data-format]')].every((one) => !/^\\d{4}-\\d\\d-\\d\\d$/.test(one.textContent))"


def served(folder: Path) -> tuple[Server, dict[str, str]]:
    """The demo in full swing."""
    url = f"sqlite:///{folder}/loggia.db"
    environment = Server(url, folder, DEMO="1").environment | {"FLASK_SKIP_DOTENV": "1"}
    (folder / "old.jsonl").write_text(json.dumps(OLD))
    for command in (["upgrade"], ["demo"], ["migrate", "jsonl", str(folder / "old.jsonl")]):
        subprocess.run([sys.executable, "-m", "flask", *command], cwd=ROOT, env=environment, check=True)  # noqa: S603
    create_app(
        Settings(_env_file=None, data_dir=folder, database_url=url, secret_key="only for tests", embedded_worker=False)
    )  # type: ignore[call-arg]
    with db.unit(write=True):
        examples = stage()
        migrated = select(Conversation.number).where(Conversation.subject == OLD["subject"])
        examples["migrated"] = db.session.scalar(migrated) or ""
        answer(who("Charlotte Cooper"))
    db.engine().dispose()
    return Server(url, folder, DEMO="1").start(), examples


def answer(clerk: Actor) -> None:
    """Half of the Chang comes a week later."""
    order = find(clerk, Order, number="PO-1001")
    lines = [{"line": 1, "response": "split", "reason": "One bottling is late", "deliveries": [
        {"quantity": 20, "promised_at": order.required_at.isoformat()},
        {"quantity": 20, "promised_at": (order.required_at + timedelta(days=7)).isoformat()}]}]  # fmt: skip
    orders.confirm(clerk, order, "accepted_with_changes", lines)


def take(seat: Person, path: str, file: Path, scheme: str, size: dict[str, int]) -> None:
    """One picture of one page."""
    seat.page.set_viewport_size(size)  # type: ignore[arg-type]
    seat.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    seat.go(path)
    seat.page.locator(f"html[data-theme={scheme}]").wait_for(state="attached")
    seat.page.wait_for_function(FILLED)
    seat.page.wait_for_timeout(500)
    seat.page.screenshot(path=file)


def chosen(names: list[str]) -> dict[str, tuple[str, str]]:
    """The pictures that were asked for: without names those of the README."""
    known = README | MORE
    return known if "all" in names else {name: known[name] for name in names} or README


def take_all(browser: Browser, url: str, examples: dict[str, str], folder: Path, names: list[str]) -> None:
    """Seat each person once, and take the pictures of what they see."""
    wanted, every = chosen(names), bool(names)
    for name in sorted({name for name, _ in wanted.values()}):
        seat = Person(browser, url).sign_in(name)
        for picture, (seen_by, path) in wanted.items():
            if seen_by != name:
                continue
            take(seat, path.format(**examples), folder / f"{picture}.png", "light", DESK)
            if every:
                take(seat, path.format(**examples), folder / f"{picture}-dark.png", "dark", DESK)
                take(seat, path.format(**examples), folder / f"{picture}-390.png", "light", PHONE)
                take(seat, path.format(**examples), folder / f"{picture}-390-dark.png", "dark", PHONE)
        seat.close()


def main(folder: Path, names: list[str]) -> None:
    """Load, serve, look, and leave nothing behind but pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp())
    server, examples = served(place)
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            take_all(browser, server.url, examples, folder, names)
            browser.close()
    finally:
        server.stop()
        shutil.rmtree(place)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
