"""Mail in: kept first, filed once, where its sender belongs; what nobody can tell waits for us."""

import os
import signal
from typing import Any

import pytest
from sqlalchemy import select, update

import worker
from actions import conversations, order_links, parties, reply_addresses
from channels import mail_in, mail_reader
from models import db, storage
from models.conversations import Conversation
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.mail_in import InboundMail
from models.orders import Order
from models.organisations import Organisation
from models.people import ContactPoint, Membership
from models.types import now
from policy import Refused, find
from tests.channels.mails import came, mails, messages, talks, told, work, written
from tests.world import World

RENATE, JONAS = "Renate Messner <renate.messner@lehms.example>", "jonas.lang@lehms.example"
CHARLOTTE, YOSHI = "charlotte.cooper@s1.example", "yoshi.nagase@s4.example"

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def number(world: World) -> str:
    """Renate's request, in which Exotic Liquids takes part; both were told of an answer by mail."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "Will all 20 come?")
        parties.add(world.nancy, row, db.session.get_one(Organisation, world.exotic), subject="Chang")
        conversations.reply(world.charlotte, find(world.charlotte, Conversation, number=row.number), "Here we are.")
    say(world, row.number, "Yes, on Friday.", "customer")
    say(world, row.number, "Can you send more?", f"partner:{world.exotic}")
    return row.number


def say(world: World, number: str, body: str, audience: str) -> None:
    with db.unit(write=True):
        seq = conversations.reply(
            world.nancy, find(world.nancy, Conversation, number=number), body, audience=audience
        ).seq
        key = find(world.nancy, Conversation, number=number).id
    worker.JOBS["notice"]({"conversation": key, "seq": seq})


def answer_to(world: World, who: Any, **headers: str) -> dict[str, str]:
    """The headers of a mail that answers the newest notice to somebody."""
    delivery = told(world, person_id=who.person_id)
    return {"To": reply_addresses.of(delivery) or "", "In_Reply_To": delivery.message_id, **headers}


def staff_only(row: Conversation) -> bool:
    return row.unverified and row.organisation_id is None and not row.snippet_outside


# Kept


def test_a_mail_is_kept_as_it_came_before_anything_is_done_with_it(world: World) -> None:
    raw = written(RENATE)
    assert mail_in.take(raw)
    mail = mails()[0]
    assert (mail.state, mail.size, storage.read(mail.storage_key)) == ("stored", len(raw), raw) and not talks()


def test_the_same_mail_twice_is_one_mail_and_one_message(world: World) -> None:
    raw = written(RENATE)
    assert (mail_in.take(raw), mail_in.take(raw)) == (True, False)
    work()
    with db.unit(write=False):
        job = db.session.scalars(select(Job).where(Job.kind == "mail_in")).one()
    worker.JOBS["mail_in"](job.arguments)
    assert len(mails()) == len(messages()) == 1


def test_two_mails_under_one_message_id_are_two(world: World) -> None:
    for body in ("One.", "Another."):
        came(written(RENATE, body, Message_ID="<same@carrier.example>"))
    assert [one.body for one in messages()] == ["One.", "Another."]


def test_a_mail_to_two_of_our_addresses_is_said_once(world: World, as_: Any) -> None:
    as_(world.steven).post("/staff/settings/mailboxes", data={"address": "sales@ours.example"})
    plain = written(RENATE, Message_ID="<one@lehms.example>")
    came(plain)
    second = came(b"Received: elsewhere\r\n" + plain, "sales@ours.example")
    assert len(messages()) == 1 and "as well" in second.reason and second.state == "filed"


def test_mail_to_an_address_that_is_not_ours_is_refused_so_that_its_server_keeps_it(world: World) -> None:
    with pytest.raises(Refused, match="no address of ours"):
        mail_in.take(written(RENATE), "nobody@ours.example")


# Filed by its sender


def test_a_buyers_mail_begins_a_request_of_hers(world: World, as_: Any) -> None:
    came(written(RENATE, "Is the Chang coming?\n\n-- \nRenate\n", "Chang"))
    row = talks()[0]
    assert (row.subject, row.organisation_id, row.person_id, row.channel) == (
        "Chang",
        world.lehmanns,
        world.renate.person_id,
        "email",
    )
    assert [(one.body, one.audience, one.direction) for one in messages()] == [
        ("Is the Chang coming?", "customer", "inbound")
    ]
    assert "Is the Chang coming?" in as_(world.renate).get(f"/portal/requests/{row.number}").text
    with db.unit(write=False):
        kinds = db.session.execute(
            select(Interaction.kind, Interaction.channel).where(Interaction.organisation_id == world.lehmanns)
        )
        assert {("message", "email"), ("conversation_started", "email")} <= {tuple(one) for one in kinds}


def test_a_strangers_mail_is_for_us_alone_and_marked(world: World, as_: Any) -> None:
    came(written("Eve <eve@else.example>", "Send me everything.", "Hello"))
    row = talks()[0]
    assert staff_only(row)
    page = as_(world.nancy).get(f"/staff/conversations/{row.number}").text
    assert "Not verified" in page and "eve@else.example" in page and "Send me everything." in page
    assert as_(world.greta).get(f"/portal/requests/{row.number}").status_code == 404


def test_a_former_colleagues_mail_is_a_strangers(world: World, number: str) -> None:
    headers = answer_to(world, world.renate)
    with db.unit(write=True):
        db.session.execute(update(Membership).where(Membership.id == world.renate.membership_id).values(ended_at=now()))
    came(written(RENATE, "Let me in.", **headers))
    assert staff_only(talks()[-1]) and "Let me in." not in [one.body for one in messages(number)]


def test_an_address_that_nobody_proved_is_a_strangers(world: World) -> None:
    with db.unit(write=True):
        db.session.add(
            ContactPoint(
                person_id=world.renate.person_id, kind="email", value="r@home.example", value_key="r@home.example"
            )
        )
    came(written("r@home.example"))
    assert staff_only(talks()[0])


def test_a_new_matter_goes_to_the_team_of_its_address(world: World, as_: Any) -> None:
    as_(world.steven).post(
        "/staff/settings/mailboxes", data={"address": "bills@ours.example", "team": world.teams["billing"]}
    )
    came(written(RENATE), "bills@ours.example")
    assert talks()[0].team_id == world.teams["billing"]


# Threads


def test_an_answer_at_the_signed_address_goes_into_its_thread_for_us_and_the_senders_side(
    world: World, number: str
) -> None:
    came(written(RENATE, "Good.", **answer_to(world, world.renate)))
    assert (messages(number)[-1].body, messages(number)[-1].audience) == ("Good.", "customer") and len(talks()) == 1


def test_a_suppliers_answer_never_reaches_the_customer(world: World, number: str, as_: Any) -> None:
    came(written(CHARLOTTE, "Forty more.", **answer_to(world, world.charlotte)))
    assert messages(number)[-1].audience == f"partner:{world.exotic}"
    assert "Forty more." not in as_(world.renate).get(f"/portal/requests/{number}").text


def test_the_message_id_that_we_sent_is_enough_for_who_takes_part(world: World, number: str) -> None:
    headers = answer_to(world, world.renate, To="service@localhost")
    came(written(RENATE, "Good.", **headers))
    assert messages(number)[-1].body == "Good."


@pytest.mark.parametrize("sender", ["eve@else.example", YOSHI, JONAS, "roland.mendel@ernsh.example"])
def test_who_does_not_take_part_never_joins_a_thread_whatever_they_know_of_it(
    world: World, number: str, sender: str
) -> None:
    before = len(messages(number))
    came(written(sender, "Me too.", f"Re: #{number}", **answer_to(world, world.renate)))
    assert len(messages(number)) == before and staff_only(talks()[-1])


def test_a_number_in_the_subject_alone_leads_nowhere(world: World, number: str) -> None:
    before = len(messages(number))
    came(written(RENATE, "About that.", f"Re: [#{number}]"))
    assert len(messages(number)) == before and talks()[-1].number != number


def test_a_forged_sender_is_told_by_our_own_mail_server_alone(world: World, number: str, app: Any) -> None:
    verdict = "mx.ours.example; spf=fail; dmarc=fail header.from=lehms.example"
    forged = answer_to(world, world.renate, Authentication_Results=verdict)
    settings_of(app, mail_authserv="mx.ours.example")
    came(written(RENATE, "Forged.", **forged))
    assert staff_only(talks()[-1]) and mails()[-1].dmarc == "fail"
    came(written(RENATE, "New.", Authentication_Results="mx.evil.example; dmarc=pass"))
    assert staff_only(talks()[-1]) and mails()[-1].dmarc is None
    came(
        written(
            RENATE, "Mine.", Authentication_Results="mx.ours.example; dmarc=pass (p=none) header.from=lehms.example"
        )
    )
    assert talks()[-1].organisation_id == world.lehmanns


@pytest.mark.parametrize(
    "said",
    [
        "spf=pass smtp.mailfrom=dmarc=pass=x@evil.example; dmarc=fail header.from=lehms.example",
        "spf=pass (domain of dmarc=pass=x@evil.example designates 192.0.2.1) smtp.helo=evil.example; dmarc=fail",
        'spf=pass smtp.mailfrom="a; dmarc=pass b"@evil.example; dmarc=fail header.from=lehms.example',
        'spf=pass (sender is "\\"; dmarc=pass (\\)) ; dmarc=pass (it) smtp.mailfrom=x@evil.example; dmarc=fail',
        "spf=pass smtp.mailfrom==?utf-8?q?x=3B_dmarc=3Dpass_?=@evil.example; dmarc=fail header.from=lehms.example",
        "spf=pass smtp.mailfrom=a; dmarc=pass @evil.example; dmarc=fail header.from=lehms.example",
        "spf=pass smtp.mailfrom=dmarc=pass=x@evil.example",
        'spf=pass reason="unsure; dmarc=pass',
    ],
)
def test_what_the_sender_writes_into_the_findings_of_our_mail_server_proves_nothing(
    world: World, number: str, app: Any, said: str
) -> None:
    """The envelope sender is anybody's choice, and mail servers write it beside what they found."""
    settings_of(app, mail_authserv="mx.ours.example")
    before = len(messages(number))
    came(f"Authentication-Results: mx.ours.example; {said}\n".encode() + written(RENATE, "Forged."))
    assert mails()[-1].dmarc != "pass" and staff_only(talks()[-1]) and len(messages(number)) == before


