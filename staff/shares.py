"""Shares at the desk: showing an order to a partner, taking it back, or for longer."""

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from actions import shares as verbs
from models.orders import Order
from models.organisations import Organisation, OrganisationRole
from models.shares import LEVELS, Share
from models.types import now
from policy import Invalid, find, rows, visible
from policy.fields import ALWAYS
from staff.blueprint import blueprint
from staff.parties import FIELD_WORDS, end_of, share_choices
from web.actor import actor


def in_words(names: Iterable[str]) -> list[str]:
    """Field names as people call them; what everybody sees in any case is summed up."""
    shown = [str(FIELD_WORDS.get(name, name)) for name in sorted(names) if name not in ALWAYS["order"]]
    return [_("number, state and products"), *shown]


def of_order(row: Order) -> dict[str, Any]:
    """The shares of an order, and what the share form offers."""
    found = visible(actor(), Share).where(Share.subject_type == "order", Share.subject_id == row.id)
    listed = rows(actor(), found.order_by(Share.revoked_at.is_not(None), Share.id.desc()))
    choices = share_choices()
    return {
        "shares": [{"share": one, "words": in_words(one.field_set.fields), "active": is_active(one)} for one in listed],
        "partners": partners(row), "levels": LEVELS, "share_until": choices["share_until"],
        "order_fields": [one for one in choices["share_fields"] if not one[0].startswith("lines.")],
        "line_fields": [one for one in choices["share_fields"] if one[0].startswith("lines.")],
    }  # fmt: skip


def is_active(share: Share) -> bool:
    """Whether a share holds now."""
    return share.revoked_at is None and (share.expires_at is None or share.expires_at > now())


def partners(row: Order) -> list[Organisation]:
    """Whom an order can be shared with: its supplier first."""
    roles = select(OrganisationRole.organisation_id).where(OrganisationRole.role != "customer")
    query = visible(actor(), Organisation).where(Organisation.id.in_(roles), Organisation.archived_at.is_(None))
    own = Organisation.id == row.organisation_id
    return rows(actor(), query.order_by(own.desc(), Organisation.name_key).limit(500))


@blueprint.post("/orders/<number>/shares")
def share_order(number: str) -> Response:
    """Show an order to a partner."""
    row, form = find(actor(), Order, number=number), request.form
    partner = find(actor(), Organisation, public_id=form.get("organisation", ""))
    verbs.share(
        actor(), row, partner, form.get("level", "respond"), form.getlist("fields"),
        expires_at=end_of(form.get("until")), reason=form.get("reason") or None,
    )  # fmt: skip
    flash(_("%(number)s is shared with %(name)s.", number=number, name=partner.name), "success")
    return redirect(url_for("staff.order", number=number, _anchor="shares"), 303)


@blueprint.post("/shares/<public_id>/revocation")
def revoke_share(public_id: str) -> Response:
    """Take a share back."""
    share = find(actor(), Share, public_id=public_id)
    verbs.revoke(actor(), share)
    flash(_("%(name)s no longer sees it.", name=share.organisation.name), "success")
    return back(share)


@blueprint.post("/shares/<public_id>/extension")
def extend_share(public_id: str) -> Response:
    """Give a share another end."""
    share, until = find(actor(), Share, public_id=public_id), end_of(request.form.get("until"))
    if until is None:
        raise Invalid("until", _("is needed"))
    verbs.extend(actor(), share, until)
    flash(_("%(name)s sees it until %(day)s.", name=share.organisation.name, day=until.date().isoformat()), "success")
    return back(share)


def back(share: Share) -> Response:
    """Return to the record that a share shows."""
    page = "staff.order" if share.subject_type == "order" else "staff.conversation_page"
    return redirect(url_for(page, number=verbs.subject_of(share).number, _anchor="shares"), 303)
