"""Reply addresses: where answers to our mails go, each good for one mail and for a limited time."""

import re
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from actions import secrets
from actions.installation import settings
from models.db import session
from models.jobs import Delivery
from models.types import now

KINDS = ("notice", "order", "order_notice")  # mails that somebody may answer
LIFE = timedelta(days=180)
_SECRET = re.compile(r"\+r-([0-9a-f]{32})@")


def _secret(public_id: str) -> str:
    """128 bits under the installation's secret: the same whenever the same mail is written again."""
    return secrets.keyed("reply", public_id)[:32]


def hashed(public_id: str) -> str:
    """What is kept of the secret of a mail."""
    return secrets.digest(_secret(public_id))


def of(delivery: Delivery) -> str | None:
    """The address that a mail asks to be answered at; None for mails that nobody answers."""
    if delivery.reply_hash is None:
        return None
    name, _, host = settings().mail_from.rpartition("@")
    return f"{name}+r-{_secret(delivery.public_id)}@{host}"


def answered(addresses: Iterable[str]) -> Delivery | None:
    """The mail of ours that is answered at one of these addresses, unless it is too old."""
    found = [secrets.digest(one) for address in addresses for one in _SECRET.findall(address.casefold())]
    if not found:
        return None
    query = select(Delivery).where(Delivery.reply_hash.in_(found[:5]), Delivery.created_at > now() - LIFE)
    return session.scalars(query.limit(1)).unique().one_or_none()
