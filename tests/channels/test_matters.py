"""What somebody has to decide or to keep is told to whom it concerns, as they chose, and never once it is settled."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

import worker
from actions import approvals, installation, notice_choices, people, promises
from config import Settings
from models import db
from models.approvals import Approval
from models.jobs import Delivery, Job
from models.notices import NoticeMatter
from models.organisations import Organisation
from models.people import Membership
from models.promises import Promise
from models.staff import Staff
from models.types import now
from policy import Actor, find
from tests.world import World


@pytest.fixture(autouse=True)
def _installed(settings: Settings, world: World) -> None:
    """Lehmanns is looked after by Nancy, and whom its managers invite waits for us."""
    installation.use(settings)
    with db.unit():
        row = db.session.get_one(Organisation, world.lehmanns)
        row.owner_id, row.approves_colleagues = world.nancy.staff_id, True
        for who in (world.nancy, world.margaret, world.steven, world.andrew):
            notice_choices.choose(who, "at_once", None)


def choose(who: Actor, pace: str, quiet: tuple[int, int] | None = None) -> None:
    with db.unit():
        notice_choices.choose(who, pace, quiet, version=notice_choices.of(who).version)


def ask(world: World, name: str = "Anna Ahrens") -> int:
    with db.unit():
        own = find(world.greta, Organisation, id=world.lehmanns)
        people.invite(world.greta, own, f"{name.split(maxsplit=1)[0].lower()}@lehms.example", name, "member")
        return db.session.scalars(select(Approval.id).order_by(Approval.id.desc())).first() or 0


def promise(world: World, due: timedelta, by: Actor | None = None) -> int:
    with db.unit():
        to = db.session.get_one(Organisation, world.lehmanns)
        return promises.make(by or world.nancy, to, "A date for the Chang", now() + due).id


def work(kind: str, early: bool = False) -> None:
    """Do what is asked for; `early` also what is asked for later."""
    with db.unit(write=False):
        due = select(Job).where(Job.kind == kind).order_by(Job.due_at, Job.id)
        found = [one.arguments for one in db.session.scalars(due if early else due.where(Job.due_at <= now()))]
    for arguments in found:
        worker.JOBS[kind](arguments)


def told(kind: str = "matter") -> list[tuple[str, str]]:
    with db.unit(write=False):
        found = db.session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)).unique()
        return [(one.to_address, one.subject) for one in found]


def leave() -> list[Delivery]:
    """Let every mail leave that may."""
    work("mail")
    with db.unit(write=False):
        return list(db.session.scalars(select(Delivery).order_by(Delivery.id)).unique())


def test_whoever_looks_after_a_customer_is_told_once_of_what_waits_for_approval(world: World) -> None:
    ask(world)
    work("matter")
    work("matter")
    assert told() == [(world.nancy.email, "Anna Ahrens waits for your approval")]
    (mail,) = leave()
    assert (
        mail.state == "sent" and "/staff/approvals#approval-" in mail.body and "Greta Lehmann of Lehmanns" in mail.body
    )


def test_where_nobody_looks_after_a_customer_the_leads_are_told(world: World) -> None:
    with db.unit():
        db.session.execute(update(Staff).where(Staff.id == world.nancy.staff_id).values(ended_at=now()))
    ask(world)
    work("matter")
    assert {address for address, _ in told()} == {world.steven.email, world.andrew.email}


def test_what_is_decided_before_the_mail_leaves_is_told_to_nobody(world: World) -> None:
    key = ask(world)
    work("matter")
    with db.unit():
        approvals.decline(world.steven, find(world.steven, Approval, id=key), "We do not know her")
    mail = leave()[0]
    assert mail.to_address == world.nancy.email and mail.state == "failed" and "Anna" not in mail.body
    assert "it is settled" in str(mail.error)


def test_the_manager_who_asked_is_told_of_the_decision_and_no_other(world: World) -> None:
    key = ask(world)
    with db.unit():
        approvals.decline(world.nancy, find(world.nancy, Approval, id=key), "We do not know her")
    work("matter")
    assert told() == [(world.greta.email, "Declined: Anna Ahrens")]
    (mail,) = leave()
    assert "We do not know her" in mail.body and "/portal/team" in mail.body and mail.state == "sent"


def test_a_manager_who_is_none_any_more_is_told_nothing(world: World) -> None:
    key = ask(world)
    with db.unit():
        approvals.decline(world.nancy, find(world.nancy, Approval, id=key), "We do not know her")
        member = update(Membership).where(Membership.id == world.greta.membership_id)
        db.session.execute(member.values(role="member"))
    work("matter")
    assert told() == []


@pytest.mark.parametrize("pace", ["daily", "never"])
def test_approvals_are_told_as_somebody_chose(world: World, pace: str) -> None:
    choose(world.nancy, pace)
    ask(world)
    ask(world, "Bernd Busch")
    work("matter")
    assert told() == []
    work("digest", early=True)
    work("digest", early=True)
    assert told("digest") == ([(world.nancy.email, "2 matters wait for you")] if pace == "daily" else [])
    if pace == "daily":
        (mail,) = leave()
        assert (
            "Bernd Busch waits for your approval" in mail.body and "Anna Ahrens" in mail.body and mail.state == "sent"
        )


def test_a_digest_that_lost_an_approval_in_the_last_second_goes_without_it(world: World) -> None:
    choose(world.nancy, "daily")
    first = ask(world)
    ask(world, "Bernd Busch")
    work("matter")
    work("digest", early=True)
    with db.unit():
        approvals.approve(world.steven, find(world.steven, Approval, id=first))
    leave()
    work("digest")
    (one, other) = [mail for mail in leave() if mail.kind == "digest"]
    assert one.state == "failed" and "Anna Ahrens" not in other.body
    assert other.state == "sent" and "Bernd Busch" in other.body


def test_in_quiet_hours_nobody_is_asked_to_decide(world: World) -> None:
    hour = now().astimezone().hour * 60
    choose(world.nancy, "at_once", ((hour - 60) % 1440, (hour + 180) % 1440))
    ask(world)
    work("matter")
    assert told() == []
    choose(world.nancy, "at_once")
    work("matter", early=True)
    assert len(told()) == 1


def test_an_owner_hears_before_a_promise_is_due_and_when_it_is_overdue(world: World) -> None:
    key = promise(world, timedelta(hours=3))
    work("matter")
    assert told() == []  # who is told at once hears an hour before
    work("matter", early=True)
    (mail,) = leave()
    assert mail.to_address == world.nancy.email and mail.subject.startswith("Promised for ")
    assert "A date for the Chang" in mail.subject and f"Lehmanns Marktstand" in mail.body  # noqa: F541
    with db.unit():
        row = db.session.get_one(Promise, key)
        promises.change(world.nancy, row, now() - timedelta(minutes=1))
        db.session.execute(update(NoticeMatter).values(at=now() - timedelta(minutes=60)))
    work("matter")
    assert [subject.split(":")[0].split(" since")[0] for _, subject in told()][1:] == ["Overdue"]


def test_a_promise_that_is_moved_about_is_one_mail_in_ten_minutes(world: World) -> None:
    key = promise(world, timedelta(minutes=-3))
    work("matter")
    for minutes in (2, 1):
        with db.unit():
            promises.change(world.nancy, db.session.get_one(Promise, key), now() - timedelta(minutes=minutes))
        work("matter")
    assert len(told()) == 1
    with db.unit():
        db.session.execute(update(NoticeMatter).values(at=now() - timedelta(minutes=11)))
    work("matter", early=True)
    assert len(told()) == 2


def test_who_is_told_once_a_day_hears_on_the_day_and_of_what_was_kept_nothing(world: World) -> None:
    choose(world.nancy, "daily")
    promise(world, timedelta(hours=20))
    kept = promise(world, timedelta(hours=-1))
    work("matter")
    with db.unit():
        promises.keep(world.nancy, find(world.nancy, Promise, id=kept))
    work("digest", early=True)
    assert told() == [] and told("digest") == [(world.nancy.email, "1 matter waits for you")]
    (mail,) = leave()
    assert "Promised for" in mail.body and "Overdue" not in mail.body


def test_a_promise_that_is_put_off_or_withdrawn_is_told_to_nobody(world: World) -> None:
    off, back = promise(world, timedelta(minutes=90)), promise(world, timedelta(minutes=90))
    with db.unit():
        promises.change(world.nancy, db.session.get_one(Promise, off), now() + timedelta(days=9))
        promises.withdraw(world.nancy, db.session.get_one(Promise, back))
    work("matter", early=True)
    assert told() == []  # in nine days it is due; not today


def test_a_promise_is_told_to_whoever_keeps_it_now(world: World) -> None:
    key = promise(world, timedelta(minutes=-1))
    with db.unit():
        margaret = db.session.get_one(Staff, world.margaret.staff_id)
        promises.hand_over(world.nancy, db.session.get_one(Promise, key), margaret)
    work("matter")
    assert [address for address, _ in told()] == [world.margaret.email]


def test_a_promise_from_before_is_planned_by_the_day(world: World) -> None:
    with db.unit():
        db.session.add(
            Promise(organisation_id=world.lehmanns, owner_id=world.nancy.staff_id, words="Old", due_at=now())
        )
    worker.JOBS["promise_plans"]({})
    work("matter")
    assert [address for address, _ in told()] == [world.nancy.email]
