"""Quality issues shared with a partner: the list, and an issue with the steps that are its own to answer."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import documents, files, reading, steps
from models.conversations import Conversation
from models.issues import Issue
from models.shares import Share
from partners import talking, waiting
from partners.blueprint import blueprint
from partners.words import ISSUE_FIELDS
from policy import Invalid, Refused, attachments, find, has, rows, visible
from web import issues as words
from web import uploads
from web.actor import actor
from web.errors import http_status
from web.paging import page


def shared_issue(number: str) -> Any:
    """Find an issue among those shared with the signed-in person's organisation."""
    return find(actor(), Issue, number=number)


@blueprint.get("/issues")
def issues() -> str:
    """The issues shared with us, newest number first; further pages arrive by htmx."""
    who, show = actor(), words.shown()
    query = waiting.to_resolve(who) if show == "waiting" else words.filtered(visible(who, Issue), show)
    listed = page(who, query, [Issue.id], request.args.get("after"))
    reading.saw_issues(who, listed.items)
    more = url_for("partners.issues", show=show, after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"partners/issues/{template}", listed=listed, more_url=more, show=show, **words.words())


@blueprint.get("/issues/<number>")
def issue(number: str) -> str:
    """One issue: the steps with our answers, and the talk about it."""
    return issue_page(shared_issue(number))


def issue_page(found: Any, problem: Invalid | Refused | None = None) -> str:
    """Render the issue page, keeping what was typed when something went wrong; shown at all, it was seen."""
    reading.saw_issue(actor(), found, "page")
    shown = words.steps(actor(), found)
    return render_template(
        "partners/issues/issue.html", issue=found, steps=shown, progress=words.progress(shown), problem=problem,
        wrong=request.view_args.get("step") if problem and request.view_args else None, typed=request.form,
        documents=attachments.of_record(actor(), found), shared=shared(found), **words.words(), **talk(found),
    )  # fmt: skip


def talk(found: Any) -> dict[str, Any]:
    """The conversation about an issue, where we take part in it."""
    of = (
        visible(actor(), Conversation).join(Issue, Issue.conversation_id == Conversation.id).where(Issue.id == found.id)
    )
    talks = rows(actor(), of)
    return talking.thread(actor(), talks[0]) if talks else {"conversation": None}


def shared(found: Any) -> dict[str, Any]:
    """What we see of an issue and until when, in words, and what we do not."""
    shares = visible(actor(), Share).where(Share.subject_type == "issue", Share.subject_id == found.id)
    ends = [share.expires_at for share in rows(actor(), shares)]
    return {
        "until": max(ends) if ends and all(ends) else None,
        "seen": [label for name, label in ISSUE_FIELDS.items() if has(found, name)],
        "hidden": [label for name, label in ISSUE_FIELDS.items() if not has(found, name)],
    }  # fmt: skip


@blueprint.post("/issues/<number>/steps/<step>")
def answer_step(number: str, step: str) -> Response | tuple[str, int]:
    """Say what was found or done in a step."""
    found = shared_issue(number)
    try:
        steps.answer(actor(), found, step, **words.answered(request.form))
    except (Invalid, Refused) as error:
        return issue_page(found, error), http_status(error)
    return redirect(url_for("partners.issue", number=number, _anchor=step), 303)


@blueprint.post("/issues/<number>/attachments")
@uploads.along(shared_issue, "issue:attach", files)
def attach_to_issue(number: str) -> Response | tuple[str, int]:
    """Put photos and documents on an issue, for us and the business."""
    found = shared_issue(number)
    try:
        documents.attach(actor(), found, uploads.sent())
    except (Invalid, Refused) as error:
        return issue_page(found, error), http_status(error)
    flash(_("The documents are on %(number)s now.", number=number), "success")
    return redirect(url_for("partners.issue", number=number, _anchor="documents"), 303)
