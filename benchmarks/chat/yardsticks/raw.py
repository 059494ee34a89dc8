"""The floor of Python: a room server of the `websockets` library alone, frames of JSON, kept nowhere and asked of nobody."""

import json
import sys
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import uvloop
from websockets.asyncio.server import ServerConnection, serve

rooms: dict[str, set[ServerConnection]] = defaultdict(set)
heads: dict[str, int] = defaultdict(int)


def told(event: dict[str, Any]) -> dict[str, Any]:
    """A message in the shape that the product gives it."""
    place = event["conversation"]
    heads[place] += 1
    author = {"id": "1", "name": "Somebody", "side": "customer"}
    return {
        "conversation": place, "seq": heads[place], "prev": heads[place] - 1, "message": f"{place}-{heads[place]}",
        "client_id": event["client_id"], "at": datetime.now(UTC).isoformat(), "author": author, "channel": "chat",
        "audience": event["audience"], "body": event["body"], "html": event["body"], "attachments": [],
    }  # fmt: skip


async def talk(line: ServerConnection) -> None:
    """Pass on what one client says to the others of its room, and acknowledge it."""
    room = json.loads(await line.recv())["open"]
    rooms[room].add(line)
    try:
        async for text in line:
            message = told(json.loads(text))
            frame = "m" + json.dumps(message)
            for other in rooms[room]:
                if other is not line:
                    await other.send(frame)
            await line.send("a" + json.dumps({"ok": True, "seq": message["seq"], "client_id": message["client_id"]}))
    finally:
        rooms[room].discard(line)


async def main() -> None:
    """Serve for ever."""
    async with serve(talk, "127.0.0.1", int(sys.argv[1]), compression=None, backlog=4096) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
