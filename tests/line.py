"""A line that can be cut: a TCP proxy that resets, or swallows everything in both directions and never gives it back."""

import contextlib
import socket
import struct
import threading

from tests.live import free_port


class Line:
    """Stands between a browser and the server."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self.swallowing = self.refusing = False
        self.generation = 0  # connections of an earlier one are dead for ever: nothing is replayed
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.refusing:
                _reset(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:  # whoever is at the other end is down
                _reset(near)
                continue
            self.pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        born = self.generation
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if born == self.generation and not self.swallowing:
                    sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        source.close()  # the other one is closed by who reads it

    def reset(self) -> None:
        """Cut every connection with RST, and refuse new ones until it is mended."""
        self.refusing = True
        for pair in self.pairs:
            for one in pair:
                _reset(one)
        self.pairs.clear()

    def swallow(self) -> None:
        """Let everything vanish in both directions; what is open stays dead."""
        self.swallowing = True
        self.generation += 1

    def mend(self) -> None:
        """Let new connections through."""
        if self.swallowing:
            self.generation += 1
        self.refusing = self.swallowing = False

    def close(self) -> None:
        self.listener.close()
        for pair in self.pairs:
            for one in pair:
                one.close()


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RD)  # wakes the thread that reads it and holds it open
        one.close()
