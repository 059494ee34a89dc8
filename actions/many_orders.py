"""Many orders at once: the same verbs one by one, each refused for itself, and what came of them in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions import order_notices
from actions.applying import apply_answer
from actions.orders import send as send_order
from models.db import session
from models.orders import Order, OrderChange
from models.words import Words
from policy import Actor, Forbidden, Invalid, NotFound, Refused


@dataclass(slots=True)
class Outcome:
    """What was done, and why something was not: (which, why)."""

    done: int = 0
    orders: set[str] = field(default_factory=set)
    refused: list[tuple[str, Words]] = field(default_factory=list)


def apply_lines(actor: Actor, chosen: Iterable[tuple[Order, OrderChange, int]]) -> Outcome:
    """Apply single lines of answers; one that was applied or answered anew meanwhile holds up no other."""
    made = Outcome()
    for order, change, line in chosen:
        _try(made, order.number, f"{order.number}/{line}", lambda: apply_answer(actor, order, change, line))  # noqa: B023
    return made


def chase(actor: Actor, orders: Sequence[Order]) -> Outcome:
    """Remind the suppliers of some orders; one that was reminded today already holds up no other."""
    made = Outcome()
    for order in orders:
        _try(made, order.number, order.number, lambda: order_notices.chase(actor, order))  # noqa: B023
    return made


def send(actor: Actor, orders: Sequence[Order]) -> Outcome:
    """Send some drafts to their suppliers; one that was sent already holds up no other."""
    made = Outcome()
    for order in orders:
        _try(made, order.number, order.number, lambda: send_order(actor, order))  # noqa: B023
    return made


def _try(made: Outcome, number: str, which: str, verb: Callable[[], Any]) -> None:
    try:
        with session.begin_nested():
            verb()
    except Forbidden:
        made.refused.append((which, Words("This is not yours to do, or the order is past it.")))
    except NotFound:
        made.refused.append((which, Words("There is nothing here, or it is not yours to see.")))
    except (Invalid, Refused) as error:
        made.refused.append((which, error.words))
    else:
        made.done += 1
        made.orders.add(number)
