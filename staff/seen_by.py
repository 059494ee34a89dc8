"""What a partner sees of an order, exactly as it sees it, and why: before sharing, and afterwards."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _

from actions import reading
from actions import shares as verbs
from models.orders import Order
from models.organisations import Organisation
from models.shares import Share
from policy import find, rows, visible
from policy.fields import ALWAYS, SHAREABLE
from policy.finding import Part, as_partner
from policy.seeing import active
from staff import shares, words
from staff.blueprint import blueprint
from web.actor import actor


@blueprint.get("/orders/<number>/seen-by/<public_id>")
def seen_by(number: str, public_id: str) -> str:
    """What a partner sees of an order now, and why."""
    return seen_page(find(actor(), Order, number=number), find(actor(), Organisation, public_id=public_id))


@blueprint.post("/orders/<number>/shares/preview")
def preview_share(number: str) -> str:
    """What a partner would see with the share that is being made; nothing is stored."""
    row = find(actor(), Order, number=number)
    wanted = shares.asked(row)
    verbs.checked_share(row, **wanted)
    part = Part(wanted["level"], frozenset(wanted["fields"]), wanted["lines"])
    return seen_page(row, wanted["organisation"], part)


def seen_page(row: Order, partner: Organisation, part: Part | None = None) -> str:
    """Draw the partner's page from the very record it would be handed."""
    seen = as_partner(row, partner, part)
    why = visible(actor(), Share).where(
        Share.subject_type == "order", Share.subject_id == row.id, Share.organisation_id == partner.id, active()
    )
    return render_template(
        "staff/orders/seen_by.html", row=row, partner=partner, order=seen, preview=part,
        why=[shares.told(one) for one in rows(actor(), why.order_by(Share.id))], shared=summary(seen) if seen else None,
        level=level(seen.rights) if seen else None,
    )  # fmt: skip


def summary(seen: Any) -> dict[str, Any]:
    """What is shown and what is not, in words."""
    shown = set(reading.fields_of(seen))
    names = [one for one in SHAREABLE["order"] if one not in ALWAYS["order"]]
    return {
        "until": None, "seen": [words.ORDER.get(one, one) for one in names if one in shown],
        "hidden": [words.ORDER.get(one, one) for one in names if one not in shown],
    }  # fmt: skip


def level(rights: frozenset[str]) -> str:
    """What a partner may do, in words."""
    if "order:confirm" in rights:
        return _("It may answer the order and write to us.")
    return _("It may write to us about it.") if "order:start_conversation" in rights else _("It may only read.")
