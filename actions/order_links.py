"""Order links: a purchase order sent by mail, and answered from that mail without an account."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from actions import enrolling, languages, letters, order_mails, orders, secrets, suppliers
from actions.installation import settings
from actions.log import record
from models.db import session
from models.order_links import OrderLink
from models.orders import ASKED, Order, OrderChange
from models.shares import Share
from models.types import now
from models.words import Words
from policy import Actor, NotFound, Refused, require
from policy.doing import ANSWERABLE
from policy.seeing import active
from policy.seen import unwrap

LIFE = timedelta(days=90)
GONE = {
    "answered": Words("This order was answered through this link already."),
    "superseded": Words("This order has been answered or changed since this mail was sent. Use the newest mail."),
    "ended": Words("This link has ended. Ask for a new mail."),
}


def mail(actor: Actor, order: Any, address: str | None = None) -> OrderLink:
    """Send a purchase order to its supplier by mail, with a PDF and a link that answers it without an account.

    It goes to `address`, else to the organisation's own; earlier links of the order end. What the supplier is not
    shown on its page stands neither behind the link nor in the PDF. Raises Forbidden, Invalid, and Refused with
    `conflict` for an order that cannot be answered.
    """
    require(actor, "order:mail", order)
    row: Order = unwrap(order)
    if row.status not in ANSWERABLE:
        raise Refused("conflict", "%(number)s is not waiting for an answer.", number=row.number)
    to = enrolling.address(address or row.organisation.email or "")
    made, secret = make(actor, row, to)
    _post(made, row, secret)
    record(actor, "order_mailed", f"{row.number} sent to {to}", {row.organisation_id: f"partner:{row.organisation_id}"},
           subject=("order", row.number), channel="email", direction="outbound", department="purchasing")  # fmt: skip
    return made


def mail_as_sent(actor: Actor, row: Order) -> None:
    """Mail an order that was sent, unless somebody did meanwhile, it was answered, or nobody can be written to."""
    if row.status not in ASKED or row.asked_at is None or mailed(row, row.asked_at):
        return
    to = order_mails.address(row)
    if to is None:
        order_mails.say_unmailed(actor, row)
    else:
        mail(actor, row, to)


def make(actor: Actor, row: Order, address: str) -> tuple[OrderLink, str]:
    """Make the one link of an order that is open, and the secret that opens it; earlier links of the order end."""
    _end_earlier(row)
    if not is_shared(row):
        orders.share_with_supplier(actor, row)
    secret = secrets.new()
    made = OrderLink(
        secret_hash=secrets.digest(secret), order_id=row.id, organisation_id=row.organisation_id, address=address,
        answered_version=row.answered_version, by_id=actor.person_id, expires_at=now() + LIFE,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.refresh(made)
    return made, secret


def address_of(secret: str) -> str:
    """The address that a link is opened at."""
    return f"{settings().url}/order/{secret}"


def mailed(row: Order, since: datetime) -> bool:
    """Whether an order was sent by mail since some time."""
    return (
        session.scalar(select(OrderLink.id).where(OrderLink.order_id == row.id, OrderLink.created_at >= since))
        is not None
    )


def _end_earlier(row: Order) -> None:
    open_links = update(OrderLink).where(
        OrderLink.order_id == row.id, OrderLink.ended_at.is_(None), OrderLink.used_at.is_(None)
    )
    session.execute(open_links.values(ended_at=now()))


def is_shared(row: Order) -> bool:
    """Whether an order is shared with its supplier so that everybody there may answer it."""
    found = select(Share.id).where(
        Share.subject_type == "order", Share.subject_id == row.id, Share.organisation_id == row.organisation_id,
        Share.person_id.is_(None), Share.level.in_(("respond", "edit")), active(),
    )  # fmt: skip
    return session.scalar(found.limit(1)) is not None


def _post(link: OrderLink, row: Order, secret: str) -> None:
    about = {"organisation": row.organisation_id, "audience": f"partner:{row.organisation_id}", "order_link": link.id}
    letters.post(
        "order", link.address, key=link.public_id, about=about, number=row.number, organisation=row.organisation.name,
        link=address_of(secret), language=languages.of_address(row.organisation, link.address),
        coded=suppliers.policy_of(row.organisation_id).access_code,
    )  # fmt: skip


def opened(secret: str) -> tuple[OrderLink, Actor]:
    """Find the link that a secret opens, and who comes through it. Raises NotFound."""
    found = session.scalar(select(OrderLink).where(OrderLink.secret_hash == secrets.digest(secret))) if secret else None
    if found is None:
        raise NotFound
    return found, reader(found)


def reader(link: OrderLink) -> Actor:
    """Whoever reads the mail: the supplier's side, seeing nothing but this one order."""
    return Actor(
        side="partner", name=link.address, email=link.address, organisation_id=link.organisation_id,
        organisation_public_id=link.organisation.public_id, organisation_name=link.organisation.name,
        organisation_ids=frozenset({link.organisation_id}), link_id=link.id, order_id=link.order_id,
        language=languages.of_address(link.organisation, link.address) or settings().language, zone=settings().zone,
    )  # fmt: skip


def answer(
    link: OrderLink, order: Any, response: str, lines: Sequence[Mapping[str, Any]] = (), note: str | None = None,
    reference: str | None = None,
) -> OrderChange:  # fmt: skip
    """Answer an order through its link, once. Raises Invalid, and Refused with `conflict` when the link is spent."""
    if link.state != "open":
        raise Refused("conflict", GONE[link.state])
    made = orders.confirm(reader(link), order, response, lines, note, link.answered_version, reference)
    link.used_at = now()
    return made
