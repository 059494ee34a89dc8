"""The calendar of one's own: a secret address under which a calendar program finds promises and meetings."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions import secrets, tokens
from actions.actors import of_login
from actions.log import record_privately
from models.db import session
from models.interactions import Interaction
from models.logins import Login, Token
from models.promises import Promise
from models.types import now
from policy import Actor, NotFound, require, rows, visible

LIFE = timedelta(days=3650)
BACK, MOST = timedelta(days=90), 500  # how far a calendar goes back, and how many entries of a kind it holds


def make(actor: Actor) -> str:
    """Make the secret of a calendar's address, shown this once; an earlier one ends. Raises Forbidden."""
    require(actor, "calendar:make")
    tokens.end_tokens(*_own(actor))
    secret = tokens.add("calendar", actor.login_id or 0, None, "", [], LIFE)
    record_privately(actor, "calendar_made", f"{actor.name} made an address for a calendar")
    return secret


def end(actor: Actor) -> None:
    """Let the address of one's calendar lead nowhere from now on. Raises Forbidden."""
    require(actor, "calendar:make")
    if current(actor) is not None:
        tokens.end_tokens(*_own(actor))
        record_privately(actor, "calendar_ended", f"{actor.name} ended the address of a calendar")


def current(actor: Actor) -> Token | None:
    """The address that one has made and that still leads to a calendar."""
    query = select(Token).where(*_own(actor), Token.revoked_at.is_(None), Token.expires_at > now())
    return session.execute(query).scalar_one_or_none()


def _own(actor: Actor) -> list[Any]:
    return [Token.login_id == actor.login_id, Token.purpose == "calendar"]


def reader(secret: str) -> Actor:
    """Whose calendar an address is. Raises NotFound when it is nobody's, or its owner is none of us any more."""
    query = select(Token, Login).join(Login, Login.id == Token.login_id)
    query = query.where(Token.secret_hash == secrets.digest(secret), Token.purpose == "calendar")
    found = session.execute(query.where(Token.revoked_at.is_(None), Token.expires_at > now())).first()
    who = of_login(found.Login, None, token_id=found.Token.id, scopes=frozenset({"*"})) if found else None
    if who is None or who.staff_id is None:
        raise NotFound
    return who


def promises(actor: Actor) -> list[Promise]:
    """What one has still to keep, what is due first at the head."""
    query = visible(actor, Promise).where(
        Promise.owner_id == actor.staff_id, Promise.done_at.is_(None), Promise.withdrawn_at.is_(None)
    )
    return rows(actor, query.order_by(Promise.due_at, Promise.id).limit(MOST))


def meetings(actor: Actor) -> list[Interaction]:
    """The meetings of the last months that one has written down, the latest first."""
    query = visible(actor, Interaction).where(
        Interaction.kind == "meeting", Interaction.actor_id == actor.person_id, Interaction.at > now() - BACK
    )
    return rows(actor, query.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(MOST))
