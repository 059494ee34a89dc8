"""Fetching as it is served: inside the web process, made of greenlets, and in a worker of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.channels.dovecot import Dovecot
from tests.channels.fetching import connected, count, fetching, letters, looked, source
from tests.live import ROOT, Server, wait_until
from tests.world import World

pytestmark = pytest.mark.usefixtures("app")


def test_the_web_process_fetches_over_tls_and_lets_go_when_it_ends(
    world: World, dovecot: Dovecot, database_url: str, tmp_path: Path
) -> None:
    connected(world, dovecot, security="tls", port=str(dovecot.tls_port))
    server = Server(database_url, tmp_path, SSL_CERT_FILE=str(dovecot.folder / "cert.pem")).start()
    try:
        looked(30)
        dovecot.put(*letters(3))
        wait_until(lambda: count() == 3, 15, lambda: source().error)
    finally:
        server.stop()
    assert source().lease_by is None, server.log.read_text()[-2000:]


def test_a_worker_of_its_own_fetches_and_ends_in_order(
    world: World, dovecot: Dovecot, database_url: str, tmp_path: Path
) -> None:
    dovecot.put(*letters(3))
    connected(world, dovecot)
    environment = Server(database_url, tmp_path, EMBEDDED_WORKER="0").environment
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "flask", "worker"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            wait_until(lambda: count() == 3, 40, lambda: (tmp_path / "worker.log").read_text()[-2000:])
            looked()
        finally:
            worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
    assert source().lease_by is None
    with fetching():
        wait_until(lambda: source().lease_by)
