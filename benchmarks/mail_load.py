"""What mail in does: `python -m benchmarks.mail_load --mails 10000 --kills 5` fills a real mail server and counts.

The product fetches and files as users run it (one process, SQLite), is killed with -9 at random points, and in the end
each mail has to be there exactly once. Prints the rates, without the seconds in which nothing ran.
"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from app import create_app
from config import Settings
from models import db
from models.migrations import run as migrations
from tests.channels.dovecot import Dovecot, mail_server_can_run
from tests.faults.mails import check, connect, letter, run
from tests.live import Server
from tests.world import build


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if not mail_server_can_run():
        print("dovecot is needed, and to be root")
        return 2
    folder, mail = (Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/tmp")) for name in ("mail-load", "dovecot"))  # noqa: S108
    url = f"sqlite:///{folder}/loggia.db"
    dovecot = Dovecot(mail).start()
    dovecot.fill(letter(n) for n in range(given.mails))
    create_app(Settings(_env_file=None, data_dir=folder, database_url=url, secret_key="only for tests"))  # type: ignore[call-arg]  # noqa: S106
    migrations.upgrade()
    with db.unit(write=True):
        world = build()
    connect(world, dovecot)
    server = Server(url, folder)
    try:
        report = run(server, given.mails, given.kills, given.seed or random.randrange(10**6))  # noqa: S311
    finally:
        server.stop()
    report.broken = check(given.mails, dovecot)
    print(report.words())
    dovecot.stop()
    shutil.rmtree(mail, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
