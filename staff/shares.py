"""Shares at the desk: showing an order to a partner, taking it back, or for longer."""

from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from actions import renewing
from actions import shares as verbs
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation, OrganisationRole
from models.people import ContactPoint, Membership, Person
from models.shares import LEVELS, Share
from models.types import email_key, name_key, now
from policy import Actor, Invalid, find, first, rows, visible
from policy.seeing import active
from staff import share_rules, words
from staff.blueprint import blueprint
from staff.parties import USUAL_DAYS, end_of, share_choices
from web.actor import actor

MOST, FEW = 100, 8
PAGES = {"order": "staff.order", "conversation": "staff.conversation_page", "issue": "staff.issue"}


def of_order(row: Order) -> dict[str, Any]:
    """The shares of an order, and what the share form offers."""
    found = visible(actor(), Share).where(Share.subject_type == "order", Share.subject_id == row.id)
    listed = rows(actor(), found.order_by(Share.revoked_at.is_not(None), Share.id.desc()).limit(MOST))
    choices = share_choices()
    return {
        "shares": told_all(listed), "partners": partners(row), "levels": LEVELS,
        "share_until": choices["share_until"],
        "order_fields": [one for one in choices["share_fields"] if not one[0].startswith("lines.")],
        "line_fields": [one for one in choices["share_fields"] if one[0].startswith("lines.")],
    }  # fmt: skip


def told(share: Share) -> dict[str, Any]:
    """A share in words: what it shows, why, and whether it holds."""
    lines = None if share.whole else [one.line.line for one in share.lines]
    shown = words.of(share.subject_type, share.field_set.fields)
    return {
        "share": share, "words": shown if lines is None or lines else [_("number and state, no lines"), *shown[1:]],
        "lines": lines, "active": is_active(share), "rule": share_rules.name_of(share.rule) if share.rule else None,
        "longer": longer(share).date().isoformat(), "renewable": False,
    }  # fmt: skip


def told_all(listed: list[Share]) -> list[dict[str, Any]]:
    """The shares of one record in words; the newest that has ended of each partner that sees nothing now can be renewed."""
    shown = [told(one) for one in listed]
    seeing = {one["share"].organisation_id for one in shown if one["active"]}
    for one in sorted(shown, key=lambda one: one["share"].id, reverse=True):
        partner = one["share"].organisation_id
        one["renewable"] = partner not in seeing and one["share"].rule_id is None
        seeing |= {partner} if one["renewable"] else set()
    return shown


def longer(share: Share) -> datetime:
    """The end that one click gives: 90 days more, counted from the end or from today."""
    return max(share.expires_at or now(), now()) + timedelta(days=USUAL_DAYS)


def ending(who: Actor) -> list[dict[str, Any]]:
    """What this member of staff has shared and ends within a week."""
    mine = visible(who, Share).where(
        Share.by_id == who.person_id, Share.rule_id.is_(None), active(), Share.expires_at <= now() + verbs.NOTICE
    )
    found = rows(who, mine.order_by(Share.expires_at, Share.id).limit(FEW))
    return [told(one) for one in found]


def is_active(share: Share) -> bool:
    """Whether a share holds now."""
    on = share.rule is None or share.rule.active
    return on and share.holds


def partners(row: Order) -> list[Organisation]:
    """Whom an order can be shared with: its supplier first."""
    roles = select(OrganisationRole.organisation_id).where(OrganisationRole.role != "customer")
    query = visible(actor(), Organisation).where(Organisation.id.in_(roles), Organisation.archived_at.is_(None))
    own = Organisation.id == row.organisation_id
    return rows(actor(), query.order_by(own.desc(), Organisation.name_key).limit(500))


def asked(row: Order) -> dict[str, Any]:
    """What the share form says. Raises NotFound, Invalid."""
    form, numbers = request.form, request.form.getlist("lines", int)
    partner = find(actor(), Organisation, public_id=form.get("organisation", ""))
    return {
        "organisation": partner, "level": form.get("level", "respond"), "fields": form.getlist("fields"),
        "person": person_of(partner, form.get("person", "")),
        "lines": None if not numbers or len(set(numbers)) == len(row.lines) else numbers,
    }  # fmt: skip


def person_of(partner: Organisation, words: str) -> Person | None:
    """The one person of a partner with this name or address; none for an empty field. Raises Invalid."""
    if not words.strip():
        return None
    address = select(ContactPoint.person_id).where(ContactPoint.value_key == email_key(words))
    works = select(Membership.person_id).where(
        Membership.organisation_id == partner.id, Membership.side == "partner", Membership.ended_at.is_(None)
    )
    query = visible(actor(), Person).where(
        Person.id.in_(works), or_(Person.name_key == name_key(words), Person.id.in_(address))
    )
    found = rows(actor(), query.limit(2))
    if len(found) != 1:
        raise Invalid("person", _("is not the name or address of one person at %(name)s", name=partner.name))
    one: Person = found[0]
    return one


@blueprint.post("/orders/<number>/shares")
def share_order(number: str) -> Response:
    """Show an order to a partner."""
    row, form = find(actor(), Order, number=number), request.form
    wanted = asked(row)
    verbs.share(
        actor(), row, **wanted, expires_at=end_of(form.get("until")), reason=form.get("reason") or None
    )  # fmt: skip
    flash(_("%(number)s is shared with %(name)s.", number=number, name=wanted["organisation"].name), "success")
    return redirect(url_for("staff.order", number=number, _anchor="shares"), 303)


@blueprint.post("/shares/<public_id>/revocation")
def revoke_share(public_id: str) -> Response:
    """Take a share back."""
    share = find(actor(), Share, public_id=public_id)
    verbs.revoke(actor(), share)
    flash(_("%(name)s no longer sees it.", name=share.organisation.name), "success")
    if share.subject_type == "issue" and still_talks(share):
        flash(_("%(name)s still takes part in the conversation.", name=share.organisation.name), "warning")
    return back(share)


def still_talks(share: Share) -> bool:
    """Whether a partner that sees an issue no more is still in the conversation about it."""
    talk = first(actor(), Conversation, id=verbs.subject_of(share).conversation_id)
    return talk is not None and any(
        one.organisation_id == share.organisation_id and one.side == "partner" and one.takes_part
        for one in talk.parties
    )


@blueprint.post("/shares/<public_id>/extension")
def extend_share(public_id: str) -> Response:
    """Give a share another end."""
    share, until = find(actor(), Share, public_id=public_id), end_of(request.form.get("until"))
    if until is None:
        raise Invalid("until", _("is needed"))
    verbs.extend(actor(), share, until)
    flash(_("%(name)s sees it until %(day)s.", name=share.organisation.name, day=until.date().isoformat()), "success")
    return back(share)


@blueprint.post("/shares/<public_id>/renewal")
def renew_share(public_id: str) -> Response:
    """Show a record again whose share has ended."""
    share = renewing.renew(actor(), find(actor(), Share, public_id=public_id))
    day = share.expires_at.date().isoformat() if share.expires_at else _("taken back")
    flash(_("%(name)s sees it until %(day)s.", name=share.organisation.name, day=day), "success")
    return back(share)


def back(share: Share) -> Response:
    """Return to the record that a share shows."""
    return redirect(url_for(PAGES[share.subject_type], number=share.number, _anchor="shares"), 303)
