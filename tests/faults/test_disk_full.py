"""The disk is full: what cannot be stored is refused in words that say so and never acknowledged, and all goes on after it."""

import random
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from models import db
from models.files import File
from models.migrations import run as migrations
from tests import world as cast
from tests.faults.disk import MB, Disk, can_mount
from tests.faults.plant import Plant, plant, programs
from tests.faults.talks import talk, threads
from tests.live import Server, Wire, token_of, wait_until
from tests.world import World

pytestmark = [
    pytest.mark.skipif(not can_mount(), reason="no disk of our own can be mounted: NOT tested"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with Disk.mounted(tmp_path / "disk", 80) as made:
        yield made


def send_file(server: Server, token: str, content: bytes) -> requests.Response:
    return requests.post(f"{server.url}/api/v1/files", files={"file": ("plan.txt", content)}, timeout=30,
                         headers={"Authorization": f"Bearer {token}"})  # fmt: skip


def refused(wire: Wire, number: str) -> dict:
    """Say things until one is not acknowledged; its answer. What was laid out on the disk before may still be used."""
    for _ in range(3000):
        answer = wire.say(number, "Is there room? " * 200)
        if not answer["ok"]:
            return answer
    raise AssertionError("the disk is full, and all is acknowledged")


def words_of(answer: requests.Response) -> tuple[int, str, bool]:
    return answer.status_code, answer.json()["error"], "Retry-After" in answer.headers


def keeps_its_promise(answer: dict) -> bool:
    return (answer["ok"], answer["error"], answer["retry_after"] > 0) == (False, "unavailable", True)


@pytest.mark.faults
def test_database_files_and_log_share_a_disk_that_is_full(disk: Disk, tmp_path: Path) -> None:
    url = f"sqlite:///{disk.folder / 'loggia.db'}"
    db.connect(url)
    migrations.upgrade()
    with db.unit(write=True):
        world = cast.build()
    server = Server(url, disk.folder, TMPDIR=str(disk.folder)).start()
    process, number, token = server.process, threads(world, 1)[0], token_of(world.renate)
    staff = token_of(world.nancy)
    assert process
    seen = []

    def breaking(_: random.Random) -> None:
        wire = Wire(server.url, token).connect()
        assert wire.open(number)["ok"]
        disk.fill()
        seen.append(keeps_its_promise(refused(wire, number)))
        seen.append(words_of(send_file(server, token, b"x" * MB)) == (503, "unavailable", True))
        # Staff: what a customer looks at is written down before it is shown, which waits for room as well.
        reading = requests.get(f"{server.url}/api/v1/conversations/{number}", timeout=30,
                               headers={"Authorization": f"Bearer {staff}"})  # fmt: skip
        seen.append((reading.status_code, number in reading.text) == (200, True))
        time.sleep(5)
        disk.free()
        wait_until(lambda: wire.say(number, "And now?")["ok"], 30)
        seen.append(send_file(server, token, b"x" * MB).status_code == 201)
        wire.close()

    try:
        found = talk(world, [server.url], tmp_path, breaking, 15, 3)
        assert process.poll() is None
    finally:
        server.kill()
        db.engine().dispose()
    assert (seen, found.broken, set(found.refusals)) == ([True] * 4, [], {"unavailable"})
    assert (found.lost, found.acks > 100) == (0, True)


def half_files(folder: Path) -> set[str]:
    """What lies in the store and is of no file that is there as a whole."""
    with db.unit(write=False):
        kept = {row.key: row.size for row in db.session.scalars(select(File).where(File.state != "receiving"))}
    there = {str(one.relative_to(folder)): one.stat().st_size for one in folder.rglob("*") if one.is_file()}
    return {name for name, size in there.items() if kept.get(name) != size}


@pytest.mark.smoke
def test_the_disk_of_the_files_is_full_and_people_go_on_talking(
    world: World, database_url: str, tmp_path: Path, disk: Disk
) -> None:
    server = Server(database_url, disk.folder, EMBEDDED_WORKER="0").start()
    number, token = threads(world, 1)[0], token_of(world.renate)
    whole = random.Random(1).randbytes(3 * MB)  # noqa: S311
    try:
        disk.fill(2 * MB)
        answers = [words_of(send_file(server, token, whole)) for _ in range(3)]
        assert answers == [(503, "unavailable", True)] * 3
        assert half_files(disk.folder / "files") == set()
        with db.unit(write=False):
            assert db.session.scalars(select(File.id)).all() == []
        wire = Wire(server.url, token).connect()
        assert wire.open(number)["ok"] and wire.say(number, "I cannot send the plan")["ok"]
        disk.free()
        kept = send_file(server, token, whole).json()["id"]
        message = {"conversation": number, "client_id": str(uuid.uuid4()), "body": "Now", "attachments": [kept]}
        assert wire.ask("message:send", **message)["ok"]
        wire.close()
    finally:
        server.kill()
    given = [one.read_bytes() for one in (disk.folder / "files").rglob("*") if one.is_file()]
    assert (given, half_files(disk.folder / "files")) == ([whole], set())


@pytest.mark.faults
@pytest.mark.skipif(programs() is None, reason="no PostgreSQL and Redis of our own: NOT tested")
def test_the_disk_of_postgresql_is_full(tmp_path: Path) -> None:
    with plant(disk_mb=200) as made:
        number, token = threads(made.world, 1)[0], token_of(made.world.renate)
        seen = []

        def breaking(_: random.Random) -> None:
            wire = Wire(made.servers[0].url, token).connect()
            assert wire.open(number)["ok"] and made.disk
            made.disk.fill()
            seen.append(keeps_its_promise(refused(wire, number)))
            time.sleep(5)
            made.disk.free()
            recovered(made)
            wait_until(lambda: wire.say(number, "And now?")["ok"], 30, made.logs)
            wire.close()

        found = talk(made.world, [server.url for server in made.servers], tmp_path, breaking, 15, 3)
        alive = [server.process is not None and server.process.poll() is None for server in made.servers]
        assert (seen, alive, found.broken) == ([True], [True, True], []), made.logs()
        assert set(found.refusals) <= {"unavailable", "timeout"} and found.acks > 100


def recovered(made: Plant) -> None:
    """PostgreSQL ends where it cannot write its log: whoever runs it starts it again once there is room."""
    time.sleep(1)
    if not made.postgres.runs():
        made.postgres.start()
    wait_until(lambda: all(server.ready() for server in made.servers), 60, made.logs)
