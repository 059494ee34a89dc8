"""Where the bytes of files are: a folder below DATA_DIR, or an S3-compatible store when STORAGE_URL names one.

Every call is slow native work and stays outside of units of work. Keys are random; nothing of a name is in them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from config import Settings
from models.db import Unavailable
from models.offload import offload

CHUNK = 256 * 1024
_stores: dict[str, ObjectStore] = {}
_told: list[Settings] = []


class Gone(Exception):
    """The bytes of a file are not where they should be."""


def use(settings: Settings) -> None:
    """Keep files where these settings say; the store is opened with the first file."""
    _told[:] = [settings]
    _stores.clear()


def _store() -> ObjectStore:
    if "now" not in _stores:
        _stores["now"] = _open(_told[0])
    return _stores["now"]


def _open(settings: Settings) -> ObjectStore:
    if not settings.storage_url:
        folder = settings.data_dir.absolute() / "files"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(prefix=folder)
    if not settings.storage_url.startswith("s3://"):
        return from_url(settings.storage_url)
    plain = settings.storage_endpoint.startswith("http://")
    config: Any = {"region": settings.storage_region}
    if settings.storage_endpoint:
        config["endpoint"] = settings.storage_endpoint
    if settings.storage_key:
        config |= {"access_key_id": settings.storage_key, "secret_access_key": settings.storage_secret}
    return S3Store.from_url(settings.storage_url, config=config, client_options={"allow_http": plain, "timeout": "30s"})


def put(key: str, source: IO[bytes] | bytes) -> None:
    """Keep the bytes of a file under its key; whole or not at all. Raises Unavailable when the store takes nothing now."""
    if not isinstance(source, bytes):
        source.seek(0)
    try:
        offload(lambda: obstore.put(_store(), key, source))
    except BaseError as error:  # full, or out of reach
        raise Unavailable("the store does not take files at the moment") from error


def settle(*keys: str) -> None:
    """Make sure that the bytes under keys outlive a loss of power: what a folder of ours has taken goes to the disk."""
    if keys and isinstance(_store(), LocalStore) and not _told[0].storage_url:
        root = _told[0].data_dir.absolute() / "files"
        files = [root / key for key in keys]
        folders = [one for file in files for one in file.parents if one == root or root in one.parents]
        offload(lambda: _to_disk([*files, *dict.fromkeys(folders)]))


def _to_disk(places: list[Path]) -> None:
    for place in places:
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(key: str) -> bytes:
    """Return all bytes under a key. Raises Gone."""
    return b"".join(chunks(key))


def chunks(key: str) -> Iterator[bytes]:
    """Return the bytes under a key piece by piece; looks at once whether they are there. Raises Gone, Unavailable."""
    try:
        stream = offload(lambda: iter(obstore.get(_store(), key).stream(min_chunk_size=CHUNK)))
    except FileNotFoundError as error:
        raise Gone(key) from error
    except BaseError as error:
        raise Unavailable("the store does not give out files at the moment") from error

    def pieces() -> Iterator[bytes]:
        while (piece := offload(lambda: next(stream, None))) is not None:
            yield bytes(piece)

    return pieces()


def delete(key: str) -> None:
    """Forget the bytes under a key; forgetting twice is fine."""

    def forget() -> None:
        try:
            obstore.delete(_store(), key)
        except FileNotFoundError:
            return

    offload(forget)
