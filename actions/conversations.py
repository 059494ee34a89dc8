"""Conversations: starting, replying, reading, and moving them along."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from actions import files
from actions.access import access_changed
from actions.checks import checked, client_id, is_whole, not_merged, whole
from actions.claiming import claim
from actions.log import record
from actions.resends import started_before, unless_merged
from models import db, text
from models.conversations import PRIORITIES, Conversation, Party, Read
from models.db import session
from models.messages import CUSTOMER, EVERYONE, STAFF, NewMessage, Stored
from models.organisations import Organisation
from models.sequence import append
from models.settings import next_number
from models.staff import Staff, Team
from models.types import now
from models.words import Words
from policy import Actor, Forbidden, Invalid, Refused, require
from policy.seen import unwrap
from policy.threads import last_seq


def start(
    actor: Actor,
    subject: str,
    body: str,
    *,
    organisation: Organisation | None = None,
    person_id: int | None = None,
    about: tuple[str, str] | None = None,
    channel: str = "portal",
    message_client_id: str | None = None,
    audience: str | None = None,
    attachments: Sequence[str] = (),
) -> tuple[Conversation, Stored]:
    """Begin a conversation with its first message; the same client id twice is one conversation.

    A customer's goes to the business; staff begin one on behalf of `organisation`. `about` is (type, public id) of a
    record the caller has already found. Raises Forbidden, Invalid.
    """
    require(actor, "conversation:start")  # partners begin one about what is shared: parties.start_as_partner
    subject = checked("subject", text.line, subject)
    message_id = client_id(message_client_id)
    before = started_before(actor, message_id)
    if before is not None:
        heard_by = audience or _own(actor, before)
        return before, reply(
            actor, before, body, message_client_id=message_id, audience=heard_by, attachments=attachments
        )
    conversation = _new(actor, subject, organisation, person_id, about, channel)
    first = prepare_reply(
        actor, conversation, body, message_client_id=message_id, channel=channel,
        audience=audience or _own(actor, conversation), attachments=attachments,
    )  # fmt: skip
    stored = say(first)
    heard_by = STAFF if first.audience == STAFF else CUSTOMER
    record(
        actor, "conversation_started", subject, {conversation.organisation_id: heard_by}, channel=channel,
        direction="outbound" if actor.side == "staff" else "inbound", conversation_id=conversation.id,
        subject=("conversation", conversation.number), person_id=conversation.person_id,
    )  # fmt: skip
    session.refresh(conversation)
    db.tell("conversation", conversation.id)
    return conversation, stored


def _own(actor: Actor, conversation: Conversation) -> str:
    """With nothing answered: an outsider addresses us, staff address the customer they write to."""
    if actor.side == "staff":
        return CUSTOMER if conversation.organisation_id else STAFF
    return actor.reader


def _new(
    actor: Actor, subject: str, organisation: Any, person_id: int | None, about: tuple[str, str] | None, channel: str
) -> Conversation:
    organisation_id = unwrap(organisation).id if organisation is not None else actor.organisation_id
    conversation = Conversation(
        number=str(next_number(session(), "conversations", 2000)), subject=subject, channel=channel,
        organisation_id=organisation_id, person_id=person_id if actor.side == "staff" else actor.person_id,
        about_type=about[0] if about else None, about_id=about[1] if about else None,
        status="open" if actor.side == "staff" else "new", assignee_id=actor.staff_id,
    )  # fmt: skip
    session.add(conversation)
    session.flush()
    if organisation_id:
        session.add(Party(conversation_id=conversation.id, organisation_id=organisation_id, side="customer"))
        session.flush()
    return conversation


def checked_audience(actor: Actor, conversation: Any, audience: str | None) -> str:
    """Whom an actor may write to in a conversation. Raises Forbidden, Invalid."""
    heard_by = audience or (STAFF if actor.side == "staff" else actor.reader)
    require(actor, "conversation:note" if heard_by == STAFF else "conversation:reply", conversation)
    if actor.outside and heard_by not in (EVERYONE, actor.reader):
        raise Forbidden("conversation:address")
    if heard_by not in (EVERYONE, STAFF) and heard_by not in unwrap(conversation).heads:
        raise Invalid("audience", "is nobody in this conversation")
    return heard_by


def prepare_reply(
    actor: Actor,
    conversation: Any,
    body: str,
    *,
    audience: str | None = None,
    message_client_id: str | None = None,
    channel: str = "portal",
    seen: int | None = None,
    attachments: Sequence[str] = (),
) -> NewMessage:
    """Check that an actor may say something and build the message; nothing is written.

    `audience` is everyone, customer, partner:ID or staff; None means the actor's own narrow default. `seen` is the
    newest seq the author had read: what others wrote since makes the send stale. `attachments` are ids of own files;
    with one the body may be empty. Raises Forbidden, Invalid, NotFound, Refused.
    """
    row: Conversation = unwrap(conversation)
    heard_by = checked_audience(actor, conversation, audience)
    if seen is not None and not is_whole(seen):
        raise Invalid("seen", "must be the number of a message")
    return unless_merged(row, NewMessage(
        conversation_id=row.id, access_version=row.access_version, author_id=actor.person_id,
        author_side="staff" if actor.side == "system" else actor.side, author_name=actor.name, signed_as=actor.signed_as,
        author_public_id=actor.public_id, author_organisation_id=actor.organisation_id,
        author_organisation=actor.organisation_name, audience=heard_by,
        body=checked("body", text.clean if attachments else text.body, body), client_id=client_id(message_client_id),
        channel=channel, seen=seen, attachments=files.own(actor, attachments),
    ))  # fmt: skip


def reply(actor: Actor, conversation: Any, body: str, **how: Any) -> Stored:
    """Say something in a conversation: prepare it, store it, and tell those who listen after the commit.

    Raises Forbidden, Invalid, and Refused with `conflict` or `stale`.
    """
    return say(prepare_reply(actor, conversation, body, **how))


def say(new: NewMessage) -> Stored:
    """Store a prepared message, and tell those who listen after the commit. Raises Refused with `conflict` or `stale`."""
    session.flush()
    stored = refused_or_stored(append(session.connection(), [new])[0])
    if not stored.duplicate:
        db.tell("stored", stored)
    return stored


def refused_or_stored(answer: Stored | str) -> Stored:
    """Turn one answer of `append` into the stored message, or raise Refused with the reason in words."""
    if isinstance(answer, str):
        raise Refused(*_REFUSALS[answer])
    return answer


CHANGED = Words("Somebody changed this conversation meanwhile. Look at the current values and try again.")
_REFUSALS = {
    "not_found": ("not_found", Words("This conversation does not exist.")),
    "conflict": ("conflict", Words("Another message was already sent under this id.")),
    "reauthorise": ("conflict", Words("Who takes part has just changed. Look again and send once more.")),
    "used": ("conflict", Words("A file was sent already with another message. Attach it again.")),
    "invalid": ("invalid", Words("This message cannot be kept as it is written.")),
    "stale": ("conflict", Words("Somebody has written since you last looked. Read it, then send again.")),
}


def change(actor: Actor, conversation: Conversation, what: dict[str, Any], audience: str = STAFF) -> Stored:
    """Put a change into the conversation's sequence, for the readers of `audience`."""
    session.flush()
    new = NewMessage(
        conversation_id=conversation.id, access_version=conversation.access_version, author_id=actor.person_id,
        author_side=actor.side if actor.side != "system" else "system", author_name=actor.name, signed_as=actor.signed_as,
        author_public_id=actor.public_id, author_organisation_id=actor.organisation_id,
        author_organisation=actor.organisation_name, audience=audience, body="", kind="change", change=what,
    )  # fmt: skip
    stored = say(new)
    session.refresh(conversation)
    db.tell("conversation", conversation.id)
    return stored


