"""Fetching mail in tests: an address of ours that is connected to a mail server, and a watch that fetches."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select

from actions import mail_in, mail_sources
from channels import imap_watch
from models import db
from models.jobs import Job
from models.mail_in import InboundMail
from models.mail_sources import MailSource
from tests.channels.dovecot import PASSWORD, USER, Dovecot
from tests.channels.mails import written
from tests.live import wait_until
from tests.world import World


def connected(world: World, server: Dovecot, **values: Any) -> int:
    """Connect the address that our mails come from to a mail server; returns the key of the source."""
    given = {"host": "localhost", "port": str(server.port), "security": "none", "username": USER, "password": PASSWORD,
             "folder": "INBOX", "auth": "password", **values}  # fmt: skip
    with db.unit(write=True):
        box = mail_in.mailbox()
        before = mail_sources.of(box)
        return mail_sources.connect(world.andrew, box, given, before.version if before else None).id


def source() -> MailSource:
    with db.unit(write=False):
        return db.session.scalars(select(MailSource)).unique().one()


@contextmanager
def fetching(watches: int = 1) -> Iterator[None]:
    """Fetch as the worker does, in one process or as if there were several."""
    stop = threading.Event()
    threads = [threading.Thread(target=imap_watch.Watch().keep, args=(stop,)) for _ in range(watches)]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        stop.set()
        imap_watch.call([])
        for one in threads:
            one.join(20)


def count() -> int:
    with db.unit(write=False):
        return db.session.scalar(select(func.count()).select_from(InboundMail)) or 0


def arrives(mails: int, seconds: float = 15) -> None:
    """Wait until so many mails are here, and one job for each."""
    wait_until(lambda: count() >= mails, seconds, lambda: f"{count()} of {mails}: {source().error}")
    with db.unit(write=False):
        jobs = db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == "mail_in"))
    assert (count(), jobs) == (mails, mails)


def looked(seconds: float = 15) -> None:
    """Wait until all there was on the server is here."""
    wait_until(lambda: source().looked_at and source().error is None, seconds, lambda: source().error)


def letters(number: int, first: int = 0) -> list[bytes]:
    """Mails that differ."""
    people = ("Eve <eve@else.example>", "Renate Messner <renate.messner@lehms.example>")
    found = [written(people[n % 2], f"Number {n}.", f"Mail {n}", Message_ID=f"<{n}@else.example>")
             for n in range(first, first + number)]  # fmt: skip
    return [one.replace(b"\n", b"\r\n") for one in found]
