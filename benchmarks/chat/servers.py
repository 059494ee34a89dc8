"""The servers that are measured, each in processes of its own, and what their work costs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A server of one or more processes, and the database processes that work for it."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    ready: str = ""
    more: list[int] = field(default_factory=list)  # pids outside of its tree

    def tree(self) -> list[int]:
        """The processes of the server."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                todo += [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            except OSError:
                continue
        return found

    def cpu(self) -> float:
        """Seconds of CPU that the processes of the server have used."""
        return sum(spent(pid) for pid in self.tree())

    def memory(self) -> int:
        """Bytes of memory that are the server's own."""
        return sum(resident(pid) for pid in self.tree())

    def serves(self) -> bool:
        line = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            line.request("GET", self.ready)
            return line.getresponse().status < 500
        except (OSError, HTTPException):
            return False
        finally:
            line.close()


def spent(pid: int) -> float:
    """Seconds of CPU, user and system, of one process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def resident(pid: int) -> int:
    """Bytes of one process that are in memory and nobody else's."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))


@contextmanager
def running(name: str, port: int, command: list[str], ready: str = "/", **environment: str) -> Iterator[Server]:
    """Start a server on the first core, wait until it answers, and end it."""
    pinned = ["taskset", "-c", "0"] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []
    log = (
        Path(environment.get("DATA_DIR", ".")) / f"{name.replace(' ', '-')}.log" if "DATA_DIR" in environment else None
    )
    with open(log or os.devnull, "ab") as out:  # noqa: PTH123
        process = subprocess.Popen(  # noqa: S603
            [*pinned, *command], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        )  # fmt: skip
    server = Server(name, port, process, ready)
    try:
        end = time.monotonic() + 40
        while not server.serves():
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError(f"{name} does not answer: {log.read_text()[-2000:] if log else command}")
            time.sleep(0.05)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def gunicorn(config: str, app: str, port: int) -> list[str]:
    """The command that serves a WSGI application with one gevent worker."""
    return [sys.executable, "-m", "gunicorn", "-c", config, "-b", f"127.0.0.1:{port}", app]
