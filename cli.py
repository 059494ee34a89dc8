"""The flask commands: a few lines over an action each."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select

import worker
from actions import imports, logins
from actions.enrolling import find_organisation
from actions.imports import demo
from actions.installation import settings
from actions.migrating import READERS, plain
from actions.migrating.report import Report
from channels import mail_in
from channels.migration import Migration
from models import backups, db, seeding
from models.logins import Login
from models.migrations import run as migrations
from models.people import Membership
from models.types import email_key
from policy import SYSTEM, Invalid, NotFound, Refused

TRY_LATER = 75  # what mail servers understand: EX_TEMPFAIL

user = AppGroup("user", help="People who may sign in.")


def register(app: Flask) -> None:
    """Add our commands to `flask`."""
    for command in (
        upgrade,
        load_demo,
        seed,
        import_file,
        migrate,
        user,
        token,
        run_worker,
        take_mail,
        check,
        backup,
        restore,
        restored,
    ):
        app.cli.add_command(command)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what verbs raise into one line on stderr and exit status 1."""
    try:
        yield
    except Invalid as error:
        raise click.ClickException(f"{error.field}: {error}") from error
    except (Refused, imports.Unreadable, plain.Unreadable, backups.Unfit, seeding.NotEmpty) as error:
        raise click.ClickException(str(error)) from error
    except db.Unavailable as error:
        raise click.ClickException(f"the database did not answer, nothing was stored: {error}") from error


@click.command()
def upgrade() -> None:
    """Bring the database up to date."""
    migrations.upgrade()


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database to FILE, as it is at one moment, while the product goes on."""
    with in_words():
        backups.take(file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes. The files that people sent are kept apart from it.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Fill the empty database that the settings name from FILE; no process may run on it yet."""
    with in_words():
        backups.restore(file)
    click.echo("It is back, as another history: whoever had read on before loads everything again.")
    if not migrations.current():
        click.echo("It is of an earlier version: run `flask upgrade`.")


@click.command("restored")
def restored() -> None:
    """Say that the database was brought back, or taken over, by other means: clients load everything again."""
    with in_words():
        backups.begin_anew()
    click.echo("From now on it is another history.")


