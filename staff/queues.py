"""Queues: what waits for whom, newest first, and giving several matters to a colleague at once."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_babel import ngettext
from sqlalchemy import Select, func, select
from werkzeug.wrappers import Response

from actions import conversations
from models.calls import Call
from models.conversations import Conversation, live
from models.db import session
from models.promises import Promise
from models.staff import Staff, Team
from policy import NotFound, allowed, find, rows, visible
from policy.actor import Actor
from policy.desk_readers import of_team
from staff.blueprint import blueprint
from web.actor import actor
from web.incoming import number, whole
from web.nav import Item, entries
from web.paging import page

ORDER = [Conversation.updated_at, Conversation.number]
MOST_COUNTED = 100
NAMES = {
    "waiting": later("Waiting on us"), "mine": later("Mine"), "unassigned": later("Unassigned"), "all": later("All open"),
    "solved": later("Solved"),
}  # fmt: skip
ICONS = {"waiting": "reply", "mine": "user", "unassigned": "inbox", "all": "chat", "solved": "check"}

RECORDS = (
    (later("Customers"), "staff.organisations", "building"), (later("Orders"), "staff.orders", "box"),
    (later("Exceptions"), "staff.exceptions_page", "alert"), (later("Issues"), "staff.issues", "shield"),
    (later("Arrivals"), "staff.shipments", "truck"), (later("Suppliers' invoices"), "staff.supplier_invoices", "invoice"),
    (later("Approvals"), "staff.approval_queue", "users"),
    (later("Help centre"), "staff.articles", "book"), (later("Held mail"), "staff.held_mails", "inbox"),
    (later("Deliveries"), "staff.deliveries", "mail"),
    (later("Invitations"), "staff.waves", "send"), (later("Mailboxes"), "staff.mailboxes", "mail"),
    (later("Sharing rules"), "staff.share_rules", "eye"),
)  # fmt: skip


def queue(who: Actor, name: str) -> Select[Any]:
    """The conversations of one queue; `team-3` is a team's. Raises NotFound for a queue there is not."""
    seen = visible(who, Conversation)
    unsettled = seen.where(live())
    if team := team_of(name):
        return unsettled.where(of_team(who, team))
    if name == "solved":
        return seen.where(Conversation.status.in_(("solved", "closed")))
    kept = {
        "waiting": (Conversation.waiting_since.is_not(None),),
        "mine": (Conversation.assignee_id == who.staff_id,),
        "unassigned": (Conversation.assignee_id.is_(None),),
        "all": (),
    }
    if name not in kept:
        raise NotFound
    return unsettled.where(*kept[name])


def team_of(name: str) -> int | None:
    """The id of the team whose queue this is; None when it is no team's."""
    return number(name.removeprefix("team-")) if name.startswith("team-") else None


def count(query: Select[Any], column: Any = Conversation.id) -> int | str | None:
    """How many rows a query has, counted up to 100 and no further."""
    few = query.with_only_columns(column).order_by(None).limit(MOST_COUNTED + 1).subquery()
    found = session.scalar(select(func.count()).select_from(few)) or 0
    return f"{MOST_COUNTED}+" if found > MOST_COUNTED else found or None


def title(name: str) -> str:
    """What a queue is called."""
    if key := team_of(name):
        return str(find(actor(), Team, id=key).name)
    return str(NAMES.get(name, name))


@entries("staff")
def navigation() -> list[Item]:
    """The rail: queues with their counts, teams, records."""
    who = actor()
    items = [
        Item(str(label), url_for("staff.queue_page", name=name), ICONS[name],
             count(queue(who, name)) if name != "solved" else None, "views")
        for name, label in NAMES.items()
    ]  # fmt: skip
    owed = visible(who, Promise, Promise.id).where(
        Promise.owner_id == who.staff_id, Promise.done_at.is_(None), Promise.withdrawn_at.is_(None)
    )
    items.append(Item(_("Promises"), url_for("staff.promises"), "promise", count(owed, Promise.id), "views"))
    missed = visible(who, Call, Call.id).where(
        Call.state == "missed", Call.direction == "inbound", Call.returned_at.is_(None)
    )
    items.append(Item(_("Calls"), url_for("staff.calls"), "phone", count(missed, Call.id), "views"))
    for team in rows(who, visible(who, Team).where(Team.archived_at.is_(None)).order_by(Team.name_key)):
        name = f"team-{team.id}"
        items.append(Item(team.name, url_for("staff.queue_page", name=name), "users", count(queue(who, name)), "teams"))
    for label, endpoint, icon in RECORDS:
        if allowed(
            who,
            {
                "staff.deliveries": "job:retry",
                "staff.mailboxes": "mailbox:manage",
                "staff.waves": "wave:run",
                "staff.share_rules": "share_rule:change",
            }.get(endpoint, "record:find"),
        ):
            items.append(Item(str(label), url_for(endpoint), icon, None, "records"))
    return items


@blueprint.get("/queues/<name>")
def queue_page(name: str) -> str:
    """One queue as a list; further pages arrive by htmx."""
    listed = page(actor(), queue(actor(), name), ORDER, request.args.get("after"))
    more = url_for("staff.queue_page", name=name, after=listed.next) if listed.next else None
    template = "staff/queues/_rows.html" if request.headers.get("HX-Request") else "staff/queues/queue.html"
    return render_template(template, listed=listed, more=more, queue=name, title=title(name), colleagues=colleagues())


def colleagues() -> list[Staff]:
    """Everybody that work can be given to."""
    return rows(actor(), visible(actor(), Staff).where(Staff.ended_at.is_(None)).order_by(Staff.id))


@blueprint.post("/queues/<name>/assignments")
def assign_many(name: str) -> Response:
    """Give the chosen conversations to a colleague in one go."""
    numbers = request.form.getlist("number")[:200]
    to = find(actor(), Staff, id=whole("assignee", request.form.get("assignee")))
    found = rows(actor(), visible(actor(), Conversation).where(Conversation.number.in_(numbers)))
    chosen = [one for one in found if allowed(actor(), "conversation:assign", one)]
    for conversation in chosen:
        conversations.assign(actor(), conversation, to)
    if left := len(found) - len(chosen):
        flash(ngettext("%(num)d conversation stays with its colleague: only a lead gives it to another.",
                       "%(num)d conversations stay with their colleagues: only a lead gives them to others.", left),
              "warning")  # fmt: skip
    flash(ngettext("%(num)d conversation given to %(name)s.", "%(num)d conversations given to %(name)s.", len(chosen),
                   name=to.name), "success")  # fmt: skip
    return redirect(url_for("staff.queue_page", name=name), 303)
