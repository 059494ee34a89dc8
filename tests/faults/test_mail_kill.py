"""Kill -9 while mail is fetched and filed: each mail is kept as it came, and is exactly one message."""

import os
import random
from pathlib import Path

import pytest

from tests.channels.dovecot import Dovecot
from tests.faults.mails import Report, check, connect, letter, run
from tests.live import Server
from tests.world import World


def killed(world: World, dovecot: Dovecot, database_url: str, folder: Path, mails: int, kills: int) -> Report:
    dovecot.fill(letter(n) for n in range(mails))
    connect(world, dovecot)
    server = Server(database_url, folder)
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(10**6)  # noqa: S311
    try:
        report = run(server, mails, kills, seed)
    finally:
        server.kill()
    report.broken = check(mails, dovecot)
    print(report.words())
    return report


@pytest.mark.faults
@pytest.mark.usefixtures("app")
def test_300_mails_under_eight_kills_are_each_there_once(
    world: World, dovecot: Dovecot, database_url: str, tmp_path: Path
) -> None:
    report = killed(world, dovecot, database_url, tmp_path, 300, 8)
    assert (report.kills, report.broken) == (8, [])


@pytest.mark.smoke
@pytest.mark.usefixtures("app")
def test_60_mails_under_two_kills_are_each_there_once(
    world: World, dovecot: Dovecot, database_url: str, tmp_path: Path
) -> None:
    report = killed(world, dovecot, database_url, tmp_path, 60, 2)
    assert (report.kills, report.broken) == (2, [])
