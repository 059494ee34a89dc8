"""Mail fetched from a real mail server: every mail once, whatever happens to the server, its numbering or who fetches."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actions import mail_in, mail_leases, mail_sources
from channels import imap, imap_fetch
from models import db, storage
from models.mail_sources import MailSource
from models.words import Words, packed, spoken, unpacked
from policy import Forbidden, Invalid, Refused
from tests.channels.dovecot import PASSWORD, Dovecot
from tests.channels.fetching import arrives, connected, count, fetching, letters, looked, source
from tests.channels.mails import mails, messages, work
from tests.live import wait_until
from tests.world import World

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often, so that tests need not wait."""
    monkeypatch.setattr(imap_fetch, "SLICE", 0.1)
    monkeypatch.setattr(imap_fetch, "BUSY", 0.2)
    monkeypatch.setattr(imap_fetch, "PAUSES", (0, 0))


def wrong(words: str) -> None:
    """Wait until the page says what is wrong."""
    wait_until(lambda: words in (source().error or ""), 20, lambda: source().error)


# What is there, and what comes


def test_what_waits_on_the_server_is_taken_as_it_is_and_then_marked_as_read(world: World, dovecot: Dovecot) -> None:
    sent = letters(7)
    dovecot.put(*sent)
    connected(world, dovecot)
    with fetching():
        arrives(7)
        looked()
    assert [storage.read(one.storage_key) for one in mails()] == sent
    assert dovecot.uids("UNSEEN") == [] and (source().last_uid, source().waiting, source().error) == (7, 0, None)
    work()
    assert [one.body for one in messages() if one.change] == [f"Number {n}." for n in range(7)]


def test_a_mail_that_comes_is_here_within_seconds_because_the_server_tells(world: World, dovecot: Dovecot) -> None:
    connected(world, dovecot)
    with fetching():
        looked()
        for n in range(3):
            begun = time.monotonic()
            dovecot.put(*letters(1, n))
            arrives(n + 1, 5)
            assert time.monotonic() - begun < 5 < imap_fetch.EACH


