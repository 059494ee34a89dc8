"""The Flask application class: one unit of work around view and rendering, and errors that say what to do."""

from typing import Any

from flask import Flask, Response, current_app, request

from models import db
from web import incoming

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def own_units(view: Any) -> Any:
    """Mark a view that opens its own units, because slow work (password hashing) must stay outside of them."""
    view.own_units = True
    return view


class Product(Flask):
    """Commits once per request, around the view: below 400 it stores, else it rolls back; safe methods only read."""

    def dispatch_request(self) -> Any:
        view = self.view_functions.get(request.endpoint or "")
        incoming.check(request)
        if request.endpoint == "static" or getattr(view, "own_units", False):
            return super().dispatch_request()
        with db.unit(write=request.method not in SAFE) as work:
            response: Response = self.make_response(super().dispatch_request())
            if response.status_code >= 400:
                work.refused = True
            return response


def product() -> Product:
    """The running application, for its settings."""
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]
