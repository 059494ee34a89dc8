"""Mail that came in: kept once, held where nobody can tell what it is, and settled by us."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from actions import enrolling, logged_mails
from actions.installation import settings
from actions.log import record, record_privately
from models import db
from models.conversations import Conversation
from models.db import session
from models.jobs import enqueue
from models.mail_in import InboundMail, Mailbox
from models.messages import STAFF
from models.organisations import Organisation
from models.staff import Team
from models.types import email_key, now, opaque
from models.words import Words
from policy import SYSTEM, Actor, Invalid, Refused, find, require

_OF_ITS_OWN = re.compile(r"\+(r|log)-[0-9a-f]{32}(?=@)")  # what an address of ours has after a plus, for one use
OPEN = ("stored", "held", "failed")


def mailbox(address: str | None = None) -> Mailbox:
    """Find one of our addresses; the one that our mails come from is always there. Raises Refused with `not_found`."""
    key = _OF_ITS_OWN.sub("", email_key(address or settings().mail_from))
    found = session.scalar(select(Mailbox).where(Mailbox.address_key == key))
    if found is None and key == email_key(settings().mail_from):
        insert = sqlite.insert if db.is_sqlite() else postgresql.insert
        values = {
            "public_id": opaque(),
            "address": settings().mail_from,
            "address_key": key,
            "version": 1,
            "created_at": now(),
        }
        session.execute(insert(Mailbox).values(values).on_conflict_do_nothing(index_elements=["address_key"]))
        found = session.scalar(select(Mailbox).where(Mailbox.address_key == key))
    if found is None:
        raise Refused("not_found", "%(address)s is no address of ours: add it under Mailboxes first.", address=address)
    return found


def kept(box: Mailbox, sha256: str) -> bool:
    """Whether exactly these bytes came to an address before."""
    query = select(InboundMail.id).where(InboundMail.mailbox_id == box.id, InboundMail.sha256 == sha256)
    return session.scalar(query) is not None


def keep(
    box_id: int, sha256: str, size: int, storage_key: str, aside: Words | None = None, envelope: Sequence[str] = ()
) -> bool:
    """Note down a mail whose bytes are kept, and ask for it to be filed; False when it was noted before.

    `aside` says why it waits for us instead; `envelope` is to whom the mail server was told to bring it.
    """
    values = {
        "public_id": opaque(), "mailbox_id": box_id, "sha256": sha256, "size": size, "storage_key": storage_key,
        "received_at": now(), "state": "stored", "released": 0,
    }  # fmt: skip
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    step = insert(InboundMail).values(values).on_conflict_do_nothing(index_elements=["mailbox_id", "sha256"])
    if not db.touched(step):
        return False
    mail = session.scalars(select(InboundMail).where(InboundMail.public_id == values["public_id"])).one()
    logged_mails.note(mail, envelope)
    if aside:
        hold(mail, aside)
    else:
        _ask(mail)
    return True


def _ask(mail: InboundMail) -> None:
    enqueue(session(), "mail_in", unique_key=f"mail_in:{mail.public_id}:{mail.released}", mail=mail.id)


def hold(mail: InboundMail, reason: Words) -> None:
    """Let a mail wait for us, with the reason in words."""
    _stop(mail, "held", reason)


def fail(mail: InboundMail, reason: Words) -> None:
    """Put a mail aside that cannot be filed, with the reason in words; the others go on."""
    _stop(mail, "failed", reason)


def _stop(mail: InboundMail, state: str, reason: Words) -> None:
    mail.state, mail.reason = state, reason
    record_privately(SYSTEM, "mail_held", reason[:500], {"mail": mail.public_id, "state": state})


def release(actor: Actor, mail: InboundMail) -> None:
    """Let a mail be filed all the same. Raises Forbidden, and Refused with `conflict` when it does not wait."""
    _settle(actor, mail, "mail_released", "filed all the same")
    _again(mail)


def link(actor: Actor, mail: InboundMail, number: str) -> None:
    """Let a mail go into a conversation: as its sender's where they take part, else for us alone.

    Raises Forbidden, Invalid, NotFound, and Refused with `conflict` when it does not wait.
    """
    require(actor, "mail:settle", mail)
    if not number.strip():
        raise Invalid("number", "is empty: say which conversation")
    row = find(actor, Conversation, number=number.strip().removeprefix("#"))
    _settle(actor, mail, "mail_linked", f"put into #{row.number}")
    mail.linked_to_id = row.id
    _again(mail)


def file_under(actor: Actor, mail: InboundMail, organisation: Organisation) -> None:
    """Let a mail stand on the record of a customer, for us alone.

    Raises Forbidden, and Refused with `conflict` when it does not wait.
    """
    require(actor, "mail:settle", mail)
    require(actor, "organisation:log", organisation)
    _settle(actor, mail, "mail_linked", f"filed under {organisation.name}")
    mail.linked_to_id = None
    logged_mails.put_under(mail, actor, organisation)
    _again(mail)


def discard(actor: Actor, mail: InboundMail) -> None:
    """Say that nothing is to be done with a mail; it stays kept. Raises Forbidden, and Refused with `conflict`."""
    _settle(actor, mail, "mail_discarded", "discarded")
    mail.state = "discarded"


def _settle(actor: Actor, mail: InboundMail, kind: str, words: str) -> None:
    require(actor, "mail:settle", mail)
    session.refresh(mail, with_for_update={"of": InboundMail})
    if mail.state not in OPEN:
        raise Refused("conflict", "This mail does not wait any more: a colleague was quicker.")
    record_privately(actor, kind, f"a mail from {mail.sender or 'somebody'} {words}", {"mail": mail.public_id})


def _again(mail: InboundMail) -> None:
    mail.state, mail.released = "stored", mail.released + 1
    session.flush()
    _ask(mail)


def add_mailbox(actor: Actor, address: str, team: Team | None) -> Mailbox:
    """Let mail to one more address of ours come in, for a team. Raises Forbidden, Invalid, and Refused with `conflict`."""
    require(actor, "mailbox:manage")
    value = enrolling.address(address)
    if session.scalar(select(Mailbox.id).where(Mailbox.address_key == email_key(value))):
        raise Refused("conflict", "%(address)s is there already.", address=value)
    made = Mailbox(address=value, address_key=email_key(value), team_id=team.id if team else None)
    session.add(made)
    session.flush()
    mailbox_changed(actor, made, {"added": value, "team": team.name if team else None})
    return made


def give_mailbox(actor: Actor, box: Mailbox, team: Team | None) -> None:
    """Let another team, or none, get what comes to an address from now on. Raises Forbidden."""
    require(actor, "mailbox:manage", box)
    if (team.id if team else None) != box.team_id:
        before = box.team.name if box.team else None
        box.team_id, box.team = (team.id, team) if team else (None, None)
        mailbox_changed(actor, box, {"team": {"from": before, "to": team.name if team else None}})


def mailbox_changed(actor: Actor, box: Mailbox, what: dict[str, Any]) -> None:
    """Write down what was changed about an address of ours."""
    nobody: dict[int | None, str] = {None: STAFF}
    record(actor, "mailbox_changed", box.address, nobody, subject=("mailbox", box.public_id), detail=what)
