"""The reader of mails: a process apart that takes them to pieces, ended when one takes too long and begun anew."""

import atexit
import json
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from config import ROOT
from models.words import Words, unpacked

HEAD = 8
PATIENCE = 20.0  # seconds for one mail
MOST = 1000  # mails, then a fresh one
LONGEST_ANSWER = 400 * 1024 * 1024


class Unreadable(Exception):
    """A mail that cannot be read; `words` say why."""

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.words = words


class Reader:
    """One process for many mails, one at a time."""

    def __init__(self) -> None:
        self.lock, self.count = threading.Lock(), 0
        self.process: subprocess.Popen[bytes] | None = None

    def read(self, raw: bytes) -> dict[str, Any]:
        """Return the facts of a mail. Raises Unreadable."""
        with self.lock:
            facts = self._asked(raw)
        if "unreadable" in facts:
            raise Unreadable(unpacked(facts["unreadable"]))
        return facts

    def _asked(self, raw: bytes) -> dict[str, Any]:
        process = self._running()
        late = threading.Event()
        timer = threading.Timer(PATIENCE, self._end, (late, process))
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(len(raw).to_bytes(HEAD, "big") + raw)
            process.stdin.flush()
            size = int.from_bytes(self._exactly(process, HEAD), "big")
            found: dict[str, Any] = json.loads(self._exactly(process, min(size, LONGEST_ANSWER)))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            if late.is_set():
                raise Unreadable(Words("It took longer than %(most)s seconds.", most=f"{PATIENCE:.0f}")) from error
            raise Unreadable(Words("It ended the process that read it.")) from error
        finally:
            timer.cancel()
        return found

    @staticmethod
    def _end(late: threading.Event, process: Any) -> None:
        late.set()
        process.kill()

    @staticmethod
    def _exactly(process: Any, size: int) -> bytes:
        found: bytes = process.stdout.read(size)
        if len(found) < size:
            raise EOFError
        return found

    def _running(self) -> Any:
        if self.process is not None and (self.count >= MOST or self.process.poll() is not None):
            self.close()
        if self.process is None:
            self.process, self.count = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "actions.mails.reading"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
                env={"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            ), 0  # fmt: skip
        self.count += 1
        return self.process

    def close(self) -> None:
        """End the process; the next mail gets a fresh one."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in filter(None, (process.stdin, process.stdout)):
                with suppress(OSError):
                    pipe.close()


READER = Reader()
atexit.register(READER.close)
