"""Passwords, for those who want one: kept with Argon2, checked outside of any unit of work."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from actions import codes, limits, secrets
from actions.installation import settings
from actions.log import record_privately
from actions.sessions import credentials_changed
from models import db, text
from models.db import session
from models.interactions import Interaction
from models.logins import Login
from models.offload import offload
from models.types import now
from policy import Actor, Invalid, Refused

SHORTEST = 10
PER_PLACE = "50 per 15 minutes"
PER_PLACE_AND_ACCOUNT = "10 per 15 minutes"
STRANGERS = "100 per hour"  # for one account, from places it was never signed in from


@cache
def _hasher(cost: int) -> PasswordHasher:
    return PasswordHasher(time_cost=cost, memory_cost=19 * 1024, parallelism=1)


def _hasher_now() -> PasswordHasher:
    return _hasher(settings().password_hash_cost)


@cache
def _nobody(cost: int) -> str:
    """A hash that no password fits, so that an unknown account takes as long as a known one."""
    return _hasher(cost).hash(secrets.new())


def hashed(password: str) -> str:
    """Return the hash of a new password; slow, never inside a unit of work. Raises Invalid for a weak one."""
    good = _good(password)
    return offload(lambda: _hasher_now().hash(good))


def _good(password: str) -> str:
    try:
        password = text.clean(password, 200)
    except text.BadText as error:
        raise Invalid("password", error.words) from error
    if len(password) < SHORTEST:
        raise Invalid(
            "password", "is too short: use at least %(shortest)s characters, three words are good", shortest=SHORTEST
        )
    if len(set(password)) < 4:
        raise Invalid("password", "is too easy to guess: use at least four different characters")
    return password


def fits(password: str, stored: str | None) -> bool:
    """Say whether a password is the stored one; as slow when nothing is stored. Never inside a unit of work."""
    cost, given = settings().password_hash_cost, password.encode("utf-8", "surrogatepass")
    try:
        return offload(lambda: _hasher(cost).verify(stored or _nobody(cost), given)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def check_password(email: str, password: str, address: str = "") -> int | None:
    """Return the id of the login that a password opens, or None; called outside of any unit of work.

    Too many tries raise Refused with `rate_limited`; a place the account was signed in from before only answers for
    its own tries, so nobody else's can lock it out, and a code by mail works in any case.
    """
    limits.demand(PER_PLACE, "password", address)
    with db.reading():
        login = codes.usable(email)
        login_id, stored = (login.id, login.password_hash) if login else (None, None)
        known = login is not None and codes.known_place(login, address)
    rule, keys = (PER_PLACE_AND_ACCOUNT, [address]) if known else (STRANGERS, [])
    slow = not limits.within(rule, "password", str(login_id or email), *keys)
    if slow:
        raise Refused("rate_limited", "That was tried too often. Sign in with a code by mail instead.")
    if fits(password, stored):
        return login_id
    _note_failure(login_id, address)
    return None


def _note_failure(login_id: int | None, address: str) -> None:
    """The page is refused, but the failure stays in the log."""
    row = Interaction(
        event_id=secrets.new(), kind="sign_in_failed", touchpoint=False, timeline=False, channel="portal", at=now(),
        direction="internal", audience="staff", actor_side="anonymous", summary="A wrong password was entered",
        detail={"how": "password", "address": address, "login": login_id},
    )  # fmt: skip
    db.aside(lambda own: own.add(row))


def stored_password(login_id: int) -> str | None:
    """Read the stored hash of a login, outside of a unit."""
    with db.reading():
        return session.execute(select(Login.password_hash).where(Login.id == login_id)).scalar_one_or_none()


def set_password(actor: Actor, login: Login, password_hash: str | None) -> None:
    """Keep a new password (hashed beforehand), or none; every session of the login ends. Raises Refused."""
    if actor.side != "system" and (actor.login_id != login.id or actor.token_id is not None):
        raise Refused("forbidden", "Only the owner of an account sets its password.")
    login.password_hash = password_hash
    session.flush()
    credentials_changed(login)
    words = "set a password" if password_hash else "removed the password"
    record_privately(actor, "password_changed", f"{login.person.name} {words}", {"login": login.id})
