"""A salesman's mail on the record of its customer: in blind copy or forwarded to an address of his own, for us alone."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from actions import installation, log_addresses, logins
from analytics import contact
from channels import mail_in
from models import db
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.people import Membership
from models.staff import Staff
from models.types import now
from policy import Forbidden, find, rows, visible
from tests.channels.mails import came, mails, messages, talks, work, written
from tests.client import Client
from tests.world import World
from web.product import Product

NANCY = "Nancy Davolio <nancy.davolio@northwind.example>"
RENATE, JONAS = "Renate Messner <renate.messner@lehms.example>", "jonas.lang@lehms.example"
ROLAND, CHARLOTTE = "roland.mendel@ernsh.example", "charlotte.cooper@s1.example"
PASS = "mx.ours.example; dmarc=pass header.from=northwind.example"
As = Callable[..., Client]


@pytest.fixture
def address(app: Product, world: World) -> str:
    """Nancy's own address; our mail server vouches for who mails are from."""
    installation.use(app.config["SETTINGS"].model_copy(update={"mail_authserv": "mx.ours.example"}))
    with db.unit(write=True):
        return log_addresses.make(world.nancy)


def blind(address: str, to: str = RENATE, body: str = "The Chang is 19 each.", **headers: str) -> bytes:
    """A mail of Nancy's as our mail server brings the blind copy: no header that she wrote names the address."""
    given = {
        "To": to,
        "Delivered_To": address,
        "Authentication_Results": PASS,
        "Message_ID": "<offer@northwind.example>",
    }
    return written(NANCY, body, "Our offer", **(given | headers))


def passed_on(address: str, sender: str = RENATE, **headers: str) -> bytes:
    """A customer's mail that Nancy forwards, as most programs do."""
    body = (
        "He calls tomorrow.\n\n---------- Forwarded message ---------\n"
        f"From: {sender}\nDate: Mon, 04 May 2026 10:00:00 +0200\nSubject: More Chang\nTo: {NANCY}\n\n"
        "We want 20 more.\n\nOn Sun, 3 May 2026, Nancy wrote:\n> Anything else?\n"
    )
    given = {"To": address, "Authentication_Results": PASS, "Message_ID": "<fwd@northwind.example>"}
    return written(NANCY, body, "Fwd: More Chang", **(given | headers))


def entries() -> list[Interaction]:
    with db.unit(write=False):
        logged = select(Interaction).where(Interaction.kind == "mail_logged").order_by(Interaction.id)
        return list(db.session.scalars(logged).unique())


def quiet() -> bool:
    """Nobody was written to, and nobody will be; no conversation began."""
    if talks():
        return False
    with db.unit(write=False):
        jobs = db.session.scalars(select(Job.kind).where(Job.kind.not_in(("mail_in", "unused_file", "preview"))))
        return not jobs.all() and not db.session.scalars(select(Delivery.id)).all()


def held(raw: bytes, *words: str) -> bool:
    """The mail waits for us, nothing else happened, and the reason says it."""
    mail = came(raw)
    return mail.state == "held" and all(one in mail.reason for one in words) and not entries() and quiet()


def test_a_mail_in_blind_copy_stands_on_the_record_of_whom_it_went_to(world: World, address: str) -> None:
    mail = came(blind(address, body="The Chang is 19 each.\n\nOn Mon, 4 May 2026, Renate wrote:\n> How much?\n"))
    (one,) = entries()
    assert (mail.state, one.organisation_id, one.person_id, one.actor_id) == (
        "filed", world.lehmanns, world.renate.person_id, world.nancy.person_id)  # fmt: skip
    assert (one.direction, one.channel, one.audience, one.touchpoint) == ("outbound", "email", "staff", True)
    assert one.summary == "Our offer\n\nThe Chang is 19 each." and quiet()


def test_several_contacts_of_one_customer_are_one_entry(world: World, address: str) -> None:
    came(blind(address, f"{RENATE}, somebody@else.example", Cc=JONAS))
    (one,) = entries()
    assert set(one.detail["people"]) == {"Renate Messner", "Jonas Lang"}


def test_the_customers_own_address_is_enough(world: World, address: str) -> None:
    came(blind(address, "office@lehms.example"))
    assert [(one.organisation_id, one.person_id) for one in entries()] == [(world.lehmanns, None)]


