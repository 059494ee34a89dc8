"""The screen pop: a call appears at once before whoever's telephone rings, with the record of whoever calls."""

from typing import Any

from actions import callers
from models import db
from models.calls import Call
from realtime import rooms
from realtime.server import socketio
from web import templating


def tell(news: list[int]) -> None:
    """Push each call to those at whose telephones it rings or rang."""
    for key in dict.fromkeys(news):
        with db.unit(write=False):
            row = db.session.get(Call, key)
            if row is None or not row.rang:
                continue
            payload, targets = shape(row), [rooms.telephone_of(one) for one in row.rang]
        socketio.server.emit("call", payload, room=targets)


def shape(row: Call) -> dict[str, Any]:
    """A call on the wire, with the card that pages show."""
    found = callers.of(row.number) if row.organisation is None else []
    named = {"id": row.organisation.public_id, "name": row.organisation.name} if row.organisation else None
    answerer = row.staff.person.public_id if row.staff else None
    return {
        "call": row.public_id, "state": row.state, "direction": row.direction, "number": row.number,
        "organisation": named, "person": row.person.name if row.person else None, "staff": answerer,
        "partial": templating.partial("staff/calls/_pop.html", call=row, found=found[:5]),
    }  # fmt: skip
