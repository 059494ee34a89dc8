"""python-socketio on uvicorn: the same echo as `stock`, on asyncio."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import socketio

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
app = socketio.ASGIApp(server)
heads: dict[str, int] = defaultdict(int)


@server.on("conversation:open")
async def open_conversation(sid: str, event: dict[str, str]) -> dict[str, object]:
    """Join the room of a conversation."""
    await server.enter_room(sid, event["conversation"])
    return {"ok": True}


@server.on("message:send")
async def send(sid: str, event: dict[str, str]) -> dict[str, Any]:
    """Pass a message on in the shape that the product gives it, and acknowledge it."""
    place = event["conversation"]
    heads[place] += 1
    seq, at = heads[place], datetime.now(UTC).isoformat()
    known = {"conversation": place, "seq": seq, "message": f"{place}-{seq}", "client_id": event["client_id"], "at": at}
    author = {"id": "1", "name": "Somebody", "side": "customer"}
    said = known | {"prev": seq - 1, "author": author, "audience": event["audience"], "channel": "chat",
                    "body": event["body"], "html": event["body"], "attachments": []}  # fmt: skip
    await server.emit("message", said, room=place, skip_sid=sid)
    return {"ok": True, "prev": seq - 1, "epoch": "1"} | known
