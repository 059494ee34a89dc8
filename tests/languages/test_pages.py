"""A German customer, agent and supplier read every page in German, and a visitor in what the browser asks for."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import select, update

from actions import unverified
from app import create_app
from config import Settings
from models import db
from models.conversations import Conversation
from models.jobs import Delivery
from models.messages import Message
from models.organisations import Organisation
from models.people import Person
from models.words import Words
from policy import Actor
from tests.browser.test_pages import CAST, Site, pages, stage, who
from tests.client import Client
from tests.live import token_of
from translations.words import read
from web.product import Product

READERS = [*(name for name in CAST if name != "Jonas Lang"), None]
SPOKEN = ("aria-label", "aria-description", "title", "placeholder", "alt", "label", "data-insert")
SILENT = ("script", "style", "code", "pre", "textarea")
# What people of the demo wrote: names of teams, categories of articles, a position of an invoice.
NAMES = {"Sales", "Support", "Billing", "Purchasing", "Orders", "System", "Chang", "Freight"}


class Said(HTMLParser):
    """All that a page says: its text, piece by piece, and what is spoken or shown of its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._inside.append(tag)
        self.said += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and data.strip():
            self.said.append(" ".join(data.split()))


@dataclass
class English:
    """The messages whose German is another: whole ones, and patterns of those with facts in them."""

    whole: set[str]
    patterns: list[re.Pattern[str]]

    def found(self, page: str) -> list[str]:
        said = [one for one in Said(page).said if one not in NAMES]
        return [one for one in said if one in self.whole or any(pattern.fullmatch(one) for pattern in self.patterns)]


@pytest.fixture(scope="module")
def english() -> English:
    whole, patterns = set(), []
    for message in read("de"):
        sources = message.id if isinstance(message.id, tuple | list) else (message.id,)
        german = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for source in sources:
            if not source or source in german:
                continue
            if "%(" not in source:
                whole.add(source.strip())
            elif len(re.findall(r"[A-Za-z]{3,}", re.sub(r"%\(\w+\)[sd]", "", source))) > 1:
                parts = re.split(r"%\(\w+\)[sd]", source.strip())
                patterns.append(re.compile(".{1,80}".join(re.escape(part.replace("%%", "%")) for part in parts)))
    return English(whole, patterns)


@dataclass
class House:
    """The demo in full swing, where everybody reads German."""

    app: Product
    site: Site
    cast: dict[str, Actor]


@pytest.fixture(scope="module")
def house(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("german")
    for file in demo_database.glob("loggia.db*"):
        shutil.copy(file, folder / file.name)
    url = f"sqlite:///{folder}/loggia.db"
    settings = Settings(_env_file=None, data_dir=folder, database_url=url, secret_key="x", language="de", demo=True,
                        embedded_worker=False)  # type: ignore[call-arg]  # fmt: skip
    app = create_app(settings)
    with db.unit(write=True):
        db.session.execute(update(Person).values(language="de"))
        db.session.execute(update(Organisation).values(country="DE"))
    with db.unit(write=True):
        examples = stage()
        examples["mail"] = db.session.scalar(select(Delivery.public_id).order_by(Delivery.id.desc()).limit(1)) or ""
        cast = {name: who(name) for name in CAST}
    yield House(app, Site(None, list(app.url_map.iter_rules()), examples), cast)  # type: ignore[arg-type]
    db.engine().dispose()


@pytest.mark.parametrize("name", READERS)
def test_no_english_is_left_on_any_page(house: House, english: English, name: str | None) -> None:
    client = Client.signed_in(house.app, house.cast[name] if name else None)
    left: dict[str, set[str]] = {}
    looked = 0
    for endpoint, path in pages(house.site, name):
        answer = client.http.get(path, headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"})
        if answer.mimetype != "text/html" or answer.status_code in (302, 303):
            continue
        page = answer.get_data(as_text=True)
        looked += 1
        assert '<html lang="de"' in page or endpoint == "login.mail", path
        if found := english.found(page):
            left.setdefault(endpoint, set()).update(found)
    assert looked > (8 if name else 4)
    assert not left, "\n".join(f"{endpoint}: {sorted(said)}" for endpoint, said in left.items())


@pytest.mark.parametrize(
    ("asked", "language"),
    [("de-AT,de;q=0.8", "de"), ("de", "de"), ("en-GB,en;q=0.9,de;q=0.1", "en"), ("fr,es", "de"), ("fr,de;q=0.2", "de"),
     ("", "de"), ("xx-;q=,", "de")],
)  # fmt: skip
def test_a_visitor_reads_what_the_browser_asks_for(house: House, asked: str, language: str) -> None:
    page = Client(house.app).http.get("/login", headers={"Accept-Language": asked}).get_data(as_text=True)
    assert f'<html lang="{language}"' in page


def test_a_persons_own_language_comes_before_the_browsers(house: House) -> None:
    page = Client.signed_in(house.app, house.cast["Renate Messner"]).http.get(
        "/portal/", headers={"Accept-Language": "en"}
    )
    assert '<html lang="de"' in page.get_data(as_text=True)


def test_machines_are_answered_in_english_whatever_they_ask_for(house: House) -> None:
    asked = {"Authorization": f"Bearer {token_of(house.cast['Renate Messner'])}", "Accept-Language": "de"}
    answer = house.app.test_client().get("/api/v1/orders/none", headers=asked)
    assert "There is nothing here" in answer.get_data(as_text=True)


def test_why_a_mail_is_held_is_said_in_the_language_of_whoever_looks(house: House) -> None:
    agent = Client.signed_in(house.app, house.cast["Nancy Davolio"])
    assert "Eine automatische E-Mail (Auto-Submitted: auto-replied)." in agent.http.get("/staff/mail").get_data(
        as_text=True
    )
    with db.unit(write=True):
        db.session.execute(update(Person).where(Person.name == "Nancy Davolio").values(language="en"))
    try:
        page = agent.http.get("/staff/mail").get_data(as_text=True)
    finally:
        with db.unit(write=True):
            db.session.execute(update(Person).where(Person.name == "Nancy Davolio").values(language="de"))
    assert "An automatic mail (Auto-Submitted: auto-replied)." in page


def test_what_we_all_read_in_one_place_is_in_our_own_language(house: House) -> None:
    assert house.app.config["SETTINGS"].language == "de"
    with db.unit(write=True):
        talk = db.session.scalars(select(Conversation).where(Conversation.unverified)).unique().first()
        assert talk is not None
        unverified.note(talk, Words("Not verified: put here by one of us."))
        said = select(Message.body).where(Message.conversation_id == talk.id).order_by(Message.seq.desc())
        assert db.session.scalar(said.limit(1)) == "Nicht verifiziert: von uns hierher übernommen."


def test_numbers_are_written_as_their_reader_writes_them(house: House) -> None:
    pages = {
        language: Client.signed_in(house.app, house.cast["Nancy Davolio"]).http.get(path).get_data(as_text=True)
        for language, path in (("de", f"/staff/organisations/{house.site.examples['organisation']}"),)
    }
    assert re.search(r"\d{1,3}\.\d{3},\d{2}", pages["de"]) and not re.search(r"\d,\d{3}\.\d{2}", pages["de"])
