"""Decisions: who sees which, and the card in which pages, API and socket tell of one."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import exists, select

from models.db import session
from models.decisions import Decision
from models.messages import STAFF, Message
from policy.actor import Actor
from policy.seeing import Clause, clause, seeing

Shape = dict[str, Any]


@seeing(Decision)
def decisions(actor: Actor) -> Clause:
    """A decision is seen with the message that asks it."""
    asking = select(Message.id).where(
        Message.conversation_id == Decision.conversation_id, Message.seq == Decision.seq, clause(actor, Message)
    )
    return exists(asking)


def carried(public_id: str, answers: list[str], asker: str, asked: str, about: str | None) -> Shape:
    """What a message keeps of the decision it asks for; how it stands is in the table."""
    return {"decision": {"id": public_id, "answers": answers, "asker": asker, "asked": asked, "about": about}}


def card(reader: str, kept: Shape, row: Decision | None = None) -> Shape:
    """A decision for a reader: answers, which side is to choose, how it stands; the order line is for us alone."""
    state = row.state if row else "open"
    shown = {
        "id": kept["id"], "answers": kept["answers"], "asker": kept["asker"].split(":")[0],
        "asked": kept["asked"].split(":")[0], "state": state, "answer": row.answer if row else None,
        "by": row.settled_by if row else None,
        "at": row.settled_at.isoformat() if row and row.settled_at else None,
    }  # fmt: skip
    return shown | ({"about": kept["about"]} if reader == STAFF else {})


def asking(messages: Iterable[Message]) -> dict[int, Decision]:
    """How the decisions that messages ask for stand, by the message; no statement when there are none."""
    asked = {one.change["decision"]["id"]: one.id for one in messages if one.kind == "message" and one.change
             and "decision" in one.change}  # fmt: skip
    if not asked:
        return {}
    query = select(Decision).where(Decision.public_id.in_(asked))
    return {asked[one.public_id]: one for one in session.execute(query).unique().scalars()}
