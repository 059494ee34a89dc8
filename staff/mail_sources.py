"""Mail sources: from which mail server an address of ours fetches its mail, set by admins, and how that goes."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import mail_sources as verbs
from models.mail_in import Mailbox
from models.mail_sources import AUTH, SECURITY, MailSource
from models.types import now
from policy import Invalid, Refused, find, require
from staff.blueprint import blueprint
from web.actor import actor
from web.errors import http_status
from web.incoming import whole
from web.saying import blamed, said

SOON = timedelta(seconds=30)  # by then somebody should have tried
SECRETS = frozenset({"password", "client_secret", "refresh_token"})


def the_mailbox(public_id: str) -> Mailbox:
    """The address of a page, for those who may connect it."""
    row: Mailbox = find(actor(), Mailbox, public_id=public_id)
    require(actor(), "mailbox:connect", row)
    return row


@blueprint.get("/settings/mailboxes/<public_id>/source")
def mail_source(public_id: str) -> str:
    """Where an address fetches its mail, with the form."""
    box = the_mailbox(public_id)
    if request.headers.get("HX-Request"):
        return render_template("staff/mail_in/_state.html", mailbox=box, source=verbs.of(box), at=state)
    return source_page(box)


def source_page(box: Mailbox, problem: str = "") -> str:
    """Render the page, keeping what was typed except for secrets."""
    row = verbs.of(box)
    typed = {name: value for name, value in request.form.items() if name not in SECRETS}
    return render_template(
        "staff/mail_in/source.html", mailbox=box, source=row, typed=typed or kept(row), problem=problem, at=state,
        securities=SECURITY, auths=AUTH,
    )  # fmt: skip


def kept(row: MailSource | None) -> dict[str, Any]:
    """What stands in the form before anybody types; never a secret."""
    if row is None:
        return {"security": "tls", "auth": "password", "folder": "INBOX", "beginning": "all"}
    names = ("host", "port", "security", "username", "folder", "auth", "token_url", "client_id")
    return {name: getattr(row, name) for name in names} | {"beginning": "now" if row.since else "all"}


def state(row: MailSource) -> str:
    """How it goes, in one word: trying, silent, failing, reading, or well."""
    if row.due_at is not None and not row.failures:
        return "trying" if now() - row.due_at < SOON else "silent"
    if row.failures:
        return "failing"
    return "reading" if row.waiting or row.looked_at is None else "well"


@blueprint.post("/settings/mailboxes/<public_id>/source")
def set_mail_source(public_id: str) -> Response | tuple[str, int]:
    """Let an address fetch its mail from a server, or from another one."""
    box = the_mailbox(public_id)
    try:
        verbs.connect(actor(), box, request.form.to_dict(), whole("version", request.form.get("version")))
    except Invalid as error:
        return source_page(box, blamed(error)), http_status(error)
    except Refused as error:
        return source_page(box, said(error)), http_status(error)
    flash(_("Saved. It is being tried."), "success")
    return redirect(url_for("staff.mail_source", public_id=public_id), 303)


@blueprint.post("/settings/mailboxes/<public_id>/source/trial")
def try_mail_source(public_id: str) -> Response | tuple[str, int]:
    """Have it tried now: what comes of it stands on the page."""
    box = the_mailbox(public_id)
    try:
        verbs.retry(actor(), box)
    except Refused as error:
        return source_page(box, said(error)), http_status(error)
    return redirect(url_for("staff.mail_source", public_id=public_id), 303)


@blueprint.post("/settings/mailboxes/<public_id>/source/removal")
def remove_mail_source(public_id: str) -> Response:
    """Fetch no more."""
    box = the_mailbox(public_id)
    verbs.disconnect(actor(), box)
    flash(_("Nothing is fetched for %(address)s any more; what came is kept.", address=box.address), "success")
    return redirect(url_for("staff.mailboxes"), 303)
