"""Asking for a decision as a partner: of us, with a few fixed answers."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from actions import decisions
from partners import conversations
from partners.blueprint import blueprint
from policy import Invalid
from web.actor import actor
from web.deciding import of_form
from web.saying import blamed


@blueprint.post("/conversations/<number>/decisions")
def ask_decision(number: str) -> Response | tuple[str, int]:
    """Put the question into the thread."""
    found = conversations.own_conversation(number)
    try:
        decisions.ask(actor(), found, **of_form(request.form))
    except Invalid as error:
        return conversations.conversation_page(found, blamed(error)), 422
    return redirect(url_for("partners.conversation", number=number), 303)
