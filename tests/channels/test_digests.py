"""Whoever does not want a mail for each message gets one a day, with what is new for them and nothing else."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update

import worker
from actions import conversations, installation, notice_choices
from actions.notice_choices import Choice
from channels import notices
from config import Settings
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.notices import DigestMatter
from models.people import Membership
from models.shares import ReadLog
from models.staff import Staff
from models.types import now
from policy import Actor
from tests.channels.test_notices import everything, number, read, say  # noqa: F401
from tests.world import World


@pytest.fixture(autouse=True)
def _installed(settings: Settings, world: World) -> None:
    installation.use(settings)


def choose(who: Actor, pace: str, **more: object) -> None:
    with db.unit():
        version = notice_choices.of(who).version
        notice_choices.choose(who, pace, more.get("quiet"), version=version)  # type: ignore[arg-type]


def tell(number: str, seq: int) -> None:
    """What the worker does with a message."""
    with db.unit(write=False):
        key = db.session.scalars(select(Conversation.id).where(Conversation.number == number)).one()
    notices.tell_readers({"conversation": key, "seq": seq})


def digests_due() -> list[Job]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Job).where(Job.kind == "digest").order_by(Job.id)))


def come_to_pass() -> None:
    """Let the time of every digest come, twice: done again, it does nothing more."""
    for job in [*digests_due(), *digests_due()]:
        worker.JOBS["digest"](job.arguments)


def mails(kind: str) -> list[Delivery]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)).unique())


def another(world: World, subject: str) -> str:
    with db.unit():
        made, _ = conversations.start(world.renate, subject, "Please look.")
        return made.number


def test_a_day_of_messages_is_one_mail(world: World, number: str) -> None:  # noqa: F811
    choose(world.renate, "daily")
    other = another(world, "A pallet is missing")
    for where, words in ((number, "Seventeen are here."), (number, "The rest comes on Monday."), (other, "We look.")):
        tell(where, say(world.nancy, where, words, "customer"))
    assert mails("notice") == [] and len(digests_due()) == 1
    come_to_pass()
    (mail,) = mails("digest")
    assert mail.to_address == world.renate.email and mail.subject == "3 new messages for you"
    assert "The rest comes on Monday." in mail.body and "We look." in mail.body and "A pallet is missing" in mail.body
    assert "(2 new)" in mail.body and "/profile/notices" in mail.body
    assert "Seventeen" not in mail.body  # the newest of each matter stands for it


def test_what_was_read_meanwhile_is_not_told(world: World, number: str) -> None:  # noqa: F811
    choose(world.renate, "daily")
    seq = say(world.nancy, number, "Seventeen are here.", "customer")
    tell(number, seq)
    read(world.renate, number, seq)
    come_to_pass()
    assert mails("digest") == []


def test_who_wants_no_mail_gets_none(world: World, number: str) -> None:  # noqa: F811
    choose(world.renate, "never")
    tell(number, say(world.nancy, number, "Seventeen are here.", "customer"))
    assert mails("notice") == [] and digests_due() == []


def test_the_sixth_mail_of_a_day_waits_for_the_digest(world: World, number: str) -> None:  # noqa: F811
    matters = [number, *(another(world, f"Matter {place}") for place in range(6))]
    for where in matters:
        tell(where, say(world.nancy, where, f"About {where}.", "customer"))
    assert len(mails("notice")) == notices.A_DAY
    come_to_pass()
    (mail,) = mails("digest")
    assert mail.subject == "2 new messages for you"
    assert all(f"About {where}." in mail.body for where in matters[notices.A_DAY :])


def test_an_agent_who_is_away_gets_one_mail_for_the_day(world: World, number: str) -> None:  # noqa: F811
    for words in ("And the rest?", "Hello?", "Is anybody there?"):
        tell(number, say(world.renate, number, words))
    come_to_pass()
    assert [one.to_address for one in mails("digest")] == [world.nancy.email]
    assert mails("notice") == []


def test_a_partners_digest_names_no_customer(world: World, number: str) -> None:  # noqa: F811
    for who in (world.charlotte, world.charles):
        choose(who, "daily")
    tell(number, say(world.nancy, number, "Can 40 come on Monday?", f"partner:{world.exotic}"))
    tell(number, say(world.renate, number, "Please!", "everyone"))
    come_to_pass()
    found = [one for one in mails("digest") if one.to_address != world.nancy.email]
    assert found
    for mail in found:
        text = everything(mail)
        assert "Chang, 40 on order" in mail.body
        assert not any(word in text for word in ("Lehmann", "Renate", "Messner", "LEHMS"))
    with db.unit(write=False):
        surfaces = set(db.session.scalars(select(ReadLog.surface).where(ReadLog.organisation_id == world.exotic)))
    assert "mail" in surfaces


def test_whoever_left_meanwhile_is_told_nothing(world: World, number: str) -> None:  # noqa: F811
    choose(world.renate, "daily")
    tell(number, say(world.nancy, number, "Seventeen are here.", "customer"))
    with db.unit():
        gone = update(Membership).where(Membership.person_id == world.renate.person_id)
        db.session.execute(gone.values(ended_at=now()))
    come_to_pass()
    assert mails("digest") == []


def test_a_digest_whose_reader_lost_a_matter_in_the_last_second_goes_without_it(
    world: World, number: str  # noqa: F811
) -> None:  # fmt: skip
    choose(world.nancy, "daily")
    tell(number, say(world.renate, number, "And the rest?"))
    come_to_pass()
    with db.unit():
        db.session.execute(update(Conversation).where(Conversation.number == number).values(assignee_id=None))
        member = db.session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id.desc())).first()
        assert member
        arguments = member.arguments
        db.session.execute(update(Staff).where(Staff.id == world.nancy.staff_id).values(ended_at=now()))
    worker.JOBS["mail"](arguments)
    (mail,) = mails("digest")
    assert mail.state == "failed" and "And the rest?" not in mail.body
    come_to_pass()
    assert len(mails("digest")) == 1


def test_in_quiet_hours_a_mail_waits_until_they_are_over(world: World, number: str) -> None:  # noqa: F811
    choose(world.renate, "at_once", quiet=(0, 1439))  # but for one minute
    tell(number, say(world.nancy, number, "Seventeen are here.", "customer"))
    with db.unit(write=False):
        due = db.session.scalars(select(Job.due_at).where(Job.kind == "notice", Job.unique_key.like("%after%"))).all()
    if mails("notice"):
        pytest.skip("it was asked in the one minute that is not quiet")
    assert [one > now() for one in due] == [True]


@pytest.mark.parametrize(
    ("zone", "at", "awake"),
    [("Europe/Berlin", "2026-11-27T18:30+00:00", "2026-11-27T18:30+00:00"),  # 19:30 there: not yet
     ("Europe/Berlin", "2026-11-27T19:30+00:00", "2026-11-28T05:00+00:00"),
     ("Asia/Tokyo", "2026-11-27T11:30+00:00", "2026-11-27T21:00+00:00"),
     ("Europe/Berlin", "2026-10-24T22:30+00:00", "2026-10-25T05:00+00:00"),  # the night with an hour more
     ("Europe/Berlin", "2026-03-28T22:30+00:00", "2026-03-29T04:00+00:00")],  # and the one with an hour less
)  # fmt: skip
def test_quiet_hours_are_those_of_where_somebody_is(zone: str, at: str, awake: str) -> None:
    choice = Choice(quiet_from=20 * 60, quiet_until=6 * 60)
    assert choice.awake(zone, datetime.fromisoformat(at)) == datetime.fromisoformat(awake)


def test_the_daily_mail_comes_at_its_hour_and_not_in_quiet_hours() -> None:
    at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert Choice(digest_at=8 * 60).digest("Europe/Berlin", at) == datetime(2026, 11, 28, 7, tzinfo=UTC)
    assert Choice(digest_at=14 * 60).digest("Europe/Berlin", at) == datetime(2026, 11, 27, 13, tzinfo=UTC)
    quiet = Choice(digest_at=5 * 60, quiet_from=20 * 60, quiet_until=6 * 60)
    assert quiet.digest("Europe/Berlin", at) == datetime(2026, 11, 28, 5, tzinfo=UTC)


def test_what_is_chosen_stands_in_the_log(world: World) -> None:
    choose(world.renate, "never")
    choose(world.renate, "never")  # the same again is no change
    with db.unit(write=False):
        logged = db.session.scalar(select(func.count()).where(Interaction.kind == "notices_chosen"))
        assert logged == 1
        assert db.session.scalar(select(func.count()).select_from(DigestMatter)) == 0
