"""Ways in: who is behind a secret, signing in and out, passwords, tokens, and adding people who may sign in."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from actions import secrets
from actions.actors import of_login
from actions.codes import check_code, request_code
from actions.enrolling import add, disable, end_staff
from actions.passwords import check_password, hashed, set_password
from actions.sessions import end_others, end_session, sign_in, sign_out, switch
from actions.tokens import make_token, revoke_token
from models import db
from models.db import INLINE, session
from models.logins import Login, SignInSession, Token
from models.people import Membership
from models.staff import Staff
from models.types import KeyText, UtcDateTime, now
from policy import Actor

__all__ = [
    "add", "check_code", "check_password", "disable", "end_others", "end_session", "end_staff", "hashed", "make_token",
    "request_code", "resolve", "resolve_token", "revoke_token", "set_password", "sign_in", "sign_out", "switch",
]  # fmt: skip

SEEN_EVERY = timedelta(minutes=5)


def _ways() -> Any:
    """For how many organisations the person of a login may act, counted in the same statement."""
    outside = select(func.count(Membership.id)).where(
        Membership.person_id == Login.person_id, Membership.ended_at.is_(None)
    )
    inside = select(func.count(Staff.id)).where(Staff.person_id == Login.person_id, Staff.ended_at.is_(None))
    return (outside.scalar_subquery() + inside.scalar_subquery()).label("ways")


# Built once: these are asked for every request.
_OF_SESSION = (
    select(SignInSession, Login, _ways()).join(Login, Login.id == SignInSession.login_id)
    .where(SignInSession.secret_hash == bindparam("hash", type_=KeyText), SignInSession.ended_at.is_(None),
           SignInSession.expires_at > bindparam("at", type_=UtcDateTime))
)  # fmt: skip
_OF_TOKEN = (
    select(Token, Login).join(Login, Login.id == Token.login_id)
    .where(Token.secret_hash == bindparam("hash", type_=KeyText), Token.purpose == "api", Token.revoked_at.is_(None))
)  # fmt: skip


def resolve(secret: str, device: str | None = None) -> Actor | None:
    """Return who is behind the secret of a session, or None when it, or the right it stands on, has ended.

    `device` is the secret by which a browser says who uses a shared mailbox there. Works inside a unit of work and outside of one.
    """
    if not secret:
        return None
    with db.reading():
        asked = {"hash": secrets.digest(secret), "at": now()}
        found = session.execute(_OF_SESSION, asked, execution_options=INLINE).first()
        if found is None:
            return None
        row, login, ways = found
        actor = of_login(login, row.membership_id, device, session_id=row.id, ways=ways, until=row.expires_at)
        if actor:
            _saw(SignInSession.last_seen_at, row.id, row.last_seen_at)
        return actor


def resolve_token(secret: str) -> Actor | None:
    """Return who is behind an API token with its scopes, or None; works inside a unit of work and outside of one."""
    if not secret:
        return None
    with db.reading():
        found = session.execute(_OF_TOKEN, {"hash": secrets.digest(secret)}, execution_options=INLINE).first()
        if found is None or (found.Token.expires_at and found.Token.expires_at <= now()):
            return None
        row, login = found
        actor = of_login(
            login, row.membership_id, row.mailbox_device_id, token_id=row.id, scopes=frozenset(row.scopes),
            until=row.expires_at,
        )  # fmt: skip
        if actor:
            _saw(Token.used_at, row.id, row.used_at)
        return actor


def _saw(column: Any, key: int, before: datetime | None) -> None:
    """Remember that a device or token is in use, at most every few minutes; a busy database is no reason to refuse."""
    at = now()
    if before is not None and at - before < SEEN_EVERY:
        return
    step = update(column.class_).where(column.class_.id == key).values({column: at})

    def write(own: Session) -> None:
        own.execute(step)

    try:
        db.aside(write)
    except (db.Unavailable, OperationalError):
        return
