"""The signed cookie of a browser: dated by the clock that all processes go by, and good at one a moment behind it."""

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from models.types import now


class Signer(TimestampSigner):
    """Refuses what is too old, and not what another process has signed a moment from now."""

    def get_timestamp(self) -> int:
        return int(now().timestamp())

    def unsign(self, signed_value: Any, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        value, at = super().unsign(signed_value, return_timestamp=True)
        if max_age is not None and (now() - at).total_seconds() > max_age:
            raise SignatureExpired("too old", payload=value, date_signed=at)
        return (value, at) if return_timestamp else value


class Cookies(SecureCookieSessionInterface):
    """Flask's cookies, under our signature."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        made = super().get_signing_serializer(app)
        if made is not None:
            made.signer = Signer
        return made
