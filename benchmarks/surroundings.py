"""What a result was measured with, and the PostgreSQL server on which benchmarks make databases of their own."""

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime

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


def on_server(statement: str) -> None:
    """Run one statement on the server, outside of any transaction."""
    engine = create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
