"""Who fetches mail: one at a time for each source, by a lease; and what they note of how far they came."""

import os
import socket
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from actions.mail_sources import Server, server
from actions.sealing import seal
from models import db
from models.db import session
from models.mail_sources import MailSource
from models.types import now
from models.words import Words

LEASE = timedelta(seconds=20)


def known() -> dict[int, int]:
    """The versions of all sources."""
    return {one.id: one.version for one in session.execute(select(MailSource.id, MailSource.version))}


def lease(key: int, who: str) -> Server | None:
    """Be the one who fetches for the next seconds; None when somebody else is, or it is not time yet. Raises Unsealed."""
    row = (
        session.scalars(select(MailSource).where(MailSource.id == key).with_for_update(of=MailSource)).unique().first()
    )
    at = now()
    if row is None or (row.due_at and row.due_at > at):
        return None
    if row.lease_by not in (None, who) and row.lease_until and row.lease_until > at and not gone(row.lease_by, who):
        return None
    _write(MailSource.id == key, lease_by=who, lease_until=at + LEASE)
    return server(row)


def keep(at: Server, who: str) -> bool:
    """Go on fetching; False when somebody else does, or the source was changed or taken away."""
    return _write(*_own(at, who), lease_until=now() + LEASE)


def asked(at: Server) -> bool:
    """Whether somebody wants to see it tried now."""
    return session.scalar(select(MailSource.due_at).where(MailSource.id == at.id)) is not None


def leave(key: int, who: str) -> None:
    """Let somebody else fetch."""
    _write(MailSource.id == key, MailSource.lease_by == who, lease_by=None, lease_until=None)


def note(at: Server, who: str, uid_validity: int, last_uid: int, waiting: int) -> bool:
    """Note how far a folder was read; False as in `keep`."""
    return _write(*_own(at, who), uid_validity=uid_validity, last_uid=last_uid, waiting=waiting, due_at=None, failures=0, error=None,
                  lease_until=now() + LEASE)  # fmt: skip


def looked(at: Server, who: str, warning: Words | None = None) -> bool:
    """Note that all there was is here; False as in `keep`."""
    return _write(*_own(at, who), looked_at=now(), waiting=0, error=warning, failures=0, due_at=None,
                  lease_until=now() + LEASE)  # fmt: skip


def failed(key: int, who: str, words: Words, pauses: tuple[int, int]) -> None:
    """Note in words what went wrong, and try again after a pause that doubles: `pauses` are the first and the longest, in s."""
    found = session.scalar(select(MailSource.failures).where(MailSource.id == key)) or 0
    pause = min(pauses[0] * 2 ** min(found, 20), pauses[1])
    _write(MailSource.id == key, MailSource.lease_by == who, error=words, failures=found + 1, lease_by=None,
           lease_until=None, due_at=now() + timedelta(seconds=pause))  # fmt: skip


def renewed(at: Server, refresh_token: str) -> None:
    """Keep the refresh token that replaces the one we have."""
    _write(MailSource.id == at.id, MailSource.version == at.version, refresh_token=seal(refresh_token))


def _own(at: Server, who: str) -> tuple[Any, ...]:
    return MailSource.id == at.id, MailSource.version == at.version, MailSource.lease_by == who


def _write(*which: Any, **values: Any) -> bool:
    return bool(
        db.touched(update(MailSource).where(*which).values(values).execution_options(synchronize_session=False))
    )


def who_fetches(part: str) -> str:
    """What somebody who fetches is called: the machine and process, and a part of their own."""
    return f"{socket.gethostname()}/{os.getpid()}/{part}"


def gone(other: str, who: str) -> bool:
    """Whether another one was a process of this machine that is dead: nobody needs to wait for its lease to end."""
    host, pid, _ = other.rsplit("/", 2)
    own_host, own_pid, _ = who.rsplit("/", 2)
    if host != own_host or pid == own_pid:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
