"""Notices: who is told by mail that there is something new to read or to settle, and what of it they may be told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from actions import letters, notice_choices, reading
from actions import matters as concerns
from actions.installation import settings
from actions.notice_choices import Choice
from actions.recipients import Recipient, recipients
from channels import digests, matters, news, push
from channels.matters import Told
from channels.news import News
from models import db
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery, enqueue, waits
from models.messages import STAFF, Message
from models.notices import NoticeMatter
from models.types import now
from policy import Actor
from policy.masks import cast
from policy.threads import shaped

QUIET = timedelta(minutes=10)  # at most one mail per matter and person within it
AT_ONCE = ("notice", "matter")
A_DAY = 5  # mails at once to one person; what comes after them on the same day waits for the digest
SHOWN = 5


def tell_readers(arguments: dict[str, Any]) -> None:
    """Tell everybody concerned of a message by mail; `person` restricts it to one whose mail had to wait.

    Most messages were read or told of by then: whether there is anything to do is asked before anybody else who writes
    has to wait.
    """
    only = arguments.get("person")
    with db.unit(write=False):
        if not any(_to_tell(*one, only) for one in _concerned(arguments)):
            return
    with db.unit(write=True):
        for recipient, row, message in _concerned(arguments):
            if only in (None, recipient.person.id):
                _tell(recipient, row, message)
            if only is None and push.wanted(recipient, row, message.seq):
                push.say(recipient, row.number, conversation=row.id, seq=message.seq)


def _concerned(arguments: dict[str, Any]) -> list[tuple[Recipient, Conversation, Message]]:
    """Everybody who may want to know of a message, with it and its conversation."""
    wanted = select(Message).where(
        Message.conversation_id == arguments["conversation"], Message.seq == arguments["seq"]
    )
    message = session.execute(wanted).unique().scalar_one_or_none()
    if message is None or message.audience == STAFF:
        return []
    row = session.get_one(Conversation, message.conversation_id)
    return [(recipient, row, message) for recipient in recipients(row, message)]


@dataclass(frozen=True, slots=True)
class Plan:
    """How somebody is told: what is new, in the daily mail, at once, or by another job under a key at a later time."""

    found: News
    choice: Choice
    daily: bool = False
    due: datetime | None = None
    key: str = ""


def _plan(recipient: Recipient, row: Conversation, message: Message) -> Plan | None:
    found = news.gather(recipient, row, message.seq)
    choice = notice_choices.of(recipient.actor)
    if found is None or choice.pace == "never":
        return None
    if _waits_for_digest(recipient, choice):
        return Plan(found, choice, daily=True)
    recent = _recent(recipient, row)
    due = choice.awake(recipient.actor.zone, recent.created_at + QUIET if recent else now())
    if recent is None and due <= now():
        return Plan(found, choice)
    after = recent.id if recent else f"{due:%Y-%m-%dT%H:%M}"
    return Plan(found, choice, due=due, key=f"notice:{row.id}:{recipient.person.id}:after:{after}")


def _to_tell(recipient: Recipient, row: Conversation, message: Message, only: int | None) -> bool:
    """Whether there is anything to do for somebody that was not asked for already."""
    if only is None and push.wanted(recipient, row, message.seq):
        return True
    plan = _plan(recipient, row, message) if only in (None, recipient.person.id) else None
    return plan is not None and not (plan.key and waits(session(), plan.key))


def _tell(recipient: Recipient, row: Conversation, message: Message) -> None:
    plan = _plan(recipient, row, message)
    if plan is None:
        return
    if plan.daily:
        digests.hold(recipient, plan.choice, row, plan.found.messages[0].seq)
    elif plan.due is None:
        _post(plan.found, row)
    else:
        enqueue(session(), "notice", due_at=plan.due, conversation=row.id, seq=message.seq, person=recipient.person.id,
                unique_key=plan.key)  # fmt: skip


def _waits_for_digest(recipient: Recipient, choice: Choice) -> bool:
    return choice.pace == "daily" or _told_today(recipient) >= A_DAY


def _told_today(recipient: Recipient) -> int:
    """How many mails at once somebody was sent since midnight where they are."""
    here = now().astimezone(ZoneInfo(recipient.actor.zone))
    query = select(func.count()).where(
        Delivery.person_id == recipient.person.id, Delivery.kind.in_(AT_ONCE),
        Delivery.created_at >= here.replace(hour=0, minute=0, second=0, microsecond=0),
    )  # fmt: skip
    return session.scalar(query) or 0


def _recent(recipient: Recipient, row: Conversation) -> Delivery | None:
    query = select(Delivery).where(
        Delivery.conversation_id == row.id, Delivery.person_id == recipient.person.id,
        Delivery.created_at > now() - QUIET,
    )  # fmt: skip
    return session.execute(query.order_by(Delivery.id.desc()).limit(1)).unique().scalar_one_or_none()


def _post(found: News, row: Conversation) -> None:
    actor, person = found.actor, found.recipient.person
    who = cast(row, settings().business_name)
    shown = shaped(actor, who, found.messages[-SHOWN:])
    newest, more = found.messages[-1].seq, max(0, len(found.messages) - SHOWN)
    reading.saw_conversation(actor, found.conversation, "mail")
    letters.post(
        "notice", found.recipient.address, language=person.language, person_id=person.id, conversation_id=row.id,
        seq=newest, key=f"{row.number}.{newest}.{person.public_id}", about=_about(actor), number=row.number,
        subject=found.subject, messages=shown, more=more,
        link=found.link, choices=f"{settings().url}{news.CHOICES}",
    )  # fmt: skip


def _about(actor: Actor) -> dict[str, Any]:
    """Whose timeline the mail stands on."""
    return {"organisation": actor.organisation_id, "audience": actor.reader}


def tell_concerned(arguments: dict[str, Any]) -> None:
    """Tell those whom an approval or a promise concerns by mail; `daily` only those who are told once a day."""
    with db.unit(write=True):
        found = concerns.concerned(arguments["matter"], arguments["subject"])
        concerns.stir(one.person.id for one in found)
        for recipient in found:
            if arguments.get("person") in (None, recipient.person.id):
                _tell_matter(recipient, arguments)


def _tell_matter(recipient: Recipient, arguments: dict[str, Any]) -> None:
    asked = arguments["matter"], arguments["subject"], arguments["stage"]
    if not arguments.get("daily") and (now_told := matters.told(recipient, *asked)):
        push.say(recipient, ":".join(map(str, now_told.key)), other=now_told.key)
    choice = notice_choices.of(recipient.actor)
    if choice.pace == "never" or (arguments.get("daily") and choice.pace != "daily"):
        return
    found = matters.told(recipient, *asked)
    if found is None:
        return
    if _waits_for_digest(recipient, choice):
        digests.hold_matter(recipient, choice, found)
        return
    recent = _told_lately(recipient, found)
    due = choice.awake(recipient.actor.zone, recent + QUIET if recent else now())
    if due > now():
        key = f"matter:{':'.join(map(str, found.key))}:{recipient.person.id}:{due:%Y-%m-%dT%H:%M}"
        enqueue(session(), "matter", due_at=due, unique_key=key, **arguments | {"person": recipient.person.id})
    elif digests.note(recipient, found, waits=False):
        _post_matter(recipient, found)


def _told_lately(recipient: Recipient, found: Told) -> datetime | None:
    """When somebody was told of the same approval or promise, as it stood then, within the last minutes."""
    kind, subject_id, stage = found.key
    query = select(func.max(NoticeMatter.at)).where(
        NoticeMatter.person_id == recipient.person.id, NoticeMatter.kind == kind, NoticeMatter.subject_id == subject_id,
        NoticeMatter.stage != stage, NoticeMatter.at > now() - QUIET, ~NoticeMatter.waits,
    )  # fmt: skip
    return session.scalar(query)


def _post_matter(recipient: Recipient, found: Told) -> None:
    letters.post(
        "matter", recipient.address, language=recipient.person.language, person_id=recipient.person.id, one=found,
        about=_about(recipient.actor) | {"others": [found.key]}, choices=f"{settings().url}{news.CHOICES}",
    )  # fmt: skip


HANDLERS = {"notice": tell_readers, "matter": tell_concerned}
