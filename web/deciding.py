"""Deciding: reads the form that puts a question with fixed answers."""

from typing import Any

from werkzeug.datastructures import MultiDict


def of_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """What the form says: the question, the answers that were filled in, the line it is about."""
    return {
        "question": form.get("question", ""), "answers": [one for one in form.getlist("answers") if one.strip()],
        "about": form.get("about") or None, "message_client_id": form.get("client_id") or None,
    }  # fmt: skip
