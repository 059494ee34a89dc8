"""Doing is a table: RULES says for each verb under which conditions it is allowed. Default: nobody.

A rule is an or-list of and-lists of predicates over (actor, row, grant). The row is one the actor can already see;
`grant` is what a partner's shares allow on it, None for everybody else. Each rule is written once.
"""

from collections.abc import Callable
from typing import Any

from models.orders import ASKED
from policy.actor import Actor
from policy.grants import Grant
from policy.seen import Seen


class Forbidden(Exception):
    """Yours to see, not yours to do."""


ANSWERABLE = (*ASKED, "confirmed", "confirmed_with_changes", "rejected")
CHANGEABLE = (*ANSWERABLE, "partly_received")
ARRIVING = ("changed", "confirmed", "confirmed_with_changes", "partly_received")  # its goods may be sent to us
LEAVING = ("open", "partly_shipped")  # ours may be sent to the customer
INVOICEABLE = (*ARRIVING, "received")
Predicate = Callable[[Actor, Any, Grant | None], bool]


def staff(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return actor.side in ("staff", "system")


def lead(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return actor.side == "system" or (actor.side == "staff" and actor.role in ("lead", "admin"))


def admin(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return actor.side == "system" or (actor.side == "staff" and actor.role == "admin")


def customer(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return actor.side == "customer"


def partner(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return actor.side == "partner"


def manager(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return actor.outside and actor.manager


def person(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """Somebody signed in, not a token."""
    return actor.person_id is not None and actor.token_id is None


def shared_mailbox(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """Somebody who came with an address that several share."""
    return actor.mailbox


def oneself(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return row is not None and row.id == actor.person_id


def can_comment(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return grant is not None and grant.reaches("comment")


def can_respond(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return grant is not None and grant.reaches("respond")


def shows_documents(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return grant is not None and "attachments" in grant.fields


def shows_steps(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return grant is not None and "steps" in grant.fields


def own_unsent(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return row is not None and row.state == "uploaded" and row.owner_id == actor.person_id


def on_a_record(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return row is not None and row.subject_type in ("order", "issue")


def purchase(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return row is not None and row.kind == "purchase"


def sales(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return row is not None and row.kind == "sales"


def addressed_to_us(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return row is not None and row.organisation_id == actor.organisation_id


def unanswered(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """A purchase order that can still be answered: sales orders are never in these states."""
    return row is not None and row.status in ANSWERABLE


def changeable(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """A purchase order that was sent and is not all here: sales orders are never in these states."""
    return row is not None and row.status in CHANGEABLE


def arriving(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """A purchase order of which something may still come: sales orders are never in these states."""
    return row is not None and row.status in ARRIVING


def shippable(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """An order of which something may still be sent: to us, or by us."""
    return row is not None and row.status in (*ARRIVING, *LEAVING)


def invoiceable(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """A purchase order whose goods may be asked to be paid: sales orders are never in these states."""
    return row is not None and row.status in INVOICEABLE


def free(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """Nobody's yet, or one's own to give away: what a colleague holds is for leads to give to another."""
    return row is not None and row.assignee_id in (None, actor.staff_id)


def owner(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return row is not None and row.owner_id == actor.staff_id


def finished(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return row is not None and row.status in ("solved", "closed")


def unfinished(actor: Actor, row: Any, grant: Grant | None) -> bool:
    return not finished(actor, row, grant)


def asked(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """Of the side that a question was put to."""
    return row is not None and row.asked == actor.reader


def asker(actor: Actor, row: Any, grant: Grant | None) -> bool:
    """Of the side that put the question."""
    return row is not None and row.asker == actor.reader


RULES: dict[str, list[list[Predicate]]] = {
    "conversation:start": [[staff], [customer]],
    "conversation:reply": [[staff], [customer], [partner, can_comment]],
    "conversation:note": [[staff]],
    "conversation:read": [[staff], [customer], [partner]],
    "conversation:solve": [[staff, unfinished], [customer, unfinished]],
    "conversation:reopen": [[staff, finished], [customer, finished]],
    "conversation:rate": [[customer, finished]],
    "conversation:assign": [[staff, free], [lead]],
    "conversation:change": [[staff]],
    "conversation:add_party": [[staff]],
    "conversation:remove_party": [[staff]],
    "conversation:introduce": [[lead]],
    "conversation:ask": [[staff], [partner, can_respond]],
    "conversation:release": [[staff]],
    "conversation:merge": [[staff]],
    "decision:answer": [[asked]],
    "decision:withdraw": [[asker]],
    "order:start_conversation": [[staff], [customer], [partner, can_comment]],
    "order:acknowledge": [[partner, addressed_to_us, can_respond, unanswered]],
    "order:confirm": [[partner, addressed_to_us, can_respond, unanswered]],
    "order:apply": [[staff, purchase]],
    "order:record_answer": [[staff, unanswered]],
    "order:change": [[staff, changeable]],
    "order:chase": [[staff, changeable]],
    "order:send": [[staff, purchase]],
    "order:ship": [[partner, addressed_to_us, can_respond, arriving], [staff, shippable]],
    "order:receive": [[staff, purchase]],
    "order:invoice": [[partner, addressed_to_us, can_respond, invoiceable]],
    "order:settle": [[staff, purchase]],
    "order:share": [[staff]],
    "order:mail": [[staff, purchase]],
    "order:assign_carrier": [[staff, sales]],
    "order:attach": [[staff], [partner, can_respond, shows_documents]],
    "issue:open": [[staff]],
    "issue:change": [[staff]],
    "issue:share": [[staff]],
    "issue:answer": [[staff, unfinished], [partner, can_respond, shows_steps, unfinished]],
    "issue:attach": [[staff], [partner, can_respond, shows_documents]],
    "issue:cost": [[staff]],
    "issue:close": [[staff, unfinished]],
    "issue:reopen": [[staff, finished]],
    "attachment:remove": [[staff, on_a_record]],
    "file:upload": [[staff], [customer], [partner]],
    "file:take_back": [[own_unsent]],
    "share:revoke": [[staff]],
    "share:extend": [[staff]],
    "share_rule:change": [[admin]],
    "share_rule:apply": [[admin]],
    "relation:make": [[staff]],
    "relation:end": [[staff]],
    "organisation:change": [[staff]],
    "organisation:archive": [[lead]],
    "organisation:set_policy": [[lead]],
    "organisation:log": [[staff]],
    "organisation:invite": [[staff], [manager, person]],
    "organisation:set_approval": [[staff]],
    "approval:decide": [[staff]],
    "approval:withdraw": [[manager]],
    "organisation:read_access_log": [[staff], [manager]],
    "promise:keep": [[owner], [lead]],
    "promise:withdraw": [[owner], [lead]],
    "promise:hand_over": [[owner], [lead]],
    "promise:change": [[owner], [lead]],
    "call:report": [[staff]],
    "call:hear": [[staff]],
    "call:file": [[staff]],
    "call:return": [[staff]],
    "extension:set": [[staff, person]],
    "calendar:make": [[staff, person]],
    "mail_log:make": [[staff, person]],
    "notices:choose": [[person]],
    "notices:see": [[person]],
    "push:subscribe": [[person]],
    "read_log:export": [[lead]],
    "membership:change": [[staff], [manager, person]],
    "mailbox:name": [[shared_mailbox, person]],
    "person:change": [[oneself, person], [staff]],
    "article:write": [[staff]],
    "article:publish": [[lead]],
    "article:rate": [[staff], [customer], [partner]],
    "token:make": [[person]],
    "token:revoke": [[person]],
    "session:end": [[person]],
    "job:retry": [[lead]],
    "delivery:retry": [[staff]],
    "mail:settle": [[staff]],
    "mailbox:manage": [[lead]],
    "mailbox:connect": [[admin]],
    "record:find": [[staff]],
    "wave:run": [[lead]],
    "import:run": [[admin]],
}


# All that may be done through the link in an order's mail.
BY_LINK = frozenset({"order:confirm"})


def allowed(actor: Actor, verb: str, row: Any = None) -> bool:
    """Say whether an actor may do something; the same answer for page, API, socket, mail and template button."""
    if isinstance(row, Seen):
        return verb in row.rights
    return _passes(actor, verb, row, None)


def require(actor: Actor, verb: str, row: Any = None) -> None:
    """Raise Forbidden unless the actor may do it."""
    if not allowed(actor, verb, row):
        raise Forbidden(verb)


def rights(actor: Actor, noun: str, row: Any, grant: Grant | None) -> frozenset[str]:
    """All verbs of a noun that an actor may use on one row."""
    return frozenset(verb for verb in RULES if verb.startswith(f"{noun}:") and _passes(actor, verb, row, grant))


def _passes(actor: Actor, verb: str, row: Any, grant: Grant | None) -> bool:
    if actor.link_id is not None and verb not in BY_LINK:
        return False
    if actor.unnamed and verb != "mailbox:name":
        return False
    if actor.scopes is not None and not _in_scope(actor.scopes, verb):
        return False
    return any(all(condition(actor, row, grant) for condition in way) for way in RULES[verb])


def _in_scope(scopes: frozenset[str], verb: str) -> bool:
    """A token's scopes: `*`, a noun, or a whole verb."""
    return "*" in scopes or verb in scopes or verb.split(":", maxsplit=1)[0] in scopes
