"""Conversations of a partner: the list, the thread, and what it sends."""

from typing import Any
from uuid import uuid4

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from actions import conversations as verbs
from actions import files, reading
from actions.addressing import audience
from models.conversations import Conversation
from partners import talking, waiting
from partners.blueprint import blueprint
from policy import Invalid, Refused, find, threads, visible
from web import uploads
from web.actor import actor
from web.errors import http_status
from web.incoming import whole
from web.paging import page, position
from web.saying import said

ORDER = [Conversation.updated_at, Conversation.number]


def own_conversation(number: str) -> Any:
    """Find a conversation among those the signed-in person takes part in."""
    return find(actor(), Conversation, number=number)


@blueprint.get("/conversations")
def conversations() -> str:
    """The conversations we take part in, the latest first; further pages arrive by htmx."""
    who, show = actor(), request.args.get("show", "")
    query = waiting.to_answer(who) if show == "waiting" else visible(who, Conversation)
    listed = page(who, query, ORDER, request.args.get("after"))
    reading.saw_conversations(who, listed.items)
    more = url_for("partners.conversations", show=show or None, after=listed.next) if listed.next else None
    template = (
        "partners/conversations/_rows.html" if request.headers.get("HX-Request") else "partners/conversations/list.html"
    )
    return render_template(template, listed=listed, more_url=more, show=show)


@blueprint.get("/conversations/<number>")
def conversation(number: str) -> str | Response:
    """One conversation, and beside it who takes part; one that was merged leads to the other."""
    found = own_conversation(number)
    later = threads.goes_on_in(actor(), found)
    if later is not None and "earlier" not in request.args:
        return redirect(url_for("partners.conversation", number=later.number))
    return conversation_page(found)


def conversation_page(found: Any, problem: str | None = None) -> str:
    """Render the thread, keeping what was typed when something went wrong."""
    shown = talking.thread(actor(), found, request.form.get("body", ""), request.form.get("audience"))
    return render_template(
        "partners/conversations/conversation.html",
        problem=problem,
        ask_id=str(uuid4()),
        **shown,
    )


@blueprint.get("/conversations/<number>/messages")
def older_messages(number: str) -> str:
    """Messages before a seq, for the way back up."""
    found = own_conversation(number)
    reading.saw_conversation(actor(), found, "page")
    before = position(threads.last_seq(actor(), found))
    older = threads.messages(actor(), found, talking.business(), before=before, limit=talking.OLDER)
    return render_template("shared/_messages.html", thread=older)


@blueprint.post("/conversations/<number>/messages")
@uploads.along(own_conversation, "conversation:reply", files)
def send_message(number: str) -> Response | tuple[str, int]:
    """Say something, without scripts as well."""
    found, form = own_conversation(number), request.form
    try:
        verbs.reply(
            actor(), found, form.get("body", ""), audience=audience(actor(), found, form.get("audience")),
            message_client_id=form.get("client_id") or None, seen=whole("seen", form.get("seen")),
            attachments=uploads.sent(),
        )  # fmt: skip
    except (Invalid, Refused) as error:
        return conversation_page(found, said(error)), http_status(error)
    if request.args.get("order"):
        return redirect(url_for("partners.order", number=request.args["order"], _anchor="talk"), 303)
    return redirect(url_for("partners.conversation", number=number), 303)