def set_status(actor: Actor, conversation: Any, status: str) -> None:
    """Solve, close or reopen a conversation, or say whom it waits for. Raises Forbidden, Invalid."""
    row: Conversation = unwrap(conversation)
    verbs = {"solved": "solve", "closed": "solve", "open": "reopen" if row.status in ("solved", "closed") else "change"}
    require(actor, f"conversation:{verbs.get(status, 'change')}", conversation)
    if status not in ("open", "waiting_on_customer", "waiting_on_partner", "solved", "closed"):
        raise Invalid("status", "must be open, waiting_on_customer, waiting_on_partner, solved or closed")
    not_merged(row)
    before, row.status = row.status, status
    if before == status:
        return
    row.solved_at = now() if status in ("solved", "closed") else None
    row.waiting_since = None if status != "open" or actor.side == "staff" else now()
    audience = EVERYONE if row.organisation_id is None else STAFF if row.internal else CUSTOMER
    _changed(actor, row, {"status": {"from": before, "to": status}}, audience, f"{before} → {status}")


def update_fields(actor: Actor, conversation: Conversation, values: dict[str, Any], version: int | None = None) -> None:
    """Change subject, priority, assignee or team as staff; a stale `version` is refused with `conflict`."""
    require(actor, "conversation:change", conversation)
    if version is not None and version != conversation.version:
        raise Refused("conflict", CHANGED)
    changes: dict[str, Any] = {}
    if "assignee" in values and values["assignee"] is not conversation.assignee:
        require(actor, "conversation:assign", conversation)
    for name, value in values.items():
        _FIELDS[name](conversation, value, changes)
    if not changes:
        return
    conversation.updated_at = now()
    claim(conversation, CHANGED, version)
    words = ", ".join(f"{name}: {one['from'] or '–'} → {one['to'] or '–'}" for name, one in changes.items())
    _changed(actor, conversation, changes, STAFF, words)


