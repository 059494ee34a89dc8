"""Many rows ticked in a list: which they are, and what of them was not done and why."""

from collections.abc import Iterable

from flask import flash, request
from flask_babel import ngettext

from actions.many_orders import Outcome
from models.orders import Order
from policy import rows, visible
from web.actor import actor
from web.saying import said

MOST_AT_ONCE, REASONS_SHOWN = 200, 5


def chosen() -> list[str]:
    """The keys that were chosen in a list, or all that were shown there."""
    name = "shown" if request.form.get("all") else "chosen"
    return list(dict.fromkeys(request.form.getlist(name)))[:MOST_AT_ONCE]


def chosen_orders() -> tuple[list[Order], int]:
    """The orders that were chosen by their numbers, and how many more numbers there were that nobody can name."""
    wanted = chosen()
    found = rows(actor(), visible(actor(), Order).where(Order.number.in_(wanted)).order_by(Order.id))
    return found, len(wanted) - len(found)


def suppliers(found: Iterable[Order], made: Outcome) -> int:
    """How many suppliers something was done for."""
    return len({one.organisation_id for one in found if one.number in made.orders})


def told(made: Outcome, strange: int) -> None:
    """Say what was not done and why; what nobody can name is only counted."""
    for which, why in made.refused[:REASONS_SHOWN]:
        flash(f"{which}: {said(why)}", "warning")
    if left := max(0, len(made.refused) - REASONS_SHOWN) + strange:
        flash(ngettext("%(num)d more was not done.", "%(num)d more were not done.", left), "warning")
