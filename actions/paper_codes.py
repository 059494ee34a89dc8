"""Paper codes: whoever scans a mailed order and has no login proves the address that it was mailed to, and sees that order.

The code is of the same kind as one for signing in. It opens no session: what it gives is a link to that order, as the one
in the mail is, for a day.
"""

from datetime import timedelta

from sqlalchemy import select

from actions import codes, languages, letters, limits, mail_checks, order_links, secrets
from actions.log import record_privately
from models.db import session
from models.logins import SignInCode
from models.order_links import OrderLink
from models.orders import Order
from models.types import email_key, now
from policy import ANONYMOUS

LIFE = timedelta(days=1)


def request_code(number: str, email: str, address: str = "", ticket: str = "") -> str:
    """Send a code as for signing in, also to an address without a login to which this order was mailed.

    Returns the ticket, and answers the same whatever is known. Raises Refused with `rate_limited`.
    """
    link = _of(number, email)
    if link is None:
        return codes.request_code(email, address, ticket)
    limits.demand(codes.PER_PLACE, "code", address)
    mail_checks.ask()
    ticket = ticket or secrets.new()
    if all(limits.within(rule, "code", _owner(link)) for rule in codes.STRANGERS):
        given = codes.digits()
        kept = codes.hashed(_owner(link), ticket, given)
        session.add(SignInCode(order_link_id=link.id, code_hash=kept, expires_at=now() + codes.LIFE))
        letters.post("code", link.address, language=languages.of_address(link.organisation, link.address), code=given)
    return ticket


def check_code(number: str, email: str, typed: str, ticket: str) -> str | None:
    """Use up a code for an order: return the secret of a link to it, or None when it is wrong, old or tried too often.

    To be asked after `codes.check_code`, which counts the tries of a place.
    """
    link = _of(number, email)
    if link is None or not codes.matches(SignInCode.order_link_id == link.id, _owner(link), ticket, typed):
        return None
    secret = secrets.new()
    made = OrderLink(
        secret_hash=secrets.digest(secret), order_id=link.order_id, organisation_id=link.organisation_id,
        address=link.address, answered_version=link.order.answered_version, by_id=link.by_id, created_at=link.created_at,
        expires_at=min(link.expires_at, now() + LIFE),
    )  # fmt: skip
    session.add(made)
    record_privately(ANONYMOUS, "signed_in", f"{link.address} came to {link.order.number} from its paper",
                     {"how": "paper", "order": link.order.number})  # fmt: skip
    return secret


def _of(number: str, email: str) -> OrderLink | None:
    """The newest link of an order, if it was mailed to this address, has not ended, and nobody signs in with it."""
    query = select(OrderLink).join(Order, Order.id == OrderLink.order_id).where(Order.number == number)
    found = session.scalars(query.order_by(OrderLink.id.desc()).limit(1)).unique().one_or_none()
    over = found is None or found.state == "ended" or email_key(found.address) != email_key(email)
    if over or found is None or codes.usable(email) is not None:
        return None
    return found if order_links.is_shared(found.order) else None


def _owner(link: OrderLink) -> str:
    """All links of an order to an address share their tries and their minute."""
    return f"order:{link.order_id}:{email_key(link.address)}"
