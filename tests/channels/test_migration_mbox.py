"""Mailboxes as mbox files come in as the threads they were."""

from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.migrating.plain import Unreadable
from models import db
from models.files import File
from tests.channels.mails import messages, talks
from tests.channels.migrating import counted, everything, migrate
from tests.conftest import ROOT
from tests.world import MONDAY, World

RENATE = "Renate Messner <renate.messner@lehms.example>"
NANCY = "Nancy Davolio <nancy.davolio@northwind.example>"
EVE = "Eve <eve@else.example>"

pytestmark = pytest.mark.usefixtures("app")


def a_mail(sender: str, body: str, id_: str = "", answers: str = "", hours: int = 0, **more: Any) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, more.get("to", "help@old.example"), more.get("subject", "Chang")
    mail["Date"] = format_datetime(MONDAY.replace(hour=9 + hours))
    if id_:
        mail["Message-ID"] = f"<{id_}@old.example>"
    if answers:
        mail["References"] = f"<{answers}@old.example>"
    mail.set_content(body)
    return mail


def box(folder: Path, *found: EmailMessage | bytes, name: str = "old.mbox") -> Path:
    """An mbox file, with what begins like the next mail escaped as mail programs do."""
    place = folder / name
    with open(place, "wb") as opened:
        for one in found:
            raw = one if isinstance(one, bytes) else one.as_bytes()
            opened.write(b"From someone Mon May  4 09:00:00 2026\n" + raw.replace(b"\nFrom ", b"\n>From ") + b"\n\n")
    return place


def test_a_thread_is_what_answers_each_other_and_not_what_is_called_alike(world: World, tmp_path: Path) -> None:
    report = migrate("mbox", box(
        tmp_path, a_mail(RENATE, "Is the Chang coming?", "1"), a_mail(EVE, "About something else.", "9"),
        a_mail(NANCY, "On Friday.\n\nFrom the stock in London.\n", "2", "1", 1, to=RENATE), a_mail(RENATE, "Thanks!", "3", "2", 2),
    ))  # fmt: skip
    assert counted(report)[:2] == [(2, 2, 0, 0), (4, 4, 0, 0)] and not report.problems
    hers, other = talks()
    assert (hers.external_reference, hers.subject, hers.organisation_id, hers.person_id, hers.channel) == (
        "1@old.example", "Chang", world.lehmanns, world.renate.person_id, "email")  # fmt: skip
    assert [(one.body, one.author_side, one.author_id) for one in messages(hers.number)] == [
        ("Is the Chang coming?", "customer", world.renate.person_id),
        ("On Friday.\n\nFrom the stock in London.", "staff", world.nancy.person_id),
        ("Thanks!", "customer", world.renate.person_id),
    ]
    assert messages(hers.number)[1].at == MONDAY.replace(hour=10)
    assert (other.organisation_id, messages(other.number)[0].signed_as) == (None, EVE)


def test_what_answers_a_mail_that_is_not_there_still_belongs_together(world: World, tmp_path: Path) -> None:
    migrate("mbox", box(tmp_path, a_mail(EVE, "One.", "1", "lost"), a_mail(EVE, "Two.", "2", "lost", 1)))
    assert [one.body for one in messages()] == ["One.", "Two."] and len(talks()) == 1


def test_a_folder_of_mailboxes_is_one_export_in_which_a_copy_counts_once(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    box(folder, a_mail(EVE, "Hello?", "1"), name="inbox")
    box(folder, a_mail("help@old.example", "Yes.", "2", "1", 1, to=EVE), a_mail(EVE, "Hello?", "1"), name="sent")
    report = migrate("mbox", folder, 'ours = ["old.example"]\n')
    assert [(one.body, one.author_side) for one in messages()] == [("Hello?", "customer"), ("Yes.", "staff")]
    assert [one.reason for one in report.problems] == ["mail 2 is there twice"]


def test_whom_we_wrote_to_first_is_the_customer(world: World, tmp_path: Path) -> None:
    migrate("mbox", box(tmp_path, a_mail(NANCY, "It is late.", "1", to="renate.messner@lehms.example")))
    assert (talks()[0].organisation_id, talks()[0].person_id) == (world.lehmanns, world.renate.person_id)


def test_files_come_along_and_what_runs_does_not(world: World, tmp_path: Path) -> None:
    mail = a_mail(RENATE, "See the list.", "1")
    mail.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="Stückliste.csv")
    mail.add_attachment(b"MZ\0\0", maintype="application", subtype="pdf", filename="bill.pdf")
    report = migrate("mbox", box(tmp_path, mail))
    with db.unit(write=False):
        assert db.session.scalars(select(File.name)).all() == ["Stückliste.csv"]
    assert counted(report)[2] == (2, 1, 0, 1) and "“bill.pdf” is a program" in report.problems[0].reason


def test_two_mails_under_one_id_that_carry_something_else_are_two(world: World, tmp_path: Path) -> None:
    found = [a_mail(RENATE, "See the list.", "1") for _ in range(3)]
    for mail, content in zip(found, (b"a\n", b"b\n", b"b\n"), strict=True):
        mail.add_attachment(content, maintype="text", subtype="csv", filename="list.csv")
    report = migrate("mbox", box(tmp_path, *found))
    assert counted(report)[1:] == [(3, 2, 0, 1), (2, 2, 0, 0)] and "twice" in report.problems[0].reason


def test_mails_without_id_date_or_sender_come_in_once_as_well(world: World, tmp_path: Path) -> None:
    file = box(tmp_path, b"Subject: Odd\n\nNobody says this.\n", b"From: a@b.example\nDate: yesterday\n\nHello\n",
               b"From: c@d.example\nDate: Mon, 4 May 2026 12:00:00 +0200\n\nWhen?\n")  # fmt: skip
    assert not migrate("mbox", file).problems
    assert [(one.body, one.signed_as, one.at.hour) for one in messages()] == [
        ("Nobody says this.", "(unknown)", 9), ("Hello", "a@b.example", 9), ("When?", "c@d.example", 10)]  # fmt: skip
    before = everything()
    assert migrate("mbox", file).conversations.here == 3 and everything() == before


def test_a_file_that_is_no_mailbox_is_refused(world: World, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("Dear diary\n")
    with pytest.raises(Unreadable, match="holds no mail"):
        migrate("mbox", tmp_path / "notes")


def test_real_mails_come_in_as_they_are(world: World, tmp_path: Path) -> None:
    found = sorted((ROOT.parent / "shared" / "data" / "emails_mail_mikel").rglob("*.eml"))
    if not found:
        pytest.skip("REAL MAILS NOT TESTED: shared/data/emails_mail_mikel is not here")
    file = box(tmp_path, *(one.read_bytes() for one in found))
    report = migrate("mbox", file)
    assert report.messages.read == len(found) and report.messages.taken + len(report.problems) >= len(found)
    before = everything()
    assert migrate("mbox", file).conversations.taken == 0 and everything() == before
