"""The bytes of files in a folder of ours, or in a store elsewhere that speaks as S3 does."""

import io
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from config import Settings
from models import storage

KEPT: dict[str, bytes] = {}
ASKED: list[tuple[str, str]] = []


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as one bucket needs."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        KEPT[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self) -> None:
        if self.path not in KEPT:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return self.answer(200, KEPT[self.path])

    def do_DELETE(self) -> None:
        KEPT.pop(self.path, None)
        self.answer(204)

    def do_POST(self) -> None:
        """Forget several at once."""
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        keys = re.findall("<Key>(.*?)</Key>", asked)
        for key in keys:
            KEPT.pop(f"/papers/{key}", None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self.answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def answer(self, status: int, body: bytes = b"") -> None:
        ASKED.append((self.command, self.headers.get("Authorization", "")))
        self.send_response(status)
        for name, value in (
            ("Content-Length", str(len(body))),
            ("ETag", '"1"'),
            ("Last-Modified", "Mon, 04 May 2026 09:00:00 GMT"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket() -> Iterator[str]:
    KEPT.clear()
    ASKED.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Files kept in a folder, or elsewhere."""
    elsewhere = {}
    if request.param == "bucket":
        elsewhere = {"storage_url": "s3://papers/loggia", "storage_endpoint": request.getfixturevalue("bucket"),
                     "storage_key": "a key", "storage_secret": "a secret"}  # fmt: skip
    storage.use(Settings(_env_file=None, data_dir=tmp_path, **elsewhere))
    return str(request.param)


def test_what_is_kept_comes_back_until_it_is_forgotten(kept: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4000
    storage.put("ab/cdef", io.BytesIO(content))
    assert storage.read("ab/cdef") == content
    if kept == "folder":
        assert (tmp_path / "files" / "ab" / "cdef").read_bytes() == content
    else:
        assert {path: len(one) for path, one in KEPT.items()} == {"/papers/loggia/ab/cdef": len(content)}
        assert all("AWS4-HMAC-SHA256 Credential=a key/" in signed for _, signed in ASKED)
    storage.delete("ab/cdef")
    storage.delete("ab/cdef")
    with pytest.raises(storage.Gone):
        storage.read("ab/cdef")


def test_a_large_file_is_read_piece_by_piece(kept: str) -> None:
    storage.put("ab/large", io.BytesIO(b"x" * 3_000_000))
    sizes = [len(one) for one in storage.chunks("ab/large")]
    assert sum(sizes) == 3_000_000 and max(sizes) < 1_500_000
