"""Wave steps: the next few mails of a wave, put into the outbox in one transaction with whom they are to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from actions import enrolling, invitees, letters, secrets, waves
from actions.installation import settings
from actions.invitees import Found, Rules
from actions.log import record, record_privately
from actions.members import readers_of
from actions.tokens import INVITATION_LIFE
from models.db import session
from models.jobs import Delivery
from models.logins import Login, Token
from models.people import Membership
from models.types import email_key, now
from models.waves import Invitee, Wave
from models.words import Words
from policy import SYSTEM

# Amazon SES puts senders under review at 5 % of bounces (docs.aws.amazon.com/ses, "Reputation metrics"); others ask for
# less. Before 20 mails a share says nothing.
BOUNCES, ENOUGH = 0.05, 20
SLICE = 5.0  # seconds: a pace of 60 a minute is five mails every five seconds
BACKLOG = 2  # minutes of its pace that may wait in the outbox


def step(wave_id: int, turn: int) -> datetime | None:
    """Write the next mails of a wave, if it runs and this is its newest turn; returns when to come again, or None.

    Everything is one transaction: whoever dies in the middle has written to nobody, and whoever comes next goes on.
    """
    query = select(Wave).where(Wave.id == wave_id).with_for_update(of=Wave)
    wave = session.scalars(query.execution_options(populate_existing=True)).unique().one_or_none()
    if wave is None or wave.state != "running" or wave.round != turn:
        return None
    if wave.due_at is not None and wave.due_at > now():
        return wave.due_at
    if _halted(wave):
        return None
    count = max(1, round(wave.per_minute * SLICE / 60))
    if _in_outbox(wave) < max(count, wave.per_minute * BACKLOG):
        some = _next(wave, count + 1)
        _write(wave, some[:count])
        if len(some) <= count:
            _finish(wave)
            return None
    wave.due_at = now() + timedelta(seconds=60 * count / wave.per_minute)
    return wave.due_at


def _halted(wave: Wave) -> bool:
    """Take a pause when too many come back, counted since somebody last had a look."""
    sent, bounced = (
        all_ - looked for all_, looked in zip(waves.tally(wave), (wave.looked_sent, wave.looked_bounced), strict=True)
    )
    if sent < ENOUGH or bounced < sent * BOUNCES:
        return False
    wave.state = "halted"
    wave.reason = Words(
        "%(bounced)s of %(sent)s mails came back or were refused: that is %(share)s %%, and at 5 %% mail servers begin to "
        "take a sender for one of unwanted mail. Look at the addresses below before you go on.",
        bounced=bounced, sent=sent, share=round(100 * bounced / sent),
    )  # fmt: skip
    record_privately(
        SYSTEM, "wave_changed", f"{wave.name}: halted, {bounced} of {sent} came back", {"wave": wave.public_id}
    )
    return True


def halt(wave_id: int, turn: int) -> None:
    """A wave could not go on, however often it was tried: it waits for somebody who looks."""
    wave = session.get(Wave, wave_id)
    if wave is not None and wave.state == "running" and wave.round == turn:
        wave.state, wave.reason = "halted", Words("It could not go on, however often it was tried. Go on to try again.")
        record_privately(SYSTEM, "wave_changed", f"{wave.name}: could not go on", {"wave": wave.public_id})


def _in_outbox(wave: Wave) -> int:
    """How many of its mails wait to leave: while the mail server takes none, none are added."""
    query = select(func.count()).select_from(Invitee).join(Delivery, Delivery.id == Invitee.delivery_id)
    waiting = query.where(Invitee.wave_id == wave.id, Invitee.state == "sent", Delivery.state == "pending")
    return session.scalar(waiting) or 0


def _next(wave: Wave, count: int) -> list[Invitee]:
    query = select(Invitee).where(Invitee.wave_id == wave.id, Invitee.state == "waiting")
    return list(session.scalars(query.order_by(Invitee.id).limit(count)).unique())


def _finish(wave: Wave) -> None:
    wave.state, wave.ended_at = "done", now()
    record_privately(SYSTEM, "wave_changed", f"{wave.name}: all are written to", {"wave": wave.public_id})


def _write(wave: Wave, some: Sequence[Invitee]) -> None:
    """Invite some people, each looked at again: who has come, bounced or been invited since is left out."""
    rules = Rules(wave.rest_days, wave.most_contacts)
    known = {
        one.membership_id: one for one in invitees.find(rules, [one.membership_id for one in some if one.membership_id])
    }
    invited: list[tuple[Invitee, Found]] = []
    for one in some:
        found = known.get(one.membership_id or 0)
        if found is None or found.reason:
            one.state, one.reason = "left_out", found.reason if found else "left"
            one.count = found.count if found else None
        else:
            invited.append((one, found))
    if invited:
        _invite(wave, invited)


def _invite(wave: Wave, invited: Sequence[tuple[Invitee, Found]]) -> None:
    logins = _logins([found for _one, found in invited])
    end = update(Token).where(Token.purpose == "invitation", Token.used_at.is_(None), Token.revoked_at.is_(None))
    session.execute(end.where(Token.login_id.in_([one.id for one in logins.values()])).values(revoked_at=now()))
    made = {found.person_id: _token(logins[found.person_id], found) for _one, found in invited}
    session.add_all(token for token, _secret in made.values())
    session.flush()
    posted: list[tuple[Delivery, dict[str, Any]]] = []
    for one, found in invited:
        token, secret = made[found.person_id]
        membership: Membership = one.membership
        about: dict[str, Any] = {"organisation": membership.organisation_id, "token": token.id,
                 "audience": readers_of(membership.side, membership.organisation_id)}  # fmt: skip
        mail = letters.draft(
            "invitation", logins[found.person_id].email, language=found.language, person_id=found.person_id,
            key=token.public_id, inviter=wave.by.name, organisation=membership.organisation.name,
            link=f"{settings().url}/invitation/{secret}",
        )  # fmt: skip
        posted.append((mail, about))
    letters.post_all(posted)
    for (one, found), (mail, about) in zip(invited, posted, strict=True):
        one.state, one.sent_at, one.delivery_id = "sent", now(), mail.id
        one.token_id, one.login_id = about["token"], logins[found.person_id].id
        _log(wave, one, mail, about)


def _logins(found: Sequence[Found]) -> dict[int, Login]:
    """The logins of people, made where there are none and usable again where an earlier wave took them back."""
    query = select(Login).where(Login.person_id.in_([one.person_id for one in found]))
    logins = {one.person_id: one for one in session.scalars(query).unique()}
    enrolling.readmit([one.id for one in logins.values()])
    fresh = [
        Login(person_id=one.person_id, email=one.address, email_key=email_key(one.address))
        for one in found if one.person_id not in logins
    ]  # fmt: skip
    session.add_all(fresh)
    session.flush()
    return logins | {one.person_id: one for one in fresh}


def _token(login: Login, found: Found) -> tuple[Token, str]:
    secret = secrets.new()
    token = Token(
        purpose="invitation", secret_hash=secrets.digest(secret), login_id=login.id, membership_id=found.membership_id,
        name=found.name, scopes=[], expires_at=now() + INVITATION_LIFE,
    )  # fmt: skip
    return token, secret


def _log(wave: Wave, one: Invitee, mail: Delivery, about: dict[str, Any]) -> None:
    record(
        SYSTEM, "member_invited", f"{mail.to_key} was invited as {one.membership.role}",
        {about["organisation"]: about["audience"]}, person_id=one.person_id, channel="email",
        detail={"role": one.membership.role, "side": one.membership.side, "mailbox": one.membership.mailbox,
                "wave": wave.public_id},
    )  # fmt: skip
