"""Files sent along with a form: kept before the unit of work opens, so that no lock waits for bytes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any, Protocol

from flask import g, request

from models import db, storage
from models.files import File
from policy import Actor, NotFound, allowed, find, require
from web.actor import actor
from web.product import takes_files

MOST_COPIED = 10


class Verbs(Protocol):
    """The verbs of files (actions/files.py), which this layer does not import."""

    def inspect(self, name: str | None, stream: IO[bytes]) -> Any: ...

    def announce(self, actor: Actor, incoming: Any) -> File: ...

    def arrived(self, file_id: int) -> None: ...

    def let_go(self, file_id: int) -> bool: ...

    def readable(self, file: Any) -> File: ...

    def nameless(self, file: File, content: bytes, number: int) -> tuple[str, bytes]: ...


def receive(who: Actor, name: str | None, stream: IO[bytes], verbs: Verbs) -> File:
    """Look at a file, make room for it, keep its bytes, and say that it is there. Raises Forbidden, Invalid, Refused."""
    require(who, "file:upload")
    incoming = verbs.inspect(name, stream)
    with db.unit(write=True):
        row = verbs.announce(who, incoming)
    with _or_let_go(row, verbs):
        storage.put(row.key, stream)
        with db.unit(write=True):
            verbs.arrived(row.id)
    return row


@contextmanager
def _or_let_go(row: File, verbs: Verbs) -> Iterator[None]:
    """Take no space for what could not be kept."""
    try:
        yield
    except Exception:
        with db.unit(write=True):
            verbs.let_go(row.id)
        raise


def along(where: Callable[..., Any], verb: str, verbs: Verbs, copies: bool = False) -> Callable[[Any], Any]:
    """Mark a view that takes files with its form: they are kept when who sends them may do `verb` to what `where` finds.

    With `copies` the form may name files that its sender reads elsewhere: they are taken in anew, without their names.
    """

    def beforehand(**place: Any) -> None:
        parts = [part for part in request.files.getlist("files") if part.filename]
        named = [one for one in request.form.getlist("copies") if one] if copies else []
        if not parts and not named:
            return
        with db.unit(write=False):
            permitted = allowed(actor(), verb, where(**place))
            originals = [verbs.readable(find(actor(), File, public_id=one)) for one in named[:MOST_COPIED] if permitted]
        if permitted:  # else the view itself says why not
            kept = [receive(actor(), one.filename, one.stream, verbs) for one in parts]
            kept += [copy(actor(), one, number, verbs) for number, one in enumerate(originals, 1)]
            g.files_along = [one.public_id for one in kept]

    def mark(view: Any) -> Any:
        view.beforehand = beforehand
        return takes_files(view)

    return mark


def copy(who: Actor, original: File, number: int, verbs: Verbs) -> File:
    """Take a file in anew, under a name and without anything else that tells of its sender."""
    try:
        content = storage.read(original.key)
    except storage.Gone as error:
        raise NotFound from error
    name, plain = verbs.nameless(original, content, number)
    return receive(who, name, BytesIO(plain), verbs)


def sent() -> list[str]:
    """The ids of the files that a form names, and of those that came with it."""
    return [one for one in request.form.getlist("attachments") if one] + g.get("files_along", [])