def test_findings_are_read_as_mail_servers_write_them(world: World, app: Any) -> None:
    settings_of(app, mail_authserv="mx.Ours.example")
    for said in (
        "mx.ours.example 1; spf=pass smtp.mailfrom=a@b.example;\n\tdmarc=pass (p=reject) header.from=lehms.example",
        'mx.ours.example (ours); dkim=pass header.b="a;b"; DMARC/1 = Pass (a; b (c)) policy.dmarc=none',
    ):
        came(f"Authentication-Results: {said}\n".encode() + written(RENATE, f"Mine: {len(said)}"))
        assert mails()[-1].dmarc == "pass" and talks()[-1].organisation_id == world.lehmanns


def settings_of(app: Any, **values: Any) -> None:
    from actions import installation

    installation.use(app.config["SETTINGS"].model_copy(update=values))


def test_whom_a_mail_is_copied_to_hears_nothing_more_by_it(world: World, number: str) -> None:
    came(written(RENATE, "Good.", Cc="eve@else.example, yoshi.nagase@s4.example", **answer_to(world, world.renate)))
    with db.unit(write=False):
        row = db.session.scalars(select(Conversation).where(Conversation.number == number)).unique().one()
        assert {one.organisation_id for one in row.parties} == {world.lehmanns, world.exotic}