def _set_subject(row: Conversation, value: Any, changes: dict[str, Any]) -> None:
    value = checked("subject", text.line, value)
    if value != row.subject:
        changes["subject"] = {"from": row.subject, "to": value}
        row.subject = value


def _set_priority(row: Conversation, value: Any, changes: dict[str, Any]) -> None:
    if value not in PRIORITIES:
        raise Invalid("priority", "must be one of %(names)s", names=", ".join(PRIORITIES))
    if value != row.priority:
        changes["priority"] = {"from": row.priority, "to": value}
        row.priority = value


def _set_assignee(row: Conversation, value: Staff | None, changes: dict[str, Any]) -> None:
    if (value.id if value else None) != row.assignee_id:
        changes["assignee"] = {"from": row.assignee.name if row.assignee else None, "to": value.name if value else None}
        row.assignee_id, row.assignee = (value.id, value) if value else (None, None)


def _set_team(row: Conversation, value: Team | None, changes: dict[str, Any]) -> None:
    if (value.id if value else None) != row.team_id:
        changes["team"] = {"from": row.team.name if row.team else None, "to": value.name if value else None}
        row.team_id, row.team = (value.id, value) if value else (None, None)


_FIELDS = {"subject": _set_subject, "priority": _set_priority, "assignee": _set_assignee, "team": _set_team}


def _changed(actor: Actor, row: Conversation, what: dict[str, Any], audience: str, words: str) -> None:
    if "team" in what or what.get("assignee", {}).get("from"):
        access_changed(row)  # agents of the team it left, and who held it before, hear nothing more
    change(actor, row, what, audience)
    record(
        actor, "conversation_changed", words, {row.organisation_id: audience}, conversation_id=row.id,
        subject=("conversation", row.number), person_id=row.person_id, detail=what,
    )  # fmt: skip


def mark_read(actor: Actor, conversation: Any, seq: int) -> None:
    """Remember how far an actor has read; a pointer never goes back, nor beyond what the actor may see."""
    require(actor, "conversation:read", conversation)
    whole("seq", seq, Words("must be the number of a message"))
    if actor.person_id is None:
        return
    seq = min(seq, last_seq(actor, conversation))
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    row = {
        "conversation_id": conversation.id, "person_id": actor.person_id, "reader": actor.reader, "seq": seq, "at": now(),
    }  # fmt: skip
    step = insert(Read).values(row)
    step = step.on_conflict_do_update(
        index_elements=["conversation_id", "person_id"],
        set_={"seq": step.excluded.seq, "at": step.excluded.at, "reader": step.excluded.reader},
        where=Read.seq < step.excluded.seq,
    )
    if db.touched(step):
        db.tell("read", row | {"name": actor.name, "public_id": actor.public_id})


def assign(actor: Actor, conversation: Conversation, to: Staff | None) -> None:
    """Give a conversation to a colleague, but only if nobody took it meanwhile. Raises Refused with `conflict`."""
    require(actor, "conversation:assign", conversation)
    held = conversation.assignee_id
    taken = update(Conversation).where(Conversation.id == conversation.id)
    taken = taken.where(Conversation.assignee_id == held if held else Conversation.assignee_id.is_(None))
    session.flush()
    if not db.touched(taken.values(assignee_id=to.id if to else None)):
        raise Refused("conflict", "A colleague took this conversation a moment ago.")
    before = conversation.assignee.name if conversation.assignee else None
    session.refresh(conversation)
    what = {"assignee": {"from": before, "to": to.name if to else None}}
    _changed(actor, conversation, what, STAFF, f"assignee: {before or '–'} → {to.name if to else '–'}")
