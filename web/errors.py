"""Errors: a person reads what happened and what to do; the log has the trace under the same reference."""

import errno
import secrets
from typing import Any

import structlog
from flask import Response, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from models.db import Unavailable
from policy import Forbidden, Invalid, NotFound, Refused
from web.product import Product
from web.saying import blamed, said

log = structlog.get_logger(__name__)

WORDS = {"forbidden": 403, "not_found": 404, "conflict": 409, "invalid": 422, "too_large": 413, "rate_limited": 429,
         "unavailable": 503}  # fmt: skip
FULL = (errno.ENOSPC, errno.EDQUOT)  # a large body waits in a file until it is read


def status_of(error: Exception) -> tuple[int, str, str]:
    """Return HTTP status, error word and sentence for an exception; 500 for what nobody foresaw."""
    if isinstance(error, NotFound):
        return 404, "not_found", _("There is nothing here, or it is not yours to see.")
    if isinstance(error, Forbidden):
        return 403, "forbidden", _("You can see this, but not do that with it.")
    if isinstance(error, Invalid):
        return 422, "invalid", blamed(error)
    if isinstance(error, Refused):
        return WORDS[error.word], error.word, said(error)
    if isinstance(error, StaleDataError):
        return 409, "conflict", _("Somebody changed this meanwhile. Go back, look at it again and try once more.")
    if isinstance(error, Unavailable) or getattr(error, "errno", None) in FULL:
        return 503, "unavailable", _("The system is busy. Nothing was lost; try again in a moment.")
    if isinstance(error, RequestEntityTooLarge):
        return 413, "too_large", _("This is more than can be sent at once.")
    if isinstance(error, HTTPException):
        return error.code or 500, "invalid", _sentence(error)
    return 500, "error", _("Something went wrong on our side.")


def http_status(error: Invalid | Refused) -> int:
    """Return the status of a form's page that says what is wrong: with what was typed, or with the state of the thing."""
    return 422 if isinstance(error, Invalid) else 409


def _sentence(error: HTTPException) -> str:
    """What we said when we raised it, else what its kind means to whoever reads it."""
    if isinstance(error, CSRFError):
        return _("This page was open for too long, or its cookies were cleared. Load it anew, then send again.")
    if error.description and error.description != type(error).description:
        return error.description
    said = {
        404: _("There is nothing here, or it is not yours to see."), 405: _("This cannot be done here."),
        400: _("This was not understood. Go back and try once more."),
    }  # fmt: skip
    return said.get(error.code or 500, error.description or error.name)


def install(app: Product) -> None:
    """Answer every error with a page of ours, or a problem document below /api/."""
    for kind in (NotFound, Forbidden, Invalid, Refused, StaleDataError, Unavailable, HTTPException, Exception):
        app.register_error_handler(kind, answer)


def answer(error: Exception) -> Response | Any:
    """Render one error."""
    status, word, words = status_of(error)
    if isinstance(error, HTTPException) and status < 400:
        return error
    reference = secrets.token_hex(4)
    if status >= 500:
        log.error("request failed", reference=reference, status=status, path=_place(), exc_info=error)
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        return problem(status, word, words, reference, getattr(error, "field", None))
    g.setdefault("actor", None)
    page = render_template(
        "shared/error.html", status=status, words=words, reference=reference if status >= 500 else None
    )
    response = make_response(page, status)
    if status in (429, 503):
        response.headers["Retry-After"] = str(getattr(error, "retry_after", 5))
    return response


def _place() -> str:
    """The address that was asked for, as the log may keep it: not with the secret that some hold."""
    if request.url_rule is not None and "secret" in (request.view_args or {}):
        return request.url_rule.rule
    return request.path


def problem(status: int, word: str, words: str, reference: str, field: str | None = None) -> Response:
    """An RFC 9457 problem document."""
    body: dict[str, Any] = {"type": f"urn:loggia:problem:{word}", "title": words, "status": status, "error": word}
    if status >= 500:
        body["reference"] = reference
    if field:
        body["errors"] = [{"field": field, "message": words}]
    response = make_response(body, status)
    response.content_type = "application/problem+json"
    if status in (429, 503):
        response.headers["Retry-After"] = "5"
    return response
