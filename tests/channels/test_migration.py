"""Silent migration: conversations of another system come in whole, once, under their old numbers, and nobody is told."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import worker
from actions.migrating.plain import Unreadable
from channels import migration
from channels.migration import Migration
from models import db, storage
from models.conversations import Conversation, Party, Read
from models.files import Attachment, File
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.messages import Message
from models.people import ContactPoint, Membership, Person
from models.staff import Staff
from policy import SYSTEM, Forbidden
from tests.channels.mails import messages, talks
from tests.channels.migrating import counted, everything, lines, migrate, number_of, talk
from tests.conftest import ROOT
from tests.world import World

RENATE = {"name": "R. Messner", "email": "Renate.Messner@LEHMS.example"}
NANCY = {"name": "Nancy D.", "email": "nancy.davolio@northwind.example"}
STAR = ROOT.parent / "shared" / "data" / "chats_star" / "chats.jsonl"

pytestmark = pytest.mark.usefixtures("app")


def chang(**more: Any) -> dict[str, Any]:
    return talk(4711, ("customer", "Is the Chang coming?"), ("agent", "On Friday."), subject="Chang",
                customer=RENATE, agent=NANCY) | more  # fmt: skip


def the_one() -> Conversation:
    (found,) = talks()
    return found


# What arrives


def test_a_conversation_keeps_its_authors_times_and_words_under_a_number_of_ours(world: World, tmp_path: Path) -> None:
    migrate("jsonl", lines(tmp_path, chang()))
    row, said = the_one(), messages()
    assert (row.number, row.external_reference, row.source) == ("2001", "4711", "jsonl")
    assert (row.subject, row.status, row.organisation_id, row.person_id) == (
        "Chang", "closed", world.lehmanns, world.renate.person_id)  # fmt: skip
    assert [(one.author_id, one.signed_as, one.body, one.audience, one.direction, one.seq) for one in said] == [
        (world.renate.person_id, None, "Is the Chang coming?", "customer", "inbound", 1),
        (world.nancy.person_id, None, "On Friday.", "customer", "outbound", 2),
    ]
    assert said[0].at == row.created_at == datetime(2020, 5, 13, 13, 19, 18, tzinfo=UTC)
    assert (row.updated_at, row.first_reply_at, row.solved_at) == (said[1].at, said[1].at, said[1].at)


def test_its_customer_reads_it_and_their_rival_does_not(world: World, as_: Any, tmp_path: Path) -> None:
    migrate("jsonl", lines(tmp_path, chang()))
    path = f"/portal/requests/{the_one().number}"
    assert "Is the Chang coming?" in as_(world.renate).get(path).text
    assert as_(world.roland).get(path).status_code == 404


def test_what_was_private_is_for_us_alone(world: World, as_: Any, tmp_path: Path) -> None:
    export = chang()
    export["messages"].append({"from": "agent", "ts": 1_589_376_300, "text": "They always ask twice.", "private": True})
    migrate("jsonl", lines(tmp_path, export))
    assert messages()[2].audience == "staff"
    number = the_one().number
    assert "ask twice" not in as_(world.renate).get(f"/portal/requests/{number}").text
    assert "ask twice" in as_(world.nancy).get(f"/staff/conversations/{number}").text


def test_nobody_is_made_and_nobody_let_in(world: World, as_: Any, tmp_path: Path) -> None:
    before = number_of(Person, Membership)
    stranger = {"name": "Some One", "email": "some.one@lehms.example"}
    migrate(
        "jsonl", lines(tmp_path, chang(customer=stranger, agent={"name": "Long Gone", "email": "gone@old.example"}))
    )
    row, (asked, answered) = the_one(), messages()
    assert number_of(Person, Membership) == before
    assert row.unverified and row.organisation_id is row.person_id is None
    assert (asked.author_id, asked.signed_as) == (None, "Some One <some.one@lehms.example>")
    assert (answered.author_id, answered.signed_as, answered.author_side) == (None, "Long Gone", "staff")
    page = as_(world.nancy).get(f"/staff/conversations/{row.number}").text
    assert "Some One &lt;some.one@lehms.example&gt;" in page and "Not verified" in page
    assert as_(world.greta).get(f"/portal/requests/{row.number}").status_code == 404


def test_an_address_that_two_people_share_is_neither_of_them(world: World, tmp_path: Path) -> None:
    with db.unit(write=True):
        db.session.add(ContactPoint(person_id=world.roland.person_id, kind="email", value=RENATE["email"],
                                    value_key="renate.messner@lehms.example"))  # fmt: skip
    migrate("jsonl", lines(tmp_path, chang()))
    assert the_one().organisation_id is None and messages()[0].author_id is None


def test_a_mapping_says_whose_it_was_and_who_wrote(world: World, tmp_path: Path) -> None:
    matches = """source = "oldchat"
