"""Idempotency: a request sent again under the same key gets the stored answer, and repeats nothing."""

from typing import Any

from sqlalchemy import select

from models.db import session
from models.idempotency import LONGEST, IdempotencyKey, forget_old
from policy import Actor, Refused


def answered(actor: Actor, key: str, request_hash: str) -> IdempotencyKey | None:
    """Return the stored answer to the same request. Raises Refused with `conflict` when the request is another."""
    forget_old()
    own = IdempotencyKey.owner == f"person:{actor.person_id}"
    found = session.scalar(select(IdempotencyKey).where(own, IdempotencyKey.key == key[:LONGEST]))
    if found is not None and found.request_hash != request_hash:
        raise Refused("conflict", "This Idempotency-Key was used for another request.")
    return found


def keep(actor: Actor, key: str, request_hash: str, status: int, body: Any) -> None:
    """Store an answer with its effect, in one transaction."""
    kept = IdempotencyKey(
        owner=f"person:{actor.person_id}", key=key[:LONGEST], request_hash=request_hash, status=status, body=body or {}
    )
    session.add(kept)
    session.flush()
