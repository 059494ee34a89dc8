"""Threads of the table's world: questions put to either side, answered or taken back, and an earlier message to release."""

from typing import Any

from actions import conversations, decisions, merges, parties
from models import db
from models.conversations import Conversation
from models.organisations import Organisation
from policy import find
from tests.authorisation.actors import EXOTIC, GRETA, REACH, RENATE, Names

# Renate's matter, in which Exotic Liquids may respond; and in another it may only comment.
READERS: dict[str, tuple[Names, Names, Names]] = {
    "c_threads": (RENATE | GRETA, EXOTIC, REACH), "c_comment": (RENATE | GRETA, EXOTIC, REACH),
    "c_merged": (RENATE | GRETA, frozenset(), REACH),
}  # fmt: skip
CUSTOMER, PARTNER = RENATE | GRETA, EXOTIC
# Who asks, in which conversation, of whom (by the side that hears it).
ASKED: dict[str, tuple[str, str, str]] = {
    "d_customer": ("nancy", "c_threads", "customer"), "d_partner": ("nancy", "c_threads", "partner"),
    "d_us": ("charlotte", "c_threads", "partner"), "d_answered": ("nancy", "c_threads", "customer"),
    "d_withdrawn": ("nancy", "c_threads", "customer"), "d_comment": ("nancy", "c_comment", "partner"),
}  # fmt: skip


def build(stage: Any) -> None:
    """Say something, bring the partner in, and ask."""
    cast = stage.cast
    exotic = db.session.get_one(Organisation, cast.exotic)
    for key, level in (("c_threads", "respond"), ("c_comment", "comment")):
        _begin(stage, key)
        parties.add(cast.nancy, of(cast.nancy, stage, key), exotic, level=level,
                    subject=stage.mark(EXOTIC | REACH, f"parties.subject of {key}"))  # fmt: skip
    for key, (who, place, heard) in ASKED.items():
        _ask(stage, key, getattr(cast, who), place, heard)
    answered = find(cast.renate, decisions.Decision, public_id=stage.things["d_answered"])
    decisions.answer(cast.renate, answered, answered.answers[0])
    decisions.withdraw(cast.nancy, find(cast.nancy, decisions.Decision, public_id=stage.things["d_withdrawn"]))
    _begin(stage, "c_merged")
    merges.merge(cast.nancy, of(cast.nancy, stage, "c_merged"), of(cast.nancy, stage, "c_assigned"))
    db.session.flush()


def of(actor: Any, stage: Any, key: str) -> Any:
    return find(actor, Conversation, number=stage.things[key])


def _begin(stage: Any, key: str) -> None:
    """The first message is what may be released later: its words are marked for the partner as well."""
    renate, nancy = stage.cast.renate, stage.cast.nancy
    subject = stage.mark(CUSTOMER | REACH, f"conversations.subject of {key}")
    body = stage.mark(CUSTOMER | EXOTIC | REACH, f"messages.body of {key}, to be released")
    made, _ = conversations.start(renate, f"{subject} asked", f"{body} first")
    note = stage.mark(REACH, f"messages.body of {key}, a note")
    conversations.reply(nancy, made, f"{note} among us", audience="staff")
    made.team_id = stage.cast.teams["support"]
    stage.things[key] = made.number
    db.session.flush()


def _ask(stage: Any, key: str, actor: Any, place: str, heard: str) -> None:
    readers = (CUSTOMER if heard == "customer" else PARTNER) | REACH
    words = stage.mark(readers, f"decisions.question of {key}")
    chosen = stage.mark(readers, f"decisions.answers of {key}")
    audience = "customer" if heard == "customer" else f"partner:{stage.cast.exotic}"
    made, _ = decisions.ask(actor, of(actor, stage, place), f"{words} really?", [f"{chosen} yes", f"{chosen} no"],
                            audience=audience, about="11070/1" if key == "d_customer" else None)  # fmt: skip
    stage.things |= {key: made.public_id, f"answer:{key}": made.answers[0]}
