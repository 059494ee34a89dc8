"""What a result was measured with: the commit, the versions, how busy the machine was."""

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime

import sqlalchemy


def versions() -> dict[str, str]:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603, S607

    return {
        "commit": git("rev-parse", "--short", "HEAD") + (" and changes" if git("status", "--porcelain") else ""),
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version(),
        "sqlalchemy": sqlalchemy.__version__, "sqlite": sqlite3.sqlite_version, "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": f"{os.getloadavg()[0]:.1f}",
    }  # fmt: skip
