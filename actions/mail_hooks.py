"""Mail hooks: a mail service brings the mail of one of our addresses to a secret address on the web, set by admins."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from actions import limits, secrets
from actions.checks import checked
from actions.mail_in import mailbox_changed
from actions.sealing import Unsealed, seal, unseal
from models import db, text
from models.db import session
from models.mail_hooks import SERVICES, MailHook, SignedMail
from models.mail_in import Mailbox
from models.types import now
from policy import Actor, Invalid, NotFound, Refused, require

SIGNING = ("mailgun",)  # who signs what they bring; of the others the secret of the address is the only proof
WINDOW = timedelta(minutes=15)  # how old a signature may be, or how far ahead the clock that made it
REMEMBERED = timedelta(days=1)
WRONG, RIGHT = "60 per minute", "1200 per minute"


def of(box: Mailbox) -> MailHook | None:
    """Which mail service brings the mail of an address."""
    return session.scalars(select(MailHook).where(MailHook.mailbox_id == box.id)).unique().one_or_none()


def all_of_them() -> dict[int, MailHook]:
    """All of them, by the id of their address."""
    return {one.mailbox_id: one for one in session.scalars(select(MailHook)).unique()}


def set_up(actor: Actor, box: Mailbox, values: Mapping[str, str]) -> str:
    """Let a mail service bring mail to an address. Returns the secret of the web address, shown this once; an earlier one ends.

    A signing key that is left empty stays, for the same service. Raises Forbidden, Invalid.
    """
    require(actor, "mailbox:connect", box)
    service = values.get("service", "")
    if service not in SERVICES:
        raise Invalid("service", "must be one of %(names)s", names=", ".join(SERVICES))
    row, given = of(box), values.get("signing_key", "").strip()
    key = row.signing_key if row is not None and row.service == service else None
    if given and service in SIGNING:
        key = seal(checked("signing_key", text.line, given))
    if service in SIGNING and key is None:
        raise Invalid("signing_key", "is needed: it stands with the service, under webhooks")
    secret = secrets.new()
    row = row or MailHook(mailbox_id=box.id, mailbox=box)
    row.service, row.signing_key, row.secret_hash = service, key, secrets.digest(secret)
    row.created_at, row.used_at = now(), None
    session.add(row)
    session.flush()
    mailbox_changed(actor, box, {"brought_by": service})
    return secret


def end(actor: Actor, box: Mailbox) -> None:
    """Let nobody bring mail to an address any more; what came stays. Raises Forbidden."""
    require(actor, "mailbox:connect", box)
    row = of(box)
    if row is not None:
        session.delete(row)
        mailbox_changed(actor, box, {"brought_no_more_by": row.service})


def known(secret: str, whence: str) -> MailHook:
    """The hook that a secret opens; wrong ones are counted by where they come from.

    Raises NotFound, and Refused with `rate_limited` or, for one that is right, with `unavailable`: then the service tries
    again, and loses nothing.
    """
    query = select(MailHook).where(MailHook.secret_hash == secrets.digest(secret))
    found = session.scalars(query).unique().one_or_none()
    if found is None:
        limits.demand(WRONG, "mail hook", whence)
        raise NotFound
    if not limits.within(RIGHT, "mail hook", str(found.id)):
        raise Refused("unavailable", "Too much at once: bring it again in a minute.")
    return found


def vouch(key: int, raw: bytes, signed: tuple[str, str, str] | None) -> None:
    """Make sure that a mail is brought by the service itself, now and not again with other words; note that it came.

    `key` is that of the hook, `signed` the time, the number and the signature of both. Raises NotFound.
    """
    hook = session.get(MailHook, key)
    if hook is None:
        raise NotFound
    if hook.service in SIGNING:
        at, token, signature = signed or ("", "", "")
        if not (_recent(at) and token and _signature(hook, at, token, signature)):
            raise NotFound
        _once(f"{hook.id}:{token}", raw)
    hook.used_at = now()


def _recent(at: str) -> bool:
    seconds = int(at) if at.isascii() and at.isdecimal() and len(at) < 12 else 0
    return abs(now().timestamp() - seconds) <= WINDOW.total_seconds()


def _signature(hook: MailHook, at: str, token: str, signature: str) -> bool:
    try:
        key = unseal(hook.signing_key or "")
    except Unsealed:
        return False
    made = hmac.new(key.encode(), f"{at}{token}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    return hmac.compare_digest(made.encode(), signature.casefold().encode("utf-8", "surrogatepass"))


def _once(token: str, raw: bytes) -> None:
    """Use a signature for one mail: the same mail may come again under it, since a service tries again."""
    values = {"token_hash": secrets.digest(token), "sha256": hashlib.sha256(raw).hexdigest(), "at": now()}
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    session.execute(insert(SignedMail).values(values).on_conflict_do_nothing(index_elements=["token_hash"]))
    used_for = session.scalar(select(SignedMail.sha256).where(SignedMail.token_hash == values["token_hash"]))
    if used_for != values["sha256"]:
        raise NotFound


def forget() -> None:
    """Forget signatures that are too old to be used again."""
    session.execute(delete(SignedMail).where(SignedMail.at < now() - REMEMBERED))
