"""Decisions in the thread: asking with a few fixed answers, answering once, taking the question back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from actions import conversations
from actions.checks import checked
from actions.log import record
from models import db, text
from models.conversations import Conversation
from models.db import session
from models.decisions import Decision
from models.messages import CUSTOMER, EVERYONE, STAFF, Message, Stored
from models.orders import Order
from models.types import now, opaque
from models.words import Words
from policy import Actor, Invalid, NotFound, Refused, find, require
from policy.decisions import carried
from policy.seen import unwrap

FEWEST, MOST = 2, 4
LONGEST_ANSWER = 60


def ask(
    actor: Actor,
    conversation: Any,
    question: str,
    answers: Sequence[str],
    *,
    audience: str | None = None,
    about: str | None = None,
    message_client_id: str | None = None,
    channel: str = "portal",
) -> tuple[Decision, Stored]:
    """Put a question with two to four answers into a conversation, for the customer or for one partner.

    `audience` is customer or partner:ID; a partner always asks us. `about` is an order line, NUMBER/LINE, that the
    actor may see: only we are shown it. Raises Forbidden, Invalid, NotFound, and Refused with `conflict`.
    """
    require(actor, "conversation:ask", conversation)
    row: Conversation = unwrap(conversation)
    heard_by = actor.reader if actor.outside else _audience(row, audience)
    offered, line = _answers(answers), _line(actor, about)
    new = conversations.prepare_reply(
        actor, conversation, checked("question", text.body, question), audience=heard_by,
        message_client_id=message_client_id, channel=channel,
    )  # fmt: skip
    made = Decision(
        public_id=opaque(), conversation_id=row.id, asker=actor.reader, audience=heard_by, question=new.body,
        answers=offered, about_id=line, asked_by_id=actor.person_id,
    )  # fmt: skip
    new.change = carried(made.public_id, offered, made.asker, made.asked, line)
    stored = conversations.say(new)
    if stored.duplicate:
        return _asked_before(stored), stored
    made.seq = stored.seq
    session.add(made)
    session.flush()
    return made, stored


def _audience(row: Conversation, audience: str | None) -> str:
    if audience in (None, EVERYONE, STAFF) or (audience == CUSTOMER and row.organisation_id is None):
        raise Invalid("audience", "must be the customer or one partner of this conversation")
    return str(audience)


def _answers(given: Sequence[str]) -> list[str]:
    offered = [checked("answers", lambda value: text.line(value, LONGEST_ANSWER), one) for one in given]
    if not FEWEST <= len(offered) <= MOST or len(set(offered)) < len(offered):
        raise Invalid("answers", "must be %(fewest)s to %(most)s, each another one", fewest=FEWEST, most=MOST)
    return offered


def _line(actor: Actor, about: str | None) -> str | None:
    """Check that an order line is one the actor sees. Raises NotFound."""
    if not about:
        return None
    number, _, place = about.rpartition("/")
    if place not in {str(line.line) for line in find(actor, Order, number=number).lines}:
        raise NotFound
    return about


def _asked_before(stored: Stored) -> Decision:
    found = select(Decision).where(Decision.conversation_id == stored.new.conversation_id, Decision.seq == stored.seq)
    decision = session.execute(found).unique().scalars().first()
    if decision is None:
        raise Refused("conflict", "Another message was already sent under this id.")
    return decision


def answer(actor: Actor, decision: Any, chosen: str) -> Conversation:
    """Choose one of the answers, for the whole of one's side: the first that chooses counts.

    Returns the conversation. Raises Forbidden, Invalid, and Refused with `conflict` when it is settled already.
    """
    require(actor, "decision:answer", decision)
    row: Decision = unwrap(decision)
    conversation = conversation_of(actor, decision)
    require(actor, "conversation:reply", conversation)
    if chosen not in row.answers:
        raise Invalid("answer", "must be one of %(names)s", names=", ".join(row.answers))
    _settle(actor, row, "answered", chosen)
    talk: Conversation = unwrap(conversation)
    _told(actor, row, talk, "decision_answered", f"{row.question} → {chosen}")
    _note_turn(actor, talk)
    return conversation


def withdraw(actor: Actor, decision: Any) -> Conversation:
    """Take a question back that nobody has answered, as the side that asked it.

    Returns the conversation. Raises Forbidden, and Refused with `conflict` when it is settled already.
    """
    require(actor, "decision:withdraw", decision)
    row: Decision = unwrap(decision)
    conversation = conversation_of(actor, decision)
    require(actor, "conversation:ask", conversation)
    _settle(actor, row, "withdrawn", None)
    _told(actor, row, unwrap(conversation), "decision_withdrawn", f"{row.question}: taken back")
    return conversation


def _settle(actor: Actor, row: Decision, state: str, chosen: str | None) -> None:
    """Settle it only if it is open: of many tries at once, one succeeds."""
    session.flush()
    step = update(Decision).where(Decision.id == row.id, Decision.state == "open")
    step = step.values(state=state, answer=chosen, by_id=actor.person_id, signed_as=actor.signed_as,
                       settled_at=now())  # fmt: skip
    settled = db.touched(step.execution_options(synchronize_session=False))
    session.refresh(row)
    if settled:
        return
    if row.state == "withdrawn":
        raise Refused("conflict", "This question was taken back.")
    raise Refused(
        "conflict",
        "%(name)s has answered this already: %(answer)s",
        name=row.settled_by or Words("Somebody"),
        answer=row.answer,
    )


def _told(actor: Actor, row: Decision, talk: Conversation, kind: str, words: str) -> None:
    """Say in the thread, to those who were asked and us, how it ended; and write it on the records concerned."""
    what = {"decision": row.public_id, "state": row.state, "answer": row.answer}
    conversations.change(actor, talk, what, row.audience)
    concerned = {talk.organisation_id: row.audience if row.audience == CUSTOMER else STAFF}
    if row.audience != CUSTOMER:
        concerned[int(row.audience.split(":")[1])] = row.audience
    message = select(Message.public_id).where(Message.conversation_id == talk.id, Message.seq == row.seq)
    record(
        actor, kind, words[: text.LONGEST_LINE], concerned, conversation_id=talk.id, person_id=talk.person_id,
        subject=("message", session.scalars(message).one()), direction="inbound" if actor.outside else "outbound",
        detail={"decision": row.public_id, "answer": row.answer, "about": row.about_id},
    )  # fmt: skip


def _note_turn(actor: Actor, talk: Conversation) -> None:
    """An answer from outside waits for us as a message does; ours settles what waited."""
    talk.waiting_since = (talk.waiting_since or now()) if actor.outside else None
    if actor.outside and talk.status != "new":
        talk.status, talk.solved_at = "open", None
    session.flush()


def conversation_of(actor: Actor, decision: Any) -> Conversation:
    """The conversation that a decision is asked in. Raises NotFound where the actor does not see it."""
    found: Conversation = find(actor, Conversation, id=unwrap(decision).conversation_id)
    return found
