"""Who is connected to this process: the actor behind each socket, resolved once at connect."""

import time
from dataclasses import dataclass, field

from policy import Actor

STRIKES = 5


@dataclass(slots=True)
class Socket:
    """One open socket: its actor, and what it has opened."""

    sid: str
    actor: Actor
    since: float = field(default_factory=time.monotonic)
    strikes: int = 0
    rooms: dict[int, str] = field(default_factory=dict)  # conversation id -> room
    state: str = "online"


SOCKETS: dict[str, Socket] = {}


def of_conversation(conversation_id: int) -> list[Socket]:
    """The sockets that have opened a conversation."""
    return [one for one in list(SOCKETS.values()) if conversation_id in one.rooms]


def online(person_id: int) -> bool:
    """Say whether a person is connected here and not away."""
    return any(one.actor.person_id == person_id and one.state == "online" for one in list(SOCKETS.values()))
