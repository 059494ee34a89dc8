"""Saying: what verbs answer in words, in the language of whoever reads the page."""

from typing import Any

from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from models.words import SOURCE, Words, spoken
from policy import Invalid, Refused
from web.product import Product

FIELDS = {
    "about": later("about"), "access_code": later("access code"), "address": later("address"),
    "amount": later("amount"), "answer": later("answer"), "answers": later("answers"), "attachments": later("files"),
    "audience": later("reader"), "auth": later("way in"), "body": later("text"), "category": later("category"),
    "client_id": later("client ID"), "client_secret": later("client secret"), "comment": later("note"),
    "confirm": later("confirmation"), "conversation": later("conversation"), "currency": later("currency"),
    "decision": later("decision"), "description": later("description"), "due_at": later("due date"),
    "email": later("e-mail"), "expected_at": later("day of arrival"), "expires_at": later("end"),
    "extension": later("extension"), "fields": later("fields"), "file": later("file"), "folder": later("folder"),
    "host": later("server"), "issued_at": later("day of the invoice"), "keywords": later("keywords"),
    "language": later("language"), "level": later("level"), "lines": later("lines"), "name": later("name"), "note": later("note"),
    "number": later("number"), "order": later("order"), "orders": later("orders"),
    "organisation": later("organisation"), "owner": later("owner"), "packages": later("packages"),
    "password": later("password"), "person": later("person"), "port": later("port"), "priority": later("priority"),
    "promise": later("promise"), "promise_due": later("due date"), "question": later("question"),
    "rating": later("rating"), "reason": later("reason"), "reference": later("reference"),
    "refresh_token": later("refresh token"), "role": later("role"), "security": later("encryption"),
    "list": later("list"), "most_contacts": later("contacts within a week"),
    "per_minute": later("mails a minute"), "rest_days": later("days"), "side": later("side"), "country": later("country"),
    "seq": later("message"), "shown": later("visible to the customer"), "state": later("state"),
    "status": later("state"), "subject": later("subject"), "summary": later("summary"), "team": later("team"),
    "text": later("text"), "title": later("title"), "token_url": later("token address"),
    "until": later("end"), "username": later("user name"), "words": later("text"),
}  # fmt: skip


def install(app: Product) -> None:
    """Let templates say the words of verbs, and write numbers, as their reader does."""
    app.jinja_env.finalize = shown
    app.jinja_env.filters["amount"] = amount


def shown(value: Any) -> Any:
    """What a template writes for a value: the words of a verb are said in the reader's language."""
    return said(value) if isinstance(value, Words | Invalid | Refused) else value


def amount(value: Any) -> str:
    """An amount of money with two places: 1,234.50, or 1.234,50."""
    return str(format_decimal(value, "#,##0.00", locale=str(get_locale() or SOURCE)))


def said(words: Any) -> str:
    """The words of a verb, or of the error it raised, in the reader's language."""
    found = getattr(words, "words", words) if isinstance(words, Exception) else words
    return spoken(found, str(get_locale() or SOURCE)) if isinstance(found, Words) else str(found)


def blamed(error: Invalid) -> str:
    """What is wrong with a value, and with which."""
    name = error.field.rpartition(".")[2]
    if str(get_locale() or SOURCE) == SOURCE or (name != error.field and name not in FIELDS):
        return f"{error.field}: {said(error)}"
    return _("%(field)s: %(words)s", field=_sized(str(FIELDS.get(name, error.field))), words=said(error))


def _sized(words: str) -> str:
    return words[:1].upper() + words[1:]
