"""Logged mails: what one of us sent or got elsewhere, on the record of the customer it was with, for us alone.

A mail comes to somebody's own address for it, in blind copy or forwarded; or we put a held one under a customer by hand.
Nobody outside sees it or hears of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from actions import actors, contacts, documents, log_addresses, senders
from actions import files as filing
from actions.installation import settings
from actions.log import record
from actions.mail_places import Held, verdict
from models import text
from models.db import session
from models.mail_in import InboundMail, LoggedMail, Mailbox
from models.messages import STAFF
from models.organisations import Organisation
from models.people import Person
from models.staff import Staff
from models.types import email_key
from models.words import Words, listed
from policy import Actor, require

OLDEST = timedelta(days=366)  # whoever's clock says more than that is not believed


@dataclass(slots=True)
class Entry:
    """What is written on the record of a customer: by whom, with whom, and what the mail said."""

    actor: Actor
    organisation: Organisation
    direction: str
    said: dict[str, Any]  # the mail itself, or the one that it passes on
    people: list[Person] = field(default_factory=list)


def note(mail: InboundMail, addresses: Sequence[str]) -> None:
    """Note down whose address a mail came to: they see it, whatever becomes of it."""
    found = log_addresses.owner(addresses)
    if found is not None and session.get(LoggedMail, mail.id) is None:
        session.add(LoggedMail(mail_id=mail.id, staff_id=found.id))
        session.flush()


def of(mail: InboundMail, letter: dict[str, Any]) -> Entry | None:
    """What a mail is on a customer's record; None for one that is none for it. Raises Held."""
    kept = session.get(LoggedMail, mail.id)
    if mail.linked_to_id is not None:
        return None
    if kept is not None and kept.organisation_id is not None:
        return _by_hand(kept, letter)
    if mail.released or (kept is None and not log_addresses.among([*letter["delivered"], *letter["copied"]])):
        return None
    whose = session.get(Staff, kept.staff_id) if kept is not None and kept.staff_id else None
    colleague = senders.ours(senders.people(letter["address"]))
    from_them = whose is not None and colleague is not None and colleague.staff_id == whose.id
    if not from_them and _meant_for_us(letter):
        return None
    if whose is None or whose.ended_at is not None:
        raise Held("It came to an address for filing mail that leads nowhere any more.")
    if not from_them or colleague is None:
        raise Held("It came to the address at which %(name)s files mail, and is not from them.", name=whose.name)
    if verdict(letter["results"]) != "pass":
        raise Held("It says that it is from %(name)s, one of us, and nothing proves it.", name=whose.name)
    return _entry(colleague, letter)


def _meant_for_us(letter: dict[str, Any]) -> bool:
    """Whether it was also written to an address of ours, and only names the other: who answers all of us means no harm."""
    if log_addresses.among(letter["delivered"]):
        return False
    named = {email_key(one) for one in letter["copied"]}
    own = select(Mailbox.id).where(Mailbox.address_key.in_(named)).limit(1)
    return email_key(settings().mail_from) in named or session.scalar(own) is not None


def _entry(colleague: Actor, letter: dict[str, Any]) -> Entry:
    """Of a mail of ours: whom it went to; of one that was passed on: whom it was from."""
    written_to = _theirs(letter["copied"])
    found = contacts.of_customers(written_to)
    passed_on = letter["forwarded"]
    if not found and passed_on and log_addresses.among(letter["copied"]):
        return _passed_on(colleague, passed_on)
    if not found:
        raise Held("None of those it was sent to is a contact of a customer: %(names)s.", names=_names(written_to))
    return Entry(colleague, _only(found), "outbound", letter, contacts.people(found))


def _passed_on(colleague: Actor, letter: dict[str, Any]) -> Entry:
    if not letter["address"]:
        raise Held("The forwarded mail does not say from which address it is.")
    if senders.ours(senders.people(letter["address"])) is not None:
        found, direction = contacts.of_customers(_theirs(letter["to"])), "outbound"
    else:
        found, direction = contacts.of_customers([letter["address"]]), "inbound"
    if not found:
        raise Held("The forwarded mail is from %(address)s; no customer can be told by it.", address=letter["address"])
    return Entry(colleague, _only(found), direction, letter, contacts.people(found))


def _theirs(addresses: Sequence[str]) -> list[str]:
    """Addresses that are not for filing."""
    return [one for one in dict.fromkeys(addresses) if not log_addresses.among([one])]


def _names(addresses: Sequence[str]) -> str:
    return ", ".join(addresses[:10]) or "–"