def test_a_forwarded_mail_is_its_writers(world: World, address: str) -> None:
    came(passed_on(address))
    (one,) = entries()
    assert (one.direction, one.person_id, one.organisation_id) == ("inbound", world.renate.person_id, world.lehmanns)
    assert one.summary == "More Chang\n\nHe calls tomorrow.\n\nWe want 20 more."
    assert one.at.isoformat() == "2026-05-04T08:00:00+00:00" and quiet()


def test_a_mail_forwarded_as_a_whole_brings_its_files(world: World, address: str, as_: As) -> None:
    inner = message_from_bytes(written(RENATE, "See the damage.", "Damage"), policy=policy.default)
    inner.add_attachment(b"%PDF-1.4 words", maintype="application", subtype="pdf", filename="damage.pdf")
    inner.add_attachment(b"MZ\0\0", maintype="application", subtype="octet-stream", filename="run.exe")
    outer = EmailMessage()
    for name, value in (("From", NANCY), ("To", address), ("Subject", "Fwd"), ("Authentication-Results", PASS)):
        outer[name] = value
    outer.set_content("For the file.")
    outer.add_attachment(inner)
    mail = came(outer.as_bytes())
    (one,) = entries()
    assert one.summary == "Damage\n\nFor the file.\n\nSee the damage." and one.direction == "inbound"
    assert [file["name"] for file in one.detail["files"]] == ["damage.pdf"] and "run.exe" in mail.reason
    place = f"/files/{one.detail['files'][0]['id']}"
    assert place in as_(world.otto).get(f"/staff/organisations/{organisation(world)}").text
    got = [as_(who).http.get(place).status_code for who in (world.otto, world.renate, world.greta, world.charlotte)]
    assert got == [200, 404, 404, 404]


def organisation(world: World) -> str:
    return world.greta.organisation_public_id or ""


def test_our_own_mail_that_is_forwarded_is_ours(world: World, address: str) -> None:
    came(passed_on(address, NANCY).replace(f"To: {NANCY}\n\nWe".encode(), f"To: {RENATE}\n\nWe".encode()))
    assert [(one.direction, one.organisation_id) for one in entries()] == [("outbound", world.lehmanns)]


@pytest.mark.parametrize("way", ["Delivered-To", "X-Original-To", "Cc", "Received", "envelope"])
def test_however_the_mail_server_says_where_it_brought_it(world: World, address: str, way: str) -> None:
    raw = blind(address).replace(f"Delivered-To: {address}\n".encode(), b"")
    assert address.encode() not in raw
    if way == "envelope":
        mail_in.take(raw, address)
        work()
    else:
        value = f"from a by b with ESMTPS\n for <{address}>; Mon, 4 May 2026" if way == "Received" else address
        came(f"{way}: {value}\n".encode() + raw)
    assert [one.organisation_id for one in entries()] == [world.lehmanns]


def test_the_customer_sees_nothing_of_it_and_the_desk_does(world: World, address: str, as_: As) -> None:
    came(blind(address))
    page = as_(world.otto).get(f"/staff/organisations/{organisation(world)}").text
    assert "Our offer" in page and "The Chang is 19 each." in page
    for who in (world.renate, world.greta, world.roland, world.charlotte):
        for path in ("/portal/", "/portal/access-log", "/partners/", "/portal/requests"):
            assert "Our offer" not in as_(who).get(path).text
        with db.unit(write=False):
            assert not rows(who, visible(who, Interaction).where(Interaction.kind == "mail_logged"))


def test_it_counts_as_contact(world: World, address: str) -> None:
    came(blind(address))
    with db.unit(write=False):
        counted = contact.frequency(world.lehmanns)
        assert (counted.day, counted.channels["email"], counted.last_by) == (1, 1, "Nancy Davolio")
        assert contact.frequency(world.ernst).month == 0


def test_the_same_mail_twice_is_one(world: World, address: str) -> None:
    came(blind(address))
    again = came(b"Received: by another way\n" + blind(address))
    assert len(entries()) == 1 and again.state == "filed" and "came before" in again.reason


