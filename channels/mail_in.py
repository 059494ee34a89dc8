"""Mail in: kept before anything else is done with it, then filed by a job; nothing is lost, skipped or filed twice."""

import base64
import hashlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from actions import files, mail_filing, mail_in, mail_places
from actions.mail_filing import Along
from channels.mail_reader import READER, Unreadable
from models import db, storage
from models.jobs import Hopeless
from models.mail_in import InboundMail
from models.words import Words
from policy import Actor, Forbidden, Invalid, NotFound, Refused
from web.uploads import receive

PASSING = ("rate_limited",)  # what a later try may not meet


def take(raw: bytes, address: str | None = None) -> bool:
    """Keep a mail as it came, and ask for it to be filed; only then is it ours. False when it is here already.

    `address` is which of our addresses it came to. Raises Refused for one that is none of ours, Invalid for no mail at all.
    """
    if not raw.strip():
        raise Invalid("mail", "is empty")
    return bool(take_all([raw], address))


def take_all(raws: Sequence[bytes], address: str | None = None, aside: Words | None = None) -> int:
    """Keep several mails as they came, all of them or none; returns how many were not here yet.

    `aside` says why they are held instead of filed. Raises Refused for an address that is none of ours.
    """
    found = {hashlib.sha256(raw).hexdigest(): raw for raw in raws}
    with db.unit(write=True):
        box = mail_in.mailbox(address)
        new = {one: raw for one, raw in found.items() if not mail_in.kept(box, one)}
        place, box_id = f"mail/{box.public_id}", box.id
    for sha256, raw in new.items():
        storage.put(f"{place}/{sha256}", raw)
    storage.settle(*(f"{place}/{sha256}" for sha256 in new))
    if not new:
        return 0
    with db.unit(write=True):
        return sum(mail_in.keep(box_id, one, len(raw), f"{place}/{one}", aside) for one, raw in new.items())


def file_mail(arguments: dict[str, Any]) -> None:
    """File one mail: a job; run twice, it does nothing more."""
    key = arguments["mail"]
    with db.unit(write=False):
        mail = mail_filing.waiting(key)
        reason = mail_filing.too_large(mail) if mail else None
    if mail is None:
        return
    if reason:
        _put_aside(key, reason, mail_in.hold)
        return
    try:
        letter = READER.read(storage.read(mail.storage_key))
    except (Unreadable, storage.Gone) as error:
        gone = Words("The bytes of this mail are not where they were kept.")
        _put_aside(key, error.words if isinstance(error, Unreadable) else gone, mail_in.fail)
        raise Hopeless(f"mail {mail.public_id}: {error}") from error
    try:
        _file(key, letter)
    except (db.Unavailable, OSError):
        raise
    except Refused as error:
        if error.word in PASSING:
            raise
        _put_aside(key, Words("It cannot be filed: %(why)s", why=error.words), mail_in.fail)
    except Exception as error:
        words = Words("It cannot be filed (%(what)s). Try again, or discard it.", what=type(error).__name__)
        _put_aside(key, words, mail_in.fail)
        raise


def _file(key: int, letter: dict[str, Any]) -> None:
    if not _first_look(key, letter):
        return
    along = _taken(key, letter)
    with db.unit(write=True):
        mail = mail_filing.waiting(key, lock=True)
        if mail is None:
            return
        try:
            mail_filing.file(mail, letter, along)
        except mail_places.Held as held:
            mail_in.hold(mail, held.words)


def _first_look(key: int, letter: dict[str, Any]) -> bool:
    """Note down what a mail says, and whether it goes on to be filed: no bounce, none that is held, not the same again."""
    with db.unit(write=True):
        mail = mail_filing.waiting(key, lock=True)
        if mail is None:
            return False
        mail_filing.describe(mail, letter)
        if not mail.released and mail_filing.report(mail, letter):
            return False
        if reason := mail_filing.look(mail, letter):
            mail_in.hold(mail, reason)
            return False
        if (same := mail_filing.twin(mail)) is not None:
            mail.state, mail.conversation_id = "filed", same.conversation_id
            mail.reason = Words(
                "The same mail came to %(address)s as well, and is filed there.", address=same.mailbox.address
            )
            return False
    return True


def _taken(key: int, letter: dict[str, Any]) -> Along:
    """Take in the files of a mail whose sender is known; a stranger's stay in the original, for us to fetch."""
    if not letter["files"]:
        return Along()
    with db.unit(write=False):
        mail = mail_filing.waiting(key)
        try:
            actor = mail_places.of(mail, letter).actor if mail else None
        except mail_places.Held:
            return Along()
    if actor is None or actor.person_id is None:
        names = ", ".join(f"“{one['name']}”" for one in letter["files"])
        return Along(refused=[Words("Its files are in the original only: %(names)s", names=names[:960])])
    return _received(actor, sorted(letter["files"], key=lambda one: bool(one["inline"])))


def _received(actor: Actor, found: list[dict[str, Any]]) -> Along:
    along = Along()
    for one in found:
        if len(along.files) >= files.MOST_AT_ONCE:
            along.refused.append(
                Words(
                    "“%(name)s” is in the original only: a message carries %(most)s files.",
                    name=one["name"],
                    most=files.MOST_AT_ONCE,
                )
            )
            continue
        try:
            row = receive(actor, one["name"], BytesIO(base64.b64decode(one["content"])), files)
        except (Invalid, Refused, Forbidden, NotFound) as error:
            if isinstance(error, Refused) and error.word in PASSING:
                raise
            why = getattr(error, "words", None) or one["name"]
            along.refused.append(Words("In the original only: %(why)s", why=why))
        else:
            along.files.append(row.public_id)
    return along


def _put_aside(key: int, reason: Words, how: Any) -> None:
    with db.unit(write=True):
        mail: InboundMail | None = mail_filing.waiting(key, lock=True)
        if mail is not None:
            how(mail, reason)


HANDLERS = {"mail_in": file_mail}
