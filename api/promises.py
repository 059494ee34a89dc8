"""Promises: what we owe whom by when; customers read what is shown to them."""

from typing import Any, Literal

from pydantic import AwareDatetime, StrictStr

from actions import promises as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from models.people import Person
from models.promises import Promise
from models.staff import Staff
from models.types import now
from policy import Actor, find, require, visible


class PromiseQuery(Paged):
    state: Literal["open", "overdue", "kept", "withdrawn"] | None = None
    mine: bool = False


@operation("GET", "/promises", "promise", query=PromiseQuery)
def promises(actor: Actor, query: PromiseQuery) -> dict[str, Any]:
    """List promises, what is due first on top."""
    seen, unkept = visible(actor, Promise), (Promise.done_at.is_(None), Promise.withdrawn_at.is_(None))
    conditions = {
        "open": unkept, "overdue": (*unkept, Promise.due_at < now()), "kept": (Promise.done_at.is_not(None),),
        "withdrawn": (Promise.withdrawn_at.is_not(None),),
    }  # fmt: skip
    if query.state:
        seen = seen.where(*conditions[query.state])
    if query.mine:
        seen = seen.where(Promise.owner_id == actor.staff_id)
    return listed(actor, seen, [Promise.due_at, Promise.id], query, shapes.promise, descending=False)


@operation("GET", "/promises/<public_id>", "promise")
def promise(actor: Actor, public_id: str) -> dict[str, Any]:
    """Read one promise."""
    return shapes.promise(find(actor, Promise, public_id=public_id))


class NewPromise(Given):
    organisation: StrictStr
    words: StrictStr
    due_at: AwareDatetime | None = None
    person: StrictStr | None = None
    conversation: StrictStr | None = None
    order: StrictStr | None = None
    owner: StrictStr | None = None
    shown: bool = False


@operation("POST", "/promises", "promise", body=NewPromise, status=201)
def make_promise(actor: Actor, body: NewPromise) -> dict[str, Any]:
    """Promise something; left out, whoever asks keeps it, by tomorrow."""
    row = find(actor, Organisation, public_id=body.organisation)
    person = find(actor, Person, public_id=body.person) if body.person else None
    talk = find(actor, Conversation, number=body.conversation) if body.conversation else None
    order = find(actor, Order, number=body.order) if body.order else None
    owner = colleague(actor, body.owner) if body.owner else None
    made = verbs.make(actor, row, body.words, body.due_at, person=person, conversation=talk, order=order,
                      owner=owner, shown=body.shown)  # fmt: skip
    return shapes.promise(made)


def colleague(actor: Actor, person: str) -> Staff:
    """The colleague that a person's id stands for."""
    found: Staff = find(actor, Staff, person_id=find(actor, Person, public_id=person).id)
    return found


class PromiseChange(Given):
    state: Literal["kept", "withdrawn"] | None = None
    note: StrictStr = ""
    owner: StrictStr | None = None
    due_at: AwareDatetime | None = None
    shown: bool | None = None


@operation("PATCH", "/promises/<public_id>", "promise", body=PromiseChange)
def change_promise(actor: Actor, public_id: str, body: PromiseChange) -> dict[str, Any]:
    """Keep it, withdraw it, hand it over, or change until when and whether the customer sees it."""
    row = find(actor, Promise, public_id=public_id)
    if body.due_at is not None or body.shown is not None:
        verbs.change(actor, row, body.due_at, body.shown)
    if body.owner is not None:
        require(actor, "promise:hand_over", row)
        verbs.hand_over(actor, row, colleague(actor, body.owner))
    if body.state:
        {"kept": verbs.keep, "withdrawn": verbs.withdraw}[body.state](actor, row, body.note)
    return shapes.promise(row)
