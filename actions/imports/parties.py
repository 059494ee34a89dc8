"""The parties of an imported conversation: the customer, and each partner by a share of the conversation."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from actions.imports.context import Context
from actions.imports.engine import Item, add_rows, insert_rows
from models.conversations import Party
from models.db import session
from models.shares import FieldSet, Share
from policy.fields import DEFAULT_SETS

SHOWN_FOR = timedelta(days=90)  # after the last message, as for a share made by hand


def add(context: Context, items: Sequence[Item]) -> None:
    """Add the parties of conversations that were just inserted; customer and partner stay masked from each other."""
    rows = [
        _party(item, item.values["organisation_id"], "customer", None, 0)
        for item in items if item.values["organisation_id"]
    ]  # fmt: skip
    joined = [(item, partner, after) for item in items for partner, after in item.given["partners"].items()]
    if joined:
        field_set = _field_set()
        made = insert_rows(Share.__table__, [_share(item, partner, field_set) for item, partner, _ in joined])
        rows += [
            _party(item, partner, "partner", share, after)
            for (item, partner, after), share in zip(joined, made, strict=True)
        ]
    add_rows(Party.__table__, rows)


def _party(item: Item, organisation_id: int, side: str, share_id: int | None, after: int) -> dict[str, Any]:
    return {"conversation_id": item.id, "organisation_id": organisation_id, "side": side, "share_id": share_id,
            "from_seq": after}  # fmt: skip


def _share(item: Item, partner: int, field_set: int) -> dict[str, Any]:
    return {
        "subject_type": "conversation", "subject_id": item.id, "organisation_id": partner, "level": "comment",
        "field_set_id": field_set, "reason": "Took part before the import", "created_at": item.values["created_at"],
        "expires_at": item.values["updated_at"] + SHOWN_FOR,
    }  # fmt: skip


def _field_set() -> int:
    """The field set that a share of a conversation has at first, made when nobody has needed it yet."""
    names = sorted(DEFAULT_SETS["conversation"])
    for known in session.execute(select(FieldSet.id, FieldSet.fields).where(FieldSet.noun == "conversation")):
        if sorted(known.fields) == names:
            return int(known.id)
    made = FieldSet(noun="conversation", fields=names, hash=sha256("\n".join(names).encode()).hexdigest())
    session.add(made)
    session.flush()
    return made.id