def _only(found: Sequence[contacts.Contact]) -> Organisation:
    """The one customer that all of them are of. Raises Held."""
    customers = {one.organisation.id: one.organisation for one in found}
    if len(customers) > 1:
        names = ", ".join(sorted(one.name for one in customers.values())[:10])
        raise Held("It is about contacts of several customers: %(names)s. Say under which it belongs.", names=names)
    return next(iter(customers.values()))


def _by_hand(kept: LoggedMail, letter: dict[str, Any]) -> Entry:
    """Put under a customer by one of us, who answers for it."""
    by = session.get_one(Staff, kept.by_id)
    if by.ended_at is not None:
        raise Held("Who put it under a customer is none of us any more.")
    organisation = session.get_one(Organisation, kept.organisation_id)
    ours = senders.ours(senders.people(letter["address"])) is not None
    found = contacts.of_customers(_theirs(letter["copied"]) if ours else [letter["address"]])
    there = [one for one in found if one.organisation.id == organisation.id]
    direction, said = "outbound" if ours else "inbound", letter
    if ours and not there and letter["forwarded"]:
        said, direction = letter["forwarded"], "inbound"
        there = [one for one in contacts.of_customers([said["address"]]) if one.organisation.id == organisation.id]
    return Entry(actors.of_staff(by), organisation, direction, said, contacts.people(there))


def files(entry: Entry, letter: dict[str, Any]) -> list[dict[str, Any]]:
    """The files to be taken in: those of a forwarded mail instead of that mail as a file."""
    if not entry.said.get("files") or entry.said is letter:
        return list(letter["files"])
    return [*entry.said["files"], *(one for one in letter["files"] if not one.get("letter"))]


def _came_before(mail: InboundMail) -> bool:
    """Whether the same mail stands on a record already, from somebody's address for filing."""
    if not mail.message_id or mail.released:
        return False
    before = select(InboundMail.id).join(LoggedMail, LoggedMail.mail_id == InboundMail.id)
    before = before.where(
        InboundMail.message_id == mail.message_id, InboundMail.sender_key.is_not_distinct_from(mail.sender_key),
        InboundMail.subject.is_not_distinct_from(mail.subject), InboundMail.id != mail.id,
        LoggedMail.staff_id.is_not(None), LoggedMail.interaction_id.is_not(None),
    )  # fmt: skip
    return session.scalar(before.limit(1)) is not None


def write(mail: InboundMail, entry: Entry, named: Sequence[str], refused: list[Words]) -> None:
    """Write a mail on the record it belongs to, with its files, and nothing else: nobody is told. Raises Forbidden."""
    require(entry.actor, "organisation:log", entry.organisation)
    if _came_before(mail):
        mail.state, mail.reason = "filed", Words("The same mail came before.")
        return
    said = entry.said
    subject = said["subject"] or mail.subject or ""
    words = "\n\n".join(one.strip() for one in (subject, said.get("comment", ""), said["said"]) if one.strip())
    (made,) = record(
        entry.actor, "mail_logged", words[: text.LONGEST_BODY] or "–", {entry.organisation.id: STAFF}, channel="email",
        direction=entry.direction, at=_when(said["date"], mail.received_at), subject=("mail", mail.public_id),
        person_id=entry.people[0].id if entry.people else None,
        detail={"subject": subject, "people": [one.name for one in entry.people], "files": []},
    )  # fmt: skip
    session.flush()
    if named:
        found = filing.free(entry.actor, named)
        documents.tie(entry.actor, "interaction", made.id, found, STAFF)
        made.detail = made.detail | {"files": [{"id": one.public_id, "name": one.name} for one in found]}
    _noted(mail, entry, made.id)
    mail.state, mail.reason = "filed", listed(refused, " ") if refused else None


def _noted(mail: InboundMail, entry: Entry, interaction_id: int) -> None:
    kept = session.get(LoggedMail, mail.id)
    if kept is not None:
        kept.organisation_id, kept.interaction_id = entry.organisation.id, interaction_id


def put_under(mail: InboundMail, by: Actor, organisation: Organisation) -> None:
    """Note down under which customer one of us puts a mail, before it is filed there."""
    kept = session.get(LoggedMail, mail.id)
    if kept is None:
        kept = LoggedMail(mail_id=mail.id)
        session.add(kept)
    kept.organisation_id, kept.by_id = organisation.id, by.staff_id
    session.flush()


def _when(said: str, came: datetime) -> datetime:
    """When it was written, as it says; when it came, where it says something that cannot be."""
    try:
        at = datetime.fromisoformat(said)
        return at if at.tzinfo and came - OLDEST <= at <= came else came
    except (ValueError, OverflowError):
        return came
