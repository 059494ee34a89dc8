"""`python -m tests.browser.letters FOLDER [all [LANGUAGE]]` takes a picture of each kind of mail; `all`: wide, narrow, light, dark."""

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace as Row
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, sync_playwright

from actions import installation, letters
from config import Settings
from tests.browser.conftest import FLAGS

NANCY = {"name": "Nancy Davolio", "organisation": "Northwind Traders", "masked": False}
MASKED = {"name": "A supplier of Northwind Traders", "organisation": "", "masked": True}
RENATE = {"names": ["Renate Messner"]}


def said(author: dict[str, Any], body: str, **more: Any) -> dict[str, Any]:
    return {"author": author, "audience": RENATE, "body": body, "attachments": [], **more}


def asked(number: str, matter: str, days: list[str]) -> Row:
    link = "https://portal.northwind.example/order/x"
    return Row(number=number, reference="A-4711" if days else None, matter=matter, changed=False, days=days, link=link)


LINKS = {"link": "https://portal.northwind.example/", "choices": "https://portal.northwind.example/profile/notices",
         "unsubscribe": "https://portal.northwind.example/unsubscribe/x"}  # fmt: skip
PROMISE = Row(kind="due", name="A date for the Chang", organisation="Lehmanns Marktstand", link=LINKS["link"],
              at=datetime(2026, 6, 9, 15, 30, tzinfo=ZoneInfo("Europe/Berlin")))  # fmt: skip
LETTERS: dict[str, dict[str, Any]] = {
    "code": {"code": "482913"},
    "invitation": {"inviter": "Greta Lehmann", "organisation": "Lehmanns Marktstand"} | LINKS,
    "notice": {"number": "1042", "subject": "Chang for order 11070", "more": 2, "messages": [
        said(MASKED, "Seventeen cases leave our warehouse today, the other three on Monday.\nWould that do?"),
        said(NANCY, "I have put the seventeen on tomorrow's lorry. Shall the rest follow, or come with your next order?",
             decision={"state": "open", "answers": ["Send the rest", "With the next order"]},
             attachments=[{"name": "delivery-note-11070.pdf"}])]} | LINKS,
    "digest": {"messages": 5, "more": 3, "matters": [
        Row(number="1042", subject="Chang for order 11070", count=3, newest=said(NANCY, ""), link=LINKS["link"],
            words="I have put the seventeen on tomorrow's lorry. Shall the rest follow, or come with your next order?"),
        Row(number="1051", subject="Two crushed boxes", count=2, newest=said(MASKED, ""), link=LINKS["link"],
            words="Please send a photo of the label as well, then we replace both boxes.")], "others": [PROMISE]} | LINKS,
    "matter": {"one": Row(kind="approval", name="Anna Ahrens", organisation="Lehmanns Marktstand", asker="Greta Lehmann",
                          manager=False, link=LINKS["link"])} | LINKS,
    "order": {"number": "PO-1001", "organisation": "Exotic Liquids", "coded": False} | LINKS,
    "order_notice": {"organisation": "Exotic Liquids", "orders": [
        asked("PO-1001", "asked", []), asked("PO-1002", "promised", ["2026-06-09", "2026-06-16"])]},
    "share_ending": {"partner": "Exotic Liquids", "number": "PO-1001", "day": "2026-06-09"} | LINKS,
}  # fmt: skip
LOOKS = [(width, dark) for width in (1366, 390) for dark in (False, True)]


def taken(browser: Browser, page: Path, file: Path, width: int, dark: bool) -> None:
    """Take one picture, as high as the mail is."""
    window = browser.new_page(viewport={"width": width, "height": 300}, color_scheme="dark" if dark else "light")
    window.goto(page.as_uri())
    window.screenshot(path=file, full_page=True)
    window.close()


def main(folder: Path, everything: bool, language: str = "en") -> None:
    """Write each letter, and take its pictures."""
    installation.use(Settings(_env_file=None, secret_key="x", public_url="https://portal.northwind.example"))  # type: ignore[call-arg]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as place:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for kind, facts in LETTERS.items():
            page = Path(place) / f"{kind}.html"
            page.write_text(letters.write(kind, language, **facts)[2])
            for width, dark in LOOKS if everything else [(640, False)]:
                name = f"{kind}-{width}{'-dark' if dark else ''}" if everything else f"mail-{kind.replace('_', '-')}"
                taken(browser, page, folder / f"{name}.png", width, dark)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:3] == ["all"], *sys.argv[3:4])