@click.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--map", "mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TOML mapping.")
@click.option("--dry-run", is_flag=True, help="Do everything, store nothing.")
def import_file(kind: str, file: Path, mapping: Path | None, dry_run: bool) -> None:
    """Import FILE: rows of KIND. Bad rows are refused with their line and reason, the good ones are stored."""
    with in_words(), db.unit(write=True), progress_bar(file.name) as progress:
        report = imports.run(SYSTEM, kind, file, mapping, dry_run, progress)
    for line in report.lines():
        click.echo(line)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a file has been read, on a terminal only and on stderr."""
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance


@click.command("migrate")
@click.argument("source", type=click.Choice(sorted(READERS)))
@click.argument("place", metavar="PATH", type=click.Path(exists=True, path_type=Path))
@click.option("--map", "mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TOML mapping.")
@click.option("--dry-run", is_flag=True, help="Do everything, store nothing.")
def migrate(source: str, place: Path, mapping: Path | None, dry_run: bool) -> None:
    """Take the conversations of another system from its export at PATH; nobody is told. Ended anywhere, begin again."""
    with in_words():
        try:
            report = Migration(SYSTEM, source, place, mapping, dry_run).run(how_far)
        except db.Unavailable as error:
            words = "begin again, and it goes on with what is not here yet"
            raise click.ClickException(f"the database did not answer ({error}): {words}") from error
    for line in report.lines():
        click.echo(line)
    if not report.conversations.read:
        sys.exit(1)


def how_far(report: Report) -> None:
    """Say on stderr how far a migration has come: over itself on a terminal, else line by line."""
    words = f"{report.conversations.read:,} conversations, {report.messages.read:,} messages"
    click.echo(f"\r{words}" if sys.stderr.isatty() else words, nl=not sys.stderr.isatty(), err=True)


@click.command("demo")
def load_demo() -> None:
    """Load the demo business; loading it again changes nothing."""
    migrations.upgrade()
    with in_words():
        for step in demo.steps(SYSTEM):
            with db.unit(write=True), progress_bar("demo") as progress:
                report = step(progress)
            for line in report.lines():
                click.echo(line)
        with db.unit(write=True):
            doors = demo.finish(SYSTEM)
    click.echo("\nDemo sign-ins:\n")
    rows = [("name", "e-mail", "side", "role", "organisation")]
    rows += [(one.name, one.email, one.side, one.role, one.organisation) for one in doors]
    table(rows)


@click.command()
@click.option("--conversations", type=click.IntRange(20, 10_000_000), default=1_000_000, show_default=True)
@click.option("--interactions", type=click.IntRange(20), default=5_000_000, show_default=True, help="Rows of the log.")
@click.option("--articles", type=click.IntRange(0, 1_000_000), default=100_000, show_default=True)
@click.option(
    "--seed",
    "number",
    type=click.IntRange(0, 1_000_000),
    default=1,
    show_default=True,
    help="The same number makes the same business.",
)
@click.option("--password", help="For those whose address ends with 1; without one everybody signs in by code.")
def seed(conversations: int, interactions: int, articles: int, number: int, password: str | None) -> None:
    """Fill an EMPTY database with a business at scale, to measure and to try things at size."""
    migrations.upgrade()
    size = seeding.Size(conversations, interactions, articles, number)
    with in_words():
        for name, rows, seconds in seeding.steps(size, logins.hashed(password) if password else None):
            click.echo(f"{name:<16}{f'{rows:,}' if rows else '':>12}{seconds:>8.1f} s", err=True)
    click.echo(f"Sign in as {', '.join(seeding.DOORS)}.")


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows in columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--kind", required=True, type=click.Choice(["staff", "customer", "partner"]))
@click.option("--organisation", help="External reference, id or name.")
@click.option("--role", help="member or manager; agent, lead or admin for staff.")
@click.option("--password", help="Without one, an invitation link is printed.")
def add_user(
    email: str, name: str, kind: str, organisation: str | None, role: str | None, password: str | None
) -> None:
    """Add a login."""
    with in_words():
        password_hash = logins.hashed(password) if password else None  # slow on purpose: never inside a unit
        with db.unit(write=True):
            login, invitation = logins.add(SYSTEM, email, name, kind, organisation, role, password_hash)
    click.echo(f"{login.email} may sign in as {kind}.", err=True)
    if invitation:
        click.echo(f"{settings().url}/invitation/{invitation}")


@click.command("worker")
def run_worker() -> None:
    """Do the jobs and fetch mail, in a process of its own beside web processes started with EMBEDDED_WORKER=0."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends in order, as Ctrl+C does
    worker.run(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command("mail-in")
@click.option("--mailbox", help="Which of our addresses it came to; the one that our mails come from unless said.")
def take_mail(mailbox: str | None) -> None:
    """Take in one mail on standard input, as a mail server pipes it; exit 75 asks that server to try again later."""
    try:
        with in_words():
            new = mail_in.take(sys.stdin.buffer.read(), mailbox)
    except Exception as error:
        click.echo(
            f"The mail was not kept: {error.message if isinstance(error, click.ClickException) else type(error).__name__}",
            err=True,
        )
        sys.exit(TRY_LATER)
    click.echo("kept" if new else "here already")


@click.command("check")
def check() -> None:
    """Test settings, durability and migrations; exit 1 with what is wrong."""
    wrong = list(db.weaknesses())
    if not migrations.current():
        wrong.append("migrations are behind: run `flask upgrade`")
    if not os.access(settings().data_dir, os.W_OK):
        wrong.append(f"DATA_DIR {settings().data_dir} cannot be written to")
    if not settings().mail_url and not settings().demo:
        wrong.append("MAIL_URL is not set: mails are only written to the console")
    for line in wrong:
        click.echo(line, err=True)
    click.echo("ok" if not wrong else f"{len(wrong)} to mend")
    sys.exit(1 if wrong else 0)


@click.command()
@click.argument("emails", nargs=-1, required=True)
@click.option("--organisation", help="Needed when a person has several: external reference, id or name.")
@click.option("--scopes", default="*", help="Verbs or nouns, separated by commas or blanks; * for all.")
def token(emails: tuple[str, ...], organisation: str | None, scopes: str) -> None:
    """Print a new API token for each address, each alone on its line; for all of them or for none."""
    wanted = scopes.replace(",", " ").split()
    with in_words(), db.unit(write=True):
        secrets = [_make_token(email, organisation, wanted) for email in emails]
    click.echo("\n".join(secrets))


def _make_token(email: str, organisation: str | None, scopes: list[str]) -> str:
    login = db.session.scalars(select(Login).where(Login.email_key == email_key(email))).unique().one_or_none()
    if login is None:
        raise click.ClickException(f"{email} has no login: add one with `flask user add`")
    try:
        return logins.make_token(SYSTEM, login, membership(login, organisation), "command line", scopes)
    except NotFound as error:
        raise click.ClickException("this membership has ended") from error


def membership(login: Login, organisation: str | None) -> int | None:
    """Find what a token acts through: the only membership, that of the given organisation, or none (staff)."""
    query: Any = select(Membership).where(Membership.person_id == login.person_id, Membership.ended_at.is_(None))
    if organisation:
        query = query.where(Membership.organisation_id == find_organisation(organisation).id)
    found = db.session.scalars(query).unique().all()
    if organisation and not found:
        raise click.ClickException(f"{login.email} does not belong to {organisation}")
    if len(found) > 1:
        companies = [(one.organisation, one.side) for one in found]
        names = ", ".join(f"{company.external_reference or company.name} ({side})" for company, side in companies)
        raise click.ClickException(f"{login.email} belongs to several: name one with --organisation: {names}")
    return found[0].id if found else None