[organisations]
"Lehmanns (old)" = "LEHMS"
[people]
"r-1" = "renate.messner@lehms.example"
[teams]
"2nd level" = "Support"
"""
    export = chang(customer={"id": "r-1", "name": "RM"}, organisation="Lehmanns (old)", team="2nd level", status="open")
    migrate("jsonl", lines(tmp_path, export), matches)
    row = the_one()
    assert (row.source, row.organisation_id, row.team_id) == ("oldchat", world.lehmanns, world.teams["support"])
    assert (row.person_id, row.assignee_id) == (world.renate.person_id, world.nancy.staff_id)


def test_somebody_of_another_company_is_not_made_one_of_it_by_a_mapping(world: World, tmp_path: Path) -> None:
    matches = '[organisations]\n"Ernst" = "ERNSH"\n'
    migrate("jsonl", lines(tmp_path, chang(organisation="Ernst")), matches)
    row, asked = the_one(), messages()[0]
    assert (row.organisation_id, row.person_id) == (world.ernst, None)
    assert (asked.author_id, asked.author_organisation_id) == (None, None)
    assert asked.signed_as == "R. Messner <Renate.Messner@LEHMS.example>"


def test_a_stranger_in_a_customers_matter_is_read_there_and_stands_for_nobody(
    world: World, as_: Any, tmp_path: Path
) -> None:
    matches = '[organisations]\n"L" = "LEHMS"\n'
    migrate("jsonl", lines(tmp_path, chang(organisation="L", customer="stranger@else.example")), matches)
    number = the_one().number
    page = as_(world.greta).get(f"/portal/requests/{number}").text
    assert "stranger@else.example" in page and "<b>stranger@else.example</b><time" in page
    assert as_(world.renate).get(f"/portal/requests/{number}").status_code == 404, "a member reads what is their own"


def test_what_was_said_to_a_stranger_is_told_from_what_was_for_us(world: World, as_: Any, tmp_path: Path) -> None:
    export = chang(customer="stranger@else.example")
    export["messages"].append({"from": "agent", "ts": 1_589_376_300, "text": "Odd.", "private": True})
    migrate("jsonl", lines(tmp_path, export))
    page = as_(world.nancy).get(f"/staff/conversations/{the_one().number}").text
    assert page.count('data-audience="customer" data-names="a customer of ') == 2
    assert page.count('<span class="aud" data-audience="staff"') == 1


def test_an_old_number_finds_it_beside_the_one_of_ours_that_is_alike(world: World, as_: Any, tmp_path: Path) -> None:
    migrate("jsonl", lines(tmp_path, chang(id=9), talk(2001, ("customer", "Hello"), customer=RENATE)))
    ours, other = talks()
    assert (ours.number, other.number, other.external_reference) == ("2001", "2002", "2001")
    nancy = as_(world.nancy)
    assert nancy.get("/staff/find?q=9").headers["Location"].endswith(f"/staff/conversations/{ours.number}")
    both = nancy.get("/staff/find?q=%232001").text
    assert "#2001 Chang" in both and "jsonl #2001" in both
    assert "Number before" in nancy.get(f"/staff/conversations/{ours.number}").text


def test_a_conversation_without_messages_is_there_all_the_same(world: World, as_: Any, tmp_path: Path) -> None:
    report = migrate("jsonl", lines(tmp_path, talk(1, customer=RENATE, created_at="2020-05-13T15:00:00+02:00")))
    row = the_one()
    assert (row.last_seq, row.subject) == (0, "(no subject)") and not report.problems
    assert row.created_at == row.updated_at == datetime(2020, 5, 13, 13, tzinfo=UTC)
    assert as_(world.nancy).get(f"/staff/conversations/{row.number}").status_code == 200


def test_an_open_matter_waits_since_its_customer_wrote(world: World, tmp_path: Path) -> None:
    migrate("jsonl", lines(tmp_path, talk(1, ("agent", "Yes?"), ("customer", "Still waiting"), status="open")))
    assert the_one().waiting_since == messages()[1].at and the_one().solved_at is None


def test_files_are_kept_as_any_other_with_their_message(world: World, as_: Any, tmp_path: Path) -> None:
    export = chang()
    words = base64.b64encode("Ünder one roof".encode()).decode()
    export["messages"][0]["files"] = [{"name": "../../offer.txt", "base64": words}, {"id": "77", "name": "plan.txt"}]
    (tmp_path / "attachments" / "77").mkdir(parents=True)
    (tmp_path / "attachments" / "77" / "plan.txt").write_text("the plan")
    report = migrate("jsonl", lines(tmp_path, export))
    assert counted(report)[2] == (2, 2, 0, 0)
    with db.unit(write=False):
        offer, plan = db.session.scalars(select(File).order_by(File.id))
    assert (offer.name, offer.state, offer.content_type, offer.owner_id) == (
        "offer.txt", "attached", "text/plain", world.renate.person_id)  # fmt: skip
    assert (storage.read(offer.key), storage.read(plan.key)) == ("Ünder one roof".encode(), b"the plan")
    assert as_(world.renate).get(f"/files/{offer.public_id}").status_code == 200
    assert as_(world.roland).get(f"/files/{offer.public_id}").status_code == 404


def test_a_file_of_nobody_known_is_kept_by_the_administrator_and_read_with_its_message(
    world: World, as_: Any, tmp_path: Path
) -> None:
    export = talk(1, ("customer", "See the plan"), customer="a@b.example")
    export["messages"][0]["files"] = [{"name": "plan.txt", "base64": "cGxhbg=="}]
    migrate("jsonl", lines(tmp_path, export))
    with db.unit(write=False):
        file = db.session.scalars(select(File)).one()
    assert file.owner_id == world.andrew.person_id
    assert as_(world.nancy).get(f"/files/{file.public_id}").status_code == 200
    assert as_(world.renate).get(f"/files/{file.public_id}").status_code == 404


def test_a_long_text_goes_on_in_the_next_message(world: World, tmp_path: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(4_000))
    report = migrate("jsonl", lines(tmp_path, talk(1, ("customer", text), ("agent", "Oh."))))
    assert "".join(one.body for one in messages()[:-1]) == text
    assert counted(report)[1] == (2, 2, 0, 0)


# What cannot be taken


def test_what_cannot_be_taken_is_named_by_file_number_and_reason_and_the_rest_is_here(
    world: World, tmp_path: Path
) -> None:
    export = chang()
    export["messages"][0]["files"] = [{"name": "run.exe", "base64": "TVo="}, {"name": "gone.pdf", "id": "5"}]
    export["messages"] += [{"from": "robot", "ts": 1, "text": "?"}, {"from": "agent", "ts": 1, "text": "a\0b"},
                           {"from": "agent", "ts": 1, "text": " "}, {"from": "agent", "ts": "soon", "text": "x"}]  # fmt: skip
    file = lines(tmp_path, export, talk(5, ("agent", "Hello")), talk(5, ("agent", "Hello again")))
    file.write_text(file.read_text() + '{"id": 6\n[1]\n{"messages": []}\n{"id": 7, "messages": [], "status": "odd"}\n')
    report = migrate("jsonl", file)
    assert [str(one) for one in report.problems] == [
        "chats.jsonl, 4711: message 3 must be from one of customer, user, agent, staff, system, or from somebody by name or email",
        "chats.jsonl, 4711: message 6 “soon” is no time",
        "chats.jsonl, 5: stands in the export twice",
        "chats.jsonl, line 4: is no correct JSON: Expecting ',' delimiter: line 1 column 9 (char 8)",
        "chats.jsonl, line 5: is no object",
        "chats.jsonl, line 6: has neither number nor id",
        "chats.jsonl, 7: status “odd” must be one of new, open, waiting_on_customer, waiting_on_partner, solved, closed",
        "chats.jsonl, 4711: message 1: “run.exe” is a program or a page that acts by itself; send a picture, a PDF or a document",
        "chats.jsonl, 4711: message 1: “gone.pdf” is not in the folder attachments beside the export",
        "chats.jsonl, 4711: message 4 contains a NUL character, which cannot be stored: remove it",
        "chats.jsonl, 4711: message 5 is empty",
    ]
    assert counted(report) == [(7, 2, 0, 5), (8, 3, 0, 5), (2, 0, 0, 2)]
    assert [one.body for one in messages()] == ["Is the Chang coming?", "On Friday.", "Hello"]


def test_a_conversation_that_the_database_refuses_does_not_take_the_others_with_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [str(number) for number in range(5)]
    file = lines(tmp_path, *(talk(number, ("customer", "Hello")) for number in numbers))
    run = Migration(SYSTEM, "jsonl", file, None, False)
    run.directory.matches.teams = {"ghost": "ghost"}
    run.directory.teams["ghost"] = 999_999_999  # a team that is gone by the time the set is stored
    file.write_text(file.read_text().replace('"id": "3",', '"id": "3", "team": "ghost",'))
    report = run.run()
    assert [one.external_reference for one in talks()] == ["0", "1", "2", "4"]
    assert report.problems[0].number == "3" and "the database refused it" in report.problems[0].reason


def test_only_an_administrator_migrates(world: World, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        Migration(world.steven, "jsonl", lines(tmp_path, chang()), None, False)


@pytest.mark.parametrize(("matches", "why"), [
    ("sauce = 1\n", "unknown setting sauce"), ("zone = 'Mars/Base'\n", "is unknown"), ("[teams]\nA = []\n", "table of texts"),
    ("ours = 'me'\n", "list of addresses"), ("files_of = 'nobody@x.example'\n", "no address of one of us"),
])  # fmt: skip
def test_a_mapping_that_cannot_be_meant_is_refused_before_anything_is_read(
    world: World, tmp_path: Path, matches: str, why: str
) -> None:
    with pytest.raises(Unreadable, match=why):
        migrate("jsonl", lines(tmp_path, chang()), matches)


# Silence


def test_nothing_is_sent_noticed_asked_for_or_marked(world: World, tmp_path: Path) -> None:
    told: list[Any] = []
    for kind in ("stored", "conversation", "job", "read"):
        db.listen(kind, told.extend)
    export = chang(status="open")
    export["messages"][0]["files"] = [{"name": "plan.txt", "base64": "cGxhbg=="}]
    migrate("jsonl", lines(tmp_path, export))
    assert number_of(Job, Delivery, Read) == (0, 0, 0) and told == []
    while worker.work_once():
        pass
    assert number_of(Delivery) == (0,)


def test_the_log_tells_of_every_message_at_its_own_time_and_of_the_migration_once(world: World, tmp_path: Path) -> None:
    migrate("jsonl", lines(tmp_path, chang()))
    with db.unit(write=False):
        rows = db.session.scalars(select(Interaction).order_by(Interaction.id)).unique().all()
    assert [(one.kind, one.at, one.organisation_id) for one in rows[:2]] == [
        ("message", one.at, world.lehmanns) for one in messages()
    ]
    assert [one.summary for one in rows[2:]] == ["Migrated 1 conversations with 2 messages of jsonl from chats.jsonl"]


def test_a_dry_run_says_the_same_and_stores_nothing(world: World, tmp_path: Path) -> None:
    export = chang()
    export["messages"][0]["files"] = [{"name": "plan.txt", "base64": "cGxhbg=="}]
    file, before = lines(tmp_path, export), everything()
    report = migrate("jsonl", file, dry_run=True)
    assert everything() == before and not list(tmp_path.glob("files/*/*"))
    assert counted(report) == counted(migrate("jsonl", file)) == [(1, 1, 0, 0), (2, 2, 0, 0), (1, 1, 0, 0)]


# Once


def test_the_same_export_again_changes_nothing_not_even_after_the_talk_went_on(
    world: World, as_: Any, tmp_path: Path
) -> None:
    file = lines(tmp_path, chang(), talk(2, ("customer", "Hello")))
    migrate("jsonl", file)
    number = talks()[0].number
    as_(world.renate).post(f"/portal/requests/{number}/messages", data={"body": "It came, thank you."})
    before = everything()
    report = migrate("jsonl", file)
    assert everything() == before
    assert counted(report)[:2] == [(2, 0, 2, 0), (3, 0, 3, 0)]


class Cut(Exception):
    """A power failure."""


def test_a_run_that_ended_between_two_sets_goes_on_where_it_was(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "MOST_CONVERSATIONS", 3)
    file = lines(tmp_path, *(talk(n, ("customer", f"Hello {n}"), ("agent", "Yes?")) for n in range(10)))

    def cut(report: Any) -> None:
        if report.conversations.read >= 6:
            raise Cut

    with pytest.raises(Cut):
        Migration(SYSTEM, "jsonl", file, None, False).run(cut)
    assert len(talks()) == 6
    report = migrate("jsonl", file)
    assert counted(report)[:2] == [(10, 4, 6, 0), (20, 8, 12, 0)] and report.stored == (10, 20, 0)
    assert [one.external_reference for one in talks()] == [str(n) for n in range(10)]


def test_killed_at_any_point_and_begun_again_nothing_is_missing_and_nothing_twice(
    backend: Any, settings: Any, tmp_path: Path
) -> None:
    file = lines(tmp_path, *(_with_file(n) for n in range(600)))
    environment = os.environ | {"DATABASE_URL": settings.database_url, "DATA_DIR": str(settings.data_dir), "SECRET_KEY": "x",
                                "FLASK_SKIP_DOTENV": "1", "EMBEDDED_WORKER": "0"}  # fmt: skip
    command = [sys.executable, "-m", "flask", "migrate", "jsonl", str(file)]
    with db.unit(write=True):  # files belong to somebody
        person = Person(name="Ada", name_key="ada")
        db.session.add(person)
        db.session.flush()
        db.session.add(Staff(person_id=person.id, role="admin"))
    for round_ in range(3):
        with subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as run:
            assert run.stderr is not None
            for _ in range(round_):
                run.stderr.readline()  # so many sets are stored
            time.sleep(0.05)
            run.send_signal(signal.SIGKILL)
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert number_of(Conversation, Message, File, Attachment, Party) == (600, 1_200, 600, 600, 0)
    with db.unit(write=False):
        assert set(db.session.scalars(select(Conversation.external_reference))) == {str(n) for n in range(600)}
        keys = db.session.scalars(select(File.key)).all()
    assert {storage.read(key).decode() for key in keys} == {f"note {n}" for n in range(600)}
    assert sum(1 for one in (settings.data_dir / "files").rglob("*") if one.is_file()) == 600


def _with_file(number: int) -> dict[str, Any]:
    one = talk(number, ("customer", f"Hello {number}"), ("agent", "Yes?"))
    content = base64.b64encode(f"note {number}".encode()).decode()
    one["messages"][0]["files"] = [{"name": "note.txt", "base64": content}]
    return one


def test_real_chats_come_in_whole_and_a_second_time_nothing_changes(world: World) -> None:
    if not STAR.exists():
        pytest.skip(f"REAL CHATS NOT TESTED: {STAR} is not here")
    report = migrate("jsonl", STAR)
    assert counted(report) == [(3559, 3559, 0, 0), (62682, 62682, 0, 0), (0, 0, 0, 0)]
    assert report.stored == (3559, 62682, 0) and not report.problems
    assert number_of(Job, Delivery, Read) == (0, 0, 0)
    with open(STAR, encoding="utf-8") as opened:
        source = {str(one["id"]): [m["text"] for m in one["messages"]] for one in map(json.loads, opened)}
    with db.unit(write=False):
        said: dict[str, list[str]] = {one: [] for one in db.session.scalars(select(Conversation.external_reference))}
        query = (
            select(Conversation.external_reference, Message.body)
            .join(Message)
            .order_by(Message.conversation_id, Message.seq)
        )
        for reference, body in db.session.execute(query):
            said[reference].append(body)
    assert said == source
    again = migrate("jsonl", STAR)
    assert counted(again)[:2] == [(3559, 0, 3559, 0), (62682, 0, 62682, 0)] and again.stored == (3559, 62682, 0)
