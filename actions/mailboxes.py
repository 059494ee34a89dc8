"""Mailboxes: an address without a person is shared by many; each of them gives a name, once on each device."""

from dataclasses import replace
from typing import Any

from sqlalchemy import exists, select, update

from actions import limits, secrets, tokens
from actions.checks import checked
from actions.log import record
from actions.members import audience, known_as, readers_of
from actions.sessions import end, revoke
from models import text
from models.db import session
from models.logins import SignInSession, Token
from models.mailboxes import MailboxDevice
from models.people import Membership
from models.types import now
from policy import Actor, Refused, require, rows, visible
from policy.seen import unwrap

LONGEST_NAME = 80


def set_mailbox(actor: Actor, membership: Any, mailbox: bool) -> None:
    """Say that an address is a shared mailbox, or that it is one person's again.

    From then on nobody who comes with it acts without a name; what was signed in or made before starts anew. A shared
    mailbox is never a manager. Raises Forbidden, and Refused with `conflict` for a manager.
    """
    require(actor, "membership:change", membership)
    row: Membership = unwrap(membership)
    if row.mailbox == mailbox:
        return
    if mailbox and row.role == "manager":
        raise Refused("conflict", "A shared mailbox is no manager. Make it a member first.")
    row.mailbox = mailbox
    end_devices(row)
    end(SignInSession.membership_id == row.id)
    revoke("membership", row.id)
    words = f"{known_as(row)} is a shared mailbox" if mailbox else f"{known_as(row)} is no shared mailbox any more"
    record(actor, "mailbox_set", words, {row.organisation_id: audience(row)}, person_id=row.person_id,
           detail={"mailbox": mailbox})  # fmt: skip


def end_devices(row: Membership) -> None:
    """End every device of a mailbox: its name there is forgotten, and its tokens end."""
    step = update(MailboxDevice).where(MailboxDevice.membership_id == row.id, MailboxDevice.ended_at.is_(None))
    session.execute(step.values(ended_at=now()))
    tokens.end_tokens(Token.membership_id == row.id, Token.purpose == "api")


def give_name(actor: Actor, name: str, secret: str | None, device: str = "") -> str:
    """Say who uses this mailbox on this device, or say it anew. Returns the secret that the device keeps.

    `secret` is what it kept so far; one that is no device's of ours is not taken. Raises Forbidden, Invalid, Refused.
    """
    require(actor, "mailbox:name")
    name = checked("name", lambda given: text.line(given, LONGEST_NAME), name)
    limits.demand("30 per hour", "mailbox name", str(actor.membership_id))
    kept = secret if secret and _is_known(secret) else secrets.new()
    row = _device(actor, kept)
    if row is None:
        row = MailboxDevice(membership_id=actor.membership_id, secret_hash=secrets.digest(kept), name=name)
        session.add(row)
    row.name, row.device, row.changed_at, row.ended_at = name, device[:200], now(), None
    session.flush()
    if actor.session_id is not None:
        revoke("session", actor.session_id)  # its sockets come back under the new name
    for one in session.scalars(select(Token.id).where(Token.mailbox_device_id == row.id)):
        revoke("token", one)
    named = replace(actor, given_name=name, device_id=row.id, name=f"{name} ({actor.email})")
    record(named, "mailbox_named", f"{named.name} uses the mailbox", _readers(actor), person_id=actor.person_id,
           detail={"name": name, "device": row.device})  # fmt: skip
    return kept


def _readers(actor: Actor) -> dict[int, str]:
    organisation = actor.organisation_id or 0
    return {organisation: readers_of(actor.side, organisation)}


def _device(actor: Actor, secret: str) -> MailboxDevice | None:
    own = select(MailboxDevice).where(
        MailboxDevice.membership_id == actor.membership_id, MailboxDevice.secret_hash == secrets.digest(secret)
    )
    return session.execute(own).scalar_one_or_none()


def _is_known(secret: str) -> bool:
    """Whether a device keeps a secret of ours: one browser may use several mailboxes."""
    return bool(session.scalar(select(exists().where(MailboxDevice.secret_hash == secrets.digest(secret)))))


def names(actor: Actor, membership_ids: list[int]) -> dict[int, list[str]]:
    """Who uses each of some mailboxes, by the names given, as far as the actor may know."""
    query = visible(actor, MailboxDevice).where(
        MailboxDevice.membership_id.in_(membership_ids), MailboxDevice.ended_at.is_(None)
    )
    found: dict[int, list[str]] = {}
    for one in rows(actor, query.order_by(MailboxDevice.id)):
        row = unwrap(one)
        found.setdefault(row.membership_id, []).append(one.name)
    return {key: list(dict.fromkeys(given)) for key, given in found.items()}