@pytest.mark.parametrize(("said", "ago"), [(2, 2), (-3, 0), (9000, 0)])
def test_its_time_is_what_it_says_unless_that_cannot_be(world: World, address: str, said: int, ago: int) -> None:
    came(blind(address, Date=format_datetime(now() - timedelta(days=said))))
    (one,) = entries()
    assert abs(one.at - (now() - timedelta(days=ago))) < timedelta(minutes=5)


# Held


@pytest.mark.parametrize("to", ["somebody@else.example", CHARLOTTE, "margaret.peacock@northwind.example"])
def test_what_went_to_no_customer_is_held(world: World, address: str, to: str) -> None:
    assert held(blind(address, to), "contact of a customer", to)


def test_what_went_to_two_customers_is_held_and_names_them(world: World, address: str) -> None:
    assert held(blind(address, f"{RENATE}, {ROLAND}"), "several customers", "Ernst Handel", "Lehmanns Marktstand")


def test_a_contact_who_left_is_none(world: World, address: str) -> None:
    with db.unit(write=True):
        db.session.execute(update(Membership).where(Membership.id == world.renate.membership_id).values(ended_at=now()))
    assert held(blind(address), "contact of a customer")


def test_a_forwarded_mail_of_nobody_we_know_is_held(world: World, address: str) -> None:
    assert held(passed_on(address, "eve@else.example"), "eve@else.example", "no customer")


def test_an_unknown_reader_is_not_filed_by_what_the_mail_quotes(world: World, address: str) -> None:
    raw = passed_on(address).replace(
        f"To: {address}\n".encode(), f"To: eve@else.example\nDelivered-To: {address}\n".encode()
    )
    assert held(raw, "eve@else.example")


@pytest.mark.parametrize("sender", [ROLAND, "eve@else.example", "Otto Grau <otto.grau@northwind.example>"])
def test_nobody_else_reaches_anything_by_the_address(world: World, address: str, sender: str) -> None:
    assert held(blind(address).replace(NANCY.encode(), sender.encode()), "is not from them")


@pytest.mark.parametrize(
    "results", ["mx.ours.example; dmarc=fail", "mx.evil.example; dmarc=pass", "mx.ours.example; spf=pass"]
)
def test_whom_our_mail_server_does_not_vouch_for_is_held(world: World, address: str, results: str) -> None:
    assert held(blind(address, Authentication_Results=results), "nothing proves it")


def test_an_automatic_mail_is_held(world: World, address: str) -> None:
    assert held(blind(address, Auto_Submitted="auto-replied"), "automatic")


def test_an_address_that_was_renewed_or_ended_or_whose_owner_left_leads_nowhere(world: World, address: str) -> None:
    with db.unit(write=True):
        newer = log_addresses.make(world.nancy)
    assert newer != address and held(blind(address), "leads nowhere")
    with db.unit(write=True):
        other = log_addresses.make(world.otto)
        log_addresses.end(world.otto)
        logins.end_staff(world.andrew, find(world.andrew, Staff, id=world.nancy.staff_id))
    assert held(blind(newer, Message_ID="<2@x>"), "leads nowhere") and held(blind(other, Message_ID="<3@x>"), "nowhere")


def test_a_customer_who_answers_all_of_us_is_heard_as_ever(world: World, address: str) -> None:
    given = {"Authentication_Results": "mx.ours.example; dmarc=pass"}
    came(written(RENATE, "Fine.", To=f"service@localhost, {address}", **given))
    assert talks()[0].organisation_id == world.lehmanns and not entries()


@pytest.mark.parametrize("first", [0, 1])
def test_of_its_two_copies_one_is_heard_whichever_comes_first(world: World, address: str, first: int) -> None:
    given = {"To": f"service@localhost, {address}", "Message_ID": "<all@lehms.example>",
             "Authentication_Results": "mx.ours.example; dmarc=pass"}  # fmt: skip
    copies = [written(RENATE, "Fine.", Delivered_To=one, **given) for one in ("service@localhost", address)]
    for one in (copies[first], copies[1 - first]):
        came(one)
    assert [one.body for one in messages()] == ["Fine."] and not entries()


# Filed by hand


