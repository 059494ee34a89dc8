"""Issues: who sees which, and what hangs on one as far as it is seen."""

from typing import Any

from sqlalchemy import and_, false, true

from models.issues import Issue, IssueCost, IssueStep
from policy.actor import Actor
from policy.fields import PRODUCT
from policy.seeing import Clause, seeing, shared
from policy.seen import Seen

STEP = frozenset({"step", "side", "text", "due_at", "done_at", "version"})
COST = frozenset({"public_id", "words", "amount", "currency", "payer", "at"})


@seeing(Issue)
def issues(actor: Actor) -> Clause:
    """Staff see all; customers those on their own orders that are told to them; partners what is shared."""
    if actor.side == "staff":
        return true()
    if actor.side == "customer":
        return and_(Issue.organisation_id.in_(actor.organisation_ids), Issue.for_customer)
    return shared(actor, "issue", Issue.id) if actor.side == "partner" else false()


@seeing(IssueCost, of="issue")
def costs(actor: Actor) -> Clause:
    """The lines themselves are for us; to a partner they are shown on the issue, where they are shared."""
    return true() if actor.side == "staff" else false()


def children(actor: Actor, row: Issue, names: frozenset[str]) -> dict[str, Any]:
    """What hangs on an issue: the product, the order line in the reader's own terms, steps and costs."""
    product = row.line.product
    shown: dict[str, Any] = {"product": Seen(product, PRODUCT, frozenset()) if product else None}
    if "order_line" in names:
        line = row.line if actor.side == "customer" else row.purchase_line
        shown["order_line"] = line.public_id if line else None
    if "steps" in names:
        shown["steps"] = [Seen(one, STEP, frozenset(), {"author": author(actor, one)}) for one in row.steps]
    if "costs" in names:
        shown["costs"] = [Seen(one, COST, frozenset()) for one in row.costs]
    return shown


def author(actor: Actor, step: IssueStep) -> dict[str, str | None]:
    """Who answered a step: by name on one's own side, else the side alone: `own`, `staff` or `other`."""
    own = step.author_side == actor.side and step.author_organisation_id == actor.organisation_id
    if step.author is None or not own:
        return {
            "side": ("staff" if step.author_side == "staff" else "other") if step.author_side else None,
            "name": None,
        }
    return {"side": "own", "name": step.answered_by}
