"""The conversation page: the thread, who reads what, and beside it the one shared record."""

from typing import Any
from uuid import uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import conversations, files
from actions.addressing import audience
from analytics import contact
from models.conversations import PRIORITIES, Conversation
from models.db import session
from models.staff import Staff, Team
from policy import Invalid, Refused, drafts, find, threads
from staff import context, parties, queues
from staff.blueprint import blueprint
from web import uploads
from web.actor import actor
from web.composing import Composer, choice
from web.errors import http_status
from web.incoming import whole
from web.paging import page, position
from web.product import product
from web.saying import said

OLDER = 50


def conversation(number: str) -> Conversation:
    """Find a conversation among those the signed-in person may see."""
    return find(actor(), Conversation, number=number)


@blueprint.get("/conversations/<number>")
def conversation_page(number: str) -> str | Response:
    """Queue, thread and context side by side; one that was merged leads to the other, unless what was said is asked for."""
    row = conversation(number)
    later = threads.goes_on_in(actor(), row)
    if later is not None and "earlier" not in request.args:
        return redirect(url_for("staff.conversation_page", number=later.number))
    return page_of(row)


def business() -> str:
    return str(product().config["SETTINGS"].business_name)


def page_of(row: Conversation, draft: str = "", problem: str | None = None, chosen: str | None = None) -> str:
    """Render the four panes, keeping what was typed when something went wrong."""
    name = request.args.get("queue", "waiting")
    thread = threads.messages(actor(), row, business(), before=row.last_seq + 1, limit=OLDER)
    return render_template(
        "staff/conversations/conversation.html",
        conversation=row, thread=thread, queue=name, title=queues.title(name),
        listed=page(actor(), queues.queue(actor(), name), queues.ORDER, None),
        composer=composer(row, thread, draft, chosen),
        problem=problem, ask_id=str(uuid4()), colleagues=queues.colleagues(),
        teams=context.teams(actor()), priorities=PRIORITIES, parties=threads.parties(actor(), row, business()),
        contacted=contacted(row), **context.of(actor(), row), **parties.share_choices(),
        **threads.around(actor(), row),
    )  # fmt: skip


def contacted(row: Conversation) -> list[tuple[str, contact.Frequency]]:
    """How often all those outside who may read what is sent here were contacted, and the person it is with."""
    partners = [p.organisation for p in row.parties if p.side == "partner" and p.takes_part]
    outside = ([row.organisation] if row.organisation else []) + partners
    found, own = contact.of_conversation([one.id for one in outside], row.person_id)
    person = [(row.person.name, own)] if row.person else []
    return [*person, *((one.name, found[one.id]) for one in outside)]


def composer(row: Conversation, thread: list[threads.Shape], draft: str = "", chosen: str | None = None) -> Composer:
    """Offer the audiences of a conversation; the default is that of the message being answered, never wider."""
    partners = [p for p in row.parties if p.side == "partner" and p.takes_part]
    choices = []
    if row.organisation and partners:
        choices.append(choice("everyone", _("Everyone"), _("Send to everyone"),
                              [row.organisation.name, *(p.organisation.name for p in partners)], masked=True))  # fmt: skip
    if row.organisation:
        choices.append(choice("customer", row.organisation.name, _("Send to %(name)s", name=row.organisation.name),
                              [row.organisation.name], hidden=[p.organisation.name for p in partners]))  # fmt: skip
    for party in partners:
        name = party.organisation.name
        choices.append(choice(f"partner:{party.organisation.public_id}", name, _("Send to %(name)s", name=name), [name],
                              hidden=[row.organisation.name] if row.organisation else []))  # fmt: skip
    choices.append(choice("staff", _("Only us"), _("Note for us"), [business()]))
    return Composer(
        action=url_for("staff.send_message", number=row.number), audiences=choices, draft=draft,
        default=chosen or answered(thread), seen=row.last_seq, placeholder=_("Write a reply"),
    ).restored(drafts.of(actor(), row))  # fmt: skip


def answered(thread: list[threads.Shape]) -> str:
    """The audience of the newest message from outside; with nothing answered, only us."""
    for message in reversed(thread):
        if message["kind"] == "message" and message["author"]["side"] in ("customer", "partner"):
            heard = message["audience"]
            return f"partner:{heard['organisation']}" if heard["kind"] == "partner" else str(heard["kind"])
    return "staff"


@blueprint.post("/conversations/<number>/messages")
@uploads.along(conversation, "conversation:note", files)
def send_message(number: str) -> Response | tuple[str, int]:
    """Say something, without scripts as well."""
    row, form = conversation(number), request.form
    try:
        conversations.reply(
            actor(), row, form.get("body", ""), audience=audience(actor(), row, form.get("audience")),
            message_client_id=form.get("client_id") or None, seen=whole("seen", form.get("seen")),
            attachments=uploads.sent(),
        )  # fmt: skip
    except (Invalid, Refused) as error:
        return page_of(row, form.get("body", ""), said(error), form.get("audience")), http_status(error)
    return redirect(url_for("staff.conversation_page", number=number), 303)


@blueprint.post("/conversations/<number>/changes")
def change_conversation(number: str) -> Response:
    """Change status, priority, assignee or team."""
    row, form = conversation(number), request.form
    values: dict[str, Any] = {name: form[name] for name in ("subject", "priority") if name in form}
    for name, table in (("assignee", Staff), ("team", Team)):
        if name in form:
            key = whole(name, form[name])
            values[name] = find(actor(), table, id=key) if key else None
    if values:
        conversations.update_fields(actor(), row, values, whole("version", form.get("version")))
    if "status" in form:
        session.flush()
        conversations.set_status(actor(), row, form["status"])
        flash(_("The conversation is now: %(status)s", status=form["status"].replace("_", " ")), "success")
    return redirect(url_for("staff.conversation_page", number=number, queue=request.args.get("queue", "waiting")), 303)


@blueprint.get("/conversations/<number>/messages")
def older_messages(number: str) -> str:
    """Messages before a seq, for the way back up."""
    row = conversation(number)
    before = position(row.last_seq)
    older = threads.messages(actor(), row, business(), before=before, limit=OLDER)
    return render_template("shared/_messages.html", thread=older)
