"""Migration: conversations of other systems come in from their exports, set by set, and nobody hears of it.

A set is stored whole or not at all; a run that ended anywhere is begun again and goes on with what is not here yet.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from actions import files, migrating
from actions.installation import settings
from actions.migrating import mapping
from actions.migrating.plain import Found, Kept, OldConversation, OldMessage, Problem, Tools, Unreadable
from actions.migrating.report import Report
from actions.migrating.who import Directory
from channels.mail_reader import READER
from channels.mail_reader import Unreadable as UnreadableMail
from models import db, storage, text
from policy import Actor, Invalid, Refused, require

MOST_CONVERSATIONS, MOST_MESSAGES, MOST_FILES = 200, 2_000, 40  # of one set: nobody else stores anything meanwhile

Progress = Callable[[Report], None]


class Migration:
    """One run over one export."""

    def __init__(self, actor: Actor, source: str, place: Path, matches: Path | None, dry_run: bool) -> None:
        if source not in migrating.READERS:
            raise Unreadable(f"{source} is unknown: use {', '.join(migrating.READERS)}")
        require(actor, "import:run")
        self.actor, self.dry_run = actor, dry_run
        given = mapping.load(matches, source)
        with db.unit(write=False):
            self.directory = Directory(given, settings().mail_from)
        self.found = migrating.READERS[source](place, Tools(_read_mail, given.zone))
        self.report = Report(given.source, place.name, dry_run)
        self.seen: set[str] = set()

    def run(self, progress: Progress | None = None) -> Report:
        """Take everything there is, and count it. Raises Unreadable, db.Unavailable: begun again, it goes on."""
        for batch in _batches(self.found):
            self._take([one for one in batch if self._new(one)])  # type: ignore[misc]
            if progress:
                progress(self.report)
        with db.unit(write=False):
            self.report.stored = migrating.counts(self.report.source)
        return self.report

    def _new(self, one: Found) -> bool:
        """Count what was read; False for what is a problem, or stands in the export twice."""
        if isinstance(one, Problem):
            self.report.problems.append(one)
            self.report.conversations.read += 1
            return False
        self.report.read(one)
        wrong = text.fault(one.number)
        if wrong is None and one.number in self.seen:
            wrong = "stands in the export twice"  # type: ignore[assignment]
        if wrong is not None:
            one.number = one.number.encode("utf-8", "replace").decode()
            self.report.refuse(one, str(wrong))
            return False
        self.seen.add(one.number)
        return True

    def _take(self, olds: Sequence[OldConversation]) -> None:
        with db.unit(write=False):
            here = migrating.here(self.report.source, [one.number for one in olds])
            grown = migrating.grown(self.report.source, [one for one in olds if one.number in here])
        new = [one for one in olds if one.number not in here]
        for one in olds:
            if one.number in here and one.number not in {growth.old.number for growth in grown}:
                self.report.found_here(one)
        if grown:
            self._grow(grown)
        if not new:
            return
        storage.settle(*[key for one in new for key in self._keep(one)])
        with db.unit(write=True):
            stored, refused = migrating.take(self.actor, self.directory, new, self.report.file)
            if self.dry_run:
                db.refuse()
        for ready in stored:
            self.report.took(ready)
        for old, reason in refused:
            self.report.refuse(old, reason)

    def _grow(self, grown: Sequence[migrating.Growth]) -> None:
        """Add what is later to conversations that are here, where it keeps the order; name the others."""
        right = [one for one in grown if not one.reason]
        for one in right:
            one.begin(self.directory)
        storage.settle(*[key for one in right for key in self._keep(one.old, f"after {one.last_seq}/")])
        stored: list[tuple[migrating.Growth, Any]] = []
        if right:
            with db.unit(write=True):
                stored = migrating.grow(self.actor, self.directory, right, self.report.file)
                if self.dry_run:
                    db.refuse()
        ready = {id(growth): one for growth, one in stored}
        for growth in grown:
            self.report.found_grown(growth, ready.get(id(growth)))

    def _keep(self, old: OldConversation, whence: str = "") -> Iterator[str]:
        """Look at the files of a conversation and keep their bytes; returns where. Those not taken are named."""
        for place, message in enumerate(old.messages):
            for number, one in enumerate(message.files):
                try:
                    key = self._kept(old, message, f"{whence}{place}/{number}", one)
                except (Unreadable, OSError, Invalid, Refused) as error:
                    why = str(error) if isinstance(error, Invalid | Refused) else f"“{one.name}” {error}"
                    self.report.refuse(old, f"{message.place}: {why}")
                else:
                    if not self.dry_run:
                        yield key

    def _kept(self, old: OldConversation, message: OldMessage, place: str, one: Any) -> str:
        """Keep one file. Its key follows from where it stands: a run that begins again writes over what it left."""
        if self.directory.owner is None:
            raise Unreadable("is not taken: a file belongs to somebody, and there is no administrator yet")
        content = one.read()
        incoming = files.inspect(one.name, BytesIO(content))
        named = "\0".join(("migrated", self.report.source, old.number, place, incoming.sha256))
        digest = hashlib.sha256(named.encode()).hexdigest()
        key = f"{digest[:2]}/{digest[2:42]}"
        if not self.dry_run:
            storage.put(key, content)
        message.kept.append(Kept(key, incoming.name, incoming.content_type, incoming.size, incoming.sha256))
        return key


def _read_mail(raw: bytes) -> dict[str, Any]:
    """Read a mail apart. Raises Unreadable."""
    try:
        return READER.read(raw)
    except UnreadableMail as error:
        raise Unreadable(str(error)) from error


def _batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    """Sets of conversations, none so large that others wait for it long."""
    batch: list[Found] = []
    messages = carried = 0
    for one in found:
        batch.append(one)
        if isinstance(one, OldConversation):
            messages += len(one.messages)
            carried += sum(len(said.files) for said in one.messages)
        if len(batch) >= MOST_CONVERSATIONS or messages >= MOST_MESSAGES or carried >= MOST_FILES:
            yield batch
            batch, messages, carried = [], 0, 0
    if batch:
        yield batch
