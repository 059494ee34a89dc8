"""Sign-in codes: six digits sent to a known address, good once, for ten minutes and five tries.

A code is kept as a MAC under the installation's secret, not as a slow hash: a million possibilities are no obstacle to
whoever holds the table either way, while without the secret the MAC tells nothing. Guessing is stopped by the tries.
Each code belongs to the browser that asked for it (its ticket), so that nobody can use up another's tries.
"""

import secrets as random
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, select, update

from actions import letters, limits, mail_checks
from actions.actors import staff_member
from actions.log import record_privately
from actions.secrets import digest, keyed, new, same
from actions.sessions import memberships, prove_address
from models import db
from models.db import session
from models.jobs import Delivery
from models.logins import Login, SignInCode, SignInSession
from models.types import email_key, now
from policy import ANONYMOUS

LIFE = timedelta(minutes=10)
TRIES = 5
PER_PLACE = "30 per 10 minutes"
PER_PLACE_AND_ACCOUNT = "1 per minute"
STRANGERS = ("1 per minute", "20 per hour")  # for places this account was never signed in from, all together


def request_code(email: str, address: str = "", ticket: str = "") -> str:
    """Send a code to an address if there is a login for it, and answer the same if there is none.

    Returns the ticket that belongs with the code (the given one when it is still running). At most one code a minute.
    Raises Refused with `rate_limited` when this network address asked for too many.
    """
    limits.demand(PER_PLACE, "code", address)
    mail_checks.ask()  # before anything that depends on whether there is a login
    ticket = ticket or new()
    login, given = usable(email), digits()
    letter = _letter(email, login, given)
    if login is None:
        record_privately(ANONYMOUS, "sign_in_failed", "A code was asked for an unknown address", {"address": address})
    if login is not None and _may_send(login, address):
        _send(login, ticket, given, letter)
    else:
        with db.undone():  # as long as sending takes
            letters.post_all([(letter, {})])
    return ticket


def usable(email: str) -> Login | None:
    """Find the login of an address, if whoever has it may still sign in to anything."""
    login = session.execute(select(Login).where(Login.email_key == email_key(email))).unique().scalar_one_or_none()
    if login is None or login.disabled_at is not None:
        return None
    return login if staff_member(login.person_id) or memberships(login.person_id) else None


def known_place(login: Login, address: str) -> bool:
    """Say whether this account was signed in from this network address before."""
    seen = exists().where(SignInSession.login_id == login.id, SignInSession.address == address)
    return bool(address) and bool(session.scalar(select(seen)))


def _may_send(login: Login, address: str) -> bool:
    """One a minute; strangers share that minute, so the owner's own places are never kept waiting by them."""
    if known_place(login, address):
        return limits.within(PER_PLACE_AND_ACCOUNT, "code", str(login.id), address)
    return all(limits.within(rule, "code", str(login.id)) for rule in STRANGERS)


def _letter(email: str, login: Login | None, given: str) -> Delivery:
    """The mail with the code: written in any case, since the time that it takes would tell who is known."""
    person = login.person if login else None
    return letters.draft(
        "code", login.email if login else email, language=person.language if person else None,
        person_id=person.id if person else None, code=given,
    )  # fmt: skip


def _send(login: Login, ticket: str, given: str, letter: Delivery) -> None:
    session.add(SignInCode(login_id=login.id, code_hash=hashed(login.id, ticket, given), expires_at=now() + LIFE))
    letters.post_all([(letter, {})])


def digits() -> str:
    """Six digits that nobody can guess."""
    return f"{random.randbelow(1_000_000):06d}"


def hashed(owner: int | str, ticket: str, given: str) -> str:
    """The ticket's own digest first, so that a code is found by it; then the MAC."""
    return f"{digest(ticket)}:{keyed('code', owner, ticket, given)}"


def check_code(email: str, typed: str, ticket: str, address: str = "") -> Login | None:
    """Use up a code: return its login when it is right, None when it is wrong, old or tried too often.

    The try is counted in the caller's unit of work, which must be stored whatever comes out.
    """
    limits.demand("60 per 10 minutes", "check", address)
    login = usable(email)
    if login is None or not matches(SignInCode.login_id == login.id, login.id, ticket, typed):
        detail = {"how": "code", "address": address} | ({"login": login.id} if login else {})
        record_privately(ANONYMOUS, "sign_in_failed", "A wrong or expired code was entered", detail)
        return None
    prove_address(login)
    return login


def matches(own: ColumnElement[bool], owner: int | str, ticket: str, typed: str) -> bool:
    """Take one try of the newest code of this owner and ticket, in one statement, and compare."""
    given = "".join(character for character in typed if character.isdecimal() and character.isascii())
    newest = select(func.max(SignInCode.id)).where(own, SignInCode.code_hash.startswith(digest(ticket) + ":"))
    step = update(SignInCode).where(
        SignInCode.id == newest.scalar_subquery(), SignInCode.used_at.is_(None), SignInCode.attempts < TRIES,
        SignInCode.expires_at > now(),
    )  # fmt: skip
    step = step.values(attempts=SignInCode.attempts + 1).returning(SignInCode.id, SignInCode.code_hash)
    taken = session.execute(step).first()
    if taken is None or not same(taken.code_hash, hashed(owner, ticket, given)):
        return False
    used = update(SignInCode).where(SignInCode.id == taken.id, SignInCode.used_at.is_(None))
    return session.execute(used.values(used_at=now()).returning(SignInCode.id)).first() is not None
