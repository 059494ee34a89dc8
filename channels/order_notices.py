"""Order notices: what a supplier is to be told of its orders goes into one mail, and few of them a day."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions import languages, letters, order_links
from actions import order_notices as notices
from actions.installation import settings
from actions.recipients import Recipient, responsible
from models import db
from models.db import session
from models.jobs import enqueue
from models.orders import ASKED, Order
from models.organisations import Organisation
from models.purchasing import OrderNotice
from models.types import now
from policy import SYSTEM, allowed, first
from policy.doing import ANSWERABLE

HOLD = timedelta(hours=12)  # after one mail the next waits for so long, except where somebody chases: at most two a day
WEIGHT = ("chased", "unanswered", "asked", "promised")  # of several matters of one order the first is told


@dataclass(frozen=True, slots=True)
class Told:
    """One order in a mail: what about it, and where its reader answers it."""

    key: int
    number: str
    reference: str | None
    matter: str
    changed: bool
    days: list[str]
    link: str


def tell_supplier(arguments: dict[str, Any]) -> None:
    """Mail a supplier what it has not been told; too soon after the last mail, everything waits for the next."""
    with db.unit(write=True):
        organisation = session.get_one(Organisation, arguments["organisation"])
        waiting = _untold(organisation.id)
        topical = [one for one in waiting if _topical(one)]
        if topical and not any(one.matter == "chased" for one in topical) and (last := _last(organisation.id)):
            enqueue(session(), "order_notices", due_at=(last.told_at or now()) + HOLD, organisation=organisation.id,
                    unique_key=f"order_notices:{organisation.id}:after:{last.id}")  # fmt: skip
            return
        delivery_id = _mail(organisation, topical) if topical else None
        for one in waiting:
            one.told_at, one.delivery_id = now(), delivery_id if one in topical else None


def remind(arguments: dict[str, Any]) -> None:
    """Put down every reminder that is due today."""
    with db.unit(write=True):
        notices.remind()


def _untold(organisation_id: int) -> list[OrderNotice]:
    query = select(OrderNotice).where(OrderNotice.organisation_id == organisation_id, OrderNotice.told_at.is_(None))
    return list(session.scalars(query.order_by(OrderNotice.id).with_for_update(skip_locked=True)))


def _last(organisation_id: int) -> OrderNotice | None:
    """The newest that went out in a mail within the time that the next has to wait."""
    told = select(OrderNotice).where(
        OrderNotice.organisation_id == organisation_id, OrderNotice.delivery_id.is_not(None),
        OrderNotice.told_at > now() - HOLD,
    )  # fmt: skip
    return session.scalar(told.order_by(OrderNotice.told_at.desc(), OrderNotice.id.desc()).limit(1))


def _topical(notice: OrderNotice) -> bool:
    """Whether it still holds: what was answered, mailed by hand or taken back meanwhile is told to nobody."""
    row = notice.order
    if notice.matter == "promised":
        return row.status in (*ANSWERABLE, "partly_received")
    if notice.matter == "chased":
        return row.status in ASKED or notices.overdue(row)
    if notice.matter == "unanswered":
        return row.status in ASKED and notice.key.startswith(f"{row.answered_version}:")
    return row.status in ASKED and notice.key == str(row.answered_version) and not order_links.mailed(row, notice.at)


def _mail(organisation: Organisation, topical: list[OrderNotice]) -> int | None:
    """Write to everybody responsible there, each in their language; to the organisation's own address where nobody is."""
    by_order: dict[int, list[OrderNotice]] = {}
    for one in sorted(topical, key=lambda one: WEIGHT.index(one.matter)):
        by_order.setdefault(one.order_id, []).append(one)
    made = None
    for reader in responsible(organisation.id):
        told = [seen for group in by_order.values() if (seen := _for_person(reader, group))]
        if told:
            made = _post(organisation, reader.address, told, reader.person.language, reader.person.id)
    if made is None and organisation.email:
        told = [seen for group in by_order.values() if (seen := _for_mailbox(organisation.email, group))]
        language = languages.of_address(organisation, organisation.email)
        made = _post(organisation, organisation.email, told, language) if told else None
    return made


def _for_person(reader: Recipient, group: list[OrderNotice]) -> Told | None:
    """One order as somebody with an account is told of it, who answers it on its page; None if it is not theirs."""
    seen = first(reader.actor, Order, id=group[0].order_id)
    if seen is None or not allowed(reader.actor, "order:confirm", seen):
        return None
    return _told(group, f"{settings().url}/partners/orders/{group[0].order.number}")


def _for_mailbox(address: str, group: list[OrderNotice]) -> Told | None:
    """One order as whoever reads the organisation's mail is told of it, who answers it through a link."""
    row = group[0].order
    if row.status not in ANSWERABLE or not order_links.is_shared(row):
        return None  # what was taken back is not given again by a reminder
    _link, secret = order_links.make(SYSTEM, row, address)
    return _told(group, order_links.address_of(secret))


def _told(group: list[OrderNotice], link: str) -> Told:
    row = group[0].order
    days = [one.key for one in group if one.matter == "promised"]
    return Told(row.id, row.number, row.supplier_reference, group[0].matter, row.status == "changed", days, link)


def _post(
    organisation: Organisation, to: str, told: list[Told], language: str | None = None, person_id: int | None = None
) -> int:
    about = {
        "organisation": organisation.id, "audience": f"partner:{organisation.id}", "orders": [one.key for one in told],
    }  # fmt: skip
    made = letters.post(
        "order_notice", to, language=language, person_id=person_id, about=about, orders=told,
        organisation=organisation.name,
    )  # fmt: skip
    return made.id
