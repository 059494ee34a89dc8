"""Files: taking in what somebody sends along, letting go of what was never used, and pictures to show of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import IO, Any

from sqlalchemy import ColumnElement, delete, func, select, update

from actions import kinds, limits, previews
from actions.installation import settings
from models import db, text
from models.db import session
from models.files import PREVIEWED, Attached, File, attached
from models.jobs import Hopeless, enqueue
from models.offload import offload
from models.types import keepable, now
from policy import Actor, Invalid, NotFound, Refused, require, rows, visible
from policy.seen import unwrap

MB = 1024 * 1024
KEPT_UNUSED = timedelta(hours=24)
MOST_AT_ONCE = 10  # files of one message
UPLOADS = "120 per 10 minutes"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that was looked at and is not kept yet."""

    name: str
    content_type: str
    size: int
    sha256: str
    stream: IO[bytes]


def inspect(name: str | None, stream: IO[bytes]) -> Incoming:
    """Look at a file before anything is kept: its name, size and kind; slow, never inside a unit of work.

    Raises Invalid for an empty file or a kind that is not taken, Refused with `too_large`.
    """
    called = text.file_name(name or "")
    size, sha256, head = offload(lambda: _measured(stream))
    if size == 0:
        raise Invalid("file", "“%(called)s” is empty", called=called)
    if size > settings().max_file_mb * MB:
        raise Refused(
            "too_large",
            "“%(called)s” has %(size)s MB; at most %(most)s MB can be sent.",
            called=called,
            size=f"{size / MB:.1f}",
            most=settings().max_file_mb,
        )
    return Incoming(called, kinds.kind_of(head, called), size, sha256, stream)


def _measured(stream: IO[bytes]) -> tuple[int, str, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    stream.seek(0)
    while piece := stream.read(256 * 1024):
        digest.update(piece)
        head = head or piece[: kinds.HEAD]
        size += len(piece)
    stream.seek(0)
    return size, digest.hexdigest(), head


def announce(actor: Actor, incoming: Incoming) -> File:
    """Make room for a file whose bytes are kept next; if they never are, it is cleared away in a day.

    Raises Forbidden, and Refused with `rate_limited` or `too_large` when the space of a person or organisation is used.
    """
    require(actor, "file:upload")
    if actor.person_id is None:
        raise NotFound
    limits.demand(UPLOADS, "upload", str(actor.person_id))
    _demand_room(actor, incoming.size)
    row = File(
        owner_id=actor.person_id, organisation_id=actor.organisation_id, name=incoming.name, size=incoming.size,
        content_type=incoming.content_type, sha256=incoming.sha256,
        preview="wanted" if incoming.content_type in PREVIEWED else "none",
    )  # fmt: skip
    session.add(row)
    session.flush()
    enqueue(session(), "unused_file", due_at=now() + KEPT_UNUSED, unique_key=f"unused:{row.public_id}", file=row.id)
    return row


def _demand_room(actor: Actor, size: int) -> None:
    sent = _sum(File.owner_id == actor.person_id, File.created_at > now() - timedelta(days=1))
    if sent + size > (limit := settings().max_person_mb_per_day) * MB:
        raise Refused(
            "too_large", "You have sent %(limit)s MB today, which is as much as fits. Try again tomorrow.", limit=limit
        )
    if actor.organisation_id is None:
        return
    if _sum(File.organisation_id == actor.organisation_id) + size > (limit := settings().max_organisation_mb) * MB:
        raise Refused(
            "too_large",
            "The %(limit)s MB of %(name)s are used. Ask us for more space.",
            limit=f"{limit:,}",
            name=actor.organisation_name,
        )


def _sum(*which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.sum(File.size)).where(*which)) or 0


def arrived(file_id: int) -> None:
    """Say that the bytes of a file are kept: from now on it can be attached, and a picture of it is drawn."""
    step = update(File).where(File.id == file_id, File.state == "receiving").values(state="uploaded")
    if not db.touched(step, execution_options={"synchronize_session": False}):
        raise NotFound
    if session.scalar(select(File.preview).where(File.id == file_id)) == "wanted":
        enqueue(session(), "preview", unique_key=f"preview:{file_id}", file=file_id)


def take_back(actor: Actor, file: Any) -> None:
    """Let go of a file that one has uploaded and not sent. Raises Forbidden, and Refused with `conflict`."""
    require(actor, "file:take_back", file)
    if not let_go(unwrap(file).id):
        raise Refused("conflict", "This file was sent already.")


def let_go(file_id: int) -> bool:
    """Forget a file that is attached to nothing, its bytes too; False when it is in use by now."""
    gone = delete(File).where(File.id == file_id, File.state != "attached").returning(File.key)
    key = session.scalar(gone.execution_options(synchronize_session=False))
    if key is None:
        return False
    enqueue(session(), "forget_bytes", unique_key=f"forget:{key}", key=key)
    return True


def own(actor: Actor, ids: Sequence[str]) -> tuple[Attached, ...]:
    """Find the files somebody names as attachments of a message, in that order; whether they are free is decided when stored.

    What was sent before with the same message is found too, so that a resend is answered. Raises NotFound, Invalid.
    """
    if not ids:
        return ()
    if len(ids) > MOST_AT_ONCE:
        raise Invalid("attachments", "are too many: at most %(most)s at once", most=MOST_AT_ONCE)
    if len(set(ids)) != len(ids):
        raise Invalid("attachments", "name a file twice")
    if not all(map(keepable, ids)):
        raise NotFound
    mine = select(File).where(
        File.public_id.in_(ids), File.owner_id == actor.person_id, File.organisation_id == actor.organisation_id,
        File.state != "receiving",
    )  # fmt: skip
    found = {row.public_id: attached(row) for row in session.scalars(mine)}
    if len(found) != len(ids):
        raise NotFound
    return tuple(found[one] for one in ids)


def free(actor: Actor, ids: Sequence[str]) -> list[File]:
    """Find own files that are attached to nothing, to put them on a record. Raises NotFound, Refused with `conflict`."""
    named = own(actor, ids)
    found = rows(actor, visible(actor, File).where(File.id.in_([one.id for one in named]), File.state == "uploaded"))
    if len(found) != len(named):
        raise Refused("conflict", "One of these files is in use already: attach it again.")
    return [unwrap(one) for one in found]


def readable(file: Any) -> File:
    """The file behind what its reader has found, to give out its bytes."""
    row: File = unwrap(file)
    return row


def nameless(file: File, content: bytes, number: int) -> tuple[str, bytes]:
    """What a copy of a file is called and holds that tells nobody of its sender: an image loses place, camera and author.

    Slow, never inside a unit of work. Raises Refused with `conflict` for an image that cannot be read.
    """
    kind = file.content_type
    if not kind.startswith("image/"):
        return f"document {number}{PurePath(file.name).suffix}", content
    try:
        drawn = previews.draw(kind, content, "plain")
    except Hopeless as error:
        raise Refused(
            "conflict", "“%(name)s” cannot be copied without what it may tell of its sender.", name=file.name
        ) from error
    return f"photo {number}.{'jpg' if kind == 'image/jpeg' else 'png'}", drawn


def preview_key(key: str) -> str:
    """Where the small picture of a file is kept."""
    return f"{key}.preview"
