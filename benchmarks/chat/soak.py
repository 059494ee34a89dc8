"""Ten minutes at half of the peak: does the process grow? `make soak`.

Memory, threads and open files are sampled every ten seconds after a minute of warming up; a straight line through the
samples says by how much each would grow in an hour.
"""

import argparse
import json
import os
import statistics
import threading
import time
from pathlib import Path
from typing import Any

os.environ["LOGGIA_NO_DOTENV"] = "1"

from benchmarks.chat import measured
from benchmarks.chat.servers import Server
from benchmarks.chat.talking import HERE, talk
from benchmarks.surroundings import versions

EVERY = 10.0  # seconds
WARM = 60.0  # seconds


def sample(server: Server) -> dict[str, float]:
    """What the processes of a server hold at this moment."""
    pids = server.tree()
    return {
        "at": time.monotonic(), "mib": server.memory() / 2**20,
        "threads": sum(len(os.listdir(f"/proc/{pid}/task")) for pid in pids),
        "files": sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids),
    }  # fmt: skip


class Watch(threading.Thread):
    """Samples a server until told to stop."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.samples, self.done = server, list[dict[str, float]](), threading.Event()

    def run(self) -> None:
        while not self.done.wait(EVERY):
            self.samples.append(sample(self.server))


def hourly(samples: list[dict[str, float]], what: str) -> float:
    """By how much something grows in an hour, by the straight line through its samples."""
    slope = statistics.linear_regression([one["at"] for one in samples], [one[what] for one in samples]).slope
    return slope * 3600


def soak(kind: str, rooms: int, seconds: float) -> dict[str, Any]:
    """Find the peak, then let everybody talk at half of it."""
    with measured.product(kind, rooms) as made:
        peak = talk(made, 4)["per_second"]
        watch = Watch(made[0][0])
        watch.start()
        seen = talk(made, seconds, rate=peak / 2)
        watch.done.set()
        watch.join()
    begun = watch.samples[0]["at"] + WARM
    late = [one for one in watch.samples if one["at"] >= begun]
    grown = {what: {"first": late[0][what], "last": late[-1][what], "hourly": hourly(late, what)}
             for what in ("mib", "threads", "files")}  # fmt: skip
    keys = ("sent", "acked", "refused", "lost", "ack", "push")
    return {"peak": peak, "rate": peak / 2, "seconds": seconds, **{key: seen[key] for key in keys}, "grown": grown,
            "mib": [round(one["mib"], 1) for one in watch.samples]}  # fmt: skip


def main() -> None:
    """Soak each database in turn, print what grew, and keep it."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rooms", type=int, default=34)
    ask.add_argument("--seconds", type=float, default=600)
    ask.add_argument("--kinds", nargs="+", default=["sqlite", "postgresql"])
    ask.add_argument("--dry", action="store_true", help="keep no result")
    asked = ask.parse_args()
    result: dict[str, Any] = versions()
    for kind in asked.kinds:
        result[kind] = found = soak(kind, asked.rooms, asked.seconds)
        print(f"{kind}: {found['rate']:.0f}/s for {found['seconds']:.0f} s, {found['acked']:,} acknowledged, {found['refused']}"
              f" refused, {found['lost']} lost, ack {found['ack']}", flush=True)  # fmt: skip
        print(f"  MiB: {found['mib'][::6]}", flush=True)
        for what, one in found["grown"].items():
            print(f"  {what:8} {one['first']:8.1f} -> {one['last']:8.1f}   {one['hourly']:+8.1f} an hour", flush=True)
    if not asked.dry:
        (Path(HERE).parent / "results" / "soak.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
