"""The journey once more, by machines: the public JavaScript client of Socket.IO and the API, and no page of ours."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.live import ROOT, Server, wait_until

CLIENT = ROOT / "static" / "vendor" / "socket.io-4.8.4" / "socket.io.min.js"
CONNECT = """async ([token]) => {
  const heard = [], line = io({auth: {token}, transports: ["websocket"], forceNew: true});
  for (const name of ["message", "conversation", "typing", "read"]) line.on(name, (what) => heard.push({name, ...what}));
  await new Promise((done, failed) => { line.on("connect", done); line.on("connect_error", failed); });
  (window.lines ??= {})[token] = {line, heard};
}"""
ASK = "([token, name, what]) => window.lines[token].line.timeout(8000).emitWithAck(name, what)"
HEARD = "([token]) => window.lines[token].heard"
FETCH = """async ([token, method, path, body]) => {
  const answer = await fetch("/api/v1" + path, {method, body: body && JSON.stringify(body),
    headers: {Authorization: "Bearer " + token, "Content-Type": "application/json"}});
  return {status: answer.status, text: await answer.text()};
}"""


class Machine:
    """A program of somebody's own, with a token from the command line."""

    def __init__(self, page: Page, token: str) -> None:
        self.page, self.token = page, token
        self.received = ""
        page.evaluate(CONNECT, [self.token])

    def ask(self, event: str, **what: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.page.evaluate(ASK, [self.token, event, what])
        self.received += str(answer)
        return answer

    def say(self, number: str, body: str, audience: str) -> dict[str, Any]:
        return self.ask("message:send", conversation=number, body=body, audience=audience, client_id=str(uuid.uuid4()))

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:

        answer = self.page.evaluate(FETCH, [self.token, method, path, body])
        self.received += answer["text"]
        return answer["status"], json.loads(answer["text"]) if answer["text"] else None

    def heard(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(HEARD, [self.token])
        return found

    def has_heard(self, words: str) -> bool:
        return any(one.get("body") == words for one in self.heard())


@pytest.fixture
def machines(browser: Browser, demo: Server) -> Iterator[list[Machine]]:
    """The buyer's, the agent's and the clerk's programs, and one of each rival."""
    people = ("renate.messner@lehmanns.example", "nancy.davolio@northwind.example",
              "charlotte.cooper@exotic-liquids.example", "roland.mendel@ernst-handel.example",
              "yoshi.nagase@tokyo-traders.example")  # fmt: skip
    made = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "flask", "token", *people], cwd=ROOT, env=demo.environment | {"FLASK_SKIP_DOTENV": "1"},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"{demo.url}/healthz")
    page.add_script_tag(path=CLIENT)
    yield [Machine(page, token) for token in made.stdout.splitlines()]
    context.close()


def test_the_journey_by_socket_and_api_alone(machines: list[Machine]) -> None:
    renate, nancy, charlotte, roland, yoshi = machines

    # The buyer asks about the Chang line; the agent answers live and sees the whole record.
    line = next(one for one in renate.api("GET", "/orders/11070")[1]["lines"] if one["product"]["name"] == "Chang")
    begun = renate.ask("conversation:start", client_id=str(uuid.uuid4()), subject="Chang", body="Do all 20 come in time?",
                       about={"type": "order_line", "id": line["id"]})  # fmt: skip
    number = begun["conversation"]
    assert begun["ok"]
    assert begun["seq"] == 1
    for one in (renate, nancy):
        assert one.ask("conversation:open", conversation=number)["ok"]
    assert nancy.say(number, "17 are here, I am asking for the rest.", "customer")["ok"]
    wait_until(lambda: renate.has_heard("17 are here, I am asking for the rest."))

    # The agent brings in the supplier and shares the purchase order; the clerk sees the chosen fields, and those of
    # the rule for suppliers.
    supplier = next(one for one in nancy.api("GET", "/organisations?q=Exotic")[1]["items"])
    fields = ["lines.quantity", "lines.supplier_sku", "lines.promised_at"]
    for subject, names in (
        ({"type": "order", "id": "PO-1001"}, fields),
        ({"type": "conversation", "id": number}, ["created_at"]),
    ):
        what = {"subject": subject, "to": {"organisation": supplier["id"]}, "level": "respond", "fields": names}
        assert nancy.api("POST", "/shares", what)[0] == 201
    order = charlotte.api("GET", "/orders/PO-1001")[1]
    assert order["lines"][0].keys() == {"id", "line", "product", *(one.removeprefix("lines.") for one in fields),
                                        "pack", "quantity_open"}  # fmt: skip
    assert charlotte.ask("conversation:open", conversation=number)["ok"]

    # The clerk confirms with another date, writes to us, then to everyone; the buyer hears only the second.
    chang = next(one["line"] for one in order["lines"] if one["supplier_sku"] == "EL-CH-24")
    answer = {"response": "accepted_with_changes",
              "lines": [{"line": chang, "response": "changed", "promised_at": "2030-01-07", "reason": "Bottling"}]}  # fmt: skip
    assert charlotte.api("POST", "/orders/PO-1001/confirmation", answer)[0] == 201
    assert charlotte.say(number, "Between us: the line stood still.", "partner")["ok"]
    assert charlotte.say(number, "One week later, sorry.", "everyone")["ok"]
    wait_until(
        lambda: renate.has_heard("One week later, sorry.") and nancy.has_heard("Between us: the line stood still.")
    )
    said = next(one for one in renate.heard() if one.get("body") == "One week later, sorry.")
    assert said["author"]["name"] == "our supplier"
    assert not renate.has_heard("Between us: the line stood still.")

    # A note among us reaches nobody outside, and each reader has exactly its own part of the sequence.
    assert nancy.say(number, "Richter moves too.", "staff")["ok"]
    wait_until(lambda: nancy.has_heard("Richter moves too."))
    again = renate.ask("conversation:sync", conversation=number, after=0)
    assert [one["body"] for one in again["messages"] if one["kind"] == "message"] == [
        "Do all 20 come in time?", "17 are here, I am asking for the rest.", "One week later, sorry.",
    ]  # fmt: skip

    # Nobody learnt a name, and for the rivals none of it exists.
    everything = charlotte.received + str(charlotte.heard())
    assert not [name for name in ("Lehmann", "Renate", "Messner", "LEHMS", "Richter") if name in everything]
    everything = renate.received + str(renate.heard())
    assert not [name for name in ("Exotic", "Charlotte", "Cooper", "EL-CH-24", "Richter") if name in everything]
    for rival in (roland, yoshi):
        assert rival.ask("conversation:open", conversation=number)["error"] == "not_found"
        assert rival.say(number, "Let me in", "everyone")["error"] == "not_found"
        for path in (
            f"/conversations/{number}",
            f"/conversations/{number}/messages",
            "/orders/11070",
            "/orders/PO-1001",
        ):
            assert rival.api("GET", path)[0] == 404
        assert not rival.heard()
