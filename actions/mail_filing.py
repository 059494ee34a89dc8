"""Filing mail: what came in becomes a message, by the same verbs as what is written on a page."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, exists, select, update

from actions import bounces, conversations, logged_mails, mail_places, parties, returned_mails, unverified
from actions.installation import settings
from actions.languages import in_ours
from models import text
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery
from models.mail_in import InboundMail, Mailbox
from models.messages import Message, Stored
from models.types import KeyText, email_key
from models.words import Words, unpacked
from policy import Actor
from policy.seen import unwrap

MB = 1024 * 1024
MOST_MB = 25
NAMESPACE = uuid.UUID("5bf8a6a7-4d4b-4f6f-9c4e-0d6c3f0b6a11")


@dataclass(slots=True)
class Along:
    """The files of a mail: those that were taken in, and why the others were not."""

    files: list[str] = field(default_factory=list)
    refused: list[Words] = field(default_factory=list)


def waiting(key: int, lock: bool = False) -> InboundMail | None:
    """The mail of this key, if it still waits to be filed."""
    return next(iter(all_waiting([key], lock)), None)


def all_waiting(keys: Sequence[int], lock: bool = False) -> list[InboundMail]:
    """Those of these mails that still wait to be filed, in the order in which they came."""
    query = select(InboundMail).where(InboundMail.id.in_(keys), InboundMail.state == "stored").order_by(InboundMail.id)
    if lock:
        query = query.with_for_update(of=InboundMail)
    return list(session.scalars(query).unique())


def too_large(mail: InboundMail) -> Words | None:
    """Say in words that a mail is larger than what is read by itself; nothing when it is not."""
    if mail.released or mail.size <= MOST_MB * MB:
        return None
    return Words(
        "It has %(size)s MB; what has more than %(most)s MB is looked at by us first.",
        size=f"{mail.size / MB:.1f}", most=MOST_MB,
    )  # fmt: skip


def describe(mail: InboundMail, letter: dict[str, Any]) -> None:
    """Note down who sent a mail, about what, and what it says."""
    name, address = letter["name"], letter["address"]
    mail.sender = (f"{name} <{address}>" if name and address else name or address)[:300] or None
    mail.sender_key = email_key(address) or None
    mail.subject, mail.message_id = letter["subject"][:500] or None, letter["message_id"] or None
    mail.dmarc, mail.words = mail_places.verdict(letter["results"])[:40] or None, letter["text"]
    logged_mails.note(mail, [*letter["delivered"], *letter["copied"]])


def look(mail: InboundMail, letter: dict[str, Any]) -> Words | None:
    """Say in words why a mail is not filed by itself; nothing when it is. What somebody released is never held again."""
    if mail.released:
        return None
    if letter["bounce"]:
        named = ", ".join(letter["bounce"]["addresses"])
        if named:
            return Words(
                "A report of failed delivery to %(addresses)s that names no mail of ours.", addresses=named[:300]
            )
        return Words("A report of failed delivery that names no mail of ours.")
    if letter["wrong"]:
        return unpacked(letter["wrong"])
    machine = letter["automatic"] or letter["spam"]
    return _our_own(letter) or (unpacked(machine) if machine else None)


_OURS = select(  # built once: it is asked for every mail
    exists().where(Delivery.message_id == bindparam("id", type_=KeyText)),
    exists().where(Mailbox.address_key == bindparam("key", type_=KeyText)),
)


def _our_own(letter: dict[str, Any]) -> Words | None:
    """Say that a mail is one of ours that came back, or says that it is from one of our addresses."""
    key = email_key(letter["address"])
    returned, own = session.execute(_OURS, {"id": letter["message_id"] or None, "key": key}).one()
    if returned:
        return Words("One of our own mails that came back.")
    if returned_mails.tells_again(letter):
        return Words("One of our own mails that came back, in a mail of another program.")
    if own or key == email_key(settings().mail_from):
        return Words("It says that it is from one of our own addresses.")
    return None


def report(mail: InboundMail, letter: dict[str, Any]) -> bool:
    """Take a report of failed delivery where it belongs; False when the mail is none, or of no mail of ours."""
    return bool(letter["bounce"]) and bounces.take(mail, letter["bounce"])


def _is(name: str) -> Any:
    return bindparam(name, type_=getattr(InboundMail, name).type)


_TWIN = select(InboundMail.id).where(  # built once: it is asked for every mail
    InboundMail.message_id == _is("message_id"), InboundMail.sender_key.is_not_distinct_from(_is("sender_key")),
    InboundMail.id != _is("id"), InboundMail.mailbox_id != _is("mailbox_id"),
    InboundMail.words.is_not_distinct_from(_is("words")), InboundMail.subject.is_not_distinct_from(_is("subject")),
    InboundMail.message_key.is_not(None),
).limit(1)  # fmt: skip


def twin(mail: InboundMail) -> InboundMail | None:
    """The same mail, sent to another of our addresses as well and filed there."""
    if not mail.message_id or mail.released:
        return None
    names = ("message_id", "sender_key", "id", "mailbox_id", "words", "subject")
    found = session.execute(_TWIN, {name: getattr(mail, name) for name in names}).scalar()
    return session.get_one(InboundMail, found) if found else None


def file(mail: InboundMail, letter: dict[str, Any], along: Along) -> None:
    """Make a mail the message that it is, where its sender may say it, or an entry on a customer's record.

    Raises Held, and what the verbs refuse.
    """
    if (entry := logged_mails.of(mail, letter)) is not None:
        logged_mails.write(mail, entry, along.files, along.refused)
        return
    place = mail_places.of(mail, letter)
    said, notes = _said(letter), list(along.refused)
    if len(said) > text.LONGEST_BODY:
        said = said[: text.LONGEST_BODY - 1] + "…"
        notes.append(Words("It is longer than a message may be: the end is in the original only."))
    notes = [words for words in (place.why, *notes) if words]
    if place.actor is None:
        row, stored = _of_stranger(mail, place, said, notes)
    else:
        row, stored = _of_party(mail, place, said, along.files)
        bounces.came_from(letter["address"])
        _mark(stored)
        for words in notes:
            unverified.note(row, words)
    mail.state, mail.reason = "filed", place.why
    mail.conversation_id, mail.message_key = row.id, stored.public_id


def carried(mail: InboundMail, letter: dict[str, Any]) -> tuple[Actor | None, list[dict[str, Any]]]:
    """Whose the files of a mail are, and which of them there are to take in; nobody's are a stranger's. Raises Held."""
    if (entry := logged_mails.of(mail, letter)) is not None:
        return entry.actor, logged_mails.files(entry, letter)
    return mail_places.of(mail, letter).actor, letter["files"]


def _mark(stored: Stored) -> None:
    """Say on a message that it came as a mail: we read the original from there."""
    stored.new.change = {"mail": True}
    step = update(Message).where(Message.public_id == stored.public_id).values(change=stored.new.change)
    session.execute(step)


def _said(letter: dict[str, Any]) -> str:
    names = ", ".join(one["name"] for one in letter["files"])
    return letter["said"].strip() or names or letter["subject"] or in_ours(Words("(empty)"))


def _subject(mail: InboundMail) -> str:
    words = " ".join((mail.subject or "").split())[: text.LONGEST_LINE]
    return words or in_ours(Words("(no subject)"))


def _of_stranger(
    mail: InboundMail, place: mail_places.Place, said: str, notes: list[Words]
) -> tuple[Conversation, Stored]:
    called = mail.sender or in_ours(Words("(unknown)"))
    if place.conversation is not None:
        return unwrap(place.conversation), unverified.put(place.conversation, said, called, notes)
    return unverified.begin(_subject(mail), said, called, mail.mailbox.team_id, notes)


def _of_party(
    mail: InboundMail, place: mail_places.Place, said: str, files: Sequence[str]
) -> tuple[Conversation, Stored]:
    """What a party says: in the thread, in its order's thread, or as a new matter; heard by us and its own side."""
    actor, name = place.actor, str(uuid.uuid5(NAMESPACE, mail.public_id))
    assert actor is not None  # noqa: S101
    if place.conversation is not None:
        return unwrap(place.conversation), conversations.reply(
            actor, place.conversation, said, audience=place.audience or actor.reader, channel="email",
            message_client_id=name, attachments=files,
        )  # fmt: skip
    if place.order is not None:
        made, stored = parties.start_as_partner(actor, place.order, _subject(mail), said, name, files)
    else:
        made, stored = conversations.start(
            actor, _subject(mail), said, channel="email", message_client_id=name, attachments=files
        )
    row: Conversation = unwrap(made)
    _route(row, mail)
    return row, stored


def _route(row: Conversation, mail: InboundMail) -> None:
    """A new matter is of the team whose address it came to."""
    if row.team_id is None and mail.mailbox.team_id is not None:
        row.team_id = mail.mailbox.team_id
        session.flush()
