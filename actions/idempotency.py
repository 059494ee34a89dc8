"""Idempotency: a request sent again under the same key gets the stored answer, and repeats nothing."""

from typing import Any

from models import idempotency
from models.idempotency import IdempotencyKey
from policy import Actor, Refused


def take(actor: Actor, key: str, request_hash: str) -> tuple[IdempotencyKey, bool]:
    """Take a key for a request before its effect, and say whether it was free; else the row has the stored answer.

    Raises Refused with `conflict` when the key was used for another request.
    """
    row, new = idempotency.take(f"person:{actor.person_id}", key, request_hash)
    if row.request_hash != request_hash:
        raise Refused("conflict", "This Idempotency-Key was used for another request.")
    return row, new


def keep(row: IdempotencyKey, status: int, body: Any) -> None:
    """Store an answer with its effect, in one transaction."""
    row.status, row.body = status, body or {}
