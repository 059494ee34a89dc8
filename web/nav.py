"""Navigation: each face tells its own entries; the layouts draw them."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g, request

from models import db
from web.actor import actor
from web.product import Product


@dataclass(slots=True)
class Item:
    """One entry of the navigation; `count` is drawn beside it when there is one."""

    label: str
    href: str
    icon: str
    count: int | str | None = None
    group: str = "main"

    @property
    def current(self) -> bool:
        path = self.href.split("?")[0]
        own = request.full_path.rstrip("?") == self.href or (request.path == path and "?" not in self.href)
        return own or (path.count("/") > 2 and request.path.startswith(path.rstrip("/") + "/"))


_ENTRIES: dict[str, Callable[[], list[Item]]] = {}


def entries(side: str) -> Callable[[Callable[[], list[Item]]], Callable[[], list[Item]]]:
    """Declare the navigation of one side."""

    def declare(make: Callable[[], list[Item]]) -> Callable[[], list[Item]]:
        _ENTRIES[side] = make
        return make

    return declare


def install(app: Product) -> None:
    """Make `nav()` available to layouts."""
    app.jinja_env.globals["nav"] = navigation


def navigation() -> list[Item]:
    """The entries of whoever looks, asked for once per page however often the layout draws them.

    Views that keep their own units have none open while they render.
    """
    if "navigation" not in g:
        with db.reading():
            g.navigation = _ENTRIES.get(actor().side, list)()
    found: list[Item] = g.navigation
    return found
