"""Customers and partners: the list, and the one page with everything about one of them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_
from werkzeug.wrappers import Response

from actions import callers
from actions import organisations as verbs
from analytics import billing, contact
from models.billing import Invoice
from models.conversations import Conversation, live
from models.interactions import Interaction
from models.orders import Order
from models.organisations import ROLES, Organisation, OrganisationRole
from models.people import Membership
from models.promises import Promise
from models.shares import Share
from models.staff import Staff
from models.types import name_key
from policy import Invalid, Refused, find, rows, visible
from policy.seeing import active
from staff import approvals, promises, relations
from staff.blueprint import blueprint
from web.actor import actor
from web.errors import http_status
from web.incoming import whole
from web.paging import next_url, page
from web.saying import said

FEW = 6
CHANNELS = ("chat", "portal", "email", "telephone", "in_person", "post", "console")


@blueprint.get("/organisations")
def organisations() -> str:
    """Customers, suppliers and distributors by name."""
    role, q = request.args.get("role", "customer"), request.args.get("q", "").strip()
    query = visible(actor(), Organisation)
    if role in ROLES:
        query = query.join(OrganisationRole, OrganisationRole.organisation_id == Organisation.id)
        query = query.where(OrganisationRole.role == role)
    if q:
        query = query.where(Organisation.name_key.startswith(name_key(q), autoescape=True))
    if not request.args.get("archived"):
        query = query.where(Organisation.archived_at.is_(None))
    order = [Organisation.name_key, Organisation.id]
    listed = page(actor(), query, order, request.args.get("after"), descending=False)
    more = next_url("staff.organisations", listed)
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"staff/organisations/{template}", listed=listed, more_url=more, role=role, q=q, roles=ROLES)


def the_organisation(public_id: str) -> Organisation:
    return find(actor(), Organisation, public_id=public_id)


@blueprint.get("/organisations/<public_id>")
def organisation(public_id: str) -> str:
    """The one shared record: who they are, everything that happened, and what is open."""
    row = the_organisation(public_id)
    if request.headers.get("HX-Request"):
        return render_template("staff/organisations/_timeline.html", **timeline(row), organisation=row)
    return render_template("staff/organisations/organisation.html", organisation=row, **timeline(row), **beside(row))


def timeline(row: Organisation) -> dict[str, Any]:
    """One page of what happened, filtered by channel or kind."""
    channel, kind = request.args.get("channel", ""), request.args.get("kind", "")
    query = visible(actor(), Interaction).where(Interaction.organisation_id == row.id, Interaction.timeline)
    if channel:
        query = query.where(Interaction.channel == channel)
    if kind == "orders":
        query = query.where(or_(Interaction.kind.like("order%"), Interaction.kind == "line_moved"))
    elif kind:
        query = query.where(Interaction.kind == kind)
    listed = page(actor(), query, [Interaction.at, Interaction.id], request.args.get("after"), limit=30)
    more = next_url("staff.organisation", listed, public_id=row.public_id)
    return {"listed": listed, "more_url": more, "channel": channel, "kind": kind, "channels": CHANNELS}


def beside(row: Organisation) -> dict[str, Any]:
    """Open matters, orders, invoices, people, relations, shares, and how often we were in touch."""
    who = actor()
    own = visible(who, Conversation).where(Conversation.organisation_id == row.id, live())
    promised = promises.unkept(who).where(Promise.organisation_id == row.id)
    ordered = visible(who, Order).where(Order.organisation_id == row.id)
    billed = visible(who, Invoice).where(Invoice.organisation_id == row.id, Invoice.paid_at.is_(None))
    shared = visible(who, Share).where(Share.organisation_id == row.id, active())
    current = visible(who, Membership).where(Membership.organisation_id == row.id, Membership.ended_at.is_(None))
    members = rows(who, current.order_by(Membership.id).limit(12))
    return {
        "open_matters": rows(who, own.order_by(Conversation.updated_at.desc()).limit(FEW)),
        "promises": rows(who, promised.order_by(Promise.due_at).limit(FEW)),
        "orders": rows(who, ordered.order_by(Order.ordered_at.desc(), Order.number.desc()).limit(FEW)),
        "invoices": rows(who, billed.order_by(Invoice.due_at).limit(FEW)),
        **relations.of(row),
        "shares": rows(who, shared.order_by(Share.id.desc()).limit(FEW)),
        "members": members,
        "phones": callers.numbers([one.person_id for one in members]),
        "asked": approvals.waiting(who, row.id),
        "account": billing.account(row.id),
        "frequency": contact.frequency(row.id),
        "advice": contact.advice(row.id),
        "months": contact.months(row.id),
    }


@blueprint.get("/organisations/<public_id>/edit")
def edit_organisation(public_id: str) -> str:
    """The form of the record."""
    return edit_page(the_organisation(public_id))


def edit_page(row: Organisation, problem: str | None = None) -> str:
    """Render the form, keeping what was typed."""
    staff = rows(actor(), visible(actor(), Staff).where(Staff.ended_at.is_(None)).order_by(Staff.id))
    typed = request.form if request.method == "POST" else None
    return render_template("staff/organisations/edit.html", organisation=row, staff=staff, typed=typed, problem=problem,
                           names=("name", *verbs.TEXTS))  # fmt: skip


@blueprint.post("/organisations/<public_id>/edit")
def change_organisation(public_id: str) -> Response | tuple[str, int]:
    """Save the record, unless somebody else did meanwhile."""
    row, form = the_organisation(public_id), request.form
    values: dict[str, Any] = {name: form[name] for name in ("name", *verbs.TEXTS) if name in form}
    if "owner" in form:
        owner = whole("owner", form["owner"])
        values["owner_id"] = find(actor(), Staff, id=owner).id if owner else None
    try:
        verbs.change(actor(), row, values, whole("version", form.get("version")))
    except (Invalid, Refused) as error:
        return edit_page(row, said(error)), http_status(error)
    flash(_("Saved."), "success")
    return redirect(url_for("staff.organisation", public_id=public_id), 303)


@blueprint.post("/organisations/<public_id>/archive")
def archive_organisation(public_id: str) -> Response:
    """Put the record away, or bring it back."""
    verbs.archive(actor(), the_organisation(public_id), request.form.get("archived") != "no")
    return redirect(url_for("staff.organisation", public_id=public_id), 303)
