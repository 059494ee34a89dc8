"""A talk among many while something breaks: who talks where, what is checked afterwards, and how the time is spent."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from actions import conversations, parties
from models import db
from models.conversations import Conversation
from models.organisations import Organisation
from policy import find
from tests.faults.ledger import Ledger, check
from tests.faults.talker import Talker
from tests.live import token_of
from tests.world import World


@dataclass
class Found:
    """What a run was: its seed, how much was acknowledged, the promises that it broke, how long a break was felt."""

    seed: int
    acks: int = 0
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0  # seconds between two acks of one person
    refusals: Counter[str] = field(default_factory=Counter)  # sends that were not acknowledged, by what was answered
    lost: int = 0  # lines that had to be opened anew

    def words(self) -> str:
        how = f"longest silence {self.slowest:.1f} s, refused {dict(self.refusals)}, {self.lost} lines lost"
        return f"seed {self.seed}: {self.acks} acks, {how}, {len(self.broken)} broken promises"


def threads(world: World, many: int = 5) -> list[str]:
    """Conversations of Lehmanns in which Exotic Liquids takes part."""
    numbers = []
    for n in range(many):
        with db.unit(write=True):
            made, _ = conversations.start(world.renate, f"Matter {n}", "It begins")
            parties.add(world.nancy, made, db.session.get_one(Organisation, world.exotic), subject="Matter")
            numbers.append(made.number)
    return numbers


def cast(world: World, numbers: list[str], urls: list[str], folder: Path) -> list[Talker]:
    """Four people in each conversation, on all three sides, spread over the processes."""
    made: list[Talker] = []
    for number in numbers:
        with db.unit(write=False):
            joined = find(world.nancy, Conversation, number=number).parties[-1].from_seq
        for actor in (world.renate, world.greta, world.charlotte, world.nancy):
            url = urls[len(made) % len(urls)]
            talker = Talker(url, token_of(actor), f"{actor.name}-{number}".replace(" ", "_"), actor.person_id, actor.reader,
                            number, folder)  # fmt: skip
            talker.start = joined if actor.side == "partner" else 0
            made.append(talker)
    return made


@contextmanager
def at_it(works: Sequence[Callable[[], None]], enough: Sequence[threading.Event]) -> Iterator[list[threading.Thread]]:
    """Let everybody be at their work, each in a thread of their own; in the end tell them that it is enough."""
    running = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in running:
        thread.start()
    try:
        yield running
    finally:
        for event in enough:
            event.set()
        for thread in running:
            thread.join(60)


def talking(talkers: Sequence[Talker]) -> AbstractContextManager[list[threading.Thread]]:
    """Let everybody say one thing after the other."""
    return at_it([partial(one.run, 10**6) for one in talkers], [one.enough for one in talkers])


def judged(
    talkers: list[Talker], folder: Path, promised: Callable[[dict[str, Any]], bool] = lambda ack: True
) -> tuple[int, list[str]]:
    """Let everybody catch up and go; return how much was acknowledged, and every promise that was broken.

    `promised` says which acks hold: after a restore not those that are younger than the backup.
    """
    for one in talkers:
        one.finish()
        one.drop()
        one.ledger.file.close()
    acks = [ack for one in talkers for ack in Ledger.read(folder / f"{one.name}.acks")]
    applied = {one.name: (one.reader, one.start, one.number, one.applied) for one in talkers}
    return len(acks), check(filter(promised, acks), applied)


def talk(
    world: World,
    urls: list[str],
    folder: Path,
    breaking: Callable[[random.Random], None],
    seconds: float,
    many: int = 5,
    origin: str = "",
) -> Found:
    """Let everybody talk for so long, break something meanwhile, let it heal, and check what became of every promise."""
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(10**6)  # noqa: S311
    found = Found(seed)
    talkers = cast(world, threads(world, many), urls, folder)
    for one in talkers:
        one.origin = origin
    with talking(talkers) as running:
        end = time.monotonic() + seconds
        time.sleep(1)
        breaking(random.Random(seed))  # noqa: S311
        time.sleep(max(2.0, end - time.monotonic()))
    lost = sum(one.lines - 1 for one in talkers)
    found.acks, found.broken = judged(talkers, folder)
    found.broken += [
        f"{one.name} never got an answer" for one, thread in zip(talkers, running, strict=True) if thread.is_alive()
    ]
    found.slowest = max(one.longest for one in talkers)
    found.refusals = sum((one.refusals for one in talkers), Counter())
    found.lost = lost
    print(f"\n{found.words()}")
    return found
