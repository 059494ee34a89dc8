"""One client under faults: keeps sending with the same id until acknowledged, and applies each message once, in order."""

import contextlib
import itertools
import random
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import socketio

from tests.faults.ledger import Ledger
from tests.live import hang_up


class Talker:
    """A person with a persistent outbox, as the browser's client behaves."""

    origin = ""  # whose page is said to open the line

    def __init__(self, url: str, token: str, name: str, author: int, reader: str, number: str, folder: Path) -> None:
        self.url, self.token, self.name, self.author, self.reader, self.number = (
            url,
            token,
            name,
            author,
            reader,
            number,
        )
        self.ledger = Ledger(folder / f"{name}.acks")
        self.applied: list[int] = []
        self.last = self.start = 0
        self.acked: list[tuple[str, int]] = []  # epoch and seq
        self.epoch: str | None = None
        self.reloads = 0
        self.stopping = threading.Event()
        self.enough = threading.Event()  # what was begun is still said, and nothing more
        self.longest, self.last_ack = 0.0, time.monotonic()
        self.refusals: Counter[str] = Counter()  # sends that were not acknowledged, by what was answered
        self.lines = 0  # how often a line was opened
        self.client: Any = None
        self.lock = threading.RLock()
        self.random = random.Random(name)  # noqa: S311

    def run(self, messages: int) -> None:
        """Say so many things, each until it is acknowledged."""
        for n in range(messages):
            if self.stopping.is_set() or self.enough.is_set():
                return
            self.say(f"{self.name} {n}", self.random.choice(self.audiences()))

    def audiences(self) -> list[str]:
        own = self.reader.split(":")[0]
        return ["staff", "customer", "everyone", "partner"] if own == "staff" else [own, "everyone"]

    def say(self, body: str, audience: str) -> None:
        message = {"conversation": self.number, "client_id": str(uuid.uuid4()), "body": body, "audience": audience}
        before = list(self.acked[-3:])
        for attempt in itertools.count():
            if self.stopping.is_set():
                return
            answer = self.ask("message:send", message)
            if answer.get("ok"):
                self.acked.append((answer["epoch"], answer["seq"]))
                after = [seq for epoch, seq in before if epoch == answer["epoch"]]
                self.longest, self.last_ack = max(self.longest, time.monotonic() - self.last_ack), time.monotonic()
                self.ledger.write(author=self.author, client_id=message["client_id"], conversation=self.number,
                                  seq=answer["seq"], audience=audience, after=after, epoch=answer["epoch"])  # fmt: skip
                return
            self.refusals[str(answer.get("error"))] += 1
            if answer.get("error") not in ("unavailable", "timeout", "rate_limited"):
                raise AssertionError(f"{self.name} was refused: {answer}")
            time.sleep(min(1.0, 0.05 * 2**attempt) * (0.5 + self.random.random()))

    def ask(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        try:
            client = self.connected()
            answer: dict[str, Any] = client.call(name, payload, timeout=4)
            return answer
        except Exception:
            self.drop()
            return {"ok": False, "error": "timeout"}

    def connected(self) -> Any:
        with self.lock:
            if self.client is not None and self.client.connected:
                return self.client
            options = {"origin": self.origin or self.url}
            client = socketio.Client(reconnection=False, request_timeout=3, websocket_extra_options=options)
            client.on("message", self.pushed)
            client.on("conversation", self.pushed)
            client.connect(self.url, auth={"token": self.token}, transports=["websocket"], wait_timeout=3)
            self.client = client
            self.lines += 1
        self.catch_up("conversation:open")
        return client

    def drop(self) -> None:
        with self.lock, contextlib.suppress(Exception):
            if self.client is not None:
                client, self.client = self.client, None
                client.disconnect()
                hang_up(client)

    def catch_up(self, name: str = "conversation:sync") -> None:
        while True:
            with self.lock:
                client, after = self.client, self.last
            if client is None:
                return
            known = {"epoch": self.epoch} if self.epoch else {}
            answer = client.call(name, {"conversation": self.number, "after": after} | known, timeout=4)
            if answer.get("error") == "reset":
                self.reload()
                name = "conversation:open"
                continue
            if not answer.get("ok"):
                return
            with self.lock:
                self.epoch = answer["epoch"]
                for message in answer["messages"]:
                    self.apply(message)
            if not answer["more"]:
                return

    def reload(self) -> None:
        """Forget all that was shown, as a page does that is loaded anew."""
        with self.lock:
            self.applied.clear()
            self.last, self.epoch = self.start, None
            self.reloads += 1

    def pushed(self, push: dict[str, Any]) -> None:
        with self.lock:
            if push["prev"] <= self.last:
                self.apply(push)
                return
        threading.Thread(target=self._sync_quietly, daemon=True).start()

    def _sync_quietly(self) -> None:
        with contextlib.suppress(Exception):
            self.catch_up()

    def apply(self, message: dict[str, Any]) -> None:
        if message["seq"] > self.last:
            self.last = message["seq"]
            self.applied.append(message["seq"])

    def finish(self) -> None:
        """Catch up until nothing is missing."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                self.connected()
                self.catch_up()
                return
            except Exception:
                self.drop()
                time.sleep(0.2)
