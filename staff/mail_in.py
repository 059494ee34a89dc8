"""Mail that came in: what waits to be looked at, each with its reason; the original of a mail; our own addresses."""

from datetime import timedelta
from typing import Any

from flask import Response as Answer
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, and_, or_
from werkzeug.exceptions import NotFound as NoBytes
from werkzeug.wrappers import Response

from actions import contacts, mail_hooks, mail_sources
from actions import mail_in as verbs
from models import db, storage
from models.mail_in import InboundMail, Mailbox
from models.organisations import Organisation
from models.staff import Team
from models.types import name_key, now
from policy import Actor, Invalid, Refused, find, require, rows, visible
from staff.blueprint import blueprint
from staff.context import teams
from staff.mail_sources import state
from web.actor import actor
from web.errors import http_status
from web.incoming import whole
from web.paging import page
from web.product import own_units

FEW = 8
LATE = timedelta(minutes=15)  # by then it should have been filed


def waiting(who: Actor) -> Select[Any]:
    """What somebody has to look at: held, failed, or not filed although it should be."""
    late = and_(InboundMail.state == "stored", InboundMail.received_at < now() - LATE)
    return visible(who, InboundMail).where(or_(InboundMail.state.in_(("held", "failed")), late))


@blueprint.get("/mail")
def held_mails() -> str:
    """Mails that were not filed by themselves, the newest first."""
    listed = page(actor(), waiting(actor()), [InboundMail.id], request.args.get("after"))
    more = url_for("staff.held_mails", after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"staff/mail_in/{template}", listed=listed, more_url=more)


@blueprint.get("/mail/<public_id>")
def inbound_mail(public_id: str) -> str:
    """One mail with all its words."""
    return mail_page(find(actor(), InboundMail, public_id=public_id))


@blueprint.get("/messages/<public_id>/mail")
def original_mail(public_id: str) -> str:
    """The mail that a message came as: with what is quoted and signed, and what was not taken from it."""
    return mail_page(find(actor(), InboundMail, message_key=public_id))


def mail_page(row: InboundMail, problem: Invalid | Refused | None = None) -> str:
    """Render the page, keeping what was typed; for one that waits, with the customers that it may belong to."""
    q = request.args.get("q", "").strip()[:100]
    waits = row.state in verbs.OPEN
    found = [one.organisation for one in contacts.of_customers([row.sender_key])] if waits and row.sender_key else []
    named: dict[str, Organisation] = {one.public_id: one for one in found}
    if q and waits:
        own = visible(actor(), Organisation).where(Organisation.name_key.contains(name_key(q), autoescape=True))
        named |= {one.public_id: one for one in rows(actor(), own.order_by(Organisation.name_key).limit(FEW))}
    return render_template("staff/mail_in/mail.html", mail=row, problem=problem, typed=request.form.get("number", ""),
                           q=q, named=named.values())  # fmt: skip


@blueprint.get("/mail/<public_id>/raw")
@own_units
def raw_mail(public_id: str) -> Answer:
    """A mail exactly as it came, to be saved and never shown as a page."""
    with db.unit(write=False):
        row = find(actor(), InboundMail, public_id=public_id)
    try:
        pieces = storage.chunks(row.storage_key)
    except storage.Gone as error:
        raise NoBytes from error
    answer = Answer(pieces, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="mail-{row.id}.eml"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@blueprint.post("/mail/<public_id>/decision")
def settle_mail(public_id: str) -> Response | tuple[str, int]:
    """File it all the same, put it into a conversation or on the record of a customer, or discard it."""
    row, form = find(actor(), InboundMail, public_id=public_id), request.form
    decision = form.get("decision")
    try:
        if decision == "release":
            verbs.release(actor(), row)
            flash(_("It is being filed."), "success")
        elif decision == "link":
            verbs.link(actor(), row, form.get("number", ""))
            flash(_("It is being put into that conversation."), "success")
        elif decision == "customer":
            organisation = find(actor(), Organisation, public_id=form.get("organisation", ""))
            verbs.file_under(actor(), row, organisation)
            flash(_("It is being filed under %(name)s.", name=organisation.name), "success")
        elif decision == "discard":
            verbs.discard(actor(), row)
            flash(_("Discarded. The mail itself is kept."), "success")
        else:
            raise Invalid("decision", "must be release, link, customer or discard")
    except (Invalid, Refused) as error:
        return mail_page(row, error), http_status(error)
    return redirect(url_for("staff.held_mails"), 303)


@blueprint.get("/settings/mailboxes")
def mailboxes() -> str:
    """The addresses of ours that mail comes to, and which team gets it."""
    return mailboxes_page()


def mailboxes_page(problem: Invalid | Refused | None = None) -> str:
    """Render the page, keeping what was typed."""
    require(actor(), "mailbox:manage")
    found = rows(actor(), visible(actor(), Mailbox).order_by(Mailbox.address_key))
    return render_template("staff/mail_in/mailboxes.html", mailboxes=found, teams=teams(actor()), problem=problem,
                           typed=request.form, sources=mail_sources.states(), at=state, hooks=mail_hooks.all_of_them())  # fmt: skip


@blueprint.post("/settings/mailboxes")
def add_mailbox() -> Response | tuple[str, int]:
    """Add an address."""
    try:
        made = verbs.add_mailbox(actor(), request.form.get("address", ""), chosen_team())
    except (Invalid, Refused) as error:
        return mailboxes_page(error), http_status(error)
    flash(_("Mail to %(address)s can come in.", address=made.address), "success")
    return redirect(url_for("staff.mailboxes"), 303)


@blueprint.post("/settings/mailboxes/<public_id>")
def give_mailbox(public_id: str) -> Response:
    """Let another team get what comes to an address."""
    row = find(actor(), Mailbox, public_id=public_id)
    verbs.give_mailbox(actor(), row, chosen_team())
    flash(_("Saved: it holds for what comes to %(address)s from now on.", address=row.address), "success")
    return redirect(url_for("staff.mailboxes"), 303)


def chosen_team() -> Team | None:
    """The team that a form names."""
    key = whole("team", request.form.get("team"))
    return find(actor(), Team, id=key) if key else None