def test_what_is_held_is_put_under_a_customer_once_and_logged(world: World, address: str, as_: As) -> None:
    mail = came(blind(address, f"{RENATE}, {ROLAND}"))
    nancy = as_(world.nancy)
    page = nancy.get(f"/staff/mail/{mail.public_id}?q=lehm").text
    assert "Lehmanns Marktstand" in page and "Ernst Handel" in page  # one found, one in the reason
    form = {"decision": "customer", "organisation": organisation(world)}
    assert nancy.post(f"/staff/mail/{mail.public_id}/decision", data=form).status_code == 303
    work()
    (one,) = entries()
    assert (one.organisation_id, one.person_id, one.direction) == (world.lehmanns, world.renate.person_id, "outbound")
    assert mails()[-1].state == "filed" and quiet()
    assert nancy.post(f"/staff/mail/{mail.public_id}/decision", data=form).status_code == 409
    with db.unit(write=False):
        linked = db.session.scalars(select(Interaction.summary).where(Interaction.kind == "mail_linked")).one()
        assert "filed under Lehmanns Marktstand" in linked


def test_a_strangers_mail_is_put_under_a_customer_for_us_alone(world: World, address: str, as_: As) -> None:
    mail = came(written("Eve <eve@else.example>", "I buy for Lehmanns.", Precedence="bulk"))
    form = {"decision": "customer", "organisation": organisation(world)}
    as_(world.nancy).post(f"/staff/mail/{mail.public_id}/decision", data=form)
    work()
    (one,) = entries()
    assert (one.direction, one.person_id, one.actor_id, one.audience) == (
        "inbound",
        None,
        world.nancy.person_id,
        "staff",
    )
    assert "I buy for Lehmanns." not in as_(world.greta).get("/portal/").text and quiet()


def test_one_sees_what_was_held_at_ones_own_address_and_a_colleague_of_another_team_does_not(
    world: World, address: str, as_: As
) -> None:
    with db.unit(write=True):
        own = log_addresses.make(world.otto)
    hers = came(blind(address, "somebody@else.example"))
    his = came(blind(own, "somebody@else.example").replace(NANCY.encode(), b"otto.grau@northwind.example"))
    got = [as_(world.otto).get(f"/staff/mail/{one.public_id}").status_code for one in (hers, his)]
    assert got == [404, 200]


def test_a_mail_that_names_no_organisation_of_ours_is_filed_nowhere(world: World, address: str, as_: As) -> None:
    mail = came(blind(address, "somebody@else.example"))
    form = {"decision": "customer", "organisation": "nothing"}
    assert as_(world.nancy).post(f"/staff/mail/{mail.public_id}/decision", data=form).status_code == 404
    assert mails()[-1].state == "held"


# The page


def shown(page: Any) -> str:
    return str(page.text.split("data-secret>")[1].split("<")[0])


def test_each_of_us_makes_renews_and_ends_an_address_and_it_is_shown_once(app: Product, world: World, as_: As) -> None:
    nancy = as_(world.nancy)
    first, second = (shown(nancy.post("/profile/mail-log")) for _ in range(2))
    assert first.startswith("service+log-") and first.endswith("@localhost") and first != second
    page = nancy.get("/profile/mail-log").text
    assert second not in page and "You have had this address" in page
    with db.unit(write=False):
        assert log_addresses.owner([first]) is None
        assert log_addresses.owner([second.upper()]).person_id == world.nancy.person_id  # type: ignore[union-attr]
    assert nancy.post("/profile/mail-log/end").status_code == 302
    assert "Make an address" in nancy.get("/profile/mail-log").text
    with db.unit(write=False):
        assert log_addresses.owner([second]) is None
        kinds = db.session.scalars(
            select(Interaction.kind).where(Interaction.kind.startswith("mail_log_")).order_by(Interaction.id)
        )
        assert list(kinds) == ["mail_log_made", "mail_log_made", "mail_log_ended"]


def test_people_outside_have_none(app: Product, world: World, as_: As) -> None:
    for who in (world.renate, world.charlotte):
        assert as_(who).get("/profile/mail-log").status_code == 404
        assert as_(who).post("/profile/mail-log").status_code == 404
        assert "/profile/mail-log" not in as_(who).get("/profile").text
        with pytest.raises(Forbidden), db.unit(write=True):
            log_addresses.make(who)


def test_without_a_mail_server_that_checks_senders_the_page_says_that_all_is_held(
    app: Product, world: World, as_: As
) -> None:
    assert "MAIL_AUTHSERV" in as_(world.nancy).get("/profile/mail-log").text
