"""Documents: files put on an order or an issue, for those who may read them there."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, update

from actions import files
from actions.log import record
from models import db
from models.db import session
from models.files import Attachment, File
from models.issues import Issue
from models.messages import CUSTOMER, EVERYONE, STAFF
from models.orders import Order
from models.types import now
from policy import Actor, Forbidden, Invalid, Refused, require
from policy.fields import NOUNS
from policy.seen import unwrap


def attach(actor: Actor, subject: Any, ids: Sequence[str], audience: str | None = None) -> list[Attachment]:
    """Put own uploaded files on an order or an issue.

    `audience` is everyone (whoever may read its documents), customer or partner (whom an order is with) or staff; None is
    the narrowest: only us, for a partner it and us. Raises Forbidden, Invalid, NotFound, and Refused with `conflict` when
    a file is in use already.
    """
    row: Order | Issue = unwrap(subject)
    noun = NOUNS[type(row)]
    require(actor, f"{noun}:attach", subject)
    heard_by = _audience(actor, row, audience)
    if not ids:
        raise Invalid("attachments", "are missing: choose at least one file")
    found = files.free(actor, ids)
    tied = tie(actor, noun, row.id, found, heard_by)
    names = ", ".join(one.name for one in found)
    _log(
        actor,
        "documents_attached",
        row,
        f"{names} attached to {row.number}",
        heard_by,
        [one.public_id for one in found],
    )
    session.flush()
    return tied


def tie(actor: Actor, noun: str, key: int, found: Sequence[File], audience: str) -> list[Attachment]:
    """Tie free files to what they belong to. Raises Refused with `conflict` when one was used a moment ago."""
    step = update(File).where(File.id.in_([one.id for one in found]), File.state == "uploaded")
    if db.touched(step.values(state="attached"), execution_options={"synchronize_session": False}) != len(found):
        raise Refused("conflict", "One of these files is in use already: attach it again.")
    tied = [
        Attachment(
            file_id=one.id, subject_type=noun, subject_id=key, audience=audience, by_id=actor.person_id, at=now()
        )
        for one in found
    ]
    session.add_all(tied)
    return tied


def _audience(actor: Actor, row: Order | Issue, word: str | None) -> str:
    if actor.side == "partner":
        if word not in (None, "partner"):
            raise Forbidden(f"{NOUNS[type(row)]}:address")
        return actor.reader
    if word in (None, "", STAFF):
        return STAFF
    if isinstance(row, Issue):
        if word != EVERYONE:
            raise Invalid("audience", "must be everyone or staff")
        return EVERYONE
    own = CUSTOMER if row.kind == "sales" else "partner"
    if word not in (EVERYONE, own):
        raise Invalid("audience", "must be everyone, %(own)s or staff", own=own)
    return word if word == EVERYONE or own == CUSTOMER else f"partner:{row.organisation_id}"


def remove(actor: Actor, row: Order | Issue, attachment: Attachment) -> None:
    """Take a document off a record and forget it. Raises Forbidden, and Refused with `conflict` the second time."""
    require(actor, "attachment:remove", attachment)
    file = attachment.file
    gone = delete(Attachment).where(Attachment.id == attachment.id)
    if not db.touched(gone, execution_options={"synchronize_session": False}):
        raise Refused("conflict", "A colleague removed this a moment ago.")
    session.execute(update(File).where(File.id == file.id).values(state="uploaded"))
    files.let_go(file.id)
    _log(actor, "document_removed", row, f"{file.name} removed from {row.number}", STAFF, [file.public_id])


def _log(actor: Actor, kind: str, row: Order | Issue, words: str, audience: str, ids: list[str]) -> None:
    """On the record of whom it is with, and of the partner who put it there.

    A partner reads of it only what it did itself: whether it may read documents is asked on the order, each time.
    """
    order = row.line.order if isinstance(row, Issue) else row
    theirs = isinstance(row, Order) and order.kind == "sales" and audience in (CUSTOMER, EVERYONE)
    concerned = {order.organisation_id: CUSTOMER if theirs else STAFF}
    if actor.side == "partner" and actor.organisation_id:
        concerned[actor.organisation_id] = actor.reader
    record(
        actor, kind, words, concerned, subject=(NOUNS[type(row)], row.number), detail={"files": ids},
        direction={"staff": "outbound", "partner": "inbound"}.get(actor.side, "internal") if audience != STAFF else "internal",
        person_id=actor.person_id if actor.side == "partner" else None,
    )  # fmt: skip
