"""Migrating: whole conversations of other systems, taken from their exports set by set, silently and once."""

from collections.abc import Sequence

from actions.log import record_privately
from actions.migrating import freshdesk, jsonl, mbox, osticket, zammad, zendesk
from actions.migrating.plain import OldConversation, Reader
from actions.migrating.report import Report
from actions.migrating.shaping import Ready
from actions.migrating.storing import counts, here, store
from actions.migrating.who import Directory
from policy import Actor, require

__all__ = ["READERS", "counts", "here", "take"]

READERS: dict[str, Reader] = {
    "jsonl": jsonl.read, "mbox": mbox.read, "zendesk": zendesk.read, "zammad": zammad.read,
    "freshdesk": freshdesk.read, "osticket": osticket.read,
}  # fmt: skip


def take(
    actor: Actor, directory: Directory, olds: Sequence[OldConversation], file: str
) -> tuple[list[Ready], list[tuple[OldConversation, str]]]:
    """Store one set of conversations in the open unit, and write down that it was: nothing else happens to anybody.

    Returns what was stored, and what was refused with the reason. Raises Forbidden.
    """
    require(actor, "import:run")
    stored, refused = store(directory, olds)
    if stored:
        part = Report(directory.matches.source, file)
        for one in stored:
            part.took(one)
        taken = part.conversations.taken, part.messages.taken
        words = f"Migrated {taken[0]:,} conversations with {taken[1]:,} messages of {part.source} from {file}"
        record_privately(actor, "imported", words, part.detail())
    return stored, refused
