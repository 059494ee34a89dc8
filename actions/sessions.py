"""Sessions: one device that is signed in, acting through exactly one membership or as staff."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from actions import actors, push, secrets
from actions.log import record_privately
from models.db import session, tell
from models.logins import Login, Revocation, SignInSession
from models.people import ContactPoint, Membership
from models.types import now
from policy import Actor, Forbidden, NotFound, Refused, find, require
from policy.seen import unwrap

LIFE = timedelta(days=30)


def sign_in(
    login: Login | int,
    membership: Membership | int | None = None,
    device: str = "",
    address: str = "",
    how: str = "code",
) -> str:
    """Begin a session and return its secret, which is kept nowhere but with the device.

    `login` and `membership` are rows or their ids. Without a membership the person acts as staff, else through the
    membership used last. Raises Refused with `forbidden` when nothing is left for this person to act through.
    """
    login = session.get_one(Login, login) if isinstance(login, int) else login
    chosen = membership.id if isinstance(membership, Membership) else membership
    actor = actors.of_login(login, chosen or default_membership(login))
    if actor is None:
        raise Refused("forbidden", "This account is no longer in use. Ask whoever invited you.")
    secret = _begin(login.id, actor.membership_id, device, address)
    record_privately(actor, "signed_in", f"{actor.name} signed in", {"how": how, "device": device, "address": address})
    return secret


def _begin(login_id: int, membership_id: int | None, device: str, address: str) -> str:
    secret = secrets.new()
    session.add(
        SignInSession(
            secret_hash=secrets.digest(secret), login_id=login_id, membership_id=membership_id, device=device[:200],
            address=address[:60], expires_at=now() + LIFE,
        )
    )  # fmt: skip
    session.flush()
    return secret


def memberships(person_id: int, organisation_id: int | None = None, side: str | None = None) -> list[Membership]:
    """Everything outside that a person may act through today, perhaps of one organisation and side."""
    query = select(Membership).where(Membership.person_id == person_id, Membership.ended_at.is_(None))
    if organisation_id is not None:
        query = query.where(Membership.organisation_id == organisation_id, Membership.side == side)
    return list(session.execute(query.order_by(Membership.id)).unique().scalars())


def default_membership(login: Login) -> int | None:
    """Where a person who did not choose begins: as staff (None), where they were last, or where they joined first."""
    if actors.staff_member(login.person_id):
        return None
    own = [one.id for one in memberships(login.person_id)]
    last = select(SignInSession.membership_id).where(SignInSession.login_id == login.id)
    last_id = session.execute(last.order_by(SignInSession.id.desc()).limit(1)).scalar_one_or_none()
    return last_id if last_id in own else next(iter(own), None)


def sign_out(actor: Actor) -> None:
    """End the session of this device."""
    if actor.session_id is None:
        return
    end(SignInSession.id == actor.session_id)
    record_privately(actor, "signed_out", f"{actor.name} signed out")


def end_session(actor: Actor, public_id: str) -> None:
    """End one of the actor's own sessions. Raises Forbidden, NotFound."""
    require(actor, "session:end")
    found = unwrap(find(actor, SignInSession, public_id=public_id))
    end(SignInSession.id == found.id)
    record_privately(actor, "signed_out", f"{actor.name} ended a session", {"device": found.device})


def end_others(actor: Actor) -> int:
    """End all sessions of the actor but this one; returns how many."""
    require(actor, "session:end")
    ended = end(SignInSession.login_id == actor.login_id, SignInSession.id != actor.session_id)
    if ended:
        record_privately(actor, "signed_out", f"{actor.name} ended {ended} other sessions")
    return ended


def switch(actor: Actor, membership: Membership | None, device: str = "", address: str = "") -> str:
    """Act for another organisation from now on (None: as staff): the session is replaced. Raises NotFound."""
    require(actor, "session:end")
    if membership is not None and (membership.person_id != actor.person_id or membership.ended_at is not None):
        raise NotFound
    if membership is None and not actors.staff_member(actor.person_id or 0):
        raise NotFound
    if actor.login_id is None:
        raise Forbidden("session:end")
    secret = _begin(actor.login_id, membership.id if membership else None, device, address)
    begun = session.scalars(select(SignInSession.id).where(SignInSession.secret_hash == secrets.digest(secret))).one()
    push.go_with(actor.session_id, begun)
    end(SignInSession.id == actor.session_id)
    return secret


def end(*which: Any) -> int:
    """End the running sessions that match, and tell the sockets that stand on them."""
    step = update(SignInSession).where(SignInSession.ended_at.is_(None), *which).values(ended_at=now())
    ended = session.execute(step.returning(SignInSession.id)).scalars().all()
    for one in ended:
        revoke("session", one)
    push.forget(ended)
    return len(ended)


def revoke(kind: str, subject_id: int) -> None:
    """Write down that a right ended, so that every process drops the sockets it concerns."""
    session.add(Revocation(kind=kind, subject_id=subject_id))
    tell("revoked", kind)


def credentials_changed(login: Login) -> None:
    """End everything that stands on a login: its password or address changed, or it was disabled."""
    end(SignInSession.login_id == login.id)
    revoke("login", login.id)


def prove_address(login: Login, at: datetime | None = None) -> None:
    """Remember that somebody read a mail sent to the login's address."""
    point = select(ContactPoint).where(
        ContactPoint.person_id == login.person_id, ContactPoint.kind == "email",
        ContactPoint.value_key == login.email_key,
    )  # fmt: skip
    found = session.execute(point.limit(1)).scalar_one_or_none()
    if found is None:
        found = ContactPoint(person_id=login.person_id, kind="email", value=login.email, value_key=login.email_key)
        session.add(found)
    found.verified_at = found.verified_at or at or now()
