"""Digests: what somebody is not told at once is told once a day in one mail, or not at all once they have read it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from actions import letters, notice_choices, reading
from actions import matters as concerns
from actions.installation import settings
from actions.notice_choices import Choice
from actions.recipients import Recipient, recipients
from channels import matters as others
from channels import news
from channels.matters import Told
from models import db
from models.conversations import Conversation
from models.db import session
from models.jobs import Delivery, enqueue
from models.messages import Message
from models.notices import DigestMatter, NoticeMatter
from models.types import now, opaque
from policy.masks import cast
from policy.threads import shaped

SHOWN = 20  # matters that a digest says something of; the rest is counted
EXCERPT = 240  # characters of the newest message


@dataclass(frozen=True, slots=True)
class Matter:
    """One conversation in a digest: how much is new, and the newest of it as its reader may see it."""

    row: DigestMatter
    number: str
    subject: str
    count: int
    newest: dict[str, Any]
    words: str
    first: int
    last: int
    link: str


def hold(recipient: Recipient, choice: Choice, row: Conversation, seq: int) -> None:
    """Keep a message for the next digest of somebody, and ask for that."""
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    values = {"person_id": recipient.person.id, "conversation_id": row.id, "waits_from": seq, "told": 0, "at": now()}
    waits = DigestMatter.waits_from.is_(None)
    session.execute(
        insert(DigestMatter).values(values).on_conflict_do_update(
            index_elements=["person_id", "conversation_id"], set_={"waits_from": seq, "at": now()}, where=waits
        )
    )  # fmt: skip
    _ask(recipient.person.id, choice.digest(recipient.actor.zone, now()))


def hold_matter(recipient: Recipient, choice: Choice, found: Told) -> None:
    """Keep an approval or a promise for the next digest of somebody who has not been told of it."""
    if note(recipient, found, waits=True):
        _ask(recipient.person.id, choice.digest(recipient.actor.zone, now()))


def note(recipient: Recipient, found: Told, waits: bool) -> bool:
    """Note that somebody is told of a matter, or will be; False where they were told of it at this stage before."""
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    kind, subject_id, stage = found.key
    values = {"person_id": recipient.person.id, "kind": kind, "subject_id": subject_id, "stage": stage, "waits": waits,
              "at": now()}  # fmt: skip
    step = insert(NoticeMatter).values(values).on_conflict_do_nothing().returning(NoticeMatter.id)
    return session.scalar(step) is not None


def _ask(person_id: int, due: datetime) -> None:
    enqueue(session(), "digest", due_at=due, unique_key=f"digest:{person_id}:{due:%Y-%m-%dT%H:%M}", person=person_id)


def tell(arguments: dict[str, Any]) -> None:
    """Send the digest of one person: a job; what was read or told of meanwhile, or is no longer theirs, is left out."""
    with db.unit(write=True):
        waiting = select(DigestMatter).where(
            DigestMatter.person_id == arguments["person"], DigestMatter.waits_from.is_not(None)
        )
        found: dict[tuple[str, int | None], list[tuple[Recipient, Matter | Told]]] = defaultdict(list)
        for one in session.scalars(waiting.order_by(DigestMatter.at, DigestMatter.id).with_for_update()).all():
            if (matter := _matter(one)) is not None:
                recipient = matter[0]
                found[recipient.actor.side, recipient.actor.organisation_id].append(matter)
            one.waits_from = None
        for recipient, told in _others(arguments["person"]):
            found[recipient.actor.side, recipient.actor.organisation_id].append((recipient, told))
        for group in found.values():
            _post(group[0][0], [matter for _, matter in group])


def _others(person_id: int) -> list[tuple[Recipient, Told]]:
    """The approvals and promises that wait for somebody's digest and are still to be told, each once."""
    waiting = select(NoticeMatter).where(NoticeMatter.person_id == person_id, NoticeMatter.waits)
    found: dict[tuple[str, int], tuple[Recipient, Told]] = {}
    for one in session.scalars(waiting.order_by(NoticeMatter.id).with_for_update()).all():
        one.waits = False
        for recipient in concerns.concerned(one.kind, one.subject_id):
            wanted = recipient.person.id == person_id and notice_choices.of(recipient.actor).pace != "never"
            if wanted and (told := others.told(recipient, one.kind, one.subject_id, one.stage)):
                found[one.kind, one.subject_id] = recipient, told
    return list(found.values())


def _matter(one: DigestMatter) -> tuple[Recipient, Matter] | None:
    """What is new in one conversation for the person whom it waits for; None when there is nothing left to tell."""
    row = session.get_one(Conversation, one.conversation_id)
    message = session.scalar(select(Message).where(Message.conversation_id == row.id, Message.seq == one.waits_from))
    mine = [each for each in recipients(row, message) if each.person.id == one.person_id] if message else []
    wanted = bool(mine) and notice_choices.of(mine[0].actor).pace != "never"
    found = news.gather(mine[0], row, message.seq) if wanted and message else None
    if found is None:
        return None
    newest = shaped(found.actor, cast(row, settings().business_name), found.messages[-1:])[0]
    reading.saw_conversation(found.actor, found.conversation, "mail")
    return mine[0], Matter(
        one, row.number, found.subject, len(found.messages), newest, letters.beginning(newest["body"], EXCERPT),
        found.messages[0].seq, found.messages[-1].seq, found.link,
    )  # fmt: skip


def _post(recipient: Recipient, everything: list[Matter | Told]) -> None:
    matters = [one for one in everything if isinstance(one, Matter)]
    beside = [one for one in everything if isinstance(one, Told)]
    actor, shown = recipient.actor, matters[:SHOWN]
    for one in matters:
        one.row.told = one.last
    about = {"organisation": actor.organisation_id, "audience": actor.reader,
             "matters": [[one.row.conversation_id, one.first, one.last] for one in shown],
             "others": [one.key for one in beside]}  # fmt: skip
    letters.post(
        "digest", recipient.address, language=recipient.person.language, person_id=recipient.person.id, key=opaque(),
        about=about, matters=shown, others=beside, more=len(matters) - len(shown), messages=sum(one.count for one in matters),
        choices=f"{settings().url}{news.CHOICES}",
    )  # fmt: skip


def tell_again(delivery: Delivery, about: dict[str, Any]) -> None:
    """Let what a digest told that was kept back wait for another one: each matter that is still its reader's."""
    for conversation_id, first, _last in about.get("matters", ()):
        step = update(DigestMatter).where(
            DigestMatter.person_id == delivery.person_id, DigestMatter.conversation_id == conversation_id
        )
        session.execute(step.values(waits_from=first, told=first - 1))
    for kind, subject_id, _stage in about.get("others", ()):
        mine = update(NoticeMatter).where(
            NoticeMatter.person_id == delivery.person_id, NoticeMatter.kind == kind,
            NoticeMatter.subject_id == subject_id,
        )  # fmt: skip
        session.execute(mine.values(waits=True))
    if delivery.person_id is not None:
        enqueue(session(), "digest", unique_key=f"digest:instead:{delivery.id}", person=delivery.person_id)


HANDLERS = {"digest": tell}
