"""A real SMTP server for tests: takes every mail and keeps it, or refuses them all."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


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

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline():
            word = line.strip().upper()
            if word.startswith(b"DATA"):
                self._data()
            elif word.startswith(b"RCPT") and any(one.encode().upper() in word for one in self.server.unknown):
                self._say("550 5.1.1 nobody here")
            else:
                self._say("221 bye" if word.startswith(b"QUIT") else "250 ok")

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
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def sink() -> Iterator[Sink]:
    """Run a sink while a test needs it."""
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
