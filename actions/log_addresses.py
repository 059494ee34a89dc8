"""Log addresses: each of us has a secret address of their own, and what they send there is filed under its customer."""

import re
from collections.abc import Iterable
from datetime import timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import select

from actions import secrets, tokens
from actions.installation import settings
from actions.log import record_privately
from models.db import session
from models.logins import Login, Token
from models.staff import Staff
from models.types import now
from policy import Actor, require

LIFE = timedelta(days=3650)
_SECRET = re.compile(r"\+log-([0-9a-f]{32})@")


def make(actor: Actor) -> str:
    """Make one's address, shown this once; an earlier one ends. Raises Forbidden."""
    require(actor, "mail_log:make")
    tokens.end_tokens(*_own(actor))
    secret = tokens.add("mail_log", actor.login_id or 0, None, "", [], LIFE, secret=token_hex(16))
    record_privately(actor, "mail_log_made", f"{actor.name} made an address to file mail at")
    name, _, host = settings().mail_from.rpartition("@")
    return f"{name}+log-{secret}@{host}"


def end(actor: Actor) -> None:
    """Let one's address lead nowhere from now on. Raises Forbidden."""
    require(actor, "mail_log:make")
    if current(actor) is not None:
        tokens.end_tokens(*_own(actor))
        record_privately(actor, "mail_log_ended", f"{actor.name} ended the address to file mail at")


def current(actor: Actor) -> Token | None:
    """What is kept of the address that one has made and that still works."""
    query = select(Token).where(*_own(actor), Token.revoked_at.is_(None), Token.expires_at > now())
    return session.execute(query).scalar_one_or_none()


def _own(actor: Actor) -> list[Any]:
    return [Token.login_id == actor.login_id, Token.purpose == "mail_log"]


def among(addresses: Iterable[str]) -> list[str]:
    """The secrets of those addresses that are, or once were, addresses to file mail at."""
    return [one for address in addresses for one in _SECRET.findall(address.casefold())]


def owner(addresses: Iterable[str]) -> Staff | None:
    """Whose address is among these, as long as it works and they are one of us."""
    found = [secrets.digest(one) for one in among(addresses)[:5]]
    if not found:
        return None
    query = select(Staff).join(Login, Login.person_id == Staff.person_id).join(Token, Token.login_id == Login.id)
    query = query.where(
        Token.secret_hash.in_(found), Token.purpose == "mail_log", Token.revoked_at.is_(None), Token.expires_at > now(),
        Login.disabled_at.is_(None), Staff.ended_at.is_(None),
    )  # fmt: skip
    return session.scalars(query.limit(1)).unique().one_or_none()