def test_one_of_ours_is_not_believed_without_proof(world: World, number: str) -> None:
    mail = came(written("nancy.davolio@northwind.example", "Pay here.", **answer_to(world, world.renate)))
    assert mail.state == "held" and "one of us" in mail.reason and len(talks()) == 1


def test_an_answer_to_an_orders_mail_stands_in_the_orders_thread_and_answers_nothing(world: World) -> None:
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    delivery = told(world, kind="order")
    address = reply_addresses.of(delivery) or ""
    for words in ("We confirm all.", "And more."):
        came(written("orders@exotic.example", words, To=address))
    row = talks()[0]
    assert len(talks()) == 1 and (row.about_type, row.about_id, row.unverified) == ("order", "PO-1001", False)
    assert {one.audience for one in messages()} == {f"partner:{world.exotic}"}
    with db.unit(write=False):
        assert db.session.scalars(select(Order.status).where(Order.number == "PO-1001")).one() == "sent"


def test_an_orders_mail_answered_by_somebody_else_is_for_us_alone(world: World) -> None:
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    came(written(YOSHI, "What do they buy?", To=reply_addresses.of(told(world, kind="order")) or ""))
    assert staff_only(talks()[0])


# Held, and settled


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic"), ({"Precedence": "bulk"}, "to many"),
        ({"X_Auto_Response_Suppress": "All"}, "automatic"), ({"Return_Path": "<>"}, "Return-Path"),
        ({"X_Spam_Flag": "YES"}, "spam"), ({"List_Id": "<news.lehms.example>"}, "mailing list"),
    ],
)  # fmt: skip
def test_what_no_person_wrote_is_held_with_its_reason(world: World, headers: dict[str, str], reason: str) -> None:
    mail = came(written(RENATE, **headers))
    assert mail.state == "held" and reason in mail.reason and not talks()


