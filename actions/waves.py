"""Waves: inviting many people by mail at a pace, pausing, stopping, and taking back what is out."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, exists, func, insert, select, update
from sqlalchemy.orm import Session

from actions import invitees, secrets, tokens, wave_lists
from actions.checks import checked
from actions.installation import settings
from actions.invitees import Found, Rules
from actions.log import record_privately
from actions.wave_lists import Line
from models import text
from models.db import session
from models.jobs import REMOVED, Delivery, enqueue
from models.logins import Login, SignInSession, Token
from models.people import ContactPoint, Membership
from models.types import now, opaque
from models.waves import ENDED, Invitee, Wave
from models.words import Words
from policy import ANONYMOUS, Actor, Invalid, NotFound, Refused, require

FASTEST, MOST_DAYS, MOST_CONTACTS = 600, 365, 100
MOST = 20_000
ELSEWHERE = Words("A colleague changed this wave a moment ago. Look again.")


def make(
    actor: Actor, name: str, side: str, *, country: str | None = None, given: str | None = None, per_minute: int = 30,
    rest_days: int = 14, most_contacts: int = 4,
) -> Wave:  # fmt: skip
    """Prepare a wave to the contacts of one side that have no login, or to those whose addresses are `given`.

    Nothing is sent. Raises Forbidden, Invalid.
    """
    require(actor, "wave:run")
    if side not in ("customer", "partner"):
        raise Invalid("side", "must be customer or partner")
    wave = _draft(actor, name, side, country, per_minute, rest_days, most_contacts)
    if given and given.strip():
        _fill(wave, wave_lists.read(actor, side, given))
    else:
        chosen = invitees.of_side(actor, side, wave.country).order_by(Membership.id).limit(MOST + 1)
        found = session.execute(chosen).all()
        if len(found) > MOST:
            raise Invalid("country", "is needed: these are more than %(n)s people", n=MOST)
        _fill(wave, [Line(0, "", one.id) for one in found])
    return wave


def again(actor: Actor, wave: Wave) -> Wave:
    """Prepare a wave to those who were invited by an earlier one and did not come. Raises Forbidden, Refused."""
    require(actor, "wave:run")
    if wave.state not in ENDED:
        raise Refused("conflict", "This wave is not over yet.")
    made = _draft(actor, wave.name, wave.side, None, wave.per_minute, wave.rest_days, wave.most_contacts)
    made.again_of_id = wave.id
    came = exists().where(SignInSession.login_id == Invitee.login_id)
    left = select(Invitee.membership_id).where(Invitee.wave_id == wave.id, Invitee.state != "left_out", ~came)
    _fill(made, [Line(0, "", one) for one in session.scalars(left.order_by(Invitee.id)) if one])
    return made


def _draft(
    actor: Actor, name: str, side: str, country: str | None, per_minute: int, rest_days: int, most_contacts: int
) -> Wave:
    for field, value, most in (("per_minute", per_minute, FASTEST), ("most_contacts", most_contacts, MOST_CONTACTS)):
        if not 1 <= value <= most:
            raise Invalid(field, "must be a whole number from 1 to %(most)s", most=most)
    if not 0 <= rest_days <= MOST_DAYS:
        raise Invalid("rest_days", "must be a whole number from 0 to %(most)s", most=MOST_DAYS)
    wave = Wave(
        name=checked("name", text.line, name), side=side, country=(country or "").strip().upper()[:2] or None,
        per_minute=per_minute, rest_days=rest_days, most_contacts=most_contacts, by_id=actor.person_id,
    )  # fmt: skip
    session.add(wave)
    session.flush()
    _say(actor, wave, "prepared")
    return wave


def _fill(wave: Wave, lines: Sequence[Line]) -> None:
    """Write down everybody, those who will be written to and those who will not and why, in a few statements."""
    rules = Rules(wave.rest_days, wave.most_contacts)
    people = {
        one.membership_id: one
        for one in invitees.find(rules, [one.membership_id for one in lines if one.membership_id])
    }
    named: set[int] = set()
    values = [_row(wave, line, people.get(line.membership_id or 0), named) for line in lines]
    for start in range(0, len(values), invitees.TOGETHER):
        session.execute(insert(Invitee), values[start : start + invitees.TOGETHER])


def _row(wave: Wave, line: Line, found: Found | None, named: set[int]) -> dict[str, Any]:
    reason, count = (line.reason, line.count) if found is None else (found.reason, found.count)
    if found is not None and found.person_id in named:
        found, reason = None, "twice"  # two addresses of one person
    if found is not None:
        named.add(found.person_id)
    reason = reason if found or reason else "unknown"
    return {
        "public_id": opaque(), "wave_id": wave.id, "line": line.number or None, "reason": reason, "count": count,
        "state": "left_out" if reason else "waiting", "address": found.address if found else line.address,
        "person_id": found.person_id if found else None, "membership_id": found.membership_id if found else None,
        "language": found.language if found else None, "login_id": found.login_id if found else None,
    }  # fmt: skip


def start(actor: Actor, wave: Wave) -> None:
    """Begin, or go on after a pause: from now on mails leave. Raises Forbidden, Refused."""
    require(actor, "wave:run")
    if not _step(wave, ("draft", "paused", "halted"), "running"):
        raise Refused("conflict", ELSEWHERE)
    looked = tally(wave)
    if wave.started_at is not None:
        wave.looked_sent, wave.looked_bounced = looked
    wave.started_at, wave.reason = wave.started_at or now(), None
    wave.round, wave.due_at = wave.round + 1, now()
    enqueue(session(), "wave", unique_key=f"wave:{wave.public_id}:{wave.round}", wave=wave.id, round=wave.round)
    _say(actor, wave, "goes on" if wave.round > 1 else "begun")


def pause(actor: Actor, wave: Wave) -> None:
    """Write no more mails until somebody goes on. Raises Forbidden, Refused."""
    require(actor, "wave:run")
    if not _step(wave, ("running",), "paused"):
        raise Refused("conflict", ELSEWHERE)
    _say(actor, wave, "paused")


def stop(actor: Actor, wave: Wave) -> None:
    """End a wave: whoever was not written to will not be, and what still lies in the outbox does not leave.

    Raises Forbidden, Refused.
    """
    require(actor, "wave:run")
    if not _step(wave, ("draft", "running", "paused", "halted"), "stopped"):
        raise Refused("conflict", ELSEWHERE)
    wave.ended_at = now()
    waiting = update(Invitee).where(Invitee.wave_id == wave.id, Invitee.state == "waiting")
    session.execute(waiting.values(state="withdrawn"))
    unsent = select(Delivery.id).where(Delivery.state == "pending")
    _take_back(Invitee.wave_id == wave.id, Invitee.delivery_id.in_(unsent))
    _say(actor, wave, "stopped")


def withdraw_links(actor: Actor, wave: Wave) -> int:
    """Let the links of a wave that is over end where nobody used them; returns how many. Raises Forbidden, Refused."""
    require(actor, "wave:run")
    if wave.state not in ENDED:
        raise Refused("conflict", "Stop this wave first.")
    gone = _take_back(Invitee.wave_id == wave.id)
    _say(actor, wave, f"{gone} links withdrawn")
    return gone


def _take_back(*which: Any) -> int:
    """End the invitations of invitees that nobody used, and the logins made for them, through which nobody came."""
    came = exists().where(SignInSession.login_id == Token.login_id)
    unused = select(Token.id).where(Token.used_at.is_(None), Token.revoked_at.is_(None), ~came)
    step = (
        update(Invitee).where(Invitee.state == "sent", Invitee.token_id.in_(unused), *which).values(state="withdrawn")
    )
    taken = session.execute(step.returning(Invitee.token_id, Invitee.login_id),
                            execution_options={"synchronize_session": False}).all()  # fmt: skip
    tokens, logins = [one.token_id for one in taken], [one.login_id for one in taken]
    for some in (slice(at, at + invitees.TOGETHER) for at in range(0, len(taken), invitees.TOGETHER)):
        session.execute(update(Token).where(Token.id.in_(tokens[some])).values(revoked_at=now()))
        fresh = (Login.password_hash.is_(None), ~exists().where(SignInSession.login_id == Login.id))
        session.execute(update(Login).where(Login.id.in_(logins[some]), *fresh).values(disabled_at=now()))
    return len(taken)


def tally(wave: Wave) -> tuple[int, int]:
    """How many mails of a wave have left or come to nothing, and how many of them came to nothing."""
    counted = (
        select(func.count(), func.count().filter(bounced()))
        .join(Invitee, Invitee.delivery_id == Delivery.id)
        .where(Invitee.wave_id == wave.id, Invitee.state == "sent", Delivery.state != "pending")
    )
    sent, failed = session.execute(counted).one()
    return sent, failed


def bounced() -> Any:
    """The condition that a mail came back or was refused; one that we kept back ourselves was not."""
    return and_(Delivery.state == "failed", Delivery.body != REMOVED[1])


def opened(at: Session, secret: str) -> None:
    """Write down that a link of a wave was opened, the first time."""
    of = select(Token.id).where(Token.secret_hash == secrets.digest(secret))
    step = update(Invitee).where(Invitee.token_id.in_(of), Invitee.opened_at.is_(None))
    at.execute(step.values(opened_at=now()))


def decline(secret: str) -> None:
    """Whoever was invited wants no invitations to this address, and this one ends. Raises NotFound."""
    token = tokens.open_invitation(secret)
    if token is None:
        raise NotFound
    login = session.get_one(Login, token.login_id)
    token.revoked_at = now()
    points = update(ContactPoint).where(ContactPoint.kind == "email", ContactPoint.value_key == login.email_key)
    session.execute(points.values(declined_at=now()))
    record_privately(ANONYMOUS, "notices_chosen", f"{login.email} wants no invitations", {"login": login.id})


def languages(wave: Wave) -> list[tuple[str, int]]:
    """In which languages a wave is written, and to how many in each."""
    query = select(Invitee.language, func.count()).where(Invitee.wave_id == wave.id, Invitee.state != "left_out")
    found: Iterable[Any] = session.execute(query.group_by(Invitee.language).order_by(func.count().desc())).all()
    return [(one[0] or settings().language, one[1]) for one in found]


def _step(wave: Wave, before: Sequence[str], after: str) -> bool:
    """Change the state, once: of two who press at the same moment one is late."""
    step = update(Wave).where(Wave.id == wave.id, Wave.state.in_(before)).values(state=after)
    done = (
        session.execute(step.returning(Wave.id), execution_options={"synchronize_session": False}).first() is not None
    )
    session.refresh(wave)
    return done


def _say(actor: Actor, wave: Wave, what: str) -> None:
    record_privately(actor, "wave_changed", f"{wave.name}: {what}", {"wave": wave.public_id})
