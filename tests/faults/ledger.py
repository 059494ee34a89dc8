"""Ledgers and their checker: what each writer was promised, what each reader applied, and what the database holds."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.jobs import Job
from models.messages import Message


class Ledger:
    """One person's lines, each on the disk before anything else happens."""

    def __init__(self, file: Path) -> None:
        self.file = file.open("ab", buffering=0)

    def write(self, **line: Any) -> None:
        self.file.write(json.dumps(line).encode() + b"\n")
        os.fsync(self.file.fileno())

    @staticmethod
    def read(file: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in file.read_text().splitlines()]


def hears(reader: str, audience: str) -> bool:
    return reader == "staff" or audience in ("everyone", reader)


def check(acks: Iterable[dict[str, Any]], applied: dict[str, tuple[str, int, str, list[int]]]) -> list[str]:
    """Return every broken promise.

    `acks`: {author, client_id, conversation, seq, audience, after: seqs acked to this author before it was sent}.
    `applied`: reader's name -> (reader key, from seq, conversation number, seqs in the order applied).
    """
    with db.unit(write=False):
        numbers = {row.id: row.number for row in db.session.execute(select(Conversation.id, Conversation.number))}
        last = {
            row.number: row.last_seq for row in db.session.execute(select(Conversation.number, Conversation.last_seq))
        }
        rows = db.session.execute(
            select(Message.conversation_id, Message.seq, Message.author_id, Message.client_id, Message.audience,
                   Message.public_id, Message.kind)
        ).all()  # fmt: skip
        logged = set(db.session.scalars(select(Interaction.subject_id).where(Interaction.subject_type == "message")))
        outbox = set(db.session.scalars(select(Job.unique_key).where(Job.kind == "notice")))
    found: list[str] = []
    stored = defaultdict(list)
    for row in rows:
        if row.client_id:
            stored[row.author_id, row.client_id].append((numbers[row.conversation_id], row.seq))
    for ack in acks:
        there = stored[ack["author"], ack["client_id"]]
        if there != [(ack["conversation"], ack["seq"])]:
            found.append(f"I1/I2 acked {ack} but stored {there}")
        if any(earlier >= ack["seq"] for earlier in ack["after"]):
            found.append(f"I5 order: {ack}")
    found += [f"I2 twice: {key}" for key, there in stored.items() if len(there) > 1]
    by_conversation = defaultdict(list)
    for row in rows:
        by_conversation[numbers[row.conversation_id]].append((row.seq, row.audience))
        if row.kind == "message" and row.public_id not in logged:
            found.append(f"I9 not in the log: {row}")
        if (
            row.kind == "message"
            and row.audience != "staff"
            and f"notice:{row.conversation_id}:{row.seq}" not in outbox
        ):
            found.append(f"I7 no outbox row: {row}")
    for number, pairs in by_conversation.items():
        if sorted(seq for seq, _ in pairs) != list(range(1, last[number] + 1)):
            found.append(f"I3 gaps in {number}: {sorted(pairs)[:5]}… last_seq {last[number]}")
    for name, (reader, start, number, seqs) in applied.items():
        due = [seq for seq, audience in sorted(by_conversation[number]) if hears(reader, audience) and seq > start]
        if seqs != due:
            found.append(f"I4/I6 {name} in {number}: {_difference(seqs, due)}")
    return found


def _difference(seqs: list[int], due: list[int]) -> str:
    return f"missing {sorted(set(due) - set(seqs))[:5]}, too many {sorted(set(seqs) - set(due))[:5]}, in order {seqs == sorted(seqs)}"
