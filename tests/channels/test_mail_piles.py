"""Mails filed in piles: quicker, and each is still filed once or not at all, in its order, whatever the others are."""

import threading
import time
from typing import Any

import pytest
from sqlalchemy import event, select

import worker
from actions import mail_filing
from channels import mail_in
from models import db
from models.jobs import Job
from models.types import now
from tests.channels.mails import mails, messages, talks, work, written
from tests.world import World

pytestmark = pytest.mark.usefixtures("app")

RENATE = "Renate Messner <renate.messner@lehms.example>"


def taken(*bodies: str) -> None:
    mail_in.take_all([written(RENATE, one, one) for one in bodies])


def states() -> list[str]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Job.state).where(Job.kind == "mail_in").order_by(Job.id)))


def test_a_pile_takes_few_transactions_and_each_mail_is_one_message(world: World) -> None:
    taken(*(f"Number {n}." for n in range(10)))
    commits: list[Any] = []

    def counted(connection: Any) -> None:
        commits.append(connection)

    event.listen(db.engine(), "commit", counted)
    while worker.work_once(slow=True):
        pass
    event.remove(db.engine(), "commit", counted)
    assert [one.body for one in messages()] == [f"Number {n}." for n in range(10)]
    assert states() == ["done"] * 10 and len(commits) < 20


def test_one_that_fails_in_the_middle_takes_nothing_of_the_others_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []
    db.listen("stored", heard.extend)
    taken("One.", "Two.", "Three.")
    really = mail_filing.file

    def broken(mail: Any, letter: Any, along: Any) -> None:
        really(mail, letter, along)
        if mail.subject == "Two.":
            raise RuntimeError("after it was stored")

    monkeypatch.setattr(mail_filing, "file", broken)
    work()
    assert [one.body for one in messages()] == ["One.", "Three."] and len(talks()) == 2
    assert [one.new.body for one in heard] == ["One.", "Three."]
    assert [one.state for one in mails()] == ["filed", "failed", "filed"]


def test_mails_are_filed_in_the_order_in_which_they_came_also_where_one_has_files(world: World) -> None:
    from email import message_from_bytes, policy

    taken("One.", "Two.")
    mail = message_from_bytes(written(RENATE, "Three.", "Three."), policy=policy.default)
    mail.add_attachment(b"\x89PNG\r\n\x1a\n" + b"0" * 64, maintype="image", subtype="png", filename="a.png")
    mail_in.take(mail.as_bytes())
    taken("Four.")
    work()
    assert [one.body for one in messages()] == ["One.", "Two.", "Three.", "Four."]
    assert len(messages()[2].attachments) == 1


def test_the_same_jobs_run_twice_and_by_two_at_once_file_each_mail_once(world: World) -> None:
    taken(*(f"Number {n}." for n in range(12)))
    with db.unit(write=False):
        found = [(one.id, one.kind, dict(one.arguments), 1) for one in db.session.scalars(select(Job).order_by(Job.id))]
    jobs = [one for one in found if one[1] == "mail_in"]
    threads = [threading.Thread(target=worker.file_pile, args=(list(jobs),)) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    worker.file_pile(jobs)
    assert sorted(one.body for one in messages()) == sorted(f"Number {n}." for n in range(12))


def test_what_there_was_no_time_for_is_given_back_and_does_not_count_as_a_try(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken("One.", "Two.")
    monkeypatch.setattr(worker, "LEASE", now() - now())
    jobs = worker.claim(slow=True)
    worker.file_pile(jobs)
    assert states() == ["pending", "pending"] and not messages()
    monkeypatch.undo()
    assert [one[3] for one in worker.claim(slow=True)] == [1, 1]


def test_who_stores_something_else_meanwhile_waits_for_a_moment_only(world: World) -> None:
    taken(*(f"Number {n}." for n in range(40)))
    worker.work_once(slow=True)  # what is compiled once
    working = threading.Thread(target=lambda: [worker.work_once(slow=True) for _ in range(3)])
    working.start()
    waits = []
    while working.is_alive():
        begun = time.monotonic()
        with db.unit(write=True):
            db.session.execute(select(Job.id).limit(1))
        waits.append(time.monotonic() - begun)
        time.sleep(0.02)
    working.join()
    assert max(waits) < 2 and "mail" not in worker.SLOW
