"""Who is looking: the signed-in person of this request, as policy knows actors."""

from flask import g
from flask_login import UserMixin, current_user

from policy import ANONYMOUS, Actor


class User(UserMixin):
    """Flask-Login's idea of a user: a wrapper around the actor; its id is the session's secret."""

    def __init__(self, actor: Actor, secret: str) -> None:
        self.actor = actor
        self.secret = secret

    def get_id(self) -> str:
        return self.secret


def actor() -> Actor:
    """The actor of this request, never a proxy."""
    found = g.get("actor")
    if found is None:
        user = current_user._get_current_object()
        found = g.actor = user.actor if isinstance(user, User) else ANONYMOUS
    return found
