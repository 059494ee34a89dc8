"""Where a customer can go."""

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from models.conversations import Conversation, live
from models.db import session
from policy import visible
from web.actor import actor
from web.nav import Item, entries

MOST = 99


@entries("customer")
def navigation() -> list[Item]:
    """The entries of the top bar."""
    few = visible(actor(), Conversation, Conversation.id).where(live(), Conversation.status == "waiting_on_customer")
    waiting = session.scalar(select(func.count()).select_from(few.limit(MOST + 1).subquery())) or 0
    return [
        Item(_("Home"), url_for("portal.home"), "home"),
        Item(_("Requests"), url_for("portal.requests"), "chat", f"{MOST}+" if waiting > MOST else waiting or None),
        Item(_("Orders"), url_for("portal.orders"), "box"),
        Item(_("Invoices"), url_for("portal.invoices"), "invoice"),
        Item(_("Help"), url_for("help.index"), "book"),
    ]
