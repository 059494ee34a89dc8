"""Who is connected to this process: the actor behind each socket, resolved once at connect."""

import time
from dataclasses import dataclass, field
from typing import Any

from actions.resends import goes_on_here
from models.types import now
from policy import Actor

STRIKES = 5
REMEMBERED = 30.0  # seconds


@dataclass(slots=True)
class Socket:
    """One open socket: its actor, and what it has opened."""

    sid: str
    actor: Actor
    since: float = field(default_factory=time.monotonic)
    strikes: int = 0
    rooms: dict[int, str] = field(default_factory=dict)  # conversation id -> room
    state: str = "online"
    _found: dict[str, tuple[Any, float]] = field(
        default_factory=dict
    )  # number -> what was found, and until when it holds

    @property
    def over(self) -> bool:
        """Whether the session or token that it came by has run out meanwhile."""
        return self.actor.until is not None and self.actor.until <= now()

    def remember(self, number: str, found: Any) -> None:
        """Keep a conversation as it was found, so that the next message needs no look: not for partners, whose shares end."""
        if self.actor.side != "partner" and goes_on_here(found):
            self._found[number] = (found, time.monotonic() + REMEMBERED)

    def remembered(self, number: str) -> Any | None:
        """A conversation as it was found a moment ago; whether that still holds is asked as the message is stored."""
        found, until = self._found.get(number, (None, 0.0))
        return found if time.monotonic() < until else None

    def forget(self, conversation_id: int) -> None:
        """Ask the database next time."""
        self._found = {number: kept for number, kept in self._found.items() if kept[0].id != conversation_id}


SOCKETS: dict[str, Socket] = {}


def of_conversation(conversation_id: int) -> list[Socket]:
    """The sockets that have opened a conversation."""
    return [one for one in list(SOCKETS.values()) if conversation_id in one.rooms]


def online(person_id: int) -> bool:
    """Say whether a person is connected here and not away."""
    return any(one.actor.person_id == person_id and one.state == "online" for one in list(SOCKETS.values()))
