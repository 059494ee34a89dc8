"""Order mails: the job that sends an order to its supplier once it is stored that it was sent."""

from typing import Any

from actions import actors, order_links
from models import db
from models.db import session
from models.orders import Order
from models.staff import Staff
from policy import SYSTEM


def mail_order(arguments: dict[str, Any]) -> None:
    """Mail one order in the name of whoever sent it, or in our own when they have left; twice changes nothing."""
    with db.unit(write=True):
        row = session.get_one(Order, arguments["order"], with_for_update={"of": Order})
        member = session.get(Staff, arguments["staff"]) if arguments.get("staff") else None
        sender = actors.of_staff(member) if member and member.ended_at is None else SYSTEM
        order_links.mail_as_sent(sender, row)