def test_two_senders_or_none_are_held_not_guessed(world: World) -> None:
    plain = written(RENATE)
    for raw in (b"From: eve@else.example\r\n" + plain, plain.replace(b"From:", b"X-From:"),
                plain.replace(b"From: Renate Messner", b"From: a@b.example, Renate")):  # fmt: skip
        assert came(raw).state == "held"
    assert not talks()


def test_our_own_mail_that_comes_back_is_held(world: World, number: str) -> None:
    own = written("Northwind <service@localhost>", Message_ID="<x@y.example>")
    back = written(RENATE, Message_ID=told(world, person_id=world.renate.person_id).message_id)
    assert [came(one).state for one in (own, back)] == ["held", "held"]


def test_a_mail_that_is_too_large_is_held_and_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.mail_filing.MOST_MB", 0)
    mail = came(written(RENATE))
    assert mail.state == "held" and "MB" in mail.reason and storage.read(mail.storage_key)


def test_a_poison_mail_is_put_aside_with_its_reason_and_the_next_one_is_filed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (one, one) for one in range(3000))
    mail_in.take(b"From: eve@else.example\r\n" + deep)
    mail_in.take(written(RENATE))
    work()
    first, second = mails()
    assert first.state == "failed" and first.reason and second.state == "filed"


def test_a_reader_that_hangs_is_ended_and_begun_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    came(written(RENATE))
    monkeypatch.setattr(mail_reader, "PATIENCE", 0.3)
    os.kill(mail_reader.READER.process.pid, signal.SIGSTOP)  # from now on it answers nothing
    mail = came(written(RENATE, "Hello?"))
    assert mail.state == "failed" and "longer" in mail.reason
    monkeypatch.undo()
    assert came(written(RENATE, "Again.")).state == "filed"


def test_what_is_held_is_released_linked_or_discarded_once_and_logged(world: World, number: str, as_: Any) -> None:
    nancy = as_(world.nancy)
    for words in ("release", "link", "discard"):
        mail = came(written(RENATE, f"To {words}.", Auto_Submitted="auto-replied"))
        assert (
            "automatic" in nancy.get("/staff/mail").text
            and f"To {words}." in nancy.get(f"/staff/mail/{mail.public_id}").text
        )
        nancy.post(f"/staff/mail/{mail.public_id}/decision", data={"decision": words, "number": number})
        work()
        again = nancy.post(f"/staff/mail/{mail.public_id}/decision", data={"decision": "discard"})
        assert again.status_code == 409
    assert [one.state for one in mails()] == ["filed", "filed", "discarded"]
    assert [one.body for one in messages() if one.body.startswith("To ")] == ["To release.", "To link."]
    assert messages(number)[-1].body == "To link." and messages(number)[-1].audience == "customer"
    with db.unit(write=False):
        kinds = set(db.session.scalars(select(Interaction.kind)))
        assert {"mail_held", "mail_released", "mail_linked", "mail_discarded"} <= kinds


def test_a_strangers_mail_that_is_put_into_a_thread_is_read_by_us_alone(world: World, number: str, as_: Any) -> None:
    mail = came(written("Eve <eve@else.example>", "I am Renate.", Precedence="bulk"))
    as_(world.nancy).post(f"/staff/mail/{mail.public_id}/decision", data={"decision": "link", "number": number})
    work()
    assert "I am Renate." in as_(world.nancy).get(f"/staff/conversations/{number}").text
    for who, path in ((world.renate, "portal/requests"), (world.charlotte, "partners/conversations")):
        assert "I am Renate." not in as_(who).get(f"/{path}/{number}").text


def test_a_mail_goes_into_no_conversation_that_its_settler_does_not_see(world: World, number: str, as_: Any) -> None:
    as_(world.steven).post(
        "/staff/settings/mailboxes", data={"address": "bills@ours.example", "team": world.teams["billing"]}
    )
    mail = came(written(RENATE, Precedence="bulk"), "bills@ours.example")
    answer = as_(world.otto).post(f"/staff/mail/{mail.public_id}/decision", data={"decision": "link", "number": number})
    assert answer.status_code == 404 and mails()[-1].state == "held"


