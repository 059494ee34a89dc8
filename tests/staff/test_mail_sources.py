"""The page on which an admin says from which mail server an address fetches its mail."""

from typing import Any

import pytest
from sqlalchemy import select, update

from models import db
from models.interactions import Interaction
from models.mail_sources import MailSource
from models.types import now
from tests.channels.dovecot import PASSWORD, USER, Dovecot
from tests.channels.fetching import fetching, looked, source
from tests.live import wait_until
from tests.world import World

SAID = [{"added"}, {"fetches_from"}, {"fetches_no_more_from"}]
FORM = {"host": "localhost", "port": "1", "security": "none", "username": USER, "password": PASSWORD, "folder": "INBOX",
        "auth": "password"}  # fmt: skip


@pytest.fixture
def page(world: World, as_: Any) -> str:
    """The page of an address of ours."""
    as_(world.andrew).post("/staff/settings/mailboxes", data={"address": "sales@ours.example"})
    text = as_(world.andrew).get("/staff/settings/mailboxes").text
    return text.split('href="')[next(n for n, one in enumerate(text.split('href="')) if "/source" in one)].split('"')[0]


def test_what_an_admin_sets_is_shown_again_except_for_secrets_and_logged(world: World, as_: Any, page: str) -> None:
    andrew = as_(world.andrew)
    assert andrew.post(page, data=FORM).status_code == 303
    shown = andrew.get(page).text
    assert "localhost" in shown and "It is being tried" in shown and "One is kept" in shown and PASSWORD not in shown
    wrong = andrew.post(page, data=FORM | {"port": "none", "version": "1"})
    assert wrong.status_code == 422 and "must be a number" in wrong.text and PASSWORD not in wrong.text
    andrew.post(f"{page}/removal")
    assert "Nothing is fetched" in andrew.get(page).text
    with db.unit(write=False):
        changes = select(Interaction).where(Interaction.kind == "mailbox_changed").order_by(Interaction.id)
        found = list(db.session.scalars(changes))
    assert [said & one.detail.keys() for one, said in zip(found, SAID, strict=True)] == SAID
    assert not any(PASSWORD in str(one.detail) for one in found)


def test_the_page_says_what_comes_of_trying_it(world: World, as_: Any, page: str, dovecot: Dovecot) -> None:
    andrew = as_(world.andrew)
    andrew.post(page, data=FORM | {"port": str(dovecot.port)})
    with fetching():
        looked()
        assert "It works. Last looked" in andrew.get(page).text
        andrew.post(page, data=FORM | {"port": "1", "version": "1"})
        wait_until(lambda: source().error)
        assert "nothing listens there" in andrew.get(page).text
        before = source().due_at
        andrew.post(f"{page}/trial")
        wait_until(lambda: source().failures and source().due_at != before)
    assert "nothing listens there" in as_(world.steven).get("/staff/settings/mailboxes").text


def test_where_nobody_tries_it_the_page_asks_for_the_worker(world: World, as_: Any, page: str) -> None:
    as_(world.andrew).post(page, data=FORM)
    with db.unit(write=True):
        db.session.execute(update(MailSource).values(due_at=now().replace(year=2020)))
    assert "does the worker run?" in as_(world.andrew).get(page).text


def test_two_admins_at_once_do_not_overwrite_each_other(world: World, as_: Any, page: str) -> None:
    andrew = as_(world.andrew)
    andrew.post(page, data=FORM)
    assert andrew.post(page, data=FORM | {"version": ""}).status_code == 409


def test_leads_see_how_it_goes_and_set_nothing(world: World, as_: Any, page: str) -> None:
    as_(world.andrew).post(page, data=FORM)
    steven = as_(world.steven)
    assert "It is being tried" in steven.get("/staff/settings/mailboxes").text
    for path in (page, f"{page}/trial", f"{page}/removal"):
        assert steven.post(path, data=FORM).status_code == 403
