"""Conversations of the generated business: who takes part from when, who left, who was introduced, who hears what."""

import hashlib
import io
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions import parties, secrets
from models import storage
from models.conversations import Conversation, Party
from models.db import session
from models.files import Attachment, File
from models.messages import Message, NewMessage
from models.order_links import OrderLink
from models.organisations import Organisation
from models.sequence import append
from models.settings import next_number
from models.shares import Share
from tests.isolation.generate import Business


def build(made: Business) -> None:
    """Write the conversations, documents and links into the open unit."""
    for _ in range(made.size.conversations):
        _conversation(made)
    _documents(made)


def _conversation(made: Business) -> None:
    pick = made.random
    order = pick.choice(made.orders)
    buyer = (
        pick.choice([*made.organisations["customer"], *made.organisations["distributor"]])
        if pick.random() < 0.85
        else None
    )
    person = pick.choice(made.buyers[buyer.id]) if buyer else None
    row = Conversation(
        number=str(next_number(session(), "conversations", 2000)), subject=made.canary(), organisation_id=buyer.id if buyer else None,
        person_id=person.id if person else None, status=pick.choice(("open", "new", "waiting_on_customer", "closed")),
        about_type="order" if buyer is None or order.organisation_id == buyer.id else None,
        about_id=order.number if buyer is None or order.organisation_id == buyer.id else None,
        heads={"everyone": 0, "customer": 0} if buyer else {"everyone": 0},
    )  # fmt: skip
    session.add(row)
    session.flush()
    if buyer:
        session.add(Party(conversation_id=row.id, organisation_id=buyer.id, side="customer"))
        session.flush()
        _say(made, row, [_words(made, row, "customer", buyer, person, "customer")])
    session.refresh(row)
    invited = [one for one in pick.sample(made.partners, 3) if buyer is None or one.id != buyer.id]
    for one in invited[: pick.randint(0 if buyer else 1, 3)]:
        parties.add(
            made.staff, row, one, level=pick.choice(("read", "comment")), subject=made.canary(), reason=made.canary()
        )
        _talk(made, row)
        _what_becomes_of(made, row, one)
        _talk(made, row)


def _what_becomes_of(made: Business, row: Conversation, one: Organisation) -> None:
    """A partner stays, is introduced, leaves, comes back, or its share ends."""
    fate = made.random.choice(("stays", "introduced", "introduced", "left", "back", "expired", "person"))
    party = parties.party_of(row, one.id)
    assert party is not None and party.share_id is not None
    if fate == "introduced":
        if row.organisation_id:
            parties.introduce(made.staff, row, one)
    elif fate in ("left", "back"):
        parties.remove(made.staff, row, one)
        _talk(made, row)
        if fate == "back":
            parties.add(made.staff, row, one, subject=made.canary())
    elif fate == "expired":
        session.get_one(Share, party.share_id).expires_at = made.at - timedelta(days=1)
    elif fate == "person":
        session.get_one(Share, party.share_id).person_id = made.people[one.id][0].id
    session.flush()


def _talk(made: Business, row: Conversation) -> None:
    """Some words by everybody who takes part, to every audience there is."""
    pick = made.random
    session.refresh(row)
    there = [party for party in row.parties if party.side == "partner" and party.left_at is None]
    customers = ["customer"] if row.organisation_id else []
    said = [_words(made, row, audience) for audience in ("everyone", "staff", *customers)]
    said += [_words(made, row, f"partner:{party.organisation_id}") for party in there]
    for party in there:
        author, audience = (
            pick.choice(made.people[party.organisation_id]),
            pick.choice(("everyone", f"partner:{party.organisation_id}")),
        )
        said.append(_words(made, row, audience, party.organisation, author, "partner"))
    if row.organisation_id and pick.random() < 0.7:
        author, audience = pick.choice(made.buyers[row.organisation_id]), pick.choice(("everyone", "customer"))
        said.append(_words(made, row, audience, row.organisation, author, "customer"))
    _say(made, row, said)


def _words(
    made: Business, row: Conversation, audience: str, organisation: Any = None, person: Any = None, side: str = "staff"
) -> NewMessage:
    author = person or made.staff
    return NewMessage(
        conversation_id=row.id, access_version=row.access_version, audience=audience, body=made.canary(), author_side=side,
        author_id=person.id if person else made.staff.person_id, author_name=author.name, author_public_id=author.public_id,
        author_organisation_id=organisation.id if organisation else None, author_organisation=organisation.name if organisation else "",
    )  # fmt: skip


def _say(made: Business, row: Conversation, said: list[NewMessage]) -> None:
    """Store what was said; a tenth of it carries a file."""
    for stored in append(session.connection(), said):
        assert not isinstance(stored, str), stored
        if made.random.random() < 0.1:
            message = (
                session.execute(select(Message).filter_by(conversation_id=row.id, seq=stored.seq)).unique().scalar_one()
            )
            file = _file(made, stored.new.author_id, stored.new.author_organisation_id)
            session.add(Attachment(file_id=file.id, subject_type="message", subject_id=message.id, by_id=file.owner_id))
            message.attachments = [file.public_id]
    session.flush()


def _file(made: Business, owner: int | None, organisation: int | None) -> File:
    word = made.canary()
    content = word.encode()
    file = File(owner_id=owner, organisation_id=organisation, name=f"{word}.txt", content_type="text/plain", size=len(content),
                sha256=hashlib.sha256(content).hexdigest(), state="attached", scanned="clean")  # fmt: skip
    session.add(file)
    session.flush()
    storage.put(file.key, io.BytesIO(content))
    return file


def _documents(made: Business) -> None:
    """Papers on orders, for everyone who may read them there, one side, or us."""
    for order in made.random.sample(made.orders, len(made.orders) // 5):
        own = "customer" if order.kind == "sales" else f"partner:{order.organisation_id}"
        for audience in ("everyone", "staff", own):
            file = _file(made, made.staff.person_id, None)
            session.add(
                Attachment(
                    file_id=file.id,
                    subject_type="order",
                    subject_id=order.id,
                    audience=audience,
                    by_id=made.staff.person_id,
                )
            )
    session.flush()


def link(made: Business, order: Any) -> str:
    """The secret of a link by which a purchase order is answered without an account."""
    secret = secrets.new()
    session.add(
        OrderLink(secret_hash=secrets.digest(secret), order_id=order.id, organisation_id=order.organisation_id, address="x@mail.example",
                  answered_version=order.answered_version, by_id=made.staff.person_id, expires_at=made.at + timedelta(days=9))
    )  # fmt: skip
    session.flush()
    return secret
