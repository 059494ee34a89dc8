"""Quality issues: taking one up, its eight steps, costs, the goods, and its end."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import StrictBool, StrictInt, StrictStr

from actions import documents, reading, steps
from actions import issues as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.conversations import Conversation
from models.issues import Issue, IssueCost
from models.orders import Order
from policy import Actor, Invalid, NotFound, find, has, require, visible
from web.incoming import number as number_of

Defect = Literal["damaged", "faulty", "wrong", "short", "label", "other"]
Severity = Literal["minor", "major", "critical"]
Return = Literal["none", "asked", "on_its_way", "received", "scrapped"]


class IssueQuery(Paged):
    status: Literal["open", "closed"] | None = None


@operation("GET", "/issues", "issue", query=IssueQuery)
def issues(actor: Actor, query: IssueQuery) -> dict[str, Any]:
    """List quality issues, the newest first."""
    seen = visible(actor, Issue)
    if query.status:
        seen = seen.where(Issue.status == query.status)
    # Not by when it was opened: a partner may not see that.
    return listed(actor, seen, [Issue.id], query, lambda row: shape(actor, row), saw=reading.saw_issues)


@operation("GET", "/issues/<number>", "issue")
def issue(actor: Actor, number: str) -> dict[str, Any]:
    """Read one issue, as far as it is for you."""
    row = find(actor, Issue, number=number)
    reading.saw_issue(actor, row, "api")
    return whole(actor, row)


def whole(actor: Actor, row: Any) -> dict[str, Any]:
    """An issue with its documents, where its reader may know of them."""
    return shape(actor, row) | shapes.documents(actor, row)


def shape(actor: Actor, row: Any) -> dict[str, Any]:
    """An issue in the words of its fields; what the reader may not see is absent."""
    names = ("number", "status", "stage", "title", "defect", "severity", "quantity", "for_customer", "opened_at", "closed_at",
             "due_at", "goods_return", "version")  # fmt: skip
    made = shapes.only(row, names)
    product = row.line.product if actor.side == "staff" else row.product
    made["product"] = {name: getattr(product, name) for name in ("sku", "name", "gtin")} if product else None
    if actor.side == "staff":
        made["organisation"] = shapes.reference(row.organisation)
        made["order_line"] = row.line.public_id
        made["purchase_line"] = row.purchase_line.public_id if row.purchase_line else None
        made["conversation"] = row.conversation.number if row.conversation else None
    elif has(row, "order_line"):
        made["order_line"] = row.order_line
    if has(row, "steps"):
        made["steps"] = [step(one) for one in row.steps]
    if has(row, "costs"):
        made["costs"] = [cost(one) for one in row.costs]
    return made


def step(row: Any) -> dict[str, Any]:
    """One step; `author` is named on one's own side only."""
    names = ("step", "side", "text", "due_at", "done_at", "version")
    author = row.author if isinstance(row.author, dict) else {
        "side": row.author_side, "name": row.answered_by
    }  # fmt: skip
    return shapes.only(row, names) | {"author": author}


def cost(row: Any) -> dict[str, Any]:
    return {"id": row.public_id, "words": row.words, "amount": shapes.money(row.amount, row.currency), "payer": row.payer,
            "at": shapes.time(row.at)}  # fmt: skip


class NewIssue(Given):
    order_line: StrictStr
    title: StrictStr
    description: StrictStr
    defect: Defect = "other"
    severity: Severity = "major"
    quantity: StrictInt | None = None
    conversation: StrictStr | None = None
    for_customer: StrictBool | None = None


@operation("POST", "/issues", "issue", body=NewIssue, status=201)
def open_issue(actor: Actor, body: NewIssue) -> dict[str, Any]:
    """Take up a problem with an order line; `description` becomes step D2."""
    require(actor, "issue:open")
    number, _, place = body.order_line.rpartition("/")
    lines = [one for one in find(actor, Order, number=number).lines if one.line == number_of(place)]
    if not lines:
        raise NotFound
    made = verbs.open(
        actor, lines[0], body.title, body.description, defect=body.defect, severity=body.severity, quantity=body.quantity,
        conversation=find(actor, Conversation, number=body.conversation) if body.conversation else None,
        for_customer=body.for_customer,
    )  # fmt: skip
    return whole(actor, made)


