"""How mails leave: signed with the key of our domain, at the pace that each domain likes, and let in with a token."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select, update

import worker
from actions import installation, letters, mail_in, mail_sources
from channels import imap_tokens, smtp
from config import Settings, UnsafeSettings
from models import db
from models.jobs import Delivery, Job
from models.mail_paces import MailPace
from models.types import now
from tests.channels.sink import Sink, sink
from tests.channels.token_service import TokenService
from tests.world import World
from web.product import Product


@pytest.fixture
def server(app: Product, world: World) -> Iterator[Sink]:
    with sink() as running:
        use(app, mail_url=running.url)
        yield running


def use(app: Product, **values: Any) -> None:
    """Change settings, beside those that were changed before."""
    installation.use(installation.settings().model_copy(update=values))


def post(to: str, kind: str = "invitation") -> None:
    facts = {"inviter": "Greta", "organisation": "Lehmanns", "link": "http://x/", "code": "123456"}
    with db.unit(write=True):
        letters.post(kind, to, **facts)


def work() -> None:
    """Let the worker do all that is due."""
    while worker.work_once(False):
        pass


def readers(server: Sink) -> list[str]:
    return [str(one["To"]) for one in server.mails]


def waiting() -> list[Job]:
    with db.unit(write=False):
        return list(
            db.session.scalars(select(Job).where(Job.kind == "mail", Job.state == "pending").order_by(Job.due_at))
        )


# Signed


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, bytes]:
    """A key of our domain, and what its name server says of it."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "dkim.pem"
    file.write_bytes(made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                        serialization.NoEncryption()))  # fmt: skip
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return file, b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])


def verified(raw: bytes, record: bytes) -> bool:
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    found = dkim.verify(raw, dnsfunc=dns)
    assert asked == [b"loggia._domainkey.northwind.example."]
    return bool(found)


def test_with_a_key_every_mail_is_signed_so_that_its_domain_vouches_for_it(
    app: Product, server: Sink, key: tuple[Path, bytes]
) -> None:
    use(app, dkim_key_file=key[0], dkim_domain="northwind.example", dkim_selector="loggia")
    post("renate@lehms.example")
    work()
    (raw,) = server.raws
    assert verified(raw, key[1])
    for changed in (raw.replace(b"Subject: ", b"Subject: Not "), raw.replace(b"Lehmanns", b"Somebody"),
                    b"List-Unsubscribe: <http://evil.example/>\r\n" + raw):  # fmt: skip
        assert not verified(changed, key[1])


def test_without_a_key_nothing_is_signed(server: Sink) -> None:
    post("renate@lehms.example")
    work()
    assert server.mails[0]["DKIM-Signature"] is None


@pytest.mark.parametrize(
    ("values", "words"),
    [({"dkim_domain": "x.example"}, "go together"), ({"mail_auth": "magic"}, "password or oauth2"),
     ({"dkim_domain": "x", "dkim_selector": "y", "dkim_key_file": Path("/nowhere/key")}, "cannot be read")],
)  # fmt: skip
def test_settings_with_which_no_mail_would_leave_are_refused_at_the_start(values: dict[str, Any], words: str) -> None:
    with pytest.raises(UnsafeSettings, match=words):
        Settings(_env_file=None, **values).refuse_unsafe()


# At a pace


def test_no_domain_gets_more_in_a_minute_than_it_likes_and_the_others_do_not_wait_for_it(
    app: Product, server: Sink
) -> None:
    use(app, mail_per_minute=5)
    for place in range(12):
        post(f"somebody{place}@large.example")
    post("renate@lehms.example")
    begun = now()
    work()
    assert sorted(readers(server)) == sorted(
        [*(f"somebody{place}@large.example" for place in range(5)), "renate@lehms.example"]
    )
    due = [(one.due_at - begun).total_seconds() for one in waiting()]
    assert [round(one / 12) for one in due] == [
        5,
        6,
        7,
        8,
        9,
        10,
        11,
    ]  # one every twelve seconds, from the next minute on
    assert all(one.attempts == 0 and one.error is None for one in waiting())


