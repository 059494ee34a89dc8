"""A real server in its own process, and real clients: HTTP, sockets, and a line that can be cut."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import socketio

from models import db
from policy import Actor

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """The product as a user starts it: gunicorn with one gevent worker."""

    def __init__(self, database_url: str, data_dir: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DATABASE_URL": database_url, "DATA_DIR": str(data_dir), "PORT": str(self.port), "SECRET_KEY": "only for tests",
            "PASSWORD_HASH_COST": "1", "LOGGIA_NO_DOTENV": "1", "PYTHONPATH": str(ROOT), "DEMO": "0",
        } | environment  # fmt: skip
        self.log = data_dir / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Server":
        """Start and wait until it is ready."""
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            self.environment.get("GUNICORN_CONFIG", "deploy/gunicorn.py"),
            "wsgi:app",
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        wait_until(self.ready, 30, lambda: self.log.read_text()[-3000:])
        return self

    def ready(self) -> bool:
        line = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            line.request("GET", "/readyz")
            return line.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            line.close()

    def kill(self) -> None:
        """Kill -9, master and worker at once: nothing gets to say good-bye."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """End in an orderly way."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None


def wait_until(true: Any, seconds: float = 10, explain: Any = None) -> None:
    """Wait for something to become true, and say what was the matter if it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain: {explain() if explain else true}")


class Wire:
    """One person on the live wire."""

    def __init__(self, url: str, token: str, origin: str = "") -> None:
        self.url, self.token = url, token
        self.client = socketio.Client(reconnection=False, websocket_extra_options={"origin": origin or url})
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.lock = threading.Lock()
        for name in (
            "message",
            "conversation",
            "read",
            "typing",
            "presence",
            "viewing",
            "queue",
            "call",
            "notices",
            "mailed",
            "going_away",
            "resync",
        ):
            self.client.on(name, self._hearing(name))

    def _hearing(self, name: str) -> Any:
        def hear(payload: dict[str, Any]) -> None:
            with self.lock:
                self.heard.append((name, payload))

        return hear

    def connect(self) -> "Wire":
        """Connect with the token."""
        self.client.connect(self.url, auth={"token": self.token}, transports=["websocket"], wait_timeout=5)
        return self

    def ask(self, name: str, timeout: float = 8, **payload: Any) -> dict[str, Any]:
        """Send an event and return its one answer."""
        answer: dict[str, Any] = self.client.call(name, payload, timeout=timeout)
        return answer

    def open(self, number: str, **more: Any) -> dict[str, Any]:
        return self.ask("conversation:open", conversation=number, **more)

    def say(self, number: str, body: str, **more: Any) -> dict[str, Any]:
        return self.ask("message:send", conversation=number, body=body, client_id=str(uuid.uuid4()), **more)

    def of(self, name: str) -> list[dict[str, Any]]:
        """What was heard of one kind so far; messages by seq, since the library hands each over in a thread of its own."""
        with self.lock:
            found = [payload for kind, payload in self.heard if kind == name]
        return sorted(found, key=lambda payload: payload["seq"]) if name == "message" else found

    def all_bytes(self) -> str:
        """Everything received, as text, for canaries."""
        with self.lock:
            return json.dumps(self.heard, ensure_ascii=False)

    def close(self) -> None:
        """Hang up; where the server did so first, the library leaves its end of the line open."""
        if self.client.connected:
            self.client.disconnect()
        hang_up(self.client)


def hang_up(client: socketio.Client) -> None:
    """Close the TCP end of a client."""
    line = getattr(client.eio, "ws", None)
    with suppress(Exception):
        if line is not None:
            line.shutdown()


@contextmanager
def wires(server: Server, *actors: Actor) -> Iterator[list[Wire]]:
    """Connect several people at once, and close them all."""
    opened = [Wire(server.url, token_of(actor)).connect() for actor in actors]
    try:
        yield opened
    finally:
        for one in opened:
            one.close()


def token_of(actor: Actor, scopes: list[str] | None = None) -> str:
    """An API token of a person, made as `flask token` makes it."""
    from actions import logins
    from models.logins import Login

    with db.unit(write=True):
        login = db.session.get_one(Login, actor.login_id)
        return logins.make_token(actor, login, actor.membership_id, "test", scopes or ["*"])
