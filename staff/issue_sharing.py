"""Showing an issue to partners: whom it could be shared with, what they would see, who sees it and who looked."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from actions import issues as verbs
from actions import shares as share_verbs
from models.issues import Issue
from models.organisations import Organisation, OrganisationRole
from models.shares import LEVELS, Share
from models.types import now
from policy import Actor, find, rows, visible
from policy.fields import ALWAYS, DEFAULT_SETS, SHAREABLE
from policy.finding import Part, as_partner
from policy.seeing import active
from staff import reads, shares
from staff import words as fields
from staff.blueprint import blueprint
from staff.parties import USUAL_DAYS, end_of
from web import issues as words
from web.actor import actor

NAMES = tuple(name for name in SHAREABLE["issue"] if name not in ALWAYS["issue"])


def of_issue(row: Issue) -> dict[str, Any]:
    """The shares of an issue, who looked, and what the share form offers."""
    found = visible(actor(), Share).where(Share.subject_type == "issue", Share.subject_id == row.id)
    listed = rows(actor(), found.order_by(Share.revoked_at.is_not(None), Share.id.desc()).limit(shares.MOST))
    return {
        "shares": shares.told_all(listed), "levels": LEVELS, "partners": partners(row),
        "reads": reads.of_record("issue", row.number),
        "supplier": supplier(row), "share_until": (now() + timedelta(days=USUAL_DAYS)).date().isoformat(),
        "share_fields": [(name, fields.ISSUE[name], name in DEFAULT_SETS["issue"]) for name in NAMES],
    }  # fmt: skip


def supplier(row: Issue) -> Organisation | None:
    """Who supplied the goods, as far as it is known."""
    if row.purchase_line is not None:
        made: Organisation = row.purchase_line.order.organisation
        return made
    found: Organisation | None = row.line.product.supplier if row.line.product else None
    return found


def partners(row: Issue) -> list[Organisation]:
    """Whom an issue can be shared with: who supplied the goods first."""
    roles = select(OrganisationRole.organisation_id).where(OrganisationRole.role != "customer")
    query = visible(actor(), Organisation).where(Organisation.id.in_(roles), Organisation.archived_at.is_(None))
    likely = supplier(row)
    return rows(
        actor(),
        query.order_by((Organisation.id == (likely.id if likely else 0)).desc(), Organisation.name_key).limit(500),
    )


def asked() -> dict[str, Any]:
    """What the share form says. Raises NotFound, Invalid."""
    form = request.form
    partner = find(actor(), Organisation, public_id=form.get("organisation", ""))
    return {
        "organisation": partner, "level": form.get("level", "respond"), "fields": form.getlist("fields"),
        "person": shares.person_of(partner, form.get("person", "")),
    }  # fmt: skip


@blueprint.post("/issues/<number>/shares")
def share_issue(number: str) -> Response:
    """Show an issue to a partner and ask it."""
    row, form, wanted = find(actor(), Issue, number=number), request.form, asked()
    verbs.share(
        actor(), row, **wanted, message=form.get("message") or None, expires_at=end_of(form.get("until")),
        reason=form.get("reason") or None,
    )  # fmt: skip
    flash(_("%(number)s is shared with %(name)s.", number=number, name=wanted["organisation"].name), "success")
    return redirect(url_for("staff.issue", number=number, _anchor="shares"), 303)


@blueprint.post("/issues/<number>/shares/preview")
def preview_issue_share(number: str) -> str:
    """What a partner would see with the share that is being made; nothing is stored."""
    row, wanted = find(actor(), Issue, number=number), asked()
    share_verbs.checked_share(row, **wanted)
    return seen_page(row, wanted["organisation"], Part(wanted["level"], frozenset(wanted["fields"])))


@blueprint.get("/issues/<number>/seen-by/<public_id>")
def issue_seen_by(number: str, public_id: str) -> str:
    """What a partner sees of an issue now, and why."""
    return seen_page(find(actor(), Issue, number=number), find(actor(), Organisation, public_id=public_id))


def seen_page(row: Issue, partner: Organisation, part: Part | None = None) -> str:
    """Draw the partner's page from the very record it would be handed."""
    seen = as_partner(row, partner, part)
    why = visible(actor(), Share).where(
        Share.subject_type == "issue", Share.subject_id == row.id, Share.organisation_id == partner.id, active()
    )
    shown = set(seen.names()) if seen else set()
    return render_template(
        "staff/issues/seen_by.html", row=row, partner=partner, issue=seen, preview=part,
        why=[shares.told(one) for one in rows(actor(), why.order_by(Share.id))], steps=preview_steps(seen),
        seen=[fields.ISSUE[one] for one in NAMES if one in shown], hidden=[fields.ISSUE[one] for one in NAMES if one not in shown],
        level=level(seen.rights) if seen else None, **words.words(),
    )  # fmt: skip


def preview_steps(seen: Any) -> list[dict[str, Any]]:
    """The steps as the partner reads them; nothing can be answered here."""
    return [one | {"may": False} for one in words.steps(Actor(side="partner"), seen)] if seen else []


def level(rights: frozenset[str]) -> str:
    """What a partner may do, in words."""
    return _("It may answer the steps that are its own.") if "issue:answer" in rights else _("It may only read.")
