"""Files that are sent slowly, as over a poor line, and once more where the line is lost: as the page does it."""

import json
import random
import threading
import time
import uuid
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

LOST = (0, 502, 503, 504)  # static/js/attachments.js


@dataclass
class Sender:
    """Somebody who sends one file after the other until told to stop."""

    url: str
    token: str
    seconds: float  # that each file takes
    chance: random.Random
    kept: dict[str, bytes] = field(default_factory=dict)  # public id -> what was sent
    answers: Counter[str] = field(default_factory=Counter)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stopping.is_set():
            content = self.chance.randbytes(self.chance.randint(10_000, 1_500_000))
            status, answer = self.attempt(content)
            if status in LOST:
                self.answers["lost"] += 1
                time.sleep(self.chance.uniform(4, 8))
                status, answer = self.attempt(content)
            self.answers[str(status)] += 1
            if status == 201:
                self.kept[answer["id"]] = content

    def attempt(self, content: bytes) -> tuple[int, dict]:
        """Send a file piece by piece; status 0 where nobody says what became of it."""
        body = (
            b'--part\r\nContent-Disposition: form-data; name="file"; filename="plan.bin"\r\n\r\n'
            + content
            + b"\r\n--part--\r\n"
        )
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "multipart/form-data; boundary=part",
                   "Content-Length": str(len(body))}  # fmt: skip
        with closing(HTTPConnection(urlsplit(self.url).netloc, timeout=30)) as line:
            try:
                line.putrequest("POST", "/api/v1/files")
                for name, value in headers.items():
                    line.putheader(name, value)
                line.endheaders()
                for place in range(0, len(body), size := len(body) // 20 + 1):
                    line.send(body[place : place + size])
                    time.sleep(self.seconds / 20)
                answer = line.getresponse()
                words = answer.read()
                return answer.status, json.loads(words) if answer.status == 201 else {}
            except (OSError, HTTPException):
                return 0, {}


def message_with(number: str, files: list[str]) -> dict[str, object]:
    return {"conversation": number, "client_id": str(uuid.uuid4()), "body": "See here", "attachments": files}
