"""Push: one word to each device of whoever is concerned, encrypted for it, saying no more than they may see as it leaves."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions import letters, mail_readers, notice_choices, push, reading
from actions.installation import settings
from actions.log import record
from actions.recipients import Recipient, proven_address
from channels import matters, news, push_post
from models import db
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery, Later, enqueue
from models.messages import STAFF
from models.people import Person
from models.push import PushSubscription
from models.types import now, opaque
from models.words import Words, catalogue
from policy import SYSTEM
from policy.masks import cast
from policy.threads import shaped

GAP = timedelta(minutes=1)  # at most one word about one matter to one device within it
EXCERPT = 160
KIND = "push"


def wanted(recipient: Recipient, row: Conversation, seq: int) -> bool:
    """Whether somebody has a device to tell, and has not read what there is in a conversation."""
    return bool(push.of_reader(recipient.actor)) and news.gather(recipient, row, seq, mailed=False) is not None


def say(recipient: Recipient, matter: str, **what: Any) -> None:
    """Ask for a word about one matter to every device of somebody: `what` is {conversation, seq} or {other: key}."""
    actor = recipient.actor
    about = {"organisation": actor.organisation_id, "audience": actor.reader, **what}
    for device in push.of_reader(actor):
        key = f"push:{device.public_id}:{matter}"
        last = session.scalars(
            select(Delivery).where(Delivery.to_key == key).order_by(Delivery.id.desc()).limit(1)
        ).unique().one_or_none()  # fmt: skip
        if last is not None and (last.state == "pending" or "other" in what):
            continue  # that one says what is newest as it leaves; of an approval or promise at one stage it is said once
        soonest = last.created_at + GAP if last is not None else now()
        about["subject"] = f"#{matter}" if "conversation" in what else matter.split(":", maxsplit=1)[0]
        _put(device, recipient.person, key, about, max(soonest, now()))


def _put(device: PushSubscription, person: Person, key: str, about: dict[str, Any], due: Any) -> None:
    name = opaque()
    made = Delivery(
        public_id=name, kind=KIND, person_id=person.id, to_address=device.session.device or "?", to_key=key, subject=about["subject"],
        body="", message_id=f"push:{name}",
    )  # fmt: skip
    session.add(made)
    session.flush()
    enqueue(session(), KIND, due_at=due, unique_key=f"push:{name}", delivery=made.id, device=device.id, about=about)


def deliver(arguments: dict[str, Any]) -> None:
    """Send one word to one device; a push service that is not there or busy is tried again by the worker."""
    key, about = arguments["delivery"], arguments["about"]
    with db.unit(write=True):
        delivery = session.get_one(Delivery, key)
        if delivery.state != "pending":
            return
        found = _ready(delivery, arguments["device"], about)
        if isinstance(found, Words):
            delivery.state, delivery.error = "failed", found
            return
        device, words = found
        request = push_post.Request(device.endpoint, device.p256dh, device.auth, push.private_key(), words["tag"])
    try:
        status = push_post.send(request, json.dumps(words, ensure_ascii=False).encode())
    except OSError as error:
        _note(key, Words("The push service does not answer: %(why)s", why=str(error)[:200]))
        raise
    _settle(key, arguments["device"], about, status)


def _ready(
    delivery: Delivery, device_id: int, about: dict[str, Any]
) -> Words | tuple[PushSubscription, dict[str, str]]:
    """The device and what it is told, asked of the policy now; or why nothing. Raises Later in quiet hours."""
    device, reader = push.in_force(device_id), mail_readers.of(delivery, about)
    if (
        device is None
        or push.private_key() is None
        or reader is None
        or device.session.membership_id != reader.membership_id
    ):
        return Words("Not sent: this device is not told any more.")
    awake = notice_choices.of(reader).awake(reader.zone, now())
    if awake > now():
        raise Later(awake)
    recipient = Recipient(device_owner(delivery), reader, proven_address(device_owner(delivery)) or "")
    words = _other(recipient, about) if "other" in about else _conversation(recipient, about)
    return (device, words) if words else Words("Not sent: it was seen or settled, or is no longer theirs to see.")


def device_owner(delivery: Delivery) -> Person:
    """Whose device it is."""
    return session.get_one(Person, delivery.person_id)


def _conversation(recipient: Recipient, about: dict[str, Any]) -> dict[str, str] | None:
    """What is unread in a conversation, whatever was told of it by mail: the newest of it."""
    row = session.get(Conversation, about["conversation"])
    found = news.gather(recipient, row, about["seq"], mailed=False) if row else None
    if row is None or found is None:
        return None
    newest = shaped(found.actor, cast(row, settings().business_name), found.messages[-1:])[0]
    reading.saw_conversation(found.actor, found.conversation, "push")
    title = found.subject or catalogue(found.actor.language).gettext("New message")
    body = f"{newest['author']['name']}: {letters.beginning(newest['body'], EXCERPT)}"
    return {"title": title, "body": body, "url": found.link, "tag": f"conversation-{row.number}"}


def _other(recipient: Recipient, about: dict[str, Any]) -> dict[str, str] | None:
    kind, subject_id, stage = about["other"]
    found = matters.told(recipient, kind, subject_id, stage)
    if found is None:
        return None
    title, body = letters.of_matter(found, recipient.actor.language)
    return {"title": title, "body": letters.beginning(body, EXCERPT), "url": found.link, "tag": f"{kind}-{subject_id}"}


def _settle(key: int, device_id: int, about: dict[str, Any], status: int) -> None:
    """Note how it went. Raises OSError for what may go well later."""
    if status == 429 or status >= 500:
        _note(key, Words("The push service says: later (%(code)s).", code=status))
        raise OSError(f"the push service answered {status}")
    with db.unit(write=True):
        delivery = session.get_one(Delivery, key)
        if 200 <= status < 300:
            delivery.state, delivery.sent_at, delivery.error = "sent", now(), None
            record(
                SYSTEM, "push_sent", f"Told on a device: {delivery.to_address}",
                {about.get("organisation"): about.get("audience", STAFF)}, direction="outbound",
                person_id=delivery.person_id, conversation_id=about.get("conversation"),
                subject=("delivery", delivery.public_id),
            )  # fmt: skip
            return
        delivery.state = "failed"
        delivery.error = Words("The push service does not take it: %(code)s", code=status)
        if status in (404, 410):
            push.end(device_id)


def _note(key: int, words: Words) -> None:
    with db.unit(write=True):
        session.get_one(Delivery, key).error = words


def give_up(arguments: dict[str, Any]) -> None:
    """Say that a word failed for good, in the transaction in which its job is parked."""
    delivery = session.get(Delivery, arguments["delivery"])
    if delivery is not None and delivery.state == "pending":
        delivery.state = "failed"


HANDLERS = {KIND: deliver}
