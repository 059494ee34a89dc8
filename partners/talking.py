"""Talking: the thread and the reply box of a partner, and the conversations about an order."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from actions import orders, reading
from models.conversations import Conversation
from policy import Actor, allowed, drafts, rows, threads, visible
from web.composing import Composer, choice
from web.product import product

OLDER = 50


def business() -> str:
    """What the business is called."""
    return str(product().config["SETTINGS"].business_name)


def about(who: Actor, order: Any) -> dict[str, Any]:
    """The conversations about an order that the partner takes part in: the newest with its thread, others by name."""
    query = visible(who, Conversation).where(
        Conversation.about_type.in_(("order", "order_line")), Conversation.about_id.in_(orders.abouts(order))
    )
    found = rows(who, query.order_by(Conversation.updated_at.desc()).limit(10))
    if not found:
        return {"conversation": None, "others": []}
    return {"others": found[1:], **thread(who, found[0], order=order.number)}


def thread(
    who: Actor, row: Any, draft: str = "", chosen: str | None = None, order: str | None = None
) -> dict[str, Any]:
    """What the thread and its reply box need; wherever it is shown, that is a look into the conversation."""
    reading.saw_conversation(who, row, "page")
    last = threads.last_seq(who, row)
    shown = threads.messages(who, row, business(), before=last + 1, limit=OLDER)
    parties = threads.parties(who, row, business())
    around = threads.around(who, row)
    writes = allowed(who, "conversation:reply", row) and around["later"] is None
    box = composer(row, parties, last, draft, chosen, order).restored(drafts.of(who, row)) if writes else None
    return {"conversation": row, "thread": shown, "parties": parties, "composer": box, **around}


def composer(
    row: Any, parties: list[Any], last: int, draft: str = "", chosen: str | None = None, order: str | None = None
) -> Composer:
    """Offer us-and-my-side first; everyone only where somebody else takes part."""
    ours = business()
    others = [one for one in parties if one["side"] == "customer" or one["masked"]]
    choices = [choice("partner", ours, _("Send to %(name)s", name=ours), [_("you"), ours])]
    if others:
        masks = {"customer": _("its customer"), "partner": _("another partner")}
        names = list(dict.fromkeys(masks[one["side"]] if one["masked"] else one["name"] for one in others))
        label = _("Everyone: you, %(name)s, %(others)s", name=ours, others=", ".join(names))
        choices.append(choice("everyone", label, _("Send to everyone"), [_("you"), ours, *names], masked=True))
        hidden = ", ".join(names)
        choices[0] = choice("partner", ours, _("Send to %(name)s", name=ours), [_("you"), ours], hidden=[hidden])
    return Composer(
        action=url_for("partners.send_message", number=row.number, order=order), audiences=choices, draft=draft,
        default=chosen if chosen in [one.value for one in choices] else "partner", seen=last,
        placeholder=_("Write to %(name)s", name=ours),
    )  # fmt: skip
