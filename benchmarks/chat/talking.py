"""Letting everybody talk, and what it cost."""

import json
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.chat.measured import Made

HERE = Path(__file__).resolve().parent


def talk(made: Made, seconds: float, rate: float = 0, idle: float = 0) -> dict[str, Any]:
    """Let everybody talk for a while, or only be there; returns what the load saw and what it cost the servers."""
    running, sockets = made
    given = {"port": running[0].port, "sockets": sockets, "seconds": seconds, "warm": 1, "rate": rate, "idle": idle,
             "audience": "customer", "raw": sockets[0].get("raw", False)}  # fmt: skip
    empty = sum(one.memory() for one in running)
    load = subprocess.Popen(["node", HERE / "load.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603, S607
    if load.stdin is None or load.stdout is None:
        raise RuntimeError("the load has no pipes")
    load.stdin.write(json.dumps(given))
    load.stdin.close()
    before = cost = full = 0.0
    found: dict[str, Any] = {}
    for line in load.stdout:
        found = json.loads(line)
        if found["phase"] == "begin":
            before = sum(one.cpu() for one in running)
        elif found["phase"] == "end":
            cost = sum(one.cpu() for one in running) - before
        elif found["phase"] == "connected":
            full = sum(one.memory() for one in running)
    if load.wait() or found.get("phase") != "result" or (seconds and not found["acked"]) or found["lost"]:
        raise RuntimeError(f"{running[0].name}: the load failed: {found}")
    found["kib_each"] = (full - empty) / len(sockets) / 1024
    if seconds:
        found |= {"per_second": found["acked"] / seconds, "cpu_us": cost / found["acked"] * 1e6}
    return found
