"""Mails under faults: a real mail server is full, the product is killed while it fetches and files, each mail is there once."""

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import func, select

from actions import mail_in, mail_sources
from models import db, storage
from models.jobs import Job
from models.mail_in import InboundMail
from models.messages import Message
from models.types import now
from tests.channels.dovecot import PASSWORD, USER, Dovecot
from tests.live import Server
from tests.world import World


@dataclass
class Report:
    """What a run found: how long each part took, without the time in which nothing ran, and the broken promises."""

    mails: int
    kills: int = 0
    fetched: float = 0.0  # seconds until all were kept
    filed: float = 0.0  # seconds until all were filed
    broken: list[str] = field(default_factory=list)

    def words(self) -> str:
        found = "each exactly once" if not self.broken else "; ".join(self.broken)
        return (
            f"{self.mails:,} mails, {self.kills} kills: {found}. Kept {self.mails / self.fetched:.0f}/s, "
            f"filed {self.mails / self.filed:.0f}/s"
        )


def letter(number: int) -> bytes:
    """One mail of many: every tenth from a customer, the others from strangers."""
    sender = (
        "Renate Messner <renate.messner@lehms.example>"
        if number % 10 == 0
        else f"Eve {number} <eve{number}@else.example>"
    )
    return (
        f"From: {sender}\r\nTo: service@localhost\r\nSubject: Matter {number}\r\nMessage-ID: <{number}@else.example>\r\n"
        f"Date: Mon, 04 May 2026 09:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNumber {number}.\r\n\r\n"
        f"{'Some more words of a usual mail. ' * 30}\r\n"
    ).encode()


def connect(world: World, server: Dovecot) -> None:
    """Let the address that our mails come from fetch its mail there."""
    values = {"host": "localhost", "port": str(server.port), "security": "none", "username": USER, "password": PASSWORD,
              "folder": "INBOX", "auth": "password"}  # fmt: skip
    with db.unit(write=True):
        mail_sources.connect(world.andrew, mail_in.mailbox(), values, None)


def progress() -> tuple[int, int]:
    """How many mails are kept, and how many of them are filed."""
    with db.unit(write=False):
        states = Counter(
            dict(db.session.execute(select(InboundMail.state, func.count()).group_by(InboundMail.state)).all())
        )
    return sum(states.values()), states["filed"]


def run(server: Server, mails: int, kills: int, seed: int, say: Callable[[str], None] = print) -> Report:
    """Let the product fetch and file while it is killed at random points of its work."""
    chance, report = random.Random(seed), Report(mails)  # noqa: S311
    points = sorted(chance.uniform(0.02, 0.9) * 2 * mails for _ in range(kills))
    say(f"seed {seed}")
    server.start()
    begun = last = time.monotonic()
    idle, seen = 0.0, 0
    while True:
        kept, filed = progress()
        spent = time.monotonic() - begun - idle
        report.fetched = report.fetched or (spent if kept >= mails else 0.0)
        if filed >= mails or time.monotonic() - last > 180:
            report.filed = spent
            break
        if points and kept + filed >= points[0]:
            points.pop(0)
            time.sleep(chance.uniform(0, 0.1))
            server.kill()
            stopped = time.monotonic()
            report.kills += 1
            say(f"  killed at {kept} kept, {filed} filed")
            free_leases()
            server.start()
            idle += time.monotonic() - stopped
        if kept + filed > seen:
            last, seen = time.monotonic(), kept + filed
        time.sleep(0.03)
    return report


def free_leases() -> None:
    """Jobs of the dead are due at once, instead of in a minute: the time of a lease is no part of the rate."""
    with db.unit(write=True):
        db.session.execute(Job.__table__.update().where(Job.state == "pending").values(lease_until=None, due_at=now()))


def check(mails: int, server: Dovecot) -> list[str]:
    """Return every broken promise: each mail is kept as it was, filed, said once, and marked as read on its server."""
    found: list[str] = []
    with db.unit(write=False):
        rows = db.session.execute(
            select(InboundMail.sha256, InboundMail.state, InboundMail.storage_key, InboundMail.reason)
        ).all()
        said = Counter(
            db.session.scalars(select(func.substr(Message.body, 1, 16)).where(Message.direction == "inbound"))
        )
        jobs = Counter(db.session.scalars(select(Job.state).where(Job.kind == "mail_in")))
    due = Counter(hashlib.sha256(letter(n)).hexdigest() for n in range(mails))
    kept = Counter(row.sha256 for row in rows)
    if kept != due:
        found.append(f"kept {kept.total()} of {mails}, missing {(due - kept).total()}, too many {(kept - due).total()}")
    found += [f"{row.state}: {row.reason}" for row in rows if row.state != "filed"][:5]
    spoilt = [
        row
        for row in rows[:: max(1, mails // 200)]
        if hashlib.sha256(storage.read(row.storage_key)).hexdigest() != row.sha256
    ]
    found += [f"{len(spoilt)} are not as they came"] if spoilt else []
    numbers = Counter(words.split()[1].rstrip(".") for words in said.elements() if words.startswith("Number "))
    wanted = Counter(str(n) for n in range(mails))
    if numbers != wanted:
        found.append(f"said: missing {(wanted - numbers).total()}, too many {(numbers - wanted).total()}")
    if jobs != Counter({"done": mails}):
        found.append(f"jobs {dict(jobs)}")
    if unseen := server.uids("UNSEEN"):
        found.append(f"{len(unseen)} are not marked as read")
    return found
