"""Who somebody is: codes, passwords, invitations, sessions, profile and colleagues; never what they may do."""

from login import (
    bell,
    calendars,
    demo,
    devices,
    invitations,
    mail_log,
    naming,
    notices,
    papers,
    passwords,
    profile,
    push,
    signing_in,
    team,
    telephone,
    tokens,
    unsubscribing,
)
from login.face import blueprint
from web.product import Product

__all__ = [
    "bell",
    "calendars",
    "demo",
    "devices",
    "invitations",
    "mail_log",
    "naming",
    "notices",
    "papers",
    "passwords",
    "profile",
    "push",
    "register",
    "signing_in",
    "telephone",
    "tokens",
    "unsubscribing",
]


def register(app: Product) -> None:
    """Put the pages of this face into the application."""
    app.register_blueprint(blueprint)
    bell.install(app)
    app.register_blueprint(unsubscribing.links)
    app.extensions["csrf"].exempt(unsubscribing.links)  # a mail program has no page of ours: the link is the secret
    for surface in team.SURFACES:
        app.register_blueprint(team.blueprint(surface))
