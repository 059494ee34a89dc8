"""Secrets that open doors: made at random, kept only as hashes."""

import hmac
import secrets
from hashlib import sha256

from actions.installation import settings


def new(prefix: str = "") -> str:
    """Make a secret of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of a secret; plain SHA-256 is enough for 256 random bits."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def keyed(*parts: object) -> str:
    """Return a MAC under the installation's own secret, for what is too short to be kept under a plain hash."""
    words = "\0".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
    return hmac.new(settings().secret.encode(), words, sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
