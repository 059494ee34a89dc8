"""Real browsers on the demo business, served as a user starts it."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.line import Line
from tests.live import Server

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-gpu-rasterization", "--disable-software-rasterizer"]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests: the system's, else Playwright's own."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def demo(demo_database: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of its own for this test, with a fresh copy of the demo business."""
    for file in demo_database.glob("loggia.db*"):
        shutil.copy(file, tmp_path / file.name)
    server = Server(f"sqlite:///{tmp_path}/loggia.db", tmp_path, DEMO="1").start()
    yield server
    server.kill()


@pytest.fixture
def line(demo_database: Path, tmp_path: Path) -> Iterator[Line]:
    """The demo behind a line that can be cut."""
    for file in demo_database.glob("loggia.db*"):
        shutil.copy(file, tmp_path / file.name)
    server = Server(f"sqlite:///{tmp_path}/loggia.db", tmp_path, DEMO="1")
    made = Line(server.port)
    server.environment["PUBLIC_URL"] = made.url
    server.start()
    made.behind = server.url  # type: ignore[attr-defined]
    yield made
    made.close()
    server.kill()


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser: Browser, url: str, width: int = 1366, height: int = 860) -> None:
        self.url = url
        self.context: BrowserContext = browser.new_context(viewport={"width": width, "height": height})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.faults: list[str] = []
        self.received: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        self.page.on(
            "websocket", lambda socket: socket.on("framereceived", lambda data: self.received.append(str(data)))
        )
        self.actions = 0

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, name: str) -> "Person":
        """Send the form of the demo account, without drawing its page, and go to where it leads."""
        page = self.context.request.get(f"{self.url}/login").text()
        (form,) = [one for one in re.findall("<form.*?</form>", page, re.S) if f"Sign in as {name}" in one]
        sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        answer = self.context.request.post(f"{self.url}/login/demo", form=sent, max_redirects=0)
        self.go(answer.headers["location"])
        return self

    def click(self, role: str, name: str, exact: bool = False) -> None:
        """One pointer action."""
        self.actions += 1
        self.page.get_by_role(role, name=name, exact=exact).first.click()  # type: ignore[arg-type]

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def person(browser: Browser, demo: Server) -> Iterator[Callable[..., Person]]:
    """Seat somebody at a browser: `person("Renate Messner")`, or `person()` for a visitor."""
    seated: list[Person] = []

    def seat(name: str | None = None, url: str | None = None, **size: int) -> Person:
        made = Person(browser, url or demo.url, **size)
        seated.append(made)
        return made.sign_in(name) if name else made

    yield seat
    for one in seated:
        one.close()
