"""Sealing: what we have to say to other machines (a password of a mail server) is unreadable in the database and its backups."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from actions.installation import settings

PURPOSE = b"what other machines are told"


class Unsealed(Exception):
    """What was sealed cannot be opened: the secret of the installation is another one by now."""


@lru_cache(maxsize=4)
def _box(secret: str) -> Fernet:
    """A key of its own, derived from the installation's secret (RFC 5869)."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def seal(words: str) -> str:
    """Return words as they are kept."""
    return _box(settings().secret).encrypt(words.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the words that were sealed. Raises Unsealed."""
    try:
        return _box(settings().secret).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unsealed from error
