"""What a durable chat message costs beside Flask-SocketIO's echo without any memory: `make bench`.

Everything runs in turn and several times, so that whatever else the machine does meets all alike. The first figure is the
CPU time of the server's processes for one message, which depends least on that.
"""

import argparse
import json
import os
import statistics
from pathlib import Path
from typing import Any

os.environ["LOGGIA_NO_DOTENV"] = "1"

from benchmarks.chat import measured
from benchmarks.chat.talking import talk
from benchmarks.surroundings import versions

HERE = Path(__file__).resolve().parent
DURABLE = ("sqlite", "postgresql")


def run(asked: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """Every server in turn, as often as asked: at its peak, and at half of it."""
    makers = measured.all_of(asked.rooms)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in makers if name in (asked.only or makers)}
    for _ in range(asked.rounds):
        for name, several in found.items():
            with makers[name]() as made:
                one = talk(made, asked.seconds)
                one["half"] = talk(made, asked.seconds, rate=one["per_second"] / 2)
                several.append(one)
                print(f"{name:28} {one['per_second']:6.0f}/s {one['cpu_us']:6.0f} us   at half: ack {one['half']['ack']} push"
                      f" {one['half']['push']}  refused {one['refused']} {one.get('why', '')}", flush=True)  # fmt: skip
    return found


def idle(asked: argparse.Namespace) -> dict[str, float]:
    """KiB of memory for each of many sockets that only listen."""
    makers, found = measured.all_of(asked.idle // 3), {}
    for name in ("stock", "python websockets", "sqlite"):
        with makers[name]() as made:
            found[name] = talk(made, 0)["kib_each"]
            print(f"{name:28} {found[name]:6.1f} KiB for each of {asked.idle} sockets that only listen", flush=True)
    return found


def summary(several: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of a server's rounds; of its tails at half the peak the best, since whatever disturbs makes them longer."""
    rate, cpu = (statistics.median(one[key] for one in several) for key in ("per_second", "cpu_us"))
    spread = [min(one["cpu_us"] for one in several), max(one["cpu_us"] for one in several)]
    half = [one["half"] for one in several]
    tail = min(one["ack"]["p99"] / one["ack"]["p50"] for one in half)
    push = statistics.median(one["push"]["p99"] / one["ack"]["p99"] for one in half)
    return {"per_second": rate, "cpu_us": cpu, "cpu_us_spread": spread, "ack_p99_to_p50_at_half": tail,
            "push_to_ack_p99_at_half": push, "rounds": several}  # fmt: skip


def ratios(result: dict[str, Any]) -> dict[str, float]:
    """The targets of performance.md that these figures answer, by their numbers."""
    found: dict[str, float] = {}
    cpu = {name: one["cpu_us"] for name, one in result.items() if isinstance(one, dict) and "cpu_us" in one}
    for name in DURABLE:
        if {name, "stock"} <= cpu.keys():
            found[f"T1 {name}"] = result[name]["per_second"] / result["stock"]["per_second"]
        if {name, "stock", "keeps nothing"} <= cpu.keys():
            found[f"T2 {name}"] = (cpu[name] - cpu["keeps nothing"]) / cpu["stock"]
        if name in cpu:
            found[f"T4 {name}"] = result[name]["ack_p99_to_p50_at_half"]
            found[f"T5 {name}"] = result[name]["push_to_ack_p99_at_half"]
    if {"keeps nothing", "python websockets"} <= cpu.keys():
        found["T3"] = cpu["keeps nothing"] / cpu["python websockets"]
    if {"postgresql", "postgresql, two processes"} <= cpu.keys():
        found["T7"] = cpu["postgresql, two processes"] / cpu["postgresql"]
    if memory := result.get("kib_for_an_idle_socket"):
        found["T6"] = memory["sqlite"] / memory["python websockets"]
    return found


def main() -> None:
    """Measure, print medians and ratios, and keep them."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--rooms", type=int, default=34)
    ask.add_argument("--seconds", type=float, default=4)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--idle", type=int, default=1500, help="sockets that only listen; 0: leave it out")
    ask.add_argument("--only", action="append", help="one server by its name; more than once for several")
    ask.add_argument("--dry", action="store_true", help="keep no result")
    asked = ask.parse_args()
    result: dict[str, Any] = versions()
    result |= {name: summary(several) for name, several in run(asked).items()}
    if asked.idle and not asked.only:
        result["kib_for_an_idle_socket"] = idle(asked)
    for name, one in result.items():
        if isinstance(one, dict) and "rounds" in one:
            print(f"{name:28} {one['per_second']:6.0f}/s {one['cpu_us']:6.0f} us {one['cpu_us_spread']}")
    result["targets"] = ratios(result)
    print("  ".join(f"{name} {value:.2f}" for name, value in sorted(result["targets"].items())))
    if not asked.dry and not asked.only:
        (HERE.parent / "results" / "chat.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
