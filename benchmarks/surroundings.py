"""What a result was measured with, and the PostgreSQL server on which benchmarks make databases of their own."""

import os
import platform
import sqlite3
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from sqlalchemy import create_engine, text

SERVER = os.environ.get("BENCH_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432")


def versions() -> dict[str, str]:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603, S607

    return {
        "commit": git("rev-parse", "--short", "HEAD") + (" and changes" if git("status", "--porcelain") else ""),
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version(),
        "sqlalchemy": sqlalchemy.__version__, "sqlite": sqlite3.sqlite_version, "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": f"{os.getloadavg()[0]:.1f}",
    }  # fmt: skip


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, and the quarter below and above it."""
    low, middle, high = statistics.quantiles(values, n=4)
    return {"median": round(middle, 3), "low": round(low, 3), "high": round(high, 3), "least": round(min(values), 3)}


def compared(sizes: Mapping[str, Sequence[tuple[float, float]]], by: str) -> dict[str, Any]:
    """What something took in a small and in a large business, (wall, CPU) in milliseconds, and how these compare."""
    wall = {size: spread([one[0] for one in spent]) for size, spent in sizes.items()}
    cpu = {size: spread([one[1] for one in spent]) for size, spent in sizes.items()}
    found = {"wall_ms": wall, "cpu_ms": cpu}
    small, large = (found[by][size]["median"] for size in ("small", "large"))
    return {**found, "times": large / small, "more_ms": large - small}


def on_server(statement: str) -> None:
    """Run one statement on the server, outside of any transaction."""
    engine = create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
