"""Migrating: whole conversations of other systems, taken from their exports set by set, silently and once."""

from collections.abc import Sequence

from actions.log import record_privately
from actions.migrating import freshdesk, jsonl, mbox, osticket, zammad, zendesk
from actions.migrating.growing import Growth, grown
from actions.migrating.growing import store as store_growth
from actions.migrating.plain import OldConversation, Reader
from actions.migrating.report import Report
from actions.migrating.shaping import Ready
from actions.migrating.storing import counts, here, store
from actions.migrating.who import Directory
from policy import Actor, require

__all__ = ["READERS", "Growth", "counts", "grow", "grown", "here", "take"]

READERS: dict[str, Reader] = {
    "jsonl": jsonl.read, "mbox": mbox.read, "zendesk": zendesk.read, "zammad": zammad.read,
    "freshdesk": freshdesk.read, "osticket": osticket.read,
}  # fmt: skip


def grow(actor: Actor, directory: Directory, growths: Sequence[Growth], file: str) -> list[tuple[Growth, Ready]]:
    """Add to conversations what a newer export holds of them, in the open unit, and write down that it was.

    Returns what was stored; why something was not stands with it as its `reason`. Raises Forbidden.
    """
    require(actor, "import:run")
    stored = []
    for one in growths:
        ready, one.reason = store_growth(directory, one)
        if ready is not None:
            stored.append((one, ready))
    if stored:
        count = sum(ready.taken for _, ready in stored)
        words = (
            f"Added {count:,} later messages to {len(stored):,} conversations of {directory.matches.source} from {file}"
        )
        detail = {"kind": "migration", "source": directory.matches.source, "file": file, "added": count}
        record_privately(actor, "imported", words, detail)
    return stored


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
