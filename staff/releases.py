"""Releasing at the desk: what was said before a partner came, and one message of it shown by name."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import releases
from actions.parties import party_of
from models.conversations import Conversation, Party
from models.db import session
from models.messages import CUSTOMER, EVERYONE, Message
from models.organisations import Organisation
from policy import Invalid, NotFound, find, require, threads, visible
from policy.masks import cast
from staff import conversations
from staff.blueprint import blueprint
from web.actor import actor
from web.incoming import whole
from web.saying import blamed

SHOWN = 100


def the_party(row: Conversation, public_id: str) -> Party:
    """A partner that takes part now. Raises NotFound."""
    found = party_of(row, find(actor(), Organisation, public_id=public_id).id)
    if found is None or not found.takes_part:
        raise NotFound
    return found


@blueprint.get("/conversations/<number>/parties/<public_id>/releases")
def earlier(number: str, public_id: str) -> str:
    """What was said before a partner came, to show it one message at a time."""
    row = conversations.conversation(number)
    return earlier_page(row, the_party(row, public_id))


def earlier_page(row: Conversation, party: Party, problem: str | None = None) -> str:
    """Render what could be released: never notes, nor what another partner and we said."""
    require(actor(), "conversation:release", row)
    heard = (EVERYONE, CUSTOMER, f"partner:{party.organisation_id}")
    query = visible(actor(), Message).where(
        Message.conversation_id == row.id, Message.kind == "message", Message.seq <= party.from_seq,
        Message.audience.in_(heard),
    )  # fmt: skip
    found = session.execute(query.order_by(Message.seq.desc()).limit(SHOWN)).unique().scalars().all()
    return render_template(
        "staff/conversations/earlier.html", conversation=row, party=party, problem=problem,
        thread=threads.shaped(actor(), cast(row, conversations.business()), found), shown=releases.released(row, party),
    )  # fmt: skip


@blueprint.post("/conversations/<number>/parties/<public_id>/releases")
def release_message(number: str, public_id: str) -> Response | tuple[str, int]:
    """Show it one message, confirmed by its name."""
    row, form = conversations.conversation(number), request.form
    party = the_party(row, public_id)
    try:
        releases.release(actor(), row, party.organisation, whole("seq", form.get("seq")) or 0, form.get("confirm"))
    except Invalid as error:
        return earlier_page(row, party, blamed(error)), 422
    flash(_("%(name)s reads this message now.", name=party.organisation.name), "success")
    return redirect(url_for("staff.conversation_page", number=number), 303)
