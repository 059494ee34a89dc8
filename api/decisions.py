"""Decisions: asking in a conversation and answering; by token, and by the one door where pages answer."""

from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for
from pydantic import StrictStr
from werkzeug.wrappers import Response

from actions import decisions, reading
from actions.addressing import audience
from actions.resends import place
from api import shapes
from api.operations import Given, operation
from models.conversations import Conversation
from models.decisions import Decision
from policy import Actor, find, threads
from web.actor import actor
from web.gate import guard

door = guard(Blueprint("decisions", __name__, url_prefix="/decisions"), "staff", "customer", "partner")
PAGES = {"staff": "staff.conversation_page", "customer": "portal.request_page", "partner": "partners.conversation"}


def message_of(actor: Actor, row: Any, seq: int) -> dict[str, Any]:
    """The message with a seq, as the actor reads it."""
    business = str(current_app.config["SETTINGS"].business_name)
    return shapes.message(threads.messages(actor, row, business, after=seq - 1, limit=1)[0])


class Question(Given):
    question: StrictStr
    answers: list[StrictStr]
    audience: dict[str, StrictStr] | StrictStr | None = None
    about: StrictStr | None = None
    client_id: StrictStr | None = None


@operation("POST", "/conversations/<number>/decisions", "conversation", body=Question, status=201)
def ask_decision(actor: Actor, number: str, body: Question) -> dict[str, Any]:
    """Put a question with two to four fixed answers to the customer or one partner; a partner asks us."""
    row = find(actor, Conversation, number=number)
    _made, stored = decisions.ask(
        actor, row, body.question, body.answers, audience=audience(actor, row, body.audience), about=body.about,
        message_client_id=body.client_id, channel="api",
    )  # fmt: skip
    return message_of(actor, place(actor, row, stored), stored.seq)


@operation("GET", "/decisions/<public_id>", "decision")
def decision(actor: Actor, public_id: str) -> dict[str, Any]:
    """Read a question and how it stands, as the message that asks it."""
    found = find(actor, Decision, public_id=public_id)
    return told(actor, found, decisions.conversation_of(actor, found))


def told(actor: Actor, found: Any, row: Any) -> dict[str, Any]:
    """A decision in the shape of its message; that a partner looked is written down."""
    reading.saw_conversation(actor, row, "api")
    return message_of(actor, row, found.seq)


class Chosen(Given):
    answer: StrictStr


@operation("POST", "/decisions/<public_id>/answer", "decision", body=Chosen)
def answer_decision(actor: Actor, public_id: str, body: Chosen) -> dict[str, Any]:
    """Choose one of the answers; the first that chooses counts, a second is a conflict."""
    found = find(actor, Decision, public_id=public_id)
    return told(actor, found, decisions.answer(actor, found, body.answer))


@operation("POST", "/decisions/<public_id>/withdrawal", "decision")
def withdraw_decision(actor: Actor, public_id: str) -> dict[str, Any]:
    """Take a question back that nobody has answered."""
    found = find(actor, Decision, public_id=public_id)
    return told(actor, found, decisions.withdraw(actor, found))


@door.post("/<public_id>/answer")
def answer(public_id: str) -> Response:
    """Answer by a plain form, from whichever surface; then back to the thread."""
    row = decisions.answer(actor(), find(actor(), Decision, public_id=public_id), request.form.get("answer", ""))
    return back(row.number)


@door.post("/<public_id>/withdrawal")
def withdraw(public_id: str) -> Response:
    """Take a question back by a plain form."""
    return back(decisions.withdraw(actor(), find(actor(), Decision, public_id=public_id)).number)


def back(number: str) -> Response:
    return redirect(url_for(PAGES[actor().side], number=number), 303)
