"""Mail sources: where an address of ours fetches its mail, set by admins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update

from actions.checks import checked
from actions.mail_in import mailbox_changed
from actions.sealing import seal, unseal
from config import loopback
from models import db, text
from models.db import session
from models.mail_in import Mailbox
from models.mail_sources import AUTH, SECURITY, MailSource
from models.types import email_key, now
from policy import Actor, Invalid, Refused, require

PORTS = {"tls": 993, "starttls": 143, "none": 143}
SECRETS = ("password", "client_secret", "refresh_token")
TARGET = ("host", "port", "security", "username", "auth", "token_url", "client_id")  # whom the secrets are told
PLACE = ("host", "port", "username", "folder")  # another place is read from its beginning
LONGEST = {"password": 1000, "client_secret": 1000, "refresh_token": 8000, "token_url": 500, "host": 253}


@dataclass(frozen=True, slots=True)
class Server:
    """All that is needed to fetch, read at once: nothing of it is looked up while a server is being talked to."""

    id: int
    version: int
    address: str
    host: str
    port: int
    security: str
    username: str
    folder: str
    auth: str
    token_url: str
    client_id: str
    since: datetime | None
    uid_validity: int | None
    last_uid: int
    password: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


def of(box: Mailbox) -> MailSource | None:
    """Where an address of ours fetches its mail."""
    return session.scalars(select(MailSource).where(MailSource.mailbox_id == box.id)).unique().one_or_none()


def of_address(address: str) -> MailSource | None:
    """Where the mailbox of an address fetches its mail."""
    own = select(MailSource).join(Mailbox, Mailbox.id == MailSource.mailbox_id)
    return session.scalars(own.where(Mailbox.address_key == email_key(address))).unique().one_or_none()


def states() -> dict[int, MailSource]:
    """All of them, by the id of their address."""
    return {one.mailbox_id: one for one in session.scalars(select(MailSource)).unique()}


def connect(actor: Actor, box: Mailbox, values: Mapping[str, str], version: int | None) -> MailSource:
    """Let an address fetch its mail from a server, or change from which. `version` is the one that was on the page.

    Secrets that are left empty stay, unless they would be told to somebody else than before. Raises Forbidden, Invalid, and
    Refused with `conflict` when somebody else changed it meanwhile.
    """
    require(actor, "mailbox:connect", box)
    row = of(box)
    if (row.version if row else None) != version:
        raise Refused("conflict", "Somebody else changed this meanwhile: look at it again.")
    plain = _plain(values)
    kept = row is not None and all(getattr(row, name) == plain[name] for name in TARGET)
    secrets = _secrets(values, plain["auth"], row if kept else None)
    row = row or MailSource(mailbox_id=box.id, mailbox=box, host="", port=0)
    changed = sorted(name for name, value in plain.items() if getattr(row, name) != value)
    changed += [name for name in SECRETS if values.get(name)]
    fresh = values.get("beginning") == "now"
    moved = row.id is None or any(name in changed for name in PLACE) or fresh != (row.since is not None)
    for name, value in {**plain, **secrets}.items():
        setattr(row, name, value)
    if moved:
        row.since = now() if fresh else None
        row.uid_validity, row.last_uid, row.looked_at, row.waiting = None, 0, None, None
    row.error, row.failures, row.due_at = None, 0, now()
    session.add(row)
    session.flush()
    mailbox_changed(
        actor, box, {"fetches_from": {name: plain[name] for name in (*PLACE, "security", "auth")}, "changed": changed}
    )
    db.tell("mail_source", row.id)
    return row


def _plain(values: Mapping[str, str]) -> dict[str, Any]:
    """What is no secret, looked at."""
    security, auth = values.get("security", ""), values.get("auth", "")
    if security not in SECURITY:
        raise Invalid("security", "must be one of %(names)s", names=", ".join(SECURITY))
    if auth not in AUTH:
        raise Invalid("auth", "must be one of %(names)s", names=", ".join(AUTH))
    found: dict[str, Any] = {"security": security, "auth": auth}
    for name in ("host", "username", "folder"):
        found[name] = _line(name, values.get(name) or ("INBOX" if name == "folder" else ""))
    if any(one in found["host"] for one in " /@:"):
        raise Invalid("host", "must be the name of a server alone, such as imap.company.example")
    if security == "none" and not loopback(found["host"]):
        raise Invalid("security", "without encryption only a server on this machine is talked to")
    port = (values.get("port") or str(PORTS[security])).strip()
    if not (port.isascii() and port.isdecimal() and 0 < len(port) < 6 and 0 < int(port) < 65536):
        raise Invalid("port", "must be a number from 1 to 65535")
    found["port"] = int(port)
    oauth = auth == "oauth2"
    found["token_url"] = _token_url(values.get("token_url", "")) if oauth else None
    found["client_id"] = _line("client_id", values.get("client_id", "")) if oauth else None
    return found


def _line(name: str, value: str) -> str:
    """One line without control characters: a line break would be a second command to the server."""
    found: str = checked(name, lambda one: text.line(one, LONGEST.get(name, text.LONGEST_LINE)), value.strip())
    if any(ord(one) < 32 or ord(one) == 127 for one in found):
        raise Invalid(name, "must be one line")
    return found


def _token_url(value: str) -> str:
    found = _line("token_url", value)
    try:
        url = urlsplit(found)
        host = url.hostname or ""
    except ValueError as error:
        raise Invalid("token_url", "is no address of a page") from error
    if not host or (url.scheme != "https" and not (url.scheme == "http" and loopback(host))):
        raise Invalid("token_url", "must begin with https://")
    return found


def _secrets(values: Mapping[str, str], auth: str, row: MailSource | None) -> dict[str, str | None]:
    """The secrets of this way in, sealed; `row` is where those that are left empty are kept."""
    wanted = {"password": auth == "password", "client_secret": auth == "oauth2", "refresh_token": auth == "oauth2"}
    found: dict[str, str | None] = {}
    for name, used in wanted.items():
        given = values.get(name) or ""
        kept = getattr(row, name) if row is not None else None
        found[name] = (seal(_secret(name, given)) if given else kept) if used else None
        if used and found[name] is None and name != "client_secret":
            raise Invalid(name, "is needed: give it, also when it is the same as for another server or user before")
    return found


def _secret(name: str, given: str) -> str:
    if any(ord(one) < 32 or ord(one) == 127 for one in given):
        raise Invalid(name, "must be one line")
    found: str = checked(name, lambda one: text.clean(one, LONGEST[name]), given)
    return found


def disconnect(actor: Actor, box: Mailbox) -> None:
    """Fetch no more for an address, and forget its secrets; what came stays. Raises Forbidden."""
    require(actor, "mailbox:connect", box)
    row = of(box)
    if row is not None:
        session.delete(row)
        mailbox_changed(actor, box, {"fetches_no_more_from": {name: getattr(row, name) for name in PLACE}})
        db.tell("mail_source", row.id)


def retry(actor: Actor, box: Mailbox) -> None:
    """Let whoever fetches try now, whatever failed before. Raises Forbidden, and Refused with `not_found`."""
    require(actor, "mailbox:connect", box)
    row = of(box)
    if row is None:
        raise Refused("not_found", "%(address)s fetches from no mail server.", address=box.address)
    session.execute(update(MailSource).where(MailSource.id == row.id).values(due_at=now(), failures=0))
    db.tell("mail_source", row.id)


def server(row: MailSource) -> Server:
    """Read all that is needed to fetch. Raises Unsealed."""
    plain: dict[str, Any] = {
        name: getattr(row, name) or ""
        for name in ("host", "port", "security", "username", "folder", "auth", "token_url", "client_id")
    }
    opened: dict[str, Any] = {name: unseal(value) if (value := getattr(row, name)) else "" for name in SECRETS}
    return Server(
        id=row.id, version=row.version, address=row.mailbox.address, since=row.since, uid_validity=row.uid_validity,
        last_uid=row.last_uid, **plain, **opened,
    )  # fmt: skip
