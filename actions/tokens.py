"""Tokens: secrets for machines (API), for somebody invited, each with one purpose, an end and an owner."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from actions import secrets
from actions.checks import checked
from actions.log import record_privately
from actions.sessions import revoke
from models import text
from models.db import session
from models.logins import Login, Token
from models.people import Membership
from models.types import now
from policy import RULES, Actor, Forbidden, Invalid, NotFound, find, require
from policy.seeing import nouns
from policy.seen import unwrap

API_LIFE = timedelta(days=365)
INVITATION_LIFE = timedelta(days=7)


def make_token(
    actor: Actor, login: Login, membership_id: int | None, name: str, scopes: list[str] | None = None
) -> str:
    """Make an API token of one's own (or any, as the system) and return its secret, shown this once.

    It acts through one membership (None: as staff) and may use the verbs that `scopes` name: `*`, a noun or a verb.
    Raises Forbidden, Invalid, NotFound.
    """
    if actor.side != "system":
        require(actor, "token:make")
        if login.id != actor.login_id:
            raise Forbidden("token:make")
    _check_membership(login, membership_id)
    wanted = _scopes(scopes or ["*"])
    secret = add("api", login.id, membership_id, checked("name", text.line, name), wanted, API_LIFE, prefix="lg_")
    if actor.device_id is not None:
        made = update(Token).where(Token.secret_hash == secrets.digest(secret))
        session.execute(made.values(mailbox_device_id=actor.device_id))
    record_privately(actor, "token_made", f"A token “{name}” was made for {login.person.name}", {"scopes": wanted})
    return secret


def _check_membership(login: Login, membership_id: int | None) -> None:
    if membership_id is None:
        return
    found = session.get(Membership, membership_id)
    if found is None or found.person_id != login.person_id or found.ended_at is not None:
        raise NotFound


def _scopes(scopes: list[str]) -> list[str]:
    known = {"*", *RULES, *(verb.split(":")[0] for verb in RULES), *nouns()}
    for scope in scopes:
        if scope not in known:
            raise Invalid(
                "scopes",
                "knows no %(scope)s: use *, a noun such as order, or a verb such as order:confirm",
                scope=scope,
            )
    return sorted(set(scopes))


def add(
    purpose: str,
    login_id: int,
    membership_id: int | None,
    name: str,
    scopes: list[str],
    life: timedelta,
    prefix: str = "",
    secret: str = "",
) -> str:
    """Keep the hash of a new secret for one purpose (or of one that was made at random), and return the secret itself."""
    secret = secret or secrets.new(prefix)
    session.add(
        Token(
            purpose=purpose, secret_hash=secrets.digest(secret), login_id=login_id, membership_id=membership_id,
            name=name, scopes=scopes, expires_at=now() + life,
        )
    )  # fmt: skip
    session.flush()
    return secret


def revoke_token(actor: Actor, public_id: str) -> None:
    """End one of the actor's own tokens at once. Raises Forbidden, NotFound."""
    require(actor, "token:revoke")
    token: Token = unwrap(find(actor, Token, public_id=public_id))
    if token.revoked_at is not None:
        return
    token.revoked_at = now()
    revoke("token", token.id)
    record_privately(actor, "token_revoked", f"{actor.name} revoked the token “{token.name}”")


def make_invitation(login_id: int, membership_id: int | None, name: str = "") -> str:
    """Make the secret of an invitation; earlier ones to the same place end."""
    end_invitations(Token.login_id == login_id, Token.membership_id == membership_id)
    return add("invitation", login_id, membership_id, name, [], INVITATION_LIFE)


def end_invitations(*which: Any) -> None:
    """Let open invitations end."""
    running = update(Token).where(Token.purpose == "invitation", Token.used_at.is_(None), Token.revoked_at.is_(None))
    session.execute(running.where(*which).values(revoked_at=now()))


def end_tokens(*which: Any) -> None:
    """Let tokens of any purpose end, and tell the sockets that stand on them."""
    step = update(Token).where(Token.revoked_at.is_(None), *which).values(revoked_at=now())
    for one in session.execute(step.returning(Token.id)).scalars().all():
        revoke("token", one)


def open_invitation(secret: str) -> Token | None:
    """Find the invitation that a secret opens, if it is still good."""
    if not secret:
        return None
    query = select(Token).where(Token.secret_hash == secrets.digest(secret), Token.purpose == "invitation")
    query = query.where(Token.used_at.is_(None), Token.revoked_at.is_(None), Token.expires_at > now())
    return session.execute(query).scalar_one_or_none()
