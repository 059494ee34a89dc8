"""What every value of one import run is read with: the mapping, the known records, and how dates are moved."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from actions.imports.lookups import Lookups
from actions.imports.mapping import Columns
from models.types import now
from policy import Actor


@dataclass(slots=True)
class Context:
    """One run: `move` changes every date that is read (the demo shifts its history to today)."""

    actor: Actor
    mapping: Columns
    lookups: Lookups
    move: Callable[[datetime], datetime] | None = None
    at: datetime = field(default_factory=now)

    @property
    def source(self) -> str:
        return self.mapping.source
