"""Messages as the page draws them, so that a push and a first page look the same."""

from flask import current_app

from policy.threads import Shape
from web import templating


def business() -> str:
    """What the business is called."""
    return str(current_app.config["SETTINGS"].business_name)


def drawn(messages: list[Shape]) -> list[Shape]:
    """Add to each message the page's own partial, so that catching up draws what the first page drew."""
    return [one | {"partial": partial(one)} for one in messages]


def partial(message: Shape) -> str:
    """Render one message as the page does; it mentions neither who looks nor any translated word."""
    return templating.macro("shared/_message.html", "message_row")(message)
