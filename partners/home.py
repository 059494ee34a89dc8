"""The to-do list: what the business waits for from this partner."""

from flask import render_template, url_for
from flask_babel import gettext as _

from actions import reading
from models.conversations import Conversation
from models.orders import Order
from partners import waiting
from partners.blueprint import blueprint
from policy import rows, visible
from web.actor import actor
from web.nav import Item, entries

SHOWN = 8


@entries("partner")
def navigation() -> list[Item]:
    """The entries at the top, with what waits beside them."""
    orders, conversations = waiting.counts(actor())
    both = waiting.capped(orders + conversations) if orders + conversations else None
    return [
        Item(_("To do"), url_for("partners.home"), "check", both),
        Item(_("Orders"), url_for("partners.orders"), "box", waiting.capped(orders) if orders else None),
        Item(
            _("Conversations"), url_for("partners.conversations"), "chat",
            waiting.capped(conversations) if conversations else None,
        ),
        Item(_("Help"), "/help/", "book"),
    ]  # fmt: skip


@blueprint.get("/")
def home() -> str:
    """Everything that waits for an answer, the oldest order first."""
    who = actor()
    orders, conversations = waiting.counts(who)
    asked = rows(who, waiting.to_confirm(who).order_by(Order.number).limit(SHOWN))
    talks = rows(who, waiting.to_answer(who).order_by(Conversation.updated_at.desc()).limit(SHOWN))
    latest = rows(who, visible(who, Order).order_by(Order.number.desc()).limit(5))
    reading.saw_orders(who, [*asked, *latest])
    reading.saw_conversations(who, talks)
    return render_template(
        "partners/home.html", orders=asked, conversations=talks, latest=latest,
        orders_waiting=orders, conversations_waiting=conversations, capped=waiting.capped,
    )  # fmt: skip
