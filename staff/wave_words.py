"""What is said of the people in a wave: why somebody is left out, and what became of the others."""

from collections.abc import Callable, Iterator
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_babel import ngettext

from analytics import waves as figures
from models.db import session
from models.waves import Invitee, Wave
from policy import Actor, visible

REASONS = {
    "has_login": later("has a login already"), "disabled": later("the login was taken away"),
    "ours": later("works for us"), "bounced": later("the address is marked: a mail to it came back"),
    "unsubscribed": later("wants no such mails"), "shared": later("several people have this address: say whose it is"),
    "no_address": later("no address"), "doubtful": later("is not an address that can be written to"),
    "several": later("several addresses in one line"), "twice": later("stands in the list before"),
    "unknown": later("nobody on record has this address"), "left": later("is no contact there any more"),
}  # fmt: skip
OUTCOMES = {
    "waiting": later("waiting"), "left_out": later("left out"), "sent": later("on its way"), "delivered": later("delivered"),
    "bounced": later("came back"), "opened": later("link opened"), "came": later("signed in"),
    "expired": later("link ended unused"), "withdrawn": later("withdrawn"),
}  # fmt: skip
SIGNS = {"delivered": "ok", "came": "ok", "opened": "acc", "bounced": "bad", "left_out": "warn", "expired": "warn"}
STATES = {
    "draft": later("prepared"), "running": later("running"), "paused": later("paused"), "halted": later("halted"),
    "stopped": later("stopped"), "done": later("all written to"),
}  # fmt: skip
HEAD = ("line", "name", "organisation", "address", "language", "outcome", "reason", "sent_at", "opened_at", "signed_in_at",
        "link_ends_at")  # fmt: skip
SOME = 1000


def reason(code: str, count: int | None = None) -> str:
    """Why somebody is left out."""
    if code == "invited" and count is not None:
        return ngettext("invited %(num)d day ago", "invited %(num)d days ago", count) if count else _("invited today")
    if code == "contacted" and count is not None:
        return ngettext("heard from us %(num)d time within a week", "heard from us %(num)d times within a week", count)
    more = {"invited": _("invited a short while ago"), "contacted": _("heard from us often within a week")}
    return str(more.get(code) or REASONS.get(code, code))


def lines(actor: Actor, wave: Wave, said: Callable[[Any], str]) -> Iterator[list[Any]]:
    """Everybody in a wave, some at a time, for a table."""
    last = 0
    while found := _some(actor, wave, last):
        words = figures.outcomes(found)
        for one in found:
            yield _line(one, words[one.id], said)
        last = found[-1].id


def _some(actor: Actor, wave: Wave, last: int) -> list[Invitee]:
    query = visible(actor, Invitee).where(Invitee.wave_id == wave.id, Invitee.id > last)
    return list(session.scalars(query.order_by(Invitee.id).limit(SOME)).unique())


def _line(one: Invitee, outcome: str, said: Callable[[Any], str]) -> list[Any]:
    why = (
        reason(one.reason, one.count)
        if one.reason
        else said(one.delivery.error)
        if one.delivery and one.delivery.error
        else ""
    )
    return [
        one.line, one.person.name if one.person else "", one.membership.organisation.name if one.membership else "",
        one.address, one.language, str(OUTCOMES[outcome]), why, one.sent_at, one.opened_at,
        one.token.used_at if one.token else None, one.token.expires_at if one.token else None,
    ]  # fmt: skip
