"""Outgoing mail: what a real mail server is handed, and what becomes of the outbox."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from actions import installation, letters
from channels import mail_out
from config import Settings
from models import db
from models.interactions import Interaction
from models.jobs import Delivery, Job
from tests.channels.sink import Sink, sink
from tests.world import World


@pytest.fixture
def server(settings: Settings, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(settings.model_copy(update={"mail_url": running.url}))
        yield running


def posted(world: World, kind: str = "code", to: str = "renate@lehms.example", **facts: Any) -> dict[str, Any]:
    """Put a letter into the outbox and return its job's arguments."""
    facts = facts or {"code": "123456"}
    with db.unit():
        letters.post(kind, to, person_id=world.renate.person_id, **facts)
        return dict(db.session.scalars(select(Job.arguments).order_by(Job.id.desc())).first())


def delivery() -> Delivery:
    with db.unit():
        found = db.session.scalars(select(Delivery).order_by(Delivery.id.desc())).unique().first()
        db.session.refresh(found)
    return found


def test_a_mail_arrives_in_plain_text_and_html_under_our_name(world: World, server: Sink) -> None:
    mail_out.deliver(posted(world))
    mail = server.mails[0]
    assert mail["From"] == "Northwind Traders <service@localhost>" and mail["To"] == "renate@lehms.example"
    assert "123456" in mail.get_body(("plain",)).get_content()
    assert "123456" in mail.get_body(("html",)).get_content()
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Date"]
    assert "123456" not in mail["Subject"]


def test_a_mail_sent_is_marked_and_logged(world: World, server: Sink) -> None:
    mail_out.deliver(posted(world))
    assert delivery().state == "sent"
    with db.unit(write=False):
        row = db.session.scalars(select(Interaction).where(Interaction.kind == "mail_sent")).unique().one()
        assert row.person_id == world.renate.person_id and row.organisation_id is None


def test_a_job_run_twice_sends_once(world: World, server: Sink) -> None:
    job = posted(world)
    mail_out.deliver(job)
    mail_out.deliver(job)
    assert len(server.mails) == 1


def test_a_refused_mail_raises_stays_pending_and_keeps_its_message_id(world: World, server: Sink) -> None:
    job = posted(world)
    server.refuse = "451 come back later"
    with pytest.raises(Exception, match="come back later"):
        mail_out.deliver(job)
    assert delivery().state == "pending" and "come back later" in delivery().error
    server.refuse = ""
    mail_out.deliver(job)
    assert server.mails[0]["Message-ID"] == delivery().message_id and delivery().error is None


def test_a_server_that_is_down_raises(world: World, settings: Settings) -> None:
    installation.use(settings.model_copy(update={"mail_url": "smtp://127.0.0.1:1"}))
    with pytest.raises(OSError):
        mail_out.deliver(posted(world))
    assert delivery().state == "pending"


def test_a_password_is_not_sent_in_the_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        def ehlo(self) -> None: ...
        def has_extn(self, name: str) -> bool:
            return False

    with pytest.raises(mail_out.smtp.smtplib.SMTPNotSupportedError):
        mail_out.smtp._encrypt(mail_out.smtp.urlsplit("smtp://me:secret@mail.example"), Plain())


def test_words_that_open_doors_are_not_kept_once_they_are_sent(world: World, server: Sink) -> None:
    mail_out.deliver(posted(world))
    assert "123456" not in delivery().body and delivery().html is None


def test_in_the_demo_mails_are_kept_for_its_mailbox(world: World, settings: Settings) -> None:
    installation.use(settings.model_copy(update={"demo": True}))
    mail_out.deliver(posted(world))
    assert delivery().state == "sent" and "123456" in delivery().body


def test_a_name_cannot_add_headers_or_markup(world: World, server: Sink) -> None:
    facts = {"inviter": "Eve\r\nBcc: all@x.example <b>", "organisation": "A\u2028B", "link": "http://127.0.0.1/i"}
    mail_out.deliver(posted(world, "invitation", **facts))
    mail = server.mails[0]
    assert mail["Bcc"] is None and "\n" not in mail["Subject"]
    assert "<b>" not in mail.get_body(("html",)).get_content()


def test_letters_are_written_in_every_language_there_is() -> None:
    for language in ("en", "de"):
        subject, body, html = letters.write("code", language, code="123456")
        assert subject and "123456" in body and f'lang="{language}"' in html
