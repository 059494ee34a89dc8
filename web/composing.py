"""Composing: to whom a message may go, in words, before it is sent."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Choice:
    """One audience: its value on the wire, what it is called, who reads it, who stays masked, what the button says."""

    value: str
    label: str
    button: str
    readers: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    masked: bool = False

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


def choice(
    value: str, label: str, button: str, readers: list[str], hidden: list[str] | None = None, masked: bool = False
) -> Choice:
    """Make one choice of the reply box."""
    return Choice(value, label, button, readers, hidden or [], masked)
