"""Waves: how far one is, and what became of the people in it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, and_, case, exists, func, or_, select

from models.db import session
from models.jobs import REMOVED, Delivery
from models.logins import SignInSession, Token
from models.types import now
from models.waves import Invitee, Wave

SHOWN = ("waiting", "left_out", "sent", "delivered", "bounced", "opened", "came", "expired", "withdrawn")


@dataclass(frozen=True, slots=True)
class Report:
    """How many of a wave are what; who came was delivered to, and may have opened the link, too."""

    waiting: int
    left_out: int
    sent: int
    delivered: int
    bounced: int
    opened: int
    came: int
    expired: int
    withdrawn: int

    @property
    def all(self) -> int:
        """Everybody who was to be written to."""
        return self.waiting + self.sent + self.withdrawn


def conditions() -> dict[str, Any]:
    """What each word of SHOWN says of an invitee, whose mail and link are joined."""
    sent, link = Invitee.state == "sent", Token.expires_at <= now()
    came = or_(Token.used_at.is_not(None), exists().where(SignInSession.login_id == Invitee.login_id))
    return {
        "waiting": Invitee.state == "waiting", "left_out": Invitee.state == "left_out", "sent": sent,
        "delivered": and_(sent, Delivery.state == "sent"),
        "bounced": and_(sent, Delivery.state == "failed", Delivery.body != REMOVED[1]),
        "opened": and_(sent, Invitee.opened_at.is_not(None)), "came": and_(sent, came),
        "expired": and_(sent, link, ~came), "withdrawn": Invitee.state == "withdrawn",
    }  # fmt: skip


def joined(query: Any) -> Any:
    """The invitees of a query with their mail and their link."""
    query = query.outerjoin(Delivery, Delivery.id == Invitee.delivery_id)
    return query.outerjoin(Token, Token.id == Invitee.token_id)


def report(wave: Wave) -> Report:
    """Count everybody in a wave, in one statement."""
    found = conditions()
    sums = [func.coalesce(func.sum(case((found[one], 1), else_=0)), 0).cast(Integer) for one in SHOWN]
    row: Any = session.execute(joined(select(*sums).select_from(Invitee)).where(Invitee.wave_id == wave.id)).one()
    return Report(*row)


def left_out(wave: Wave) -> list[tuple[str, int]]:
    """Why people were left out, and how many for each reason."""
    query = select(Invitee.reason, func.count()).where(Invitee.wave_id == wave.id, Invitee.state == "left_out")
    rows = session.execute(query.group_by(Invitee.reason).order_by(func.count().desc(), Invitee.reason)).all()
    return [(reason or "", count) for reason, count in rows]


def outcomes(invitees: list[Invitee]) -> dict[int, str]:
    """In one word, what became of each of some invitees."""
    found = conditions()
    order = ("waiting", "left_out", "withdrawn", "came", "bounced", "expired", "opened", "delivered")
    word = case(*[(found[one], one) for one in order], else_="sent")
    query = joined(select(Invitee.id, word).select_from(Invitee)).where(Invitee.id.in_([one.id for one in invitees]))
    found_words: Any = session.execute(query).all()
    return dict(found_words)