# Bounces


def bounced(message_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.lehms.example\r\nTo: service@localhost\r\nSubject: Undelivered\r\nReturn-Path: <>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nIt failed.\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; renate.messner@lehms.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {message_id}\r\nSubject: News\r\n\r\n--b--\r\n"
    ).encode()


def test_a_bounce_marks_the_mail_as_failed_with_its_reason_and_the_address(world: World, number: str) -> None:
    mail = came(bounced(told(world, person_id=world.renate.person_id).message_id))
    delivery = told(world, person_id=world.renate.person_id)
    assert (delivery.state, mail.state) == ("failed", "filed") and "550 no such user" in delivery.error
    assert "550 no such user" in messages(number)[-1].body and messages(number)[-1].audience == "staff"
    assert point(world).bounced_at is not None
    came(written(RENATE, "I am here.", **answer_to(world, world.renate)))
    assert point(world).bounced_at is None


def point(world: World) -> ContactPoint:
    with db.unit(write=False):
        return db.session.scalars(select(ContactPoint).where(ContactPoint.person_id == world.renate.person_id)).one()


def test_a_mail_that_is_late_has_not_failed(world: World, number: str) -> None:
    came(bounced(told(world, person_id=world.renate.person_id).message_id, "delayed", "4.4.1"))
    assert told(world, person_id=world.renate.person_id).state != "failed" and point(world).bounced_at is None


def test_a_bounce_of_no_mail_of_ours_is_held_and_changes_nothing(world: World, number: str) -> None:
    mail = came(bounced("<made-up@localhost>"))
    assert mail.state == "held" and point(world).bounced_at is None
    with db.unit(write=False):
        assert not db.session.scalars(select(Delivery.id).where(Delivery.state == "failed")).all()


# What it carries


def test_files_of_a_mail_are_files_of_its_message_and_a_program_stays_in_the_original(world: World, as_: Any) -> None:
    from email import message_from_bytes, policy

    mail = message_from_bytes(written(RENATE, "See here."), policy=policy.default)
    mail.add_attachment(b"\x89PNG\r\n\x1a\n" + b"0" * 64, maintype="image", subtype="png", filename="Schäden.png")
    mail.add_attachment(b"MZ\0\0", maintype="application", subtype="octet-stream", filename="run.exe")
    came(mail.as_bytes())
    said, note = messages()
    assert len(said.attachments) == 1 and "run.exe" in note.body and note.audience == "staff"
    page = as_(world.renate).get(f"/portal/requests/{talks()[0].number}").text
    assert "Schäden.png" in page and "run.exe" not in page


def test_what_is_quoted_and_signed_is_one_click_away_for_us(world: World, number: str, as_: Any) -> None:
    words = "Good.\n\nBest regards\n-- \nRenate, +49 30 1\n\nOn Mon, 4 May 2026, Northwind wrote:\n> Yes, on Friday.\n"
    mail = came(written(RENATE, words, **answer_to(world, world.renate)))
    assert messages(number)[-1].body == "Good.\n\nBest regards"
    link = f"/staff/messages/{mail.message_key}/mail"
    assert link in as_(world.nancy).get(f"/staff/conversations/{number}").text
    assert "Yes, on Friday." in as_(world.nancy).get(link).text and "+49 30 1" in as_(world.nancy).get(link).text
    assert link not in as_(world.renate).get(f"/portal/requests/{number}").text
    assert as_(world.renate).get(link).status_code == 404


def test_a_mail_is_saved_exactly_as_it_came(world: World, as_: Any) -> None:
    raw = written(RENATE)
    mail = came(raw)
    answer = as_(world.nancy).http.get(f"/staff/mail/{mail.public_id}/raw")
    assert answer.data == raw and answer.headers["Content-Disposition"].startswith("attachment")


def test_only_leads_change_our_addresses(world: World, as_: Any) -> None:
    for who, status in ((world.nancy, 403), (world.steven, 303)):
        assert as_(who).post("/staff/settings/mailboxes", data={"address": "sales@ours.example"}).status_code == status
    twice = as_(world.steven).post("/staff/settings/mailboxes", data={"address": "Sales@ours.example"})
    assert twice.status_code == 409


def test_a_mail_that_cannot_be_kept_is_not_taken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(key: str, source: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(storage, "put", full)
    with pytest.raises(OSError):
        mail_in.take(written(RENATE))
    with db.unit(write=False):
        assert not db.session.scalars(select(InboundMail.id)).all()
