"""A small disk of its own, in memory, that can be filled and freed."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

MB = 1024 * 1024


class Disk:
    """A disk mounted at a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ballast = folder, folder / "ballast"

    @classmethod
    @contextmanager
    def mounted(cls, folder: Path, size_mb: int) -> Iterator["Disk"]:
        """Mount a disk, and take it away in the end."""
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", folder], check=True)  # noqa: S603, S607
        try:
            yield cls(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)  # noqa: S603, S607

    def fill(self, but: int = 0) -> None:
        """Leave no space, or so many bytes of it."""
        with self.ballast.open("ab", buffering=0) as file, suppress(OSError):
            while left := os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_frsize - but:
                if left < 0 or not file.write(bytes(min(left, MB))):
                    return

    def free(self) -> None:
        """Take away what fills it."""
        self.ballast.unlink(missing_ok=True)


@cache
def can_mount() -> bool:
    """Whether we may mount a disk here."""
    with (
        TemporaryDirectory() as folder,
        suppress(subprocess.CalledProcessError, OSError),
        Disk.mounted(Path(folder), 1),
    ):
        return True
    return False
