"""Quality issues at the desk: the list, an issue with its eight steps, costs, goods, and the talk about it."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_
from werkzeug.wrappers import Response

from actions import documents, files, steps
from actions import issues as verbs
from models.conversations import Conversation
from models.files import Attachment, File
from models.issues import Issue, IssueCost
from models.orders import Order, OrderLine
from policy import Invalid, NotFound, Refused, attachments, find, first, threads, visible
from staff import conversations, issue_sharing
from staff.blueprint import blueprint
from web import issues as words
from web import uploads
from web.actor import actor
from web.errors import http_status
from web.incoming import number as number_of
from web.incoming import whole
from web.paging import page

ORDER = [Issue.opened_at, Issue.number]
FIELDS = ("title", "defect", "severity", "return_state")


def the_issue(number: str) -> Issue:
    """Find an issue."""
    return find(actor(), Issue, number=number)


@blueprint.get("/issues")
def issues() -> str:
    """Issues, the newest first; further pages arrive by htmx."""
    show, typed = words.shown(), request.args.get("q", "").strip()[:100]
    query = words.filtered(visible(actor(), Issue), show)
    if typed:
        query = query.where(or_(*(one.icontains(typed, autoescape=True) for one in (Issue.number, Issue.title))))
    listed = page(actor(), query, ORDER, request.args.get("after"))
    more = url_for("staff.issues", show=show, q=typed or None, after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(
        f"staff/issues/{template}", listed=listed, more_url=more, show=show, q=typed, told=row_of, **words.words()
    )


def row_of(row: Issue) -> tuple[int, int]:
    """How far one of the list is."""
    return words.progress(words.steps(actor(), row))


@blueprint.get("/issues/<number>")
def issue(number: str) -> str:
    """One issue: its steps, and beside them the talk, the goods, the costs and who outside sees it."""
    return issue_page(the_issue(number))


def issue_page(row: Issue, problem: Invalid | Refused | None = None) -> str:
    """Render the issue page, keeping what was typed when something went wrong."""
    shown = words.steps(actor(), row)
    return render_template(
        "staff/issues/issue.html", issue=row, steps=shown, progress=words.progress(shown), problem=problem,
        wrong=request.view_args.get("step") if problem and request.view_args else None, typed=request.form,
        documents=attachments.of_record(actor(), row), **words.words(), **talk(row), **issue_sharing.of_issue(row),
    )  # fmt: skip


def talk(row: Issue) -> dict[str, Any]:
    """The conversation about it, where this member of staff may see it."""
    found = first(actor(), Conversation, id=row.conversation_id) if row.conversation_id else None
    if found is None:
        return {"conversation": None}
    thread = threads.messages(
        actor(), found, conversations.business(), before=found.last_seq + 1, limit=conversations.OLDER
    )
    likely = issue_sharing.supplier(row)
    box = conversations.composer(found, thread, chosen=f"partner:{likely.public_id}" if likely else None)
    return {"conversation": found, "thread": thread, "composer": box, "sent": sent_along(thread)}


def sent_along(thread: list[threads.Shape]) -> list[threads.Shape]:
    """The files that were sent in the conversation, to be put on the issue without saying whose they are."""
    return [one for message in thread if message["kind"] == "message" for one in message["attachments"]]


@blueprint.get("/issues/new")
def new_issue() -> str:
    """The form of a new issue, about an order line, from a request or not."""
    return new_page()


def about() -> tuple[OrderLine, Conversation | None]:
    """The line that was chosen, and the request it comes from. Raises NotFound."""
    number, _, place = request.values.get("line", "").rpartition("/")
    order = find(actor(), Order, number=number)
    lines = [one for one in order.lines if one.line == number_of(place)]
    if not lines:
        raise NotFound
    talk_number = request.values.get("conversation")
    return lines[0], find(actor(), Conversation, number=talk_number) if talk_number else None


def new_page(problem: Invalid | None = None) -> str:
    """The form, with what was typed."""
    line, conversation = about()
    return render_template(
        "staff/issues/new.html",
        line=line,
        conversation=conversation,
        problem=problem,
        typed=request.form,
        **words.words(),
    )


@blueprint.post("/issues")
def open_issue() -> Response | tuple[str, int]:
    """Take it up."""
    form = request.form
    line, conversation = about()
    try:
        made = verbs.open(
            actor(), line, form.get("title", ""), form.get("description", ""), defect=form.get("defect", "other"),
            severity=form.get("severity", "major"), quantity=whole("quantity", form.get("quantity")),
            conversation=conversation, for_customer=form.get("for_customer") == "yes",
        )  # fmt: skip
    except Invalid as error:
        return new_page(error), 422
    flash(_("%(number)s is open. Share it with whoever is to answer.", number=made.number), "success")
    return redirect(url_for("staff.issue", number=made.number), 303)


def back(number: str, place: str | None = None) -> Response:
    return redirect(url_for("staff.issue", number=number, _anchor=place), 303)


def failed(row: Issue, error: Invalid | Refused) -> tuple[str, int]:
    return issue_page(row, error), http_status(error)


@blueprint.post("/issues/<number>/steps/<step>")
def answer_step(number: str, step: str) -> Response | tuple[str, int]:
    """Key in what was found or done in a step, and until when it is due."""
    row, form = the_issue(number), request.form
    try:
        steps.answer(actor(), row, step, **words.answered(form))
        if "due" in form:
            steps.set_due(actor(), row, step, words.day(form, "due"))
    except (Invalid, Refused) as error:
        return failed(row, error)
    return back(number, step)


@blueprint.post("/issues/<number>/changes")
def change_issue(number: str) -> Response | tuple[str, int]:
    """Change what it is about, or what becomes of the goods."""
    row, form = the_issue(number), request.form
    try:
        values: dict[str, Any] = {name: form[name] for name in FIELDS if name in form}
        values |= {name: whole(name, form[name]) for name in ("quantity", "return_quantity") if name in form}
        if "title" in form and row.organisation_id:
            values["for_customer"] = form.get("for_customer") == "yes"
        verbs.change(actor(), row, values, whole("version", form.get("version")))
    except (Invalid, Refused) as error:
        return failed(row, error)
    flash(_("%(number)s is changed.", number=number), "success")
    return back(number)


@blueprint.post("/issues/<number>/closure")
def close_issue(number: str) -> Response:
    """Settle it."""
    verbs.close(actor(), the_issue(number), whole("version", request.form.get("version")))
    flash(_("%(number)s is closed.", number=number), "success")
    return back(number)


@blueprint.post("/issues/<number>/reopening")
def reopen_issue(number: str) -> Response:
    """Take it up again."""
    verbs.reopen(actor(), the_issue(number), whole("version", request.form.get("version")))
    return back(number)


@blueprint.post("/issues/<number>/costs")
def add_cost(number: str) -> Response | tuple[str, int]:
    """Write down what it has cost."""
    row, form = the_issue(number), request.form
    try:
        steps.add_cost(actor(), row, form.get("words", ""), money(form.get("amount", "")), form.get("payer", ""))
    except Invalid as error:
        return failed(row, error)
    return back(number, "costs")


def money(given: str) -> Decimal:
    """An amount as it was typed, with a point or a comma before the cents: 1,120.50 is 1.120,50. Raises Invalid."""
    words = given.strip()
    whole_part, comma, rest = words.rpartition(",")
    if comma and "." not in rest and (len(rest) != 3 or "." in whole_part):
        words = f"{whole_part.replace('.', '')}.{rest}"
    else:
        words = words.replace(",", "")
    try:
        return Decimal(words)
    except InvalidOperation as error:
        raise Invalid("amount", _("is not an amount")) from error


@blueprint.post("/issues/<number>/costs/<public_id>/removal")
def remove_cost(number: str, public_id: str) -> Response:
    """Take a cost line away."""
    row = the_issue(number)
    steps.remove_cost(actor(), row, find(actor(), IssueCost, public_id=public_id, issue_id=row.id))
    return back(number, "costs")


@blueprint.post("/issues/<number>/attachments")
@uploads.along(the_issue, "issue:attach", files, copies=True)
def attach_to_issue(number: str) -> Response | tuple[str, int]:
    """Put photos and documents on it, for us or for those who see it."""
    row = the_issue(number)
    try:
        documents.attach(actor(), row, uploads.sent(), request.form.get("audience") or None)
    except (Invalid, Refused) as error:
        return failed(row, error)
    flash(_("The documents are on %(number)s now.", number=number), "success")
    return back(number, "documents")


@blueprint.post("/issues/<number>/attachments/<public_id>/removal")
def remove_from_issue(number: str, public_id: str) -> Response:
    """Take a document off it."""
    row, file = the_issue(number), find(actor(), File, public_id=public_id)
    documents.remove(actor(), row, find(actor(), Attachment, file_id=file.id, subject_type="issue", subject_id=row.id))
    flash(_("“%(name)s” was removed.", name=file.name), "success")
    return back(number, "documents")
