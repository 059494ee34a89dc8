"""Requests: one history of everything a customer asked, with a thread that is live."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_wtf import FlaskForm
from sqlalchemy import func
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from actions import conversations, files, ratings
from actions.addressing import audience
from models.conversations import Conversation, live
from models.interactions import Interaction
from models.promises import Promise
from models.text import LONGEST_BODY, LONGEST_LINE
from policy import Invalid, Refused, drafts, find, rows, threads, visible
from portal import about, issues, promises
from portal.blueprint import blueprint
from web import uploads
from web.actor import actor
from web.composing import Composer, choice
from web.errors import http_status
from web.incoming import whole
from web.paging import next_url, page, position
from web.product import product
from web.saying import blamed, said

ORDER = [Conversation.updated_at, Conversation.number]
SHOWN = 200


class RequestForm(FlaskForm):
    """What we need to know to help."""

    subject = StringField(
        later("Subject"), [InputRequired(later("Say in a few words what it is about.")), Length(max=LONGEST_LINE)]
    )
    body = TextAreaField(later("Your message"), [Length(max=LONGEST_BODY)])
    client_id = HiddenField()
    about = HiddenField()

    def validate_body(self, field: TextAreaField) -> None:
        """A photo may speak for itself."""
        if not field.data and not uploads.sent():
            raise ValidationError(_("Write your message."))


def business() -> str:
    return str(product().config["SETTINGS"].business_name)


@blueprint.get("/requests")
def requests() -> str:
    """Requests, open ones first to hand, searchable by their subject."""
    show, q = request.args.get("show", "open"), request.args.get("q", "").strip()
    query = visible(actor(), Conversation)
    if show in ("open", "solved"):
        query = query.where(live() if show == "open" else Conversation.status.in_(("solved", "closed")))
    if request.args.get("mine"):
        query = query.where(Conversation.person_id == actor().person_id)
    if q:
        query = query.where(func.lower(Conversation.subject).contains(q.lower(), autoescape=True))
    listed = page(actor(), query, ORDER, request.args.get("after"))
    more = next_url("portal.requests", listed)
    template = "portal/requests/_rows.html" if request.headers.get("HX-Request") else "portal/requests/list.html"
    return render_template(template, listed=listed, more_url=more, show=show, q=q)


@blueprint.get("/requests/new")
def new_request() -> str:
    """The form of a new request, about an order or line when one was chosen."""
    chosen = about.asked(actor(), request.args.get("about"))
    form = RequestForm(about=chosen.word if chosen else "", subject=_suggested(chosen))
    return render_template("portal/requests/new.html", form=form, chosen=chosen)


def _suggested(chosen: about.About | None) -> str:
    if chosen is None:
        return ""
    if chosen.line is not None:
        return _("%(product)s on order %(number)s", product=chosen.line.description, number=chosen.order.number)
    return _("Order %(number)s", number=chosen.order.number)


@blueprint.post("/requests")
@uploads.along(lambda: None, "conversation:start", files)
def start_request() -> Response | tuple[str, int]:
    """Send it; sending twice is one request."""
    form = RequestForm()
    chosen = about.asked(actor(), form.about.data)
    problem = None
    if form.validate_on_submit():
        try:
            made, _stored = conversations.start(
                actor(), form.subject.data or "", form.body.data or "", about=chosen.key if chosen else None,
                message_client_id=form.client_id.data or None, attachments=uploads.sent(),
            )  # fmt: skip
            return redirect(url_for("portal.request_page", number=made.number), 303)
        except Invalid as error:
            problem = blamed(error)
        except Refused as error:
            problem = said(error)
    return render_template("portal/requests/new.html", form=form, chosen=chosen, problem=problem), 422


def own_request(number: str) -> Any:
    """Find a request among those the signed-in person may see."""
    return find(actor(), Conversation, number=number)


@blueprint.get("/requests/<number>")
def request_page(number: str) -> str | Response:
    """The thread, and beside it what it is about and who is in here; one that was merged leads to the other."""
    row = own_request(number)
    later = threads.goes_on_in(actor(), row)
    if later is not None and "earlier" not in request.args:
        return redirect(url_for("portal.request_page", number=later.number))
    return page_of(row)


def page_of(row: Any, draft: str = "", problem: str | None = None) -> str:
    """Render a request, keeping what was typed when something went wrong."""
    last = threads.last_seq(actor(), row)
    thread = threads.messages(actor(), row, business(), before=last + 1, limit=SHOWN)
    parties = threads.parties(actor(), row, business())
    return render_template(
        "portal/requests/request.html", conversation=row, thread=thread, parties=parties, problem=problem,
        chosen=about.of(actor(), row), composer=composer(row, parties, last, draft), moves=moves(row),
        promises=promises.of(actor(), Promise.conversation_id == row.id), **issues.of_request(actor(), row), **threads.around(actor(), row),
    )  # fmt: skip


def moves(row: Any) -> list[Any]:
    """How the expected dates of what it is about have moved."""
    if not row.about_id:
        return []
    query = visible(actor(), Interaction).where(
        Interaction.subject_type == "order_line",
        Interaction.subject_id == row.about_id,
        Interaction.kind == "line_moved",
    )
    return rows(actor(), query.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(5))


def composer(row: Any, parties: list[dict[str, Any]], last: int, draft: str = "") -> Composer:
    """Offer us first; everyone only where somebody else takes part."""
    ours = business()
    others = [one["name"] for one in parties if one["side"] == "partner"]
    choices = [
        choice("customer", _("You and %(name)s", name=ours), _("Send to %(name)s", name=ours), [ours], hidden=others)
    ]
    if others:
        label = _("Everyone: you, %(name)s, %(others)s", name=ours, others=", ".join(others))
        choices.append(choice("everyone", label, _("Send to everyone"), [ours, *others], masked=True))
    return Composer(url_for("portal.send_message", number=row.number), choices, "customer",
                    _("Write to %(name)s", name=ours), draft, None).restored(drafts.of(actor(), row))  # fmt: skip


@blueprint.post("/requests/<number>/messages")
@uploads.along(own_request, "conversation:reply", files)
def send_message(number: str) -> Response | tuple[str, int]:
    """Say something, without scripts as well."""
    row, form = own_request(number), request.form
    try:
        conversations.reply(
            actor(), row, form.get("body", ""), audience=audience(actor(), row, form.get("audience")),
            message_client_id=form.get("client_id") or None, attachments=uploads.sent(),
        )  # fmt: skip
    except (Invalid, Refused) as error:
        return page_of(row, form.get("body", ""), said(error)), http_status(error)
    return redirect(url_for("portal.request_page", number=number), 303)


@blueprint.get("/requests/<number>/messages")
def older_messages(number: str) -> str:
    """Messages before a seq, for the way back up."""
    row = own_request(number)
    before = position(threads.last_seq(actor(), row))
    older = threads.messages(actor(), row, business(), before=before, limit=SHOWN)
    return render_template("shared/_messages.html", thread=older)


@blueprint.post("/requests/<number>/solution")
def solve_request(number: str) -> Response:
    """Say that it is settled."""
    conversations.set_status(actor(), own_request(number), "solved")
    flash(_("Thank you. You can reopen it at any time."), "success")
    return redirect(url_for("portal.request_page", number=number), 303)


@blueprint.post("/requests/<number>/reopening")
def reopen_request(number: str) -> Response:
    """Say that it is not settled after all."""
    conversations.set_status(actor(), own_request(number), "open")
    return redirect(url_for("portal.request_page", number=number), 303)


@blueprint.post("/requests/<number>/rating")
def rate_request(number: str) -> Response:
    """Say how well it was handled."""
    ratings.rate(actor(), own_request(number), whole("rating", request.form.get("rating")) or 0)
    flash(_("Thank you for telling us."), "success")
    return redirect(url_for("portal.request_page", number=number), 303)


@blueprint.post("/requests/<number>/reading")
def read_request(number: str) -> Response:
    """Say how far one has read, without scripts."""
    row = own_request(number)
    conversations.mark_read(actor(), row, threads.last_seq(actor(), row))
    return redirect(url_for("portal.request_page", number=number), 303)
