"""The command line: what a person types, and what a script can rely on."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select

import cli
from actions import logins
from models import db
from models.organisations import Organisation
from models.settings import epoch
from tests.world import World


@pytest.fixture
def type_in(database: str):
    """Type a command: type_in("import", "people", file)."""
    app = Flask("cli")
    cli.register(app)
    return lambda *words: app.test_cli_runner().invoke(args=[str(word) for word in words])


def rows(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "rows.csv"
    file.write_text(text)
    return file


def test_an_import_reports_what_it_did_and_why_not(type_in, tmp_path: Path) -> None:
    file = rows(tmp_path, "external_reference,name\nA,Alpha\nB,\n")
    result = type_in("import", "organisations", file)
    assert (result.exit_code, result.stdout.splitlines()) == (0, [
        "organisation from rows.csv: 2 rows read, 1 added, 0 changed, 0 unchanged, 1 refused",
        "  line 3, name: is empty: every row needs it",
    ])  # fmt: skip


def test_a_dry_run_stores_nothing(type_in, tmp_path: Path) -> None:
    result = type_in("import", "organisations", rows(tmp_path, "external_reference,name\nA,Alpha\n"), "--dry-run")
    assert "nothing was stored" in result.stdout
    with db.unit(write=False):
        assert db.session.scalars(select(Organisation.name)).all() == []


def test_a_file_that_cannot_be_used_is_one_line_on_stderr_and_exit_status_1(type_in, tmp_path: Path) -> None:
    result = type_in("import", "organisations", rows(tmp_path, "nr,name\nA,Alpha\n"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: unknown field nr")


def test_the_demo_prints_its_sign_ins_and_may_be_loaded_again(type_in) -> None:
    first, second = type_in("demo"), type_in("demo")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "renate.messner@lehmanns.example" in first.stdout
    assert second.stdout.count(" 0 added, 0 changed, ") == second.stdout.count(" rows read, ") == 16


def test_a_login_is_added_with_an_invitation_or_a_password(type_in, world: World) -> None:
    invited = type_in(
        "user", "add", "new@lehms.example", "--name", "New", "--kind", "customer", "--organisation", "LEHMS"
    )
    assert "/invitation/" in invited.stdout
    added = type_in("user", "add", "boss@northwind.example", "--name", "Boss", "--kind", "staff", "--role", "admin",
                    "--password", "correct horse battery staple")  # fmt: skip
    assert (added.exit_code, added.stdout) == (0, "")


def test_a_login_that_cannot_be_added_is_refused_in_words(type_in, world: World) -> None:
    result = type_in("user", "add", "new@x.example", "--name", "New", "--kind", "customer", "--organisation", "NOBODY")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: organisation: NOBODY: none has this reference, id or name\n",
    )


def test_a_token_stands_alone_on_stdout_and_opens_the_door(type_in, world: World) -> None:
    result = type_in("token", world.renate.email, "--scopes", "order,conversation")
    found = logins.resolve_token(result.stdout.removesuffix("\n"))
    assert found is not None
    assert (found.person_id, found.organisation_id, found.scopes) == (
        world.renate.person_id, world.lehmanns, frozenset({"order", "conversation"}),
    )  # fmt: skip


def test_tokens_for_several_people_stand_on_a_line_each(type_in, world: World) -> None:
    found = [logins.resolve_token(line) for line in
             type_in("token", world.renate.email, world.nancy.email).stdout.splitlines()]  # fmt: skip
    assert [one.person_id for one in found if one] == [world.renate.person_id, world.nancy.person_id]


def test_a_token_for_nobody_is_refused(type_in, world: World) -> None:
    result = type_in("token", "nobody@x.example")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "has no login" in result.stderr


def test_a_piped_mail_is_kept_once_and_its_server_is_asked_to_try_again_when_it_is_not(app, world: World) -> None:
    mail = b"From: renate.messner@lehms.example\r\nSubject: Chang\r\n\r\nIs it coming?\r\n"
    pipe = app.test_cli_runner().invoke
    assert [pipe(args=["mail-in"], input=mail).stdout for _ in range(2)] == ["kept\n", "here already\n"]
    wrong = pipe(args=["mail-in", "--mailbox", "nobody@ours.example"], input=mail)
    assert wrong.exit_code == 75 and "no address of ours" in wrong.stderr


def test_a_migration_says_how_far_it_is_what_it_took_and_what_not(type_in, tmp_path: Path) -> None:
    file = tmp_path / "chats.jsonl"
    file.write_text('{"id": 1, "messages": [{"from": "customer", "ts": 1589375958, "text": "Hello"}]}\n{}\n')
    dry, done = type_in("migrate", "jsonl", file, "--dry-run"), type_in("migrate", "jsonl", file)
    assert (dry.exit_code, done.exit_code) == (0, 0)
    assert dry.stdout.startswith("jsonl from chats.jsonl (dry run: nothing was stored)\n")
    assert done.stderr == "2 conversations, 1 messages\n"
    assert [line.split() for line in done.stdout.splitlines()[2:4]] == [
        ["conversations", "2", "1", "0", "1", "1"], ["messages", "1", "1", "0", "0", "1"]]  # fmt: skip
    assert done.stdout.endswith("  chats.jsonl, line 2: has neither number nor id\n")


def test_a_migration_of_nothing_ends_with_status_1(type_in, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = type_in("migrate", "jsonl", tmp_path / "empty")
    assert result.exit_code == 1 and "holds no file that ends in .jsonl" in result.stderr


def test_a_backup_is_taken_once_and_is_readable_by_its_owner_alone(type_in, tmp_path: Path, world: World) -> None:
    file = tmp_path / "backup"
    first, second = type_in("backup", file), type_in("backup", file)
    assert (first.exit_code, first.output.startswith(f"{file}: "), file.stat().st_mode & 0o077) == (0, True, 0)
    assert (second.exit_code, second.stderr) == (1, f"Error: {file} is there already\n")
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]


def test_nothing_is_brought_back_over_what_is_there(type_in, tmp_path: Path, world: World) -> None:
    file = tmp_path / "backup"
    type_in("backup", file)
    result = type_in("restore", file)
    assert (result.exit_code, "not empty" in result.stderr) == (1, True)
    with db.unit(write=False):
        assert world.lehmanns in db.session.scalars(select(Organisation.id))


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0 and then something else" * 90, b"no backup at all"])
def test_what_is_no_backup_leaves_the_place_empty(type_in, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup").write_bytes(content)
    db.connect(f"sqlite:///{tmp_path / 'empty.db'}")
    result = type_in("restore", tmp_path / "backup")
    assert (result.exit_code, "no backup of ours" in result.stderr) == (1, True)
    assert inspect(db.engine()).get_table_names() == []
    db.engine().dispose()
    assert {one.name for one in tmp_path.iterdir()} <= {"backup", "empty.db"}


def test_what_another_program_brought_back_is_another_history(type_in, world: World) -> None:
    with db.unit(write=False):
        before = epoch(db.session())
    assert type_in("restored").exit_code == 0
    with db.unit(write=False):
        assert epoch(db.session()) != before