class IssueChange(Given):
    title: StrictStr | None = None
    defect: Defect | None = None
    severity: Severity | None = None
    quantity: StrictInt | None = None
    for_customer: StrictBool | None = None
    return_state: Return | None = None
    return_quantity: StrictInt | None = None
    status: Literal["open", "closed"] | None = None
    version: StrictInt | None = None


@operation("PATCH", "/issues/<number>", "issue", body=IssueChange)
def change_issue(actor: Actor, number: str, body: IssueChange) -> dict[str, Any]:
    """Change what it is about and what becomes of the goods; close it or reopen it."""
    row = find(actor, Issue, number=number)
    values = body.model_dump(exclude_unset=True, exclude={"status", "version"})
    if values or body.status is None:
        verbs.change(actor, row, values, body.version)
    if body.status is not None:
        (verbs.close if body.status == "closed" else verbs.reopen)(actor, row, None if values else body.version)
    return whole(actor, find(actor, Issue, number=number))


class Answer(Given):
    text: StrictStr
    done: StrictBool = True
    done_at: datetime | None = None
    due_at: datetime | None = None
    version: StrictInt | None = None


@operation("PUT", "/issues/<number>/steps/<step_key>", "issue", body=Answer)
def answer_step(actor: Actor, number: str, step_key: str, body: Answer) -> dict[str, Any]:
    """Answer one of the eight steps, or open it again with `done: false`; staff may also say until when it is due."""
    row = find(actor, Issue, number=number)
    if "due_at" in body.model_fields_set:
        steps.set_due(actor, row, step_key, zoned(body.due_at))
    steps.answer(
        actor, row, step_key, body.text, done=body.done, done_at=zoned(body.done_at) if body.done else None,
        version=body.version,
    )  # fmt: skip
    return whole(actor, find(actor, Issue, number=number))


def zoned(at: datetime | None) -> datetime | None:
    """A time without a zone is one in UTC. Raises Invalid for one that no clock shows."""
    if at is None:
        return None
    try:
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise Invalid("at", "is no time") from error


class Cost(Given):
    words: StrictStr
    amount: StrictStr
    currency: Literal["USD", "EUR", "GBP", "CHF", "JPY"] | None = None
    payer: Literal["us", "partner"]


@operation("POST", "/issues/<number>/costs", "issue", body=Cost, status=201)
def add_issue_cost(actor: Actor, number: str, body: Cost) -> dict[str, Any]:
    """Write down what it has cost, and who bears it."""
    row = find(actor, Issue, number=number)
    require(actor, "issue:cost", row)
    try:
        amount = Decimal(body.amount)
    except InvalidOperation as error:
        raise Invalid("amount", "must be a number, as in 12.50") from error
    return cost(steps.add_cost(actor, row, body.words, amount, body.payer, body.currency))


@operation("DELETE", "/issues/<number>/costs/<public_id>", "issue", status=204)
def remove_issue_cost(actor: Actor, number: str, public_id: str) -> dict[str, Any]:
    """Take a cost line away."""
    row = find(actor, Issue, number=number)
    require(actor, "issue:cost", row)
    steps.remove_cost(actor, row, find(actor, IssueCost, public_id=public_id, issue_id=row.id))
    return {}


class IssueDocuments(Given):
    attachments: list[StrictStr]
    audience: Literal["everyone", "staff"] | None = None


@operation("POST", "/issues/<number>/attachments", "issue", body=IssueDocuments, status=201)
def attach_to_issue(actor: Actor, number: str, body: IssueDocuments) -> dict[str, Any]:
    """Put files on an issue; staff say for whom (left out: only us), a partner's are for it and us."""
    documents.attach(actor, find(actor, Issue, number=number), body.attachments, body.audience)
    return whole(actor, find(actor, Issue, number=number))
