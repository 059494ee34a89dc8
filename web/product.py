"""The Flask application class: one unit of work around view and rendering, and errors that say what to do."""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, current_app, request
from werkzeug.routing import Rule

from models import db
from web import incoming, once
from web.cookies import Cookies

FILES_AT_ONCE = 4  # as many of the largest files in one request
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def takes_files(view: Any) -> Any:
    """Mark a view whose requests carry files."""
    view.takes_files = True
    return view


def takes_mails(view: Any) -> Any:
    """Mark a view whose requests carry a whole mail: at most 100 MB of it, and what a form or JSON adds to that."""
    view.most_mb = 140
    return takes_files(view)


def own_units(view: Any) -> Any:
    """Mark a view that opens its own units, because slow work (password hashing) must stay outside of them."""
    view.own_units = True
    return view


class Unhurried(Rule):
    """An address that learns how it is built when it is first built: most are not, and starting takes a third as long."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        learn = cache(super()._compile_builder)

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            return learn(append_unknown)(rule, **values)

        return build


class Product(Flask):
    """Commits once per request, around the view: below 400 it stores, else it rolls back; safe methods only read."""

    url_rule_class = Unhurried
    session_interface = Cookies()

    def preprocess_request(self) -> Any:
        """Let more than the usual two megabytes in where files are taken, before anything reads the body."""
        view = self.view_functions.get(request.endpoint or "")
        if getattr(view, "takes_files", False):
            most_mb = getattr(view, "most_mb", self.config["SETTINGS"].max_file_mb * FILES_AT_ONCE)
            request.max_content_length = most_mb * 1024 * 1024
        return super().preprocess_request()

    def dispatch_request(self) -> Any:
        view = self.view_functions.get(request.endpoint or "")
        if not getattr(view, "takes_files", False):
            return self._dispatched(view)
        try:
            return self._dispatched(view)
        finally:
            request.close()  # large parts are in files that the system forgets once they are closed

    def _dispatched(self, view: Any) -> Any:
        incoming.check(request)
        if before := getattr(view, "beforehand", None):
            before(**(request.view_args or {}))
        if request.endpoint == "static" or getattr(view, "own_units", False):
            return super().dispatch_request()
        with db.unit(write=request.method not in SAFE) as work:
            response = once.answer(super().dispatch_request, self.make_response)
            if response.status_code >= 400:
                work.refused = True
            return response


def product() -> Product:
    """The running application, for its settings."""
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]