def test_each_leaves_once_in_its_time_however_often_the_worker_looks(app: Product, server: Sink) -> None:
    use(app, mail_per_minute=2)
    for place in range(5):
        post(f"somebody{place}@large.example")
    for _ in range(4):
        work()
        with db.unit(write=True):  # a minute later
            for job in db.session.scalars(select(Job).where(Job.kind == "mail", Job.state == "pending")):
                job.due_at -= timedelta(minutes=1)
    assert readers(server) == [f"somebody{place}@large.example" for place in range(5)]


def test_a_code_that_somebody_waits_for_is_never_put_off(app: Product, server: Sink) -> None:
    use(app, mail_per_minute=1)
    for place in range(3):
        post(f"somebody{place}@large.example")
        post(f"waits{place}@large.example", "code")
    work()
    assert len(server.mails) == 4 and sum("waits" in one for one in readers(server)) == 3


def test_after_a_pause_a_domain_takes_a_whole_minute_at_once_again(app: Product, server: Sink) -> None:
    use(app, mail_per_minute=2)
    post("somebody@large.example")
    work()
    with db.unit(write=True):
        db.session.execute(update(MailPace).values(minute=now() - timedelta(minutes=5), taken=2))
    for place in range(2):
        post(f"somebody{place}@large.example")
    work()
    assert len(server.mails) == 3


# Let in with a token


@pytest.fixture
def service(app: Product, world: World, server: Sink, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenService]:
    """A service whose access tokens the mail server takes, and the access that Andrew gave our own address."""
    monkeypatch.setattr(imap_tokens, "_known", {})
    made = TokenService("service@localhost")
    server.tokens = made.good
    form = {"host": "localhost", "port": "1", "security": "none", "username": "service@localhost", "auth": "oauth2",
            "token_url": f"{made.url}/token", "client_id": "loggia", "client_secret": "hush", "refresh_token": "refresh-0"}  # fmt: skip
    with db.unit(write=True):
        mail_sources.connect(world.andrew, mail_in.mailbox(), form, None)
    use(app, mail_auth="oauth2")
    yield made
    made.close()


def newest() -> Delivery:
    with db.unit(write=False):
        return db.session.scalars(select(Delivery).order_by(Delivery.id.desc())).unique().first()


def test_a_server_that_wants_oauth_is_shown_the_token_of_the_address_we_write_from(
    service: TokenService, server: Sink
) -> None:
    for _ in range(2):
        post("renate@lehms.example")
        work()
    assert len(server.mails) == 2 and len(service.asked) == 1
    with db.unit(write=False):
        assert mail_sources.server(mail_sources.of_address("service@localhost")).refresh_token == "refresh-1"


def test_a_token_that_is_not_taken_any_more_is_asked_for_anew_at_the_next_try(
    service: TokenService, server: Sink
) -> None:
    post("renate@lehms.example")
    work()
    service.good.clear()
    post("renate@lehms.example")
    work()
    assert "535 5.7.8 not taken" in newest().error and newest().state == "pending"
    with db.unit(write=True):
        db.session.execute(update(Job).where(Job.state == "pending").values(due_at=now()))
    work()
    assert newest().state == "sent" and len(service.asked) == 2


def test_without_an_access_it_says_in_words_what_is_missing(app: Product, server: Sink) -> None:
    use(app, mail_auth="oauth2")
    post("renate@lehms.example")
    work()
    assert newest().error == "service@localhost has no access with OAuth 2.0 under Mailboxes." and not server.mails


def test_a_token_is_not_sent_in_the_clear_to_another_machine(app: Product) -> None:
    class Plain:
        def ehlo(self) -> None: ...
        def has_extn(self, name: str) -> bool:
            return False

    use(app, mail_auth="oauth2")
    with pytest.raises(smtp.smtplib.SMTPNotSupportedError):
        smtp._encrypt(smtp.urlsplit("smtp://mail.example"), Plain())
