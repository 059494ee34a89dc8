"""A crowd of clients by hand on asyncio: thousands of sockets that connect, open a conversation and catch up."""

import asyncio
import base64
import json
import os
import random
import struct
import time
from dataclasses import dataclass, field


@dataclass
class Client:
    """One socket that comes back by itself, as the browser's does, and keeps the last seq it has."""

    port: int
    token: str
    conversation: str
    last: int = 0
    connected_at: float = 0.0
    caught_up_at: float = 0.0
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    ended: bool = False
    tries: int = field(default=0)

    async def live(self, spread: float) -> None:
        """Stay connected until told to end."""
        await asyncio.sleep(random.uniform(0, spread))  # noqa: S311
        while not self.ended:
            self.tries += 1
            try:
                await asyncio.wait_for(self._enter(), 15)
                await self._listen()
            except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
                pass
            finally:
                if self.writer:
                    self.writer.close()
            self.caught_up_at = 0.0
            await asyncio.sleep(random.uniform(0.5, 3))  # noqa: S311

    async def _enter(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        key = base64.b64encode(os.urandom(16)).decode()
        self.writer.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        if b" 101 " not in (await self.reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]:
            raise EOFError
        await self._until("0")
        self.send("40" + json.dumps({"token": self.token}))
        if (await self._until("4")).startswith("44"):
            raise EOFError
        self.connected_at = time.monotonic()
        self.send(f'421["conversation:open",{json.dumps({"conversation": self.conversation, "after": self.last})}]')
        answer = json.loads((await self._until("431"))[3:])[0]
        if not answer["ok"]:
            raise EOFError
        self.last = answer["last_seq"]
        self.caught_up_at = time.monotonic()

    async def _listen(self) -> None:
        while True:
            text = await self._receive()
            if text == "2":
                self.send("3")
            elif text.startswith('42["message"'):
                self.last = max(self.last, json.loads(text[2:])[1]["seq"])

    async def _until(self, start: str) -> str:
        while True:
            text = await self._receive()
            if text.startswith(start):
                return text
            if text == "2":
                self.send("3")

    async def _receive(self) -> str:
        assert self.reader
        first, second = await self.reader.readexactly(2)
        size = second & 127
        if size == 126:
            size = struct.unpack("!H", await self.reader.readexactly(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", await self.reader.readexactly(8))[0]
        payload = await self.reader.readexactly(size)
        if first & 15 == 8:
            raise EOFError
        return payload.decode() if first & 15 == 1 else ""

    def send(self, text: str) -> None:
        """Send one text frame, masked with zeros."""
        payload = text.encode()
        head = (
            bytes((0x81, 0x80 | len(payload))) if len(payload) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(payload))
        )
        assert self.writer
        self.writer.write(head + bytes(4) + payload)
