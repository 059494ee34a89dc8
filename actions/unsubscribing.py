"""Unsubscribing: the link in a mail that is no service, with which whoever got it ends such mails without signing in.

It holds the mail's id under a MAC of the installation's secret: so it is bound to one person and one kind of mail, opens
nothing else, and ends with time.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from actions import mail_readers, notice_choices, secrets
from actions.installation import settings
from models.db import session
from models.jobs import Delivery
from models.types import now
from policy import Actor, NotFound

KINDS = ("notice", "digest", "matter")  # all tell what is new for one: one choice
LIFE = timedelta(days=180)


def link(public_id: str) -> str:
    """The address in a mail."""
    return f"{settings().url}/unsubscribe/{public_id}.{_mac(public_id)}"


def _mac(public_id: str) -> str:
    return secrets.keyed("unsubscribe", public_id)


def opened(secret: str) -> tuple[Delivery, Actor]:
    """The mail that a link stands in, and whom it is for. Raises NotFound."""
    public_id, _, mac = secret.partition(".")
    if not secrets.same(mac, _mac(public_id)):
        raise NotFound
    query = select(Delivery).where(
        Delivery.public_id == public_id, Delivery.kind.in_(KINDS), Delivery.created_at > now() - LIFE
    )
    delivery = session.scalars(query).unique().one_or_none()
    reader = mail_readers.of(delivery) if delivery is not None and delivery.person_id is not None else None
    if delivery is None or reader is None:
        raise NotFound
    return delivery, replace(reader, email=delivery.to_address)


def choose(reader: Actor, pace: str = "never") -> notice_choices.Choice:
    """End the mails of this kind, or let them come again; returns what was chosen before. Raises Invalid, Refused."""
    before = notice_choices.of(reader)
    quiet = None if before.quiet_from is None or before.quiet_until is None else (before.quiet_from, before.quiet_until)
    notice_choices.choose(reader, pace, quiet, before.digest_at, before.version, how="through the link in a mail")
    return before
