"""Importing calls, meetings, letters and notes from before into the log, which is only ever added to."""

import uuid
from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import select

from actions.imports.engine import Importer, Item, Refused, Rows
from models.db import session
from models.interactions import KINDS, Interaction

NAMESPACE = uuid.UUID("5d0c1f0a-6b52-4f3e-9a56-3c1f6f0f7a11")


class Interactions(Importer):
    """A row is found again by an event id made of its source and reference, since the log has no columns for them."""

    kind, model = "interaction", Interaction

    def key(self, item: Item) -> Hashable:
        return str(uuid.uuid5(NAMESPACE, f"{self.context.source}\n{item.given['external_reference']}"))

    def stored(self, keys: Sequence[Any]) -> Rows:
        found = select(self.table).where(self.table.c.event_id.in_(keys))
        return {row["event_id"]: row for row in session.execute(found).mappings()}

    def derive(self, item: Item) -> None:
        values, by = item.values, item.given.get("staff")
        reference, seconds = values.pop("external_reference"), item.given.get("duration_s")
        values["event_id"] = item.key
        values["touchpoint"], values["timeline"] = KINDS[values["kind"]]
        values["actor_id"], values["actor_side"] = (by.person_id, "staff") if by else (None, "system")
        values.setdefault("audience", "staff")
        values["detail"] = {"source": self.context.source, "reference": reference}
        if seconds is not None:
            values["detail"]["duration_s"] = seconds
        self._stays(item)

    def _stays(self, item: Item) -> None:
        """What has been erased stays so; anything else in the log cannot become different."""
        if item.before and not item.before["summary"] and not item.before["detail"]:
            item.values = {}
        elif item.before and (different := self.changes(item)):
            raise Refused(None, f"stands in the log with another {', '.join(different)}, and the log is never changed")
