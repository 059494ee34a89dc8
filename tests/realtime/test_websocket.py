"""The websocket by the letter of RFC 6455, byte by byte: what other clients rely on, and what must not hurt us."""

import json
import os
import socket
import struct
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from actions import conversations
from models import db
from models.conversations import Conversation
from policy import find
from tests.live import Server, Wire, token_of, wait_until, wires
from tests.world import World

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the example of RFC 6455, section 1.3


class Raw:
    """A client that sends the very bytes it is told to."""

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), timeout=8)
        self.rest = b""

    def shake(self, **changes: str) -> str:
        headers = {"Host": self.host, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
                   "Sec-WebSocket-Version": "13"} | {k.replace("_", "-"): v for k, v in changes.items()}  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.line.sendall(f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n{lines}\r\n".encode())
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return head.decode()

    @property
    def host(self) -> str:
        return "{}:{}".format(*self.line.getpeername())

    def _more(self) -> None:
        data = self.line.recv(65536)
        if not data:
            raise EOFError
        self.rest += data

    def _take(self, size: int) -> bytes:
        while len(self.rest) < size:
            self._more()
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def send(
        self, kind: int, payload: bytes = b"", *, last: bool = True, masked: bool = True, reserved: int = 0
    ) -> None:
        size = len(payload)
        mask = os.urandom(4) if masked else b""
        head = bytes((last << 7 | reserved << 4 | kind,))
        bit = 0x80 if masked else 0
        if size < 126:
            head += bytes((bit | size,))
        elif size < 65536:
            head += struct.pack("!BH", bit | 126, size)
        else:
            head += struct.pack("!BQ", bit | 127, size)
        body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload)) if masked else payload
        self.line.sendall(head + mask + body)

    def receive(self) -> tuple[int, bytes]:
        first, second = self._take(2)
        assert first & 0x70 == 0 and second & 0x80 == 0, "a server sets no reserved bit and masks nothing"
        size = second & 127
        if size == 126:
            size = struct.unpack("!H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self._take(8))[0]
        return first & 15, self._take(size)

    def texts(self) -> Iterator[str]:
        while True:
            kind, payload = self.receive()
            if kind == TEXT:
                yield payload.decode()

    def sign_in(self, token: str) -> None:
        self.shake()
        texts = self.texts()
        assert next(texts).startswith("0{")
        self.send(TEXT, ("40" + json.dumps({"token": token})).encode())
        assert next(texts).startswith("40")

    def closed_with(self) -> int | None:
        """The code with which the server closes; None when it just hangs up."""
        try:
            while True:
                kind, payload = self.receive()
                if kind == CLOSE:
                    return struct.unpack("!H", payload[:2])[0] if payload else 1005
        except (EOFError, ConnectionError):
            return None

    def ended(self) -> bool:
        try:
            while self.line.recv(65536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True


@contextmanager
def raw(server: Server) -> Iterator[Raw]:
    """A client of bytes, closed in the end."""
    made = Raw(server.port)
    try:
        yield made
    finally:
        made.line.close()


def test_it_shakes_hands_as_the_standard_has_it_and_compresses_nothing(world: World, server: Server) -> None:
    with raw(server) as client:
        head = client.shake(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits")
        assert head.startswith("HTTP/1.1 101 ")
        assert f"Sec-WebSocket-Accept: {ACCEPT}" in head
        assert "xtensions" not in head


@pytest.mark.parametrize(
    "wrong", [{"Sec_WebSocket_Version": "8"}, {"Sec_WebSocket_Key": "short"}, {"Sec_WebSocket_Key": "!"}]
)
def test_what_is_no_handshake_is_a_bad_request(world: World, server: Server, wrong: dict[str, str]) -> None:
    with raw(server) as client:
        assert client.shake(**wrong).startswith("HTTP/1.1 400 ")


def test_a_message_may_come_in_pieces_with_a_ping_between_them(world: World, server: Server, number: str) -> None:
    with raw(server) as client:
        client.sign_in(token_of(world.renate))
        message = {"conversation": number, "body": "Grüße, in Stücken", "client_id": str(uuid.uuid4())}
        whole = f"420{json.dumps(['message:send', message], ensure_ascii=False)}".encode()
        cut = whole.index("ü".encode()) + 1  # in the middle of a letter
        client.send(TEXT, whole[:cut], last=False)
        client.send(PING, b"still there?")
        client.send(0, whole[cut : cut + 5], last=False)
        client.send(0, whole[cut + 5 :])
        assert client.receive() == (PONG, b"still there?")
        answer = next(one for one in client.texts() if one.startswith("430"))
        assert json.loads(answer[3:])[0]["ok"] is True
    with db.unit(write=False):
        row = find(world.nancy, Conversation, number=number)
        assert row.snippet.endswith("Grüße, in Stücken")


def test_a_close_is_answered_with_its_code_and_the_line_ends(world: World, server: Server) -> None:
    with raw(server) as client:
        client.sign_in(token_of(world.renate))
        client.send(CLOSE, struct.pack("!H", 1001))
        assert client.closed_with() == 1001
        assert client.ended()


@pytest.mark.parametrize(
    ("code", "frames"),
    [
        (1007, [(TEXT, b"42[\xff\xfe", {})]),
        (1007, [(TEXT, b"42\xed\xa0\x80", {})]),
        (1003, [(BINARY, b"4x", {})]),
        (1008, [(TEXT, b"hello", {})]),
        (1008, [(TEXT, b"", {})]),
        (1009, [(TEXT, b"x" * 300_000, {})]),
        (1009, [(TEXT, b"x" * 200_000, {"last": False}), (0, b"x" * 200_000, {"last": False})]),
        (1009, [(TEXT, b"x", {"last": False}), *[(0, b"x", {"last": False})] * 1001]),
        (1002, [(TEXT, b"x", {"masked": False})]),
        (1002, [(TEXT, b"x", {"reserved": 4})]),
        (1002, [(3, b"x", {})]),
        (1002, [(0, b"nothing was begun", {})]),
        (1002, [(PING, b"x" * 126, {})]),
        (1002, [(PING, b"x", {"last": False})]),
    ],
    ids=["no UTF-8", "half a character", "binary", "no packet", "nothing", "large frame", "large in pieces", "very many pieces", "unmasked",
         "reserved bit", "unknown kind", "piece of nothing", "long ping", "ping in pieces"],
)  # fmt: skip
def test_what_breaks_the_standard_or_a_bound_is_closed_with_its_code(
    world: World, server: Server, number: str, code: int, frames: list
) -> None:
    with raw(server) as client, wires(server, world.nancy) as (nancy,):
        client.sign_in(token_of(world.renate))
        for kind, payload, how in frames:
            try:
                client.send(kind, payload, **how)
            except ConnectionError:
                break  # it has hung up already
        assert client.closed_with() in (code, None) and client.ended()
        assert nancy.say(number, "The others go on", audience="staff")["ok"]


def test_a_client_that_reads_slowly_gets_every_byte(world: World, server: Server, number: str) -> None:
    bodies = [f"{n} " + "long " * 1500 for n in range(60)]
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        for body in bodies:
            conversations.reply(world.nancy, row, body, audience="customer")
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.settimeout(8)
    slow.connect(("127.0.0.1", server.port))
    with raw(server) as client:
        client.line.close()
        client.line = slow
        client.sign_in(token_of(world.renate))
        client.send(TEXT, f'421["conversation:open",{json.dumps({"conversation": number})}]'.encode())
        answer = json.loads(next(one for one in client.texts() if one.startswith("431"))[3:])[0]
        assert [one["body"] for one in answer["messages"]][1:] == bodies


def test_who_does_not_read_at_all_is_hung_up_on_and_the_others_hear(world: World, server: Server, number: str) -> None:
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.settimeout(30)
    deaf.connect(("127.0.0.1", server.port))
    with raw(server) as client, wires(server, world.renate, world.nancy) as (renate, nancy):
        client.line.close()
        client.line = deaf
        client.sign_in(token_of(world.greta))
        client.send(TEXT, f'421["conversation:open",{json.dumps({"conversation": number})}]'.encode())
        next(one for one in client.texts() if one.startswith("431"))
        renate.open(number)
        body = "much to read " * 700
        said = [nancy.say(number, f"{n} {body}", audience="customer") for n in range(250)]
        assert all(one["ok"] for one in said)
        wait_until(lambda: len(renate.of("message")) == 250)


def test_the_line_of_who_was_signed_out_ends(world: World, server: Server) -> None:
    from actions import sessions

    with raw(server) as client:
        client.sign_in(token_of(world.renate))
        with db.unit(write=True):
            sessions.revoke("login", world.renate.login_id)
        assert client.ended()


def test_an_independent_client_talks_with_it(world: World, server: Server, number: str) -> None:
    wire = Wire(server.url, token_of(world.renate)).connect()
    try:
        assert wire.say(number, "x" * 9_000)["ok"]
    finally:
        wire.close()
