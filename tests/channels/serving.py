"""A little server of the standard library, run while a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import TypeVar

Made = TypeVar("Made", bound=BaseServer)


@contextmanager
def serving(made: Made) -> Iterator[Made]:
    """Run a server, and end it."""
    with made as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
