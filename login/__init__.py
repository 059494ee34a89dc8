"""Who somebody is: codes, passwords, invitations, sessions, profile and colleagues; never what they may do."""

from login import (
    calendars,
    demo,
    devices,
    invitations,
    naming,
    notices,
    papers,
    passwords,
    profile,
    signing_in,
    team,
    telephone,
    tokens,
    unsubscribing,
)
from login.face import blueprint
from web.product import Product

__all__ = [
    "calendars",
    "demo",
    "devices",
    "invitations",
    "naming",
    "notices",
    "papers",
    "passwords",
    "profile",
    "register",
    "signing_in",
    "telephone",
    "tokens",
    "unsubscribing",
]


def register(app: Product) -> None:
    """Put the pages of this face into the application."""
    app.register_blueprint(blueprint)
    app.register_blueprint(unsubscribing.links)
    app.extensions["csrf"].exempt(unsubscribing.links)  # a mail program has no page of ours: the link is the secret
    for surface in team.SURFACES:
        app.register_blueprint(team.blueprint(surface))
