"""Quality issues: opening one from an order line, showing it to a supplier, and closing it; steps are in actions/steps.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from actions import claiming, conversations, parties, shares
from actions.checks import checked
from actions.log import record
from models import text
from models.conversations import Conversation
from models.db import session
from models.issues import DEFECTS, DISCIPLINES, RETURNS, SEVERITIES, Issue, IssueStep
from models.messages import CUSTOMER, STAFF
from models.orders import OrderLine, SupplyLink
from models.settings import next_number
from models.shares import Share
from models.types import now
from models.words import Words
from policy import Actor, Invalid, first, require, system
from policy.fields import DEFAULT_SETS
from policy.seeing import active
from policy.seen import unwrap

STAGES = {
    "taken_up": "we are looking into it", "secured": "further goods are being checked", "cause_found": "the cause is found",
    "remedied": "the cause is removed", "closed": "settled",
}  # fmt: skip


def open(
    actor: Actor,
    line: OrderLine,
    title: str,
    description: str,
    *,
    defect: str = "other",
    severity: str = "major",
    quantity: int | None = None,
    conversation: Conversation | None = None,
    for_customer: bool | None = None,
) -> Issue:
    """Take up a problem with an order line; `description` is the second of its eight steps, in our words.

    `conversation` is the request it comes from. The customer sees how far it is when `for_customer` says so; left out,
    when it asked. Raises Forbidden, Invalid.
    """
    require(actor, "issue:open")
    customer = line.order.organisation_id if line.order.kind == "sales" else None
    if conversation is not None and conversation.organisation_id not in (None, customer):
        raise Invalid("conversation", "is not about this customer's order")
    asked = conversation is not None and customer is not None and not conversation.internal
    row = Issue(
        number=f"NCR-{next_number(session(), 'issues')}", title=checked("title", text.line, title),
        defect=one_of("defect", defect, DEFECTS), severity=one_of("severity", severity, SEVERITIES),
        quantity=_quantity("quantity", quantity), organisation_id=customer, order_line_id=line.id,
        purchase_line_id=_purchase_line(line), conversation_id=conversation.id if conversation else None,
        for_customer=customer is not None and (asked if for_customer is None else for_customer),
        opened_by_id=actor.person_id, steps=_steps(actor, checked("description", text.body, description)),
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.refresh(row)
    log(actor, "issue_opened", row, f"{row.number} opened for {line.description}", CUSTOMER)
    tell_customer(row)
    return row


def one_of(field: str, value: Any, known: Sequence[str]) -> str:
    """Refuse a word that is none of a fixed list."""
    if value not in known:
        raise Invalid(field, "must be one of %(names)s", names=", ".join(known))
    return str(value)


def _quantity(field: str, value: int | None) -> int | None:
    if value is not None and not 0 < value < 10**9:
        raise Invalid(field, "must be at least 1")
    return value


def _steps(actor: Actor, description: str) -> list[IssueStep]:
    """The eight steps, each with the day by which it usually is done; the problem is described already."""
    at = now()
    steps = [IssueStep(step=one.key, due_at=at + timedelta(days=one.days)) for one in DISCIPLINES]
    second = steps[1]
    second.text, second.done_at, second.changed_at = description, at, at
    second.author_id, second.author_side = actor.person_id, "staff"
    return steps


def _purchase_line(line: OrderLine) -> int | None:
    """The purchase line that supplied a line, as far as it is known; a purchase line is its own."""
    if line.order.kind == "purchase":
        return line.id
    linked = select(SupplyLink.purchase_line_id).where(SupplyLink.sales_line_id == line.id)
    return session.scalar(linked.order_by(SupplyLink.proposed, SupplyLink.id).limit(1))


def log(
    actor: Actor, kind: str, row: Issue, words: str, audience: str = STAFF, detail: dict[str, Any] | None = None
) -> None:
    """Write it on the customer's record (for the customer only where it sees the issue), the supplier's and the actor's."""
    concerned = {one.order.organisation_id: STAFF for one in (row.line, row.purchase_line) if one}
    if row.organisation_id and row.for_customer:
        concerned[row.organisation_id] = audience
    if actor.side == "partner" and actor.organisation_id:
        concerned[actor.organisation_id] = actor.reader
    record(
        actor, kind, words, concerned, subject=("issue", row.number), department="quality", detail=detail,
        direction="inbound" if actor.side == "partner" else "internal",
        person_id=actor.person_id if actor.side == "partner" else None,
    )  # fmt: skip


def tell_customer(row: Issue) -> None:
    """Say in the request how far it is, in words that tell nothing of who supplies; the system says so, not who acted."""
    if row.conversation_id is None or not row.for_customer:
        return
    conversation = session.get_one(Conversation, row.conversation_id)
    if conversation.organisation_id == row.organisation_id and not conversation.internal:
        conversations.change(system(), conversation, {"issue": row.number, "stage": row.stage}, CUSTOMER)


