"""Whoever is there and reads is told nothing; whoever leaves hears of what follows."""

from sqlalchemy import select, update

import worker
from actions import installation
from config import Settings
from models import db
from models.jobs import Delivery, Job
from models.types import now
from tests.live import Server, wait_until, wires
from tests.world import World


def mails() -> list[str]:
    """Do now what the worker would do in a moment, and say who was written to."""
    with db.unit():
        db.session.execute(update(Job).where(Job.state == "pending").values(due_at=now()))
    while worker.work_once():
        pass
    with db.unit(write=False):
        assert not db.session.scalars(select(Job.id).where(Job.kind == "notice", Job.state == "pending")).all()
        return [one.to_address for one in db.session.scalars(select(Delivery).order_by(Delivery.id)).unique()]


def test_a_buyer_with_a_live_chat_gets_none_for_what_he_saw(
    world: World, server: Server, number: str, settings: Settings
) -> None:
    installation.use(settings)
    with wires(server, world.renate, world.nancy) as (renate, nancy):
        renate.open(number)
        nancy.open(number)
        for words in ("17 are here", "3 come on Monday", "Shall I send what is here?"):
            nancy.say(number, words, audience="customer")
        wait_until(lambda: len(renate.of("message")) == 3)
        assert renate.ask("message:read", conversation=number, seq=renate.of("message")[-1]["seq"])["ok"]
        assert world.renate.email not in mails()
        renate.close()
        nancy.say(number, "I send them now", audience="customer")
        assert mails().count(world.renate.email or "") == 1
        with db.unit(write=False):
            mail = db.session.scalars(select(Delivery).where(Delivery.to_address == world.renate.email)).unique().one()
        assert "I send them now" in mail.body and "3 come on Monday" not in mail.body
