"""Merging at the desk: which other conversation of the customer it goes on in, and who would read more."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import merges
from models.conversations import Conversation
from policy import Invalid, Refused, find, require, rows, visible
from staff import conversations
from staff.blueprint import blueprint
from web.actor import actor
from web.saying import said

OFFERED = 50


@blueprint.get("/conversations/<number>/merge")
def merge(number: str) -> str:
    """Choose the other one, and see who would read more."""
    row = conversations.conversation(number)
    into = find(actor(), Conversation, number=request.args["into"]) if request.args.get("into") else None
    return merge_page(row, into)


def merge_page(row: Conversation, into: Conversation | None, problem: str | None = None) -> str:
    """Render what could be merged with it, or what merging with the chosen one means."""
    require(actor(), "conversation:merge", row)
    others = visible(actor(), Conversation).where(
        Conversation.organisation_id == row.organisation_id, Conversation.id != row.id,
        Conversation.merged_into_id.is_(None),
    )  # fmt: skip
    if into is not None and problem is None:
        try:
            merges.check(row, into)
        except (Invalid, Refused) as error:
            problem = said(error)
    return render_template(
        "staff/conversations/merge.html", conversation=row, into=into, problem=problem,
        wider=merges.widenings(row, into) if into else [],
        others=rows(actor(), others.order_by(Conversation.updated_at.desc()).limit(OFFERED)),
    )  # fmt: skip


@blueprint.post("/conversations/<number>/merge")
def merge_conversation(number: str) -> Response | tuple[str, int]:
    """Close it, and go on in the other."""
    row, form = conversations.conversation(number), request.form
    into = find(actor(), Conversation, number=form.get("into", ""))
    try:
        merges.merge(actor(), row, into, form.getlist("confirm"))
    except Invalid as error:
        return merge_page(row, into, said(error)), 422
    flash(_("#%(number)s goes on here.", number=number), "success")
    return redirect(url_for("staff.conversation_page", number=into.number), 303)
