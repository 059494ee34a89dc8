"""Mail in: kept before anything else is done with it, then filed by a job; nothing is lost, skipped or filed twice."""

import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import takewhile
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from actions import files, mail_filing, mail_in, mail_places
from actions.mail_filing import Along
from channels.mail_reader import READER, Unreadable
from models import db, storage
from models.jobs import Hopeless
from models.mail_in import InboundMail
from models.words import Words
from policy import Actor, Forbidden, Invalid, NotFound, Refused
from web.uploads import receive

log = structlog.get_logger(__name__)
PILE = 10  # mails in one transaction, and so many seconds: nobody else can store anything meanwhile
LONGEST = 0.2
PASSING = ("rate_limited",)  # what a later try may not meet


def take(raw: bytes, address: str | None = None, envelope: Sequence[str] = ()) -> bool:
    """Keep a mail as it came, and ask for it to be filed; only then is it ours. False when it is here already.

    `address` is which of our addresses it came to, with or without what that one has after a plus; `envelope` to which
    addresses a mail server was told to bring it. Raises Refused for one that is none of ours, Invalid for no mail at all.
    """
    if not raw.strip():
        raise Invalid("mail", "is empty")
    return bool(take_all([raw], address, envelope=[*envelope, *([address] if address else [])]))


def take_all(
    raws: Sequence[bytes], address: str | None = None, aside: Words | None = None, envelope: Sequence[str] = ()
) -> int:
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
        return sum(mail_in.keep(box_id, one, len(raw), f"{place}/{one}", aside, envelope) for one, raw in new.items())


def file_mail(arguments: dict[str, Any], letter: dict[str, Any] | Unreadable | None = None) -> None:
    """File one mail: a job; run twice, it does nothing more. `letter` is what was read of it before, if it was."""
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
        if isinstance(letter, Unreadable):
            raise letter
        letter = letter or READER.read(storage.read(mail.storage_key))
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
        if mail is not None:
            _or_hold(mail, letter, along)


def _or_hold(mail: InboundMail, letter: dict[str, Any], along: Along) -> None:
    try:
        mail_filing.file(mail, letter, along)
    except mail_places.Held as held:
        mail_in.hold(mail, held.words)


def _first_look(key: int, letter: dict[str, Any]) -> bool:
    """Note down what a mail says, and whether it goes on to be filed."""
    with db.unit(write=True):
        mail = mail_filing.waiting(key, lock=True)
        return mail is not None and _looked(mail, letter)


def _looked(mail: InboundMail, letter: dict[str, Any]) -> bool:
    """Whether a mail goes on to be filed: no bounce, none that is held, not the same again."""
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


class Pile:
    """Several mails that wait to be filed: those that go smoothly share a transaction, each with a savepoint of its own.

    Any other (with files, too large, unreadable, refused) is left to `file_mail`, alone and in its turn: so that each is
    filed or not at all, and none holds up or spoils another.
    """

    def __init__(self) -> None:
        self.letters: dict[int, dict[str, Any] | Unreadable] = {}
        self.smooth: dict[int, bool] = {}

    def file(self, jobs: Sequence[Any], done: Callable[[list[int]], None]) -> int:
        """File mails from the front; returns how many, 0 where the first has to be filed alone.

        `jobs` are (id, kind, arguments, attempts); `done` is told in the transaction which of them are done.
        """
        wanted = [job[2]["mail"] for job in jobs[:PILE]]
        smooth = self._read(wanted)
        if not smooth:
            return 0
        begun, settled = time.monotonic(), 0
        with db.unit(write=True) as work:
            found = {mail.id: mail for mail in mail_filing.all_waiting(smooth, lock=True)}
            for key in smooth:
                if settled and time.monotonic() - begun > LONGEST:
                    break
                if key in found and not (key in self.letters and _whole(work, found[key], self.letters[key])):
                    self.smooth[key] = False
                    break
                settled += 1
            done([job[0] for job in jobs[:settled]])
        return settled

    def _read(self, keys: Sequence[int]) -> list[int]:
        """Those mails at the front that can be filed together, read."""
        if new := [key for key in keys if key not in self.smooth]:
            with db.unit(write=False):
                mails = {mail.id: (mail, mail_filing.too_large(mail)) for mail in mail_filing.all_waiting(new)}
            for key in new:
                mail, large = mails.get(key, (None, ""))
                self.smooth[key] = mail is None or (not large and self._plain(mail))
        return list(takewhile(self.smooth.__getitem__, keys))

    def _plain(self, mail: InboundMail) -> bool:
        """Read a mail: whether it is one without files."""
        try:
            letter = self.letters[mail.id] = READER.read(storage.read(mail.storage_key))
        except Unreadable as error:
            self.letters[mail.id] = error
            return False
        except storage.Gone:
            return False
        return not letter["files"]

    def alone(self, arguments: dict[str, Any]) -> None:
        """File one mail by itself; it is not read a second time."""
        file_mail(arguments, self.letters.pop(arguments["mail"], None))


def _whole(work: db.Unit, mail: InboundMail, letter: Any) -> bool:
    """File a mail within a transaction of several, whole or not at all; False when it was not."""
    told, afterwards = len(work.told), len(work.afterwards)
    try:
        with db.session.begin_nested():
            if _looked(mail, letter):
                _or_hold(mail, letter, Along())
            db.session.flush()
    except OperationalError:
        raise
    except Exception as error:
        log.info("a mail is filed alone", mail=mail.id, why=type(error).__name__)
        del work.told[told:], work.afterwards[afterwards:]
        return False
    return True


def _taken(key: int, letter: dict[str, Any]) -> Along:
    """Take in the files of a mail whose sender is known; a stranger's stay in the original, for us to fetch."""
    if not letter["files"]:
        return Along()
    with db.unit(write=False):
        mail = mail_filing.waiting(key)
        try:
            actor, carried = mail_filing.carried(mail, letter) if mail else (None, [])
        except mail_places.Held:
            return Along()
    if actor is None or actor.person_id is None:
        names = ", ".join(f"“{one['name']}”" for one in carried)
        return Along(refused=[Words("Its files are in the original only: %(names)s", names=names[:960])])
    return _received(actor, sorted(carried, key=lambda one: bool(one["inline"])))


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
