"""One process after the other is restarted while files are sent: each arrives whole, at the second try at most, or is not seen."""

import os
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from models import db
from models.files import File
from tests.faults.plant import Plant, plant, programs
from tests.faults.talks import at_it, talk, threads
from tests.faults.test_disk_full import half_files
from tests.faults.uploads import Sender, message_with
from tests.live import Server, Wire, free_port, token_of, wait_until
from tests.test_deploy import NGINX, PUBLIC, answers, configuration
from tests.world import World

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@contextmanager
def proxy(folder: Path, servers: list[Server]) -> Iterator[str]:
    """The nginx that operators copy, in front of the processes."""
    port = free_port()
    nginx = subprocess.Popen([NGINX, "-c", str(configuration(folder, port, servers))], stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_until(lambda: answers(port), 10)
        yield f"http://127.0.0.1:{port}"
    finally:
        nginx.terminate()
        nginx.wait(10)


def sending(senders: list[Sender]) -> AbstractContextManager[list[threading.Thread]]:
    """Let everybody send one file after the other."""
    return at_it([one.run for one in senders], [one.stopping for one in senders])


def wrong_with(senders: list[Sender], url: str, number: str, store: Path, origin: str = "") -> list[str]:
    """Whatever is not as it was sent, or seen though it is not there as a whole."""
    found = []
    for one in senders:
        bearer = {"Authorization": f"Bearer {one.token}"}
        for public_id, content in one.kept.items():
            if requests.get(f"{url}/files/{public_id}", headers=bearer, timeout=10).content != content:
                found.append(f"{public_id} is not as it was sent")
    with db.unit(write=False):
        begun = list(db.session.scalars(select(File.public_id).where(File.state == "receiving")))
    wire = Wire(url, senders[0].token, origin).connect()
    for public_id in begun:
        if requests.get(f"{url}/files/{public_id}", headers=bearer, timeout=10).status_code != 404:
            found.append(f"{public_id} is seen before it is there")
        if wire.ask("message:send", **message_with(number, [public_id])).get("error") != "not_found":
            found.append(f"{public_id} can be attached before it is there")
    whole = wire.ask("message:send", **message_with(number, list(senders[0].kept)[:3]))
    wire.close()
    if not whole["ok"]:
        found.append(f"what arrived cannot be attached: {whole}")
    return found + [f"half of {name} is kept" for name in half_files(store)]


def counted(senders: list[Sender]) -> Counter[str]:
    found = sum((one.answers for one in senders), Counter[str]())
    print(f"\nfiles: {dict(found)}")
    return found


@pytest.mark.faults
@pytest.mark.skipif(
    programs() is None or not os.access(NGINX, os.X_OK), reason="no nginx, PostgreSQL and Redis: NOT tested"
)
def test_files_and_talk_go_on_behind_nginx_while_processes_are_restarted(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    with plant(STORAGE_URL=store.as_uri(), PUBLIC_URL=PUBLIC) as made, proxy(tmp_path, made.servers) as url:
        token, number = token_of(made.world.renate), threads(made.world, 1)[0]
        # Half of them past the proxy, where a process that ends cuts them off.
        senders = [Sender(place, token, 3, random.Random(n)) for n, place in enumerate([url] * 4 + urls(made))]  # noqa: S311
        told = []

        def breaking(_: random.Random) -> None:
            with sending(senders):
                for server in made.servers * 2:
                    wire = Wire(server.url, token, PUBLIC).connect()
                    time.sleep(4)
                    server.stop()
                    told.append(len(wire.of("going_away")))
                    wire.close()
                    server.start()

        found = talk(made.world, [url], tmp_path, breaking, 30, 2, PUBLIC)
        files = counted(senders)
        assert (found.broken, all(told), set(files) - {"201", "lost"}) == ([], True, set()), made.logs()
        assert found.acks > 100 and files["lost"] and files["201"] > 20
        assert wrong_with(senders, url, number, store, PUBLIC) == []


def urls(made: Plant) -> list[str]:
    return [server.url for server in made.servers]


@pytest.mark.smoke
def test_the_only_process_is_restarted_while_files_are_sent(
    world: World, server: Server, tmp_path: Path, database_url: str
) -> None:
    number = threads(world, 1)[0]
    senders = [Sender(server.url, token_of(world.renate), 2, random.Random(n)) for n in range(3)]  # noqa: S311
    with sending(senders):
        time.sleep(3)
        server.stop()
        server.start()
        wait_until(lambda: all(one.answers["lost"] < one.answers.total() for one in senders), 30)
    files = counted(senders)
    assert (set(files), wrong_with(senders, server.url, number, tmp_path / "files")) == ({"201", "lost"}, [])