@pytest.mark.parametrize("moment", ["after", "bodies", "seen"])
def test_a_mail_that_comes_while_others_are_taken_is_here_as_soon(
    world: World, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Of such a mail the server tells with its answer to another command, before it is asked to tell (IDLE)."""
    others, before = [letters(1, 1)], getattr(imap.Folder, moment)

    def meanwhile(*given: Any) -> Any:
        found = before(*given)
        if others and found != []:
            dovecot.put(*others.pop())
        return found

    connected(world, dovecot)
    with fetching():
        looked()
        wait_until(lambda: source().due_at is None)
        time.sleep(1)  # what called for the first look is over
        monkeypatch.setattr(imap.Folder, moment, meanwhile)
        dovecot.put(*letters(1))
        arrives(2)


def test_a_server_that_does_not_tell_is_asked_again_and_again(
    world: World, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.configure(capability="IMAP4rev1 SASL-IR UIDPLUS")
    monkeypatch.setattr(imap_fetch, "EACH", 0.5)
    connected(world, dovecot)
    with fetching():
        looked()
        dovecot.put(*letters(2))
        arrives(2)


def test_idle_is_begun_anew_before_the_server_tires_of_it(
    world: World, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert imap_fetch.RENEW < 29 * 60
    monkeypatch.setattr(imap_fetch, "RENEW", 0.3)
    connected(world, dovecot)
    with fetching():
        looked()
        for _ in range(3):
            before = source().looked_at
            wait_until(lambda at=before: source().looked_at != at)


def test_only_what_comes_from_now_on_is_taken_where_that_was_chosen(world: World, dovecot: Dovecot) -> None:
    dovecot.put(*letters(3), arrived=datetime.now(UTC) - timedelta(days=9))
    connected(world, dovecot, beginning="now")
    with fetching():
        looked()
        dovecot.put(*letters(1, 3), arrived=datetime.now(UTC) + timedelta(seconds=2))
        arrives(1)
    assert len(dovecot.uids("UNSEEN")) == 3


def test_another_folder_is_read_by_its_name_in_any_script(world: World, dovecot: Dovecot) -> None:
    connected(world, dovecot, folder="Aufträge & 注文")
    with fetching():
        wrong("There is no folder “Aufträge & 注文”. There are: INBOX")
        dovecot.make("Aufträge & 注文")
        dovecot.put(*letters(2), folder="Aufträge & 注文")
        with db.unit(write=True):
            mail_sources.retry(world.andrew, mail_in.mailbox())
        arrives(2)


# Once


def test_another_numbering_is_read_from_the_first_and_nothing_comes_twice(world: World, dovecot: Dovecot) -> None:
    dovecot.put(*letters(5))
    connected(world, dovecot)
    with fetching():
        arrives(5)
        looked()
    before = source().uid_validity
    dovecot.renumber()
    dovecot.put(*letters(2, 5))
    with fetching():
        arrives(7)
        wait_until(lambda: source().last_uid == 7)
    assert source().uid_validity != before and count() == 7


def test_the_same_mail_under_a_new_number_is_the_same_mail(world: World, dovecot: Dovecot) -> None:
    dovecot.put(*letters(3))
    connected(world, dovecot)
    with fetching():
        arrives(3)
        dovecot.put(*letters(3))
        wait_until(lambda: source().last_uid == 6)
    assert count() == 3 and dovecot.uids("UNSEEN") == []


def test_of_several_who_fetch_one_does_and_nothing_comes_twice(world: World, dovecot: Dovecot) -> None:
    dovecot.put(*letters(60))
    connected(world, dovecot)
    with fetching(watches=4):
        arrives(60)
        looked()
        assert source().lease_by
    assert source().lease_by is None


def test_whoever_lost_the_lease_notes_nothing_more(world: World, dovecot: Dovecot) -> None:
    key = connected(world, dovecot)
    with db.unit(write=True):
        server = mail_leases.lease(key, "here/1/one")
        assert server and mail_leases.lease(key, "elsewhere/1/other") is None
        mail_leases.leave(key, "here/1/one")
        assert mail_leases.lease(key, "elsewhere/1/other")
        assert not mail_leases.note(server, "here/1/one", 1, 99, 0)
        assert not mail_leases.keep(server, "here/1/one")
    assert source().last_uid == 0


def test_the_lease_of_a_process_that_died_here_is_nobodys(world: World, dovecot: Dovecot) -> None:
    key, me = connected(world, dovecot), mail_leases.who_fetches("me")
    dead = me.replace(f"/{os.getpid()}/", "/4194304/")
    with db.unit(write=True):
        assert mail_leases.lease(key, dead)
        assert mail_leases.lease(key, me)
        assert mail_leases.lease(key, dead) is None


# What goes wrong


def test_a_server_that_dies_and_returns_is_read_on(world: World, dovecot: Dovecot) -> None:
    dovecot.put(*letters(3))
    connected(world, dovecot)
    with fetching():
        arrives(3)
        looked()
        dovecot.stop(signal.SIGTERM)
        wrong("nothing listens there")
        dovecot.start()
        dovecot.put(*letters(2, 3))
        arrives(5)
        wait_until(lambda: source().error is None)


def test_a_wrong_password_is_said_in_words_tried_seldom_and_at_once_when_it_is_set_anew(
    world: World, dovecot: Dovecot
) -> None:
    dovecot.put(*letters(1))
    connected(world, dovecot, password="wrong")
    with fetching():
        wrong("localhost does not take the user name and password")
        assert source().due_at > datetime.now(UTC) + timedelta(seconds=30) and "wrong" not in source().error.split()
        assert spoken(source().error, "de").startswith("localhost nimmt Benutzername und Passwort nicht an: ")
        connected(world, dovecot)
        arrives(1)


def test_what_is_asked_to_be_tried_now_is(world: World, dovecot: Dovecot) -> None:
    connected(world, dovecot)
    with fetching():
        looked()
        before = source().looked_at
        with db.unit(write=True):
            mail_sources.retry(world.andrew, mail_in.mailbox())
        wait_until(lambda: source().looked_at != before and source().due_at is None)


def test_the_pause_doubles_to_ten_minutes_at_most(world: World, dovecot: Dovecot) -> None:
    key, found = connected(world, dovecot), []
    for _ in range(9):
        with db.unit(write=True):
            db.session.execute(MailSource.__table__.update().values(due_at=None))
            mail_leases.lease(key, "a/1/b")
            mail_leases.failed(key, "a/1/b", Words("no"), (5, 600))
        found.append(round((source().due_at - datetime.now(UTC)).total_seconds()))
    assert found == [5, 10, 20, 40, 80, 160, 320, 600, 600]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"host": "mail.nowhere.invalid", "security": "tls", "port": "993"}, "There is no server of the name mail.nowhere.invalid"),
        ({"port": "1"}, "nothing listens there"),
        ({"username": "nobody"}, "does not take the user name and password"),
        ({"folder": "Missing"}, "There is no folder “Missing”"),
        ({"security": "tls"}, "does not speak TLS"),
        ({"security": "tls", "port": "tls"}, "The certificate of localhost is not valid"),
        ({"security": "starttls"}, "The certificate of localhost is not valid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_words(world: World, dovecot: Dovecot, values: dict[str, str], words: str) -> None:
    key = connected(world, dovecot, **values | ({"port": str(dovecot.tls_port)} if values.get("port") == "tls" else {}))
    with db.unit(write=False):
        server = mail_sources.server(db.session.get_one(MailSource, key))
    with pytest.raises(imap_fetch.Trouble) as caught:
        imap_fetch.look(server)
    assert words in str(caught.value)
    assert spoken(unpacked(packed(caught.value.words)), "de") not in (str(caught.value), "")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_encrypted_server_whose_certificate_holds_is_read(
    world: World, dovecot: Dovecot, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
    dovecot.put(*letters(2))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    connected(world, dovecot, security=security, port=str(port))
    with fetching():
        arrives(2)


def test_a_mail_that_is_too_much_is_held_with_its_headers_and_stays_unread_on_the_server(
    world: World, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_fetch, "MOST", 1000)
    small, large = letters(1)[0], letters(1, 1)[0] + b"x" * 2000
    dovecot.put(large, small)
    connected(world, dovecot)
    with fetching():
        looked()
    held, stored = mails()
    assert held.state == "held" and "too much to be fetched. It is still on localhost" in held.reason
    assert spoken(held.reason, "de") == "Sie hat 0 MB: zu viel für den Abruf. Sie liegt weiterhin auf localhost."
    assert b"Subject: Mail 1" in storage.read(held.storage_key) and stored.state == "stored"
    assert dovecot.uids("UNSEEN") == [1]


def test_a_mail_that_the_server_does_not_give_is_held_after_some_tries_and_the_others_are_taken(
    world: World, dovecot: Dovecot
) -> None:
    dovecot.put(*letters(3))
    dovecot.spoil(2)
    connected(world, dovecot)
    with fetching():
        wait_until(lambda: count() == 3, 20, lambda: source().error)
        looked()
    assert sorted(one.state for one in mails()) == ["held", "stored", "stored"]
    held = next(one for one in mails() if one.state == "held")
    assert "does not give it" in held.reason and source().last_uid == 3
    kept = storage.read(held.storage_key).decode()
    assert kept.startswith("Subject: Mail 2 of INBOX, ") and "It is in the folder “INBOX” and has " in kept


def test_what_cannot_be_kept_here_stays_unread_there(
    world: World, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    dovecot.put(*letters(2))
    connected(world, dovecot)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "put", full)
        with fetching():
            wrong("The mails cannot be kept here: No space left on device.")
    assert dovecot.uids("UNSEEN") == [1, 2] and source().last_uid == 0 and count() == 0
    with fetching():
        arrives(2)


def test_a_source_that_is_taken_away_is_read_no_more(world: World, dovecot: Dovecot) -> None:
    connected(world, dovecot)
    with fetching():
        looked()
        with db.unit(write=True):
            mail_sources.disconnect(world.andrew, mail_in.mailbox())
        wait_until(lambda: not dovecot.busy(), 10)
        dovecot.put(*letters(1))
        time.sleep(0.5)
    assert count() == 0


# Set by admins


def test_only_admins_connect_and_the_password_is_unreadable_in_the_database(world: World, dovecot: Dovecot) -> None:
    connected(world, dovecot)
    assert PASSWORD not in (source().password or "") and len(source().password or "") > 80
    with db.unit(write=True), pytest.raises(Forbidden):
        mail_sources.connect(world.steven, mail_in.mailbox(), {}, None)


def test_a_password_is_never_told_to_another_server(world: World, dovecot: Dovecot) -> None:
    connected(world, dovecot)
    connected(world, dovecot, folder="Archive", password="")
    with pytest.raises(Invalid, match="is needed"):
        connected(world, dovecot, host="127.0.0.1", password="")


def test_two_who_change_it_at_once_do_not_overwrite_each_other(world: World, dovecot: Dovecot) -> None:
    connected(world, dovecot)
    with db.unit(write=True), pytest.raises(Refused, match="meanwhile"):
        mail_sources.connect(world.andrew, mail_in.mailbox(), {}, 99)


@pytest.mark.parametrize(
    "values",
    [
        {"host": "imap.company.example"}, {"host": "a b"}, {"host": ""}, {"port": "0"}, {"port": "²"}, {"security": "maybe"},
        {"username": "me\r\nA1 DELETE INBOX"}, {"password": "x\r\nA1 DELETE INBOX"}, {"folder": "a\nb"}, {"auth": "none"},
        {"auth": "oauth2", "client_id": "x", "refresh_token": "y", "token_url": "http://login.example/token"},
        {"auth": "oauth2", "client_id": "x", "refresh_token": "y", "token_url": "https://["},
    ],
)  # fmt: skip
def test_what_would_be_unsafe_or_nonsense_is_refused_by_its_field(
    world: World, dovecot: Dovecot, values: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as caught:
        connected(world, dovecot, **values)
    assert caught.value.field in {*values, "security"}
