"""Importing whole conversations: once, in sequence, with their log rows; nobody is notified of anything."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from actions.imports import parties, threads
from actions.imports.engine import Importer, Item, Refused, Rows, add_rows
from actions.imports.threads import Thread
from models import sequence
from models.conversations import Conversation
from models.db import session
from models.interactions import Interaction
from models.messages import Message
from models.settings import keep_above, next_number

SERIES = "conversations"


class Conversations(Importer):
    """What happened in a conversation since its import is ours: running the file again leaves it alone."""

    kind, model = "conversation", Conversation

    def stored(self, keys: Sequence[Any]) -> Rows:
        found = super().stored(keys)
        said: dict[int, list[int]] = defaultdict(list)
        query = select(Message.conversation_id, Message.body_hash).where(
            Message.conversation_id.in_([row["id"] for row in found.values()]), Message.kind == "message"
        )
        for row in session.execute(query.order_by(Message.conversation_id, Message.seq)):
            said[row.conversation_id].append(row.body_hash)
        return {key: {**row, "said": said[row["id"]]} for key, row in found.items()}

    def _find(self, items: Sequence[Item]) -> None:
        super()._find(items)
        wanted = [item.given["number"] for item in items if item.new and item.given.get("number")]
        taken = set(session.scalars(select(Conversation.number).where(Conversation.number.in_(wanted))))
        for item in items:
            number = item.given.get("number") if item.new else None
            if number and number in taken:
                item.problems.append(("number", f"{number} is the number of another conversation"))
            elif number:
                taken.add(number)

    def derive(self, item: Item) -> None:
        if (team := item.given.get("team")) and team.id is None:
            raise Refused("team", f"“{team.name}” is no known team")
        if (rating := item.given.get("rating")) and rating > 5:
            raise Refused("rating", "must be 1 to 5")
        item.given["thread"] = thread = threads.read(self.context, item)
        item.given["partners"] = thread.partners
        if item.before:
            self._stays(item, thread)
        else:
            item.values |= thread.columns(item.values)

    def _stays(self, item: Item, thread: Thread) -> None:
        """Messages are never changed, so a file that tells another story is refused."""
        before = item.before or {}
        for new in thread.news:
            new.conversation_id = before["id"]
        if [new.body_hash for new in thread.news] != before["said"][: len(thread.news)]:
            raise Refused(
                "messages", "differ from those here: a conversation is imported once, and messages never change"
            )

    def differs(self, item: Item) -> bool:
        return False

    def write(self, items: Sequence[Item]) -> None:
        self._number(items)
        super().write(items)

    def _number(self, items: Sequence[Item]) -> None:
        """Keep the series above imported numbers, and take from it for conversations that bring none."""
        own = session()
        given = [
            int(number) for item in items if (number := item.values.get("number") or "").isascii() and number.isdigit()
        ]
        if given:
            next_number(own, SERIES, 2000)  # locks the series
            keep_above(own, SERIES, max(given))
            own.flush()
        bare = [item for item in items if not item.values.get("number")]
        first = next_number(own, SERIES, 2000) if bare else 0
        for place, item in enumerate(bare):
            item.values["number"] = str(first + place)
        if bare:
            keep_above(own, SERIES, first + len(bare) - 1)
            own.flush()

    def beside(self, items: Sequence[Item]) -> None:
        """Write the parties, the messages, and one log row per message and organisation."""
        said: list[dict[str, Any]] = []
        logged: list[dict[str, Any]] = []
        for item in items:
            thread: Thread = item.given["thread"]
            thread.settle(item.id or 0)
            said += [sequence._message(one) for one in thread.stored]
            logged += [row for one in thread.stored for row in sequence._interactions(one, thread.head)]
        parties.add(self.context, items)
        add_rows(Message.__table__, said)
        add_rows(Interaction.__table__, logged)
