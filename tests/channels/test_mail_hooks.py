"""Mail brought by mail services, in the way each of them posts it: kept before the answer, once, and from nobody else."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from actions import limits, log_addresses, mail_hooks
from channels import housekeeping
from models import db, storage
from models.interactions import Interaction
from models.jobs import Job
from models.mail_hooks import MailHook, SignedMail
from models.mail_in import LoggedMail, Mailbox
from tests.channels.mails import mails, messages, work, written
from tests.client import Client
from tests.world import World
from web.product import Product

RENATE = "Renate Messner <renate.messner@lehms.example>"
KEY = "key-of-mailgun"
As = Callable[..., Client]
RAW = (
    "From: renate.messner@lehms.example\r\nTo: sales@ours.example\r\nSubject: =?utf-8?q?=C3=84?=\r\n"
    "Content-Type: text/plain; charset=cp1252\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße & mehr = 100 %\r\n"
).encode("cp1252")  # as many programs send it: not one character set, and bytes that are no UTF-8


@pytest.fixture
def boxes(world: World, as_: As) -> dict[str, str]:
    """An address of ours, for which each service is given an address to bring mail to."""
    andrew = as_(world.andrew)
    andrew.post("/staff/settings/mailboxes", data={"address": "sales@ours.example"})
    with db.unit(write=False):
        box = db.session.scalars(select(Mailbox.public_id).where(Mailbox.address == "sales@ours.example")).one()
    return {"page": f"/staff/settings/mailboxes/{box}/service"}


def place(as_: As, world: World, boxes: dict[str, str], service: str) -> str:
    """Set a service up, and take its address from the page that shows it."""
    page = as_(world.andrew).post(boxes["page"], data={"service": service, "signing_key": KEY})
    return str(page.text.split("data-secret>")[1].split("<")[0].split("8000")[1])


def stamp(at: float | None = None, token: str = "a" * 50, key: str = KEY) -> dict[str, str]:
    """What Mailgun signs."""
    when = str(int(time.time() if at is None else at))
    return {"timestamp": when, "token": token,
            "signature": hmac.new(key.encode(), f"{when}{token}".encode(), hashlib.sha256).hexdigest()}  # fmt: skip


def posted(app: Product, path: str, raw: tuple[str, bytes], fields: dict[str, str]) -> TestResponse:
    """A form as services send it: each field byte for byte."""
    parts = [f'--b0undary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value
             for name, value in [*((one, value.encode()) for one, value in fields.items()), raw]]  # fmt: skip
    body = b"\r\n".join([*parts, b"--b0undary--\r\n"])
    return app.test_client().post(path, data=body, content_type="multipart/form-data; boundary=b0undary")


def mailgun(app: Product, path: str, raw: bytes = RAW, **given: str) -> TestResponse:
    return posted(app, path, ("body-mime", raw), {"recipient": "sales@ours.example"} | stamp() | given)


def sendgrid(app: Product, path: str, raw: bytes = RAW, to: str = "sales@ours.example") -> TestResponse:
    envelope = json.dumps({"to": [to], "from": "x@y.example"})
    return posted(app, path, ("email", raw), {"envelope": envelope, "spam_score": "0"})


def postmark(app: Product, path: str, raw: bytes = RAW, **more: Any) -> TestResponse:
    told = {"From": "x", "OriginalRecipient": "sales@ours.example", "RawEmail": raw.decode("cp1252")} | more
    return app.test_client().post(path, json=told)


def test_mailgun_brings_a_mail_byte_for_byte_and_it_is_filed(
    app: Product, world: World, boxes: dict[str, str], as_: As
) -> None:
    path = place(as_, world, boxes, "mailgun")
    assert path.endswith("/mime")  # by this Mailgun knows that we want it raw
    answer = mailgun(app, path)
    assert (answer.status_code, answer.get_json()) == (200, {"new": True})
    (mail,) = mails()
    assert storage.read(mail.storage_key) == RAW and mail.mailbox.address == "sales@ours.example"
    work()
    assert [one.body for one in messages()] == ["Grüße & mehr = 100 %"]


def test_mailgun_without_files_sends_a_plain_form(app: Product, world: World, boxes: dict[str, str], as_: As) -> None:
    body = urlencode({**stamp(), "recipient": "sales@ours.example", "body-mime": RAW})
    path = place(as_, world, boxes, "mailgun")
    answer = app.test_client().post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200 and storage.read(mails()[0].storage_key) == RAW


def test_sendgrid_and_postmark_bring_it_too(app: Product, world: World, boxes: dict[str, str], as_: As) -> None:
    assert sendgrid(app, place(as_, world, boxes, "sendgrid")).status_code == 200
    assert storage.read(mails()[0].storage_key) == RAW
    plain = written(RENATE, "Through Postmark.")
    assert postmark(app, place(as_, world, boxes, "postmark"), plain).status_code == 200
    work()
    assert [one.body for one in messages()] == ["Grüße & mehr = 100 %", "Through Postmark."]


def test_a_mail_that_is_brought_again_is_here_once(app: Product, world: World, boxes: dict[str, str], as_: As) -> None:
    path = place(as_, world, boxes, "mailgun")
    signed = stamp()
    answers = [mailgun(app, path, **signed) for _ in range(2)] + [mailgun(app, path, **stamp(token="b" * 50))]
    assert [one.get_json() for one in answers] == [{"new": True}, {"new": False}, {"new": False}]
    work()
    assert len(mails()) == len(messages()) == 1


# Nobody else


@pytest.mark.parametrize(
    "given",
    [stamp(key="another"), stamp(time.time() - 3600), stamp(time.time() + 3600), {"signature": ""}, {"timestamp": "x"},
     {"token": ""}, {"token": "another"}, {"signature": "ü"}],
)  # fmt: skip
def test_what_mailgun_did_not_sign_just_now_is_not_there(
    app: Product, world: World, boxes: dict[str, str], as_: As, given: dict[str, str]
) -> None:
    answer = mailgun(app, place(as_, world, boxes, "mailgun"), **given)
    assert answer.status_code == 404 and not mails()


def test_a_signature_is_good_for_the_mail_it_came_with(
    app: Product, world: World, boxes: dict[str, str], as_: As
) -> None:
    path, signed = place(as_, world, boxes, "mailgun"), stamp()
    assert mailgun(app, path, **signed).status_code == 200
    assert mailgun(app, path, written("eve@else.example", "Pay here."), **signed).status_code == 404
    assert len(mails()) == 1
    with db.unit(write=True):
        db.session.scalars(select(SignedMail)).one().at = (
            db.session.scalars(select(SignedMail.at)).one().replace(year=2020)
        )
    housekeeping.forget_looks({})
    with db.unit(write=False):
        assert not db.session.scalars(select(SignedMail)).all()


def test_a_wrong_address_an_ended_and_a_renewed_one_look_alike(
    app: Product, world: World, boxes: dict[str, str], as_: As
) -> None:
    first = place(as_, world, boxes, "sendgrid")
    second = place(as_, world, boxes, "sendgrid")
    as_(world.andrew).post(f"{boxes['page']}/removal")
    said = {(one.status_code, one.get_data()) for one in (
        sendgrid(app, first), sendgrid(app, second), sendgrid(app, "/api/mail/nothing/mime"), postmark(app, second),
        app.test_client().post("/api/mail/%00/mime"),
    )}  # fmt: skip
    assert len({(status, body.split(b'"reference"')[0]) for status, body in said}) == 1 and not mails()
    assert next(iter(said))[0] == 404


def test_whoever_tries_addresses_is_stopped_and_the_right_one_is_not(
    app: Product, world: World, boxes: dict[str, str], as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place(as_, world, boxes, "sendgrid")
    monkeypatch.setattr(mail_hooks, "WRONG", "2 per minute")
    limits.forget()
    tries = [sendgrid(app, f"/api/mail/guess{n}/mime").status_code for n in range(3)]
    assert tries == [404, 404, 429] and sendgrid(app, path).status_code == 200
    monkeypatch.setattr(mail_hooks, "RIGHT", "1 per minute")
    limits.forget()
    again = [sendgrid(app, path, written(RENATE, f"{n}")).status_code for n in range(2)]
    assert again == [200, 503]  # a service brings it again: with 429 some give up


@pytest.mark.parametrize("bring", [mailgun, sendgrid, postmark])
def test_what_is_no_raw_mail_is_refused_in_words(
    app: Product, world: World, boxes: dict[str, str], as_: As, bring: Callable[..., TestResponse]
) -> None:
    path = place(as_, world, boxes, bring.__name__)
    answer = bring(app, path, b" ")
    assert answer.status_code == 422 and "raw mail" in answer.get_json()["title"] and not mails()
    for body, kind in ((b"", "text/plain"), (b"--x\r\nbroken", "multipart/form-data; boundary=x"), (b"[1]", "application/json"),
                       (b"[" * 50_000, "application/json"), (b"a&" * 500, "application/x-www-form-urlencoded"),
                       (b"\xff\xfe", "application/json")):  # fmt: skip
        assert 400 <= app.test_client().post(path, data=body, content_type=kind).status_code < 500


def test_a_mail_that_is_too_large_is_not_taken(
    app: Product, world: World, boxes: dict[str, str], as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place(as_, world, boxes, "postmark")
    monkeypatch.setattr("channels.mail_hooks.MOST_MB", 0)
    assert postmark(app, path).status_code == 413 and not mails()


def test_more_than_a_page_takes_is_taken_here(app: Product, world: World, boxes: dict[str, str], as_: As) -> None:
    large = written(RENATE, "x" * 60 + "\n" + "y" * (3 * 1024 * 1024))
    assert sendgrid(app, place(as_, world, boxes, "sendgrid"), large).status_code == 200
    assert mails()[0].size > 3 * 1024 * 1024


def test_a_mail_that_cannot_be_kept_is_asked_for_again(
    app: Product, world: World, boxes: dict[str, str], as_: As, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    path, signed = place(as_, world, boxes, "mailgun"), stamp()

    def full(key: str, source: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "put", full)
        answer = mailgun(app, path, **signed)
        logged = "".join(capsys.readouterr())
        assert answer.status_code == 503 and "request failed" in logged
        assert path.split("/")[3] not in answer.text + logged
    assert mailgun(app, path, **signed).get_json() == {"new": True}  # under the same signature: services sign once


def test_to_whom_it_was_brought_counts_like_what_its_headers_say(
    app: Product, world: World, boxes: dict[str, str], as_: As
) -> None:
    with db.unit(write=True):
        address = log_addresses.make(world.nancy)
    sendgrid(app, place(as_, world, boxes, "sendgrid"), to=address)
    with db.unit(write=False):
        assert db.session.scalars(select(LoggedMail.staff_id)).all() == [world.nancy.staff_id]
        assert db.session.scalars(select(Job.kind).where(Job.kind == "mail_in")).all() == ["mail_in"]


# The page


def test_an_admin_sets_a_service_up_and_sees_its_address_once_and_its_key_never(
    app: Product, world: World, boxes: dict[str, str], as_: As
) -> None:
    andrew, page = as_(world.andrew), boxes["page"]
    missing = andrew.post(page, data={"service": "mailgun"})
    assert missing.status_code == 422 and "signing_key" in missing.text
    assert andrew.post(page, data={"service": "hotmail"}).status_code == 422
    path = place(as_, world, boxes, "mailgun")
    shown = andrew.get(page).text
    assert path.split("/")[3] not in shown and KEY not in shown and "brought nothing yet" in shown
    mailgun(app, path)
    assert "brought the last mail" in andrew.get(page).text
    assert "A mail service brings mail" in as_(world.steven).get("/staff/settings/mailboxes").text
    renewed = andrew.post(page, data={"service": "mailgun"})  # the key that is left empty stays
    assert renewed.status_code == 200 and mailgun(app, path).status_code == 404
    with db.unit(write=False):
        row = db.session.scalars(select(MailHook)).unique().one()
        assert KEY not in str(row.signing_key) and path.split("/")[3] not in row.secret_hash
        told = db.session.scalars(select(Interaction.detail).where(Interaction.kind == "mailbox_changed")).all()
        assert sum("brought_by" in one for one in told) == 2


def test_leads_and_agents_set_nothing_up(world: World, boxes: dict[str, str], as_: As) -> None:
    for who, status in ((world.steven, 403), (world.nancy, 403), (world.renate, 404)):
        for path in (boxes["page"], f"{boxes['page']}/removal"):
            assert as_(who).post(path, data={"service": "sendgrid"}).status_code == status