def tell_partners(actor: Actor, row: Issue, what: dict[str, Any]) -> None:
    """Say what happened to those partners in the conversation with whom the issue is shared, and to us."""
    if row.conversation_id is None:
        return
    conversation = session.get_one(Conversation, row.conversation_id)
    shared = set(session.scalars(select(Share.organisation_id).where(
        Share.subject_type == "issue", Share.subject_id == row.id, active())))  # fmt: skip
    for party in conversation.parties:
        if party.side == "partner" and party.organisation_id in shared and party.takes_part:
            reader = f"partner:{party.organisation_id}"
            conversations.change(actor, conversation, {"issue": row.number, **what}, reader)


def share(
    actor: Actor,
    issue: Any,
    organisation: Any,
    level: str = "respond",
    fields: Sequence[str] | None = None,
    *,
    message: str | None = None,
    expires_at: datetime | None = None,
    reason: str | None = None,
    person: Any = None,
) -> Share:
    """Show an issue to a partner, bring it into the conversation masked, and ask; by default it may answer the steps.

    Shared with one person only, its organisation does not take part in the conversation. Raises Forbidden, Invalid.
    """
    row: Issue = unwrap(issue)
    names = list(DEFAULT_SETS["issue"] if fields is None else fields)
    made = shares.share(
        actor, row, organisation, level, names, expires_at=expires_at, reason=reason, person=person
    )  # fmt: skip
    if person is None:
        conversation = _conversation(actor, row)
        if conversation is not None:
            _bring_in(actor, row, conversation, made, message)
        elif message:
            raise Invalid("message", "cannot be sent: the conversation is another team's")
    elif message:
        raise Invalid("message", "goes to an organisation: share the issue with everybody there")
    return made


def _conversation(actor: Actor, row: Issue) -> Conversation | None:
    """The conversation about an issue, begun now if there is none; None when it is not the actor's to see."""
    if row.conversation_id is not None:
        found: Conversation | None = first(actor, Conversation, id=row.conversation_id)
        return found
    about = row.purchase_line or row.line
    made, _ = conversations.start(
        actor, f"{row.number}: {row.title}", row.steps[1].text, audience=STAFF, about=("order_line", about.public_id)
    )
    row.conversation_id = made.id
    session.flush()
    return made


def _bring_in(actor: Actor, row: Issue, conversation: Conversation, made: Share, message: str | None) -> None:
    title = row.title if "title" in made.field_set.fields else row.line.description
    party = parties.party_of(conversation, made.organisation_id)
    known = party is not None and party.takes_part and party.subject
    parties.add(
        actor, conversation, made.organisation, level="read" if made.level == "read" else "comment",
        subject=None if known else f"{row.number}: {title}"[: text.LONGEST_LINE],
        expires_at=made.expires_at, reason=made.reason,
    )  # fmt: skip
    if message:
        conversations.reply(actor, conversation, message, audience=f"partner:{made.organisation_id}")


def close(actor: Actor, issue: Any, version: int | None = None) -> None:
    """Settle it. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "issue:close", issue)
    row: Issue = unwrap(issue)
    claim(row, version, status="closed", closed_at=now())
    log(actor, "issue_closed", row, f"{row.number} closed", CUSTOMER)
    _told(actor, row, {"closed": True})


def reopen(actor: Actor, issue: Any, version: int | None = None) -> None:
    """Take it up again. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "issue:reopen", issue)
    row: Issue = unwrap(issue)
    claim(row, version, status="open", closed_at=None)
    log(actor, "issue_reopened", row, f"{row.number} reopened", CUSTOMER)
    _told(actor, row, {"closed": False})


def _told(actor: Actor, row: Issue, what: dict[str, Any]) -> None:
    tell_partners(actor, row, what)
    tell_customer(row)


def claim(row: Issue, version: int | None = None, **values: Any) -> None:
    """Change an issue only if nobody did meanwhile. Raises Refused with `conflict`."""
    words = Words("%(number)s was changed a moment ago. Look at it again.", number=row.number)
    claiming.claim(row, words, version, **values)


def change(actor: Actor, issue: Any, values: Mapping[str, Any], version: int | None = None) -> None:
    """Change title, defect, severity, quantity, whether the customer sees it, or what becomes of the goods.

    Raises Forbidden, Invalid, and Refused with `conflict` for a stale `version`.
    """
    require(actor, "issue:change", issue)
    row: Issue = unwrap(issue)
    wanted = {name: _CHECKS[name](value) for name, value in values.items()}
    if wanted.get("for_customer") and row.organisation_id is None:
        raise Invalid("for_customer", "is about no customer's order")
    changes = {name: [getattr(row, name), value] for name, value in wanted.items() if getattr(row, name) != value}
    claim(row, version, **wanted)
    if not changes:
        return
    log(actor, "issue_changed", row, f"{row.number} changed: {', '.join(changes)}", detail={"changes": changes})
    if changes.keys() & {"for_customer", "return_state", "return_quantity"}:
        tell_customer(row)
    tell_partners(actor, row, {"changed": True})


_CHECKS: dict[str, Any] = {
    "title": lambda value: checked("title", text.line, value),
    "defect": lambda value: one_of("defect", value, DEFECTS),
    "severity": lambda value: one_of("severity", value, SEVERITIES),
    "quantity": lambda value: _quantity("quantity", value),
    "for_customer": bool,
    "return_state": lambda value: one_of("return_state", value, RETURNS),
    "return_quantity": lambda value: _quantity("return_quantity", value),
}
