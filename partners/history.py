"""The confirmation history of an order: what its supplier answered and what we changed, as the supplier may see it."""

from typing import Any

from flask import request

from models.orders import OrderChange
from policy import Actor, rows, visible
from web import answering


def answering_of(who: Actor, found: Any, problem: Exception | None, draft: Any = None) -> dict[str, Any]:
    """What the answer in place needs: what both sides said, and what was typed, now, in a draft or in the last answer."""
    said = versions(who, found)
    newest = said[0] if said else None
    ours = newest if newest and newest["side"] == "supplier" else None
    return {
        "versions": said, "version": newest["version"] if newest else 0, "answered": ours,
        "changed": newest if newest and newest["side"] == "buyer" else None,
        "typed": request.form or (draft.typed if draft else answering.again(found, ours)),
        "wrong": answering.wrong_line(problem), "most_deliveries": answering.MOST_DELIVERIES,
    }  # fmt: skip


def versions(who: Actor, found: Any) -> list[dict[str, Any]]:
    """What both sides said, newest first; what the order itself does not show us, its history does not either."""
    query = visible(who, OrderChange).where(OrderChange.order_id == found.id)
    changes = rows(who, query.order_by(OrderChange.version.desc()))
    seen = {line.line: line for line in found.lines}
    return [
        {
            "version": change.version, "side": change.side, "response": change.response, "at": change.at,
            "note": change.note, "channel": change.channel,
            "lines": [answering.said(one, seen[one.line.line]) for one in change.lines if one.line.line in seen],
        }
        for change in changes
    ]  # fmt: skip
