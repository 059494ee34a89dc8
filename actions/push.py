"""Push: a browser asks to be told, and stops asking; the keys with which we say that it is us (RFC 8291, RFC 8292)."""

import base64
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from actions import sealing, secrets
from actions.installation import settings
from actions.log import record_privately
from config import loopback
from models import db
from models.db import session
from models.logins import SignInSession
from models.push import PushSubscription
from models.settings import Setting, put, setting
from models.types import keepable, now
from policy import Actor, Invalid, NotFound, require

KEY = "push_key"
CURVE = ec.SECP256R1()
LONGEST = 2000  # characters of an address of a push service
UNICAST = ip_network("2000::/3")  # all that is given out of IPv6 for one host each
NAT64 = ip_network("64:ff9b::/96")  # holds an address of IPv4, to which gateways lead (RFC 6052)


def private_key() -> ec.EllipticCurvePrivateKey | None:
    """The key of this installation; None before it is made, and once nobody can unseal it."""
    return _opened(setting(session(), KEY))


def _opened(kept: str | None) -> ec.EllipticCurvePrivateKey | None:
    try:
        return ec.derive_private_key(int(sealing.unseal(kept), 16), CURVE) if kept else None
    except sealing.Unsealed:
        return None


def public_key() -> str | None:
    """What browsers ask their push service with: made once, and anew where the old one cannot be unsealed.

    None within a unit that writes, before it is made: what such a unit makes may not stay.
    """
    found = private_key()
    if found is None and not db.current().write:
        db.aside(_make)
        session.expire_all()
        found = private_key()
    return encoded(found.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)) if found else None


def _make(apart: Session) -> None:
    """Make a key, of many at once one; whoever asked with an older one is told nothing any more, and asks again."""
    kept = setting(apart, KEY)
    if _opened(kept) is not None:
        return
    made = sealing.seal(f"{ec.generate_private_key(CURVE).private_numbers().private_value:x}")
    if kept is not None:
        apart.execute(delete(PushSubscription))
        put(apart, KEY, made)
        return
    insert = sqlite.insert if db.is_sqlite() else postgresql.insert
    apart.execute(insert(Setting).values(name=KEY, value=made).on_conflict_do_nothing())


def encoded(value: bytes) -> str:
    """Bytes as browsers and push services write them."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def decoded(words: str) -> bytes:
    """Bytes as they were. Raises ValueError."""
    return base64.b64decode(words + "=" * (-len(words) % 4), altchars=b"-_", validate=True)


def subscribe(actor: Actor, endpoint: str, p256dh: str, auth: str) -> None:
    """Let the browser at hand be told of what is new for whoever is signed in there; asked again, with its new keys.

    Raises Forbidden, and Invalid for what no browser says.
    """
    require(actor, "push:subscribe")
    if actor.session_id is None:
        raise Invalid("endpoint", "needs a browser that is signed in")
    endpoint = checked_address(endpoint)
    _check_keys(p256dh, auth)
    named = secrets.digest(endpoint)
    mine = (PushSubscription.session_id == actor.session_id) | (PushSubscription.endpoint_hash == named)
    session.execute(delete(PushSubscription).where(mine))
    session.add(
        PushSubscription(session_id=actor.session_id, person_id=actor.person_id, endpoint=endpoint, endpoint_hash=named,
                         p256dh=p256dh, auth=auth)
    )  # fmt: skip
    session.flush()
    record_privately(actor, "push_started", f"{actor.name} is told of what is new on a device")


def unsubscribe(actor: Actor, public_id: str) -> None:
    """Tell nothing more on one of one's own devices. Raises Forbidden, NotFound."""
    require(actor, "push:subscribe")
    own = delete(PushSubscription).where(
        PushSubscription.public_id == public_id, PushSubscription.person_id == actor.person_id
    )
    if not keepable(public_id) or not db.touched(own):
        raise NotFound
    record_privately(actor, "push_ended", f"{actor.name} is told nothing more on a device")


def devices(actor: Actor) -> list[PushSubscription]:
    """Where somebody is told, the newest first."""
    own = _in_force(PushSubscription.person_id == actor.person_id)
    return list(session.scalars(own.order_by(PushSubscription.id.desc())).unique())


def of_reader(reader: Actor) -> list[PushSubscription]:
    """The devices on which somebody acts as who they are here: for this organisation, or as one of us."""
    own = _in_force(PushSubscription.person_id == reader.person_id, SignInSession.membership_id == reader.membership_id)
    return list(session.scalars(own.order_by(PushSubscription.id)).unique())


def in_force(key: int) -> PushSubscription | None:
    """A device that is still signed in and asks to be told; else None."""
    return session.scalars(_in_force(PushSubscription.id == key)).unique().one_or_none()


def _in_force(*which: Any) -> Any:
    signed_in = select(PushSubscription).join(SignInSession, SignInSession.id == PushSubscription.session_id)
    return signed_in.where(SignInSession.ended_at.is_(None), SignInSession.expires_at > now(), *which)


def forget(sessions: Sequence[int]) -> None:
    """Tell nothing more where somebody was signed out."""
    if sessions:
        session.execute(delete(PushSubscription).where(PushSubscription.session_id.in_(sessions)))


def end(key: int) -> None:
    """Tell nothing more on a device of which its push service knows nothing any more."""
    session.execute(delete(PushSubscription).where(PushSubscription.id == key))


def go_with(before: int | None, after: int) -> None:
    """Let a device that acts for another organisation from now on be told for that one."""
    moved = update(PushSubscription).where(PushSubscription.session_id == before)
    session.execute(moved.values(session_id=after))


def checked_address(endpoint: str) -> str:
    """The address of a push service, which is outside of this network. Raises Invalid."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Invalid("endpoint", "must be the address of a push service") from error
    plain = endpoint.isascii() and endpoint.isprintable() and len(endpoint) <= LONGEST and " " not in endpoint
    if settings().push_to_loopback and loopback(host) and plain:
        return endpoint
    named = (
        parts.scheme == "https" and "." in host and port in (None, 443) and not parts.username and not loopback(host)
    )
    if not (plain and named) or _inside(host):
        raise Invalid("endpoint", "must be the address of a push service")
    return endpoint


def _inside(host: str) -> bool:
    """Whether a host is given as an address, and not one of the public network; names are asked for as it is sent."""
    try:
        return not public(host)
    except ValueError:
        return False


def public(address: str) -> bool:
    """Whether an address is one of the public network. Raises ValueError for what is none."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        held = found.ipv4_mapped or found.sixtofour or (IPv4Address(int(found) % 2**32) if found in NAT64 else None)
        if held is None and found not in UNICAST:
            return False
        found = held or found
    return bool(found.is_global and not found.is_multicast)


def reachable(host: str, port: int) -> str:
    """The address that a host has now, one of the public network. Raises OSError where it has another, or none."""
    found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if settings().push_to_loopback and loopback(host):
        return found[0]
    if not found or not all(public(one) for one in found):
        raise OSError(f"{host} is not in the public network")
    return found[0]


def _check_keys(p256dh: str, auth: str) -> None:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decoded(p256dh))
        good = len(decoded(auth)) == 16 and len(p256dh) < 100
    except ValueError:
        good = False
    if not good:
        raise Invalid("p256dh", "must be the keys that a browser makes")
