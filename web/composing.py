"""Composing: to whom a message may go, in words, before it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Choice:
    """One audience: its value on the wire, what it is called, who reads it, who stays masked, what the button says."""

    value: str
    label: str
    button: str
    readers: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    masked: bool = False
    draft: Mapping[str, str] | None = None  # what the reader has begun to write to it: `body`, `client_id`

    @property
    def kind(self) -> str:
        return self.value.split(":")[0]

    @property
    def icon(self) -> str:
        return {"everyone": "world", "customer": "store", "partner": "truck", "staff": "lock"}[self.kind]


@dataclass(frozen=True, slots=True)
class Composer:
    """What the reply box needs."""

    action: str
    audiences: list[Choice]
    default: str
    placeholder: str = ""
    draft: str = ""
    seen: int | None = None
    draft_id: str = ""  # under which the draft in the box was kept

    def restored(self, kept: Sequence[Mapping[str, str]]) -> "Composer":
        """The same with what its reader had begun to write, the newest first, unless something is in the box already.

        The newest stands in the box with its own audience; one whose audience is no longer on offer with the narrowest.
        """
        begun = {one["audience"]: one for one in reversed(kept)}
        choices = [replace(one, draft=begun.get(one.value)) for one in self.audiences]
        if self.draft or not kept:
            return replace(self, audiences=choices)
        newest, offered = kept[0], [one.value for one in choices]
        narrowest = "staff" if "staff" in offered else offered[0]
        chosen = newest["audience"] if newest["audience"] in offered else narrowest
        return replace(self, audiences=choices, draft=newest["body"], draft_id=newest["client_id"], default=chosen)


def choice(
    value: str, label: str, button: str, readers: list[str], hidden: list[str] | None = None, masked: bool = False
) -> Choice:
    """Make one choice of the reply box."""
    return Choice(value, label, button, readers, hidden or [], masked)
