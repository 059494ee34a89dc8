"""A real SMTP server for tests: takes every mail and keeps it, or refuses them all, or takes its time."""

import base64
import socketserver
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.channels.serving import serving


class Sink(socketserver.ThreadingTCPServer):
    """Keeps what it was sent in `mails`, and byte for byte in `raws`; `refuse` is the answer to DATA when it should fail."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: list[EmailMessage] = []
        self.raws: list[bytes] = []
        self.refuse = ""
        self.unknown: set[str] = set()  # addresses that nobody has here
        self.refuse_all = ""  # the answer to everything, as of a server that is not well
        self.parting = "221 bye"
        self.pause = 0.0  # seconds that each answer takes
        self.tokens: set[str] | None = None  # access tokens of which whoever sends must show one

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        known = self.server.tokens is None
        while line := self.rfile.readline():
            word = line.strip().upper()
            if self.server.refuse_all:
                self._say(self.server.refuse_all)
            elif word.startswith(b"DATA"):
                self._data()
            elif word.startswith(b"RCPT") and any(one.encode().upper() in word for one in self.server.unknown):
                self._say("550 5.1.1 nobody here")
            elif word.startswith(b"EHLO") and not known:
                self._say("250-sink\r\n250 AUTH XOAUTH2")
            elif word.startswith(b"AUTH XOAUTH2 "):
                known = self._known(base64.b64decode(line.split()[2]))
            elif word.startswith(b"MAIL") and not known:
                self._say("530 5.7.0 sign in first")
            else:
                self._say(self.server.parting if word.startswith(b"QUIT") else "250 ok")

    def _known(self, words: bytes) -> bool:
        """Whether a client shows a token that is good; if not, as the real ones do, with a challenge first."""
        user, bearer = words.split(b"\x01")[:2]
        assert user.startswith(b"user=") and bearer.startswith(b"auth=Bearer ")
        if bearer.removeprefix(b"auth=Bearer ").decode() in (self.server.tokens or ()):
            self._say("235 2.7.0 welcome")
            return True
        self._say("334 " + base64.b64encode(b'{"status":"401"}').decode())
        assert self.rfile.readline() == b"\r\n"
        self._say("535 5.7.8 not taken")
        return False

    def _data(self) -> None:
        if self.server.refuse:
            self._say(self.server.refuse)
            return
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.raws.append(b"".join(lines))
        self.server.mails.append(message_from_bytes(self.server.raws[-1], policy=policy.default))
        self._say("250 kept")

    def _say(self, words: str) -> None:
        time.sleep(self.server.pause)
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def sink() -> Iterator[Sink]:
    """Run a sink while a test needs it."""
    with serving(Sink()) as server:
        yield server
