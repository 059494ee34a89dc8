"""The yardstick: Flask-SocketIO as its documentation shows it, an echo that keeps nothing; `gunicorn -k gevent`."""

from datetime import UTC, datetime

from flask import Flask
from flask_socketio import SocketIO, emit, join_room

app = Flask(__name__)
app.secret_key = "a yardstick"  # noqa: S105
socketio = SocketIO(app, async_mode="gevent", cors_allowed_origins="*")
heads: dict[str, int] = {}


@socketio.on("connect")
def connect(auth: object) -> None:
    """Let everybody in."""


@socketio.on("conversation:open")
def open_conversation(event: dict[str, str]) -> dict[str, object]:
    """Join the room of a conversation."""
    join_room(event["conversation"])
    return {"ok": True}


@socketio.on("message:send")
def send(event: dict[str, str]) -> dict[str, object]:
    """Pass a message on in the shape that the product gives it, and acknowledge it."""
    place = event["conversation"]
    heads[place] = seq = heads.get(place, 0) + 1
    at = datetime.now(UTC).isoformat()
    known = {"conversation": place, "seq": seq, "message": f"{place}-{seq}", "client_id": event["client_id"], "at": at}
    author = {"id": "1", "name": "Somebody", "side": "customer"}
    emit("message", known | {"prev": seq - 1, "author": author, "audience": event["audience"], "channel": "chat",
                             "body": event["body"], "html": event["body"], "attachments": []},
         to=place, include_self=False)  # fmt: skip
    return {"ok": True, "prev": seq - 1, "epoch": "1"} | known
