"""Kill -9 while a wave goes out: everybody in it is invited exactly once, and their newest link is the one that was mailed."""

import random
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select, update

from actions import secrets, waves
from models import db
from models.jobs import Delivery, Job
from models.logins import Login, Token
from models.types import now
from models.waves import Invitee, Wave
from tests.actions.test_waves import contacts
from tests.channels.sink import Sink, sink
from tests.faults.mails import free_leases
from tests.live import Server
from tests.world import World

LINK = re.compile(r"/invitation/(\S+)")


def begun(world: World, people: int) -> int:
    contacts(world, people)
    with db.unit():
        wave = waves.make(world.steven, "Spring", "customer", per_minute=600)
        waves.start(world.steven, wave)
        return wave.id


def written(wave: int) -> int:
    with db.unit(write=False):
        return len(db.session.scalars(select(Invitee.id).where(Invitee.wave_id == wave, Invitee.state == "sent")).all())


def killed(wave: int, server: Server, people: int, kills: int) -> int:
    """Let the product go on with a wave, and kill it at random points; returns how often."""
    chance, done = random.Random(people), 0  # noqa: S311
    points = sorted(chance.uniform(0.05, 0.9) * people for _ in range(kills))
    server.start()
    end = time.monotonic() + 120
    while time.monotonic() < end and not all_out(wave, people):
        if points and written(wave) >= points[0]:
            points.pop(0)
            time.sleep(chance.uniform(0, 0.2))
            server.kill()
            done += 1
            free_leases()
            server.start()
        with db.unit():
            db.session.execute(update(Wave).where(Wave.state == "running").values(due_at=None))  # as fast as it can
        free_due()
        time.sleep(0.05)
    return done


def free_due() -> None:
    """Time passes: the next slice is due."""

    with db.unit():
        slices = update(Job).where(Job.kind == "wave", Job.state == "pending", Job.lease_until.is_(None))
        db.session.execute(slices.values(due_at=now()))


def all_out(wave: int, people: int) -> bool:
    with db.unit(write=False):
        sent = select(Delivery.id).where(Delivery.state == "sent", Delivery.kind == "invitation")
        left = len(db.session.scalars(sent).all())
    return left == people == written(wave)


def check(wave: int, people: int, taken: Sink) -> list[str]:
    """What is wrong afterwards, in words."""
    wrong = []
    with db.unit(write=False):
        rows = db.session.execute(
            select(Delivery.to_address, Delivery.message_id).where(Delivery.kind == "invitation")
        ).all()
        twice = [one for one, count in Counter(row.to_address for row in rows).items() if count > 1]
        open_links = set(db.session.scalars(select(Token.secret_hash).where(Token.revoked_at.is_(None))))
        logins = len(db.session.scalars(select(Login.id).where(Login.email_key.startswith("contact"))).all())
    if twice or len(rows) != people or logins != people:
        wrong.append(f"{len(rows)} letters and {logins} logins for {people}, twice to {twice[:3]}")
    by_reader: dict[str, set[str]] = {}
    for mail in taken.mails:
        by_reader.setdefault(str(mail["To"]), set()).add(str(mail["Message-ID"]))
        secret = LINK.search(mail.get_body(("plain",)).get_content()).group(1)  # type: ignore[union-attr]
        if secrets.digest(secret) not in open_links:
            wrong.append(f"the link of {mail['To']} opens nothing")
    if len(by_reader) != people or any(len(ids) > 1 for ids in by_reader.values()):
        wrong.append(f"{len(by_reader)} of {people} readers, some with more than one mail")
    return wrong


def tried(world: World, database_url: str, folder: Path, people: int, kills: int) -> tuple[int, list[str]]:
    wave = begun(world, people)
    with sink() as taken:
        server = Server(database_url, folder, MAIL_URL=taken.url, MAIL_PER_MINUTE="0")
        try:
            done = killed(wave, server, people, kills)
        finally:
            server.kill()
        return done, check(wave, people, taken)


@pytest.mark.faults
@pytest.mark.usefixtures("app")
def test_a_wave_to_600_under_six_kills_invites_everybody_once(world: World, database_url: str, tmp_path: Path) -> None:
    assert tried(world, database_url, tmp_path, 600, 6) == (6, [])


@pytest.mark.smoke
@pytest.mark.usefixtures("app")
def test_a_wave_to_30_under_a_kill_invites_everybody_once(world: World, database_url: str, tmp_path: Path) -> None:
    assert tried(world, database_url, tmp_path, 30, 1) == (1, [])
