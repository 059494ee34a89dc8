"""What the forms of this face share."""

from typing import Any

from flask import render_template, request
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from policy import Invalid
from web.saying import said

ADDRESS = {"autocomplete": "username", "inputmode": "email", "spellcheck": "false"}
OLD_PASSWORD = {"autocomplete": "current-password"}
NEW_PASSWORD = {"autocomplete": "new-password"}


def required(words: Any) -> DataRequired:
    """Refuse an empty field, in words."""
    return DataRequired(words)


def options(words: dict[str, Any]) -> list[SelectChoice]:
    """The choices of a select: value to words."""
    return [SelectChoice(value, label) for value, label in words.items()]


def blame(form: FlaskForm, error: Invalid, default: str) -> None:
    """Put what a verb refused beside the field it is about."""
    field = form[error.field if error.field in form else default]
    field.errors = [*field.errors, f"{field.label.text} {said(error)}."]


def show(template: str, form: FlaskForm, status: int = 0, **more: Any) -> tuple[str, int]:
    """Show a form; one that was sent and not accepted keeps what was typed."""
    return render_template(template, form=form, **more), status or (422 if request.method == "POST" else 200)
