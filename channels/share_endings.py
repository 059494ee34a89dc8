"""Share endings: whoever shared a record is told some days before the partner stops seeing it."""

from typing import Any

from sqlalchemy import select

from actions import letters, shares
from actions.installation import settings
from actions.recipients import proven_address
from models import db
from models.db import session
from models.jobs import Delivery
from models.shares import Share
from models.types import now
from policy.seeing import active

PATHS = {"order": "/staff/orders", "conversation": "/staff/conversations", "issue": "/staff/issues"}


def tell_sharer(arguments: dict[str, Any]) -> None:
    """Send the word, unless the share was taken back, extended or told of before."""
    with db.unit(write=True):
        found = select(Share).where(Share.id == arguments["share"], active(), Share.rule_id.is_(None))
        share = session.execute(found).unique().scalar_one_or_none()
        if share is None or share.by is None or share.expires_at is None or share.expires_at > now() + shares.NOTICE:
            return
        address = proven_address(share.by)
        if address is None:
            return
        number, key = share.number, f"{share.public_id}.{share.expires_at:%Y%m%d%H%M}"
        if session.scalar(select(Delivery.id).where(Delivery.message_id == letters.message_id("share_ending", key))):
            return
        letters.post(
            "share_ending", address, language=share.by.language, person_id=share.by_id, key=key,
            number=number, partner=share.organisation.name,
            day=share.expires_at.date().isoformat(),
            link=f"{settings().url}{PATHS[share.subject_type]}/{number}#shares",
            about={"organisation": None, "audience": "staff"},
        )  # fmt: skip
