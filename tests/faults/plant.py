"""A whole installation that may be broken: PostgreSQL and Redis of its own behind lines that can be cut, two web processes."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import redis

from models import db
from models.migrations import run as migrations
from tests import world as cast
from tests.faults.disk import Disk
from tests.line import Line
from tests.live import Server, free_port, wait_until
from tests.world import World

PROGRAMS = [Path("/usr/lib/postgresql") / version / "bin" for version in ("17", "16", "15", "14")]


def programs() -> Path | None:
    """Where the programs of PostgreSQL are; None where a server of one's own cannot be run."""
    can = os.geteuid() == 0 and shutil.which("redis-server")
    return next((one for one in PROGRAMS if (one / "initdb").exists()), None) if can else None


class Cluster:
    """A PostgreSQL of its own, run by the user `postgres`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.bin = folder / "postgres", free_port(), programs()
        user = pwd.getpwnam("postgres")
        self.as_postgres = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        folder.chmod(0o755)
        self.folder.mkdir(exist_ok=True)
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        self._run("initdb", "-D", "data", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]  # type: ignore[operator]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, **self.as_postgres)  # noqa: S603

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c shared_buffers=64MB"
        self._run("pg_ctl", "-D", "data", "-w", "-t", "60", "-l", "log", "-o", options, "start")

    def runs(self) -> bool:
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", "data", "status")
            return True
        return False

    def crash(self) -> None:
        """Stop at once, as after a loss of power; what was acknowledged is in the log."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def cut_somebody(self) -> None:
        """End one connection of the product, whatever it does at the moment."""
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as own:
            own.execute("SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE backend_type ="
                        " 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) AS one")  # fmt: skip


class Redis:
    """A Redis of its own that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL)  # noqa: S603
        wait_until(self._answers, 10)

    def _answers(self) -> bool:
        with suppress(redis.RedisError):
            return bool(redis.Redis(port=self.port, socket_connect_timeout=1).ping())
        return False

    def kill(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


class Plant:
    """Everything together. The product reaches PostgreSQL and Redis over lines that can be cut."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.postgres, self.redis = Cluster(folder), Redis(folder)
        self.disk: Disk | None = None
        self.postgres.start()
        self.redis.start()
        self.to_postgres, self.to_redis = Line(self.postgres.port), Line(self.redis.port)
        db.connect(self.postgres.url)
        migrations.upgrade()
        with db.unit(write=True):
            self.world: World = cast.build()
        over = self.postgres.url.replace(str(self.postgres.port), str(self.to_postgres.port))
        self.servers = []
        for n in (1, 2):
            own = folder / f"web-{n}"
            own.mkdir()
            self.servers.append(Server(over, own, REDIS_URL=f"redis://127.0.0.1:{self.to_redis.port}/0", **environment))

    def start(self) -> "Plant":
        for server in self.servers:
            server.start()
        return self

    def close(self) -> None:
        for server in self.servers:
            server.kill()
        db.engine().dispose()
        self.to_postgres.close()
        self.to_redis.close()
        with suppress(subprocess.CalledProcessError):
            self.postgres.crash()
        self.redis.kill()

    def logs(self) -> str:
        return "\n".join(server.log.read_text()[-4000:] for server in self.servers if server.log.exists())


@contextmanager
def plant(disk_mb: int = 0, **environment: str) -> Iterator[Plant]:
    """An installation, taken away in the end; with a disk of so many megabytes for PostgreSQL alone."""
    with ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix="loggia-plant-"))
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        disk = ending.enter_context(Disk.mounted(folder / "postgres", disk_mb)) if disk_mb else None
        made = Plant(folder, **environment)
        made.disk = disk
        ending.callback(made.close)
        yield made.start()
