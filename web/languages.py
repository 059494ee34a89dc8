"""Languages: which one a page is in, and where its words come from."""

from babel.support import NullTranslations
from flask import has_request_context, request
from flask_babel import Babel, Domain, get_locale

import config
from models.words import LANGUAGES, SOURCE, catalogue
from web.actor import actor
from web.product import Product

MACHINES = "/api/"  # machines are answered in one language


class Catalogues(Domain):
    """The catalogues as they are written, without a compiled copy of them."""

    def get_translations(self) -> NullTranslations:
        return catalogue(str(get_locale() or SOURCE))


class Languages(Babel):
    """Flask-Babel with our catalogues."""

    domain_instance = Catalogues()


def install(app: Product) -> None:
    """Let every page be in the language of whoever looks."""
    settings: config.Settings = app.config["SETTINGS"]
    Languages(app, default_locale=settings.language, locale_selector=chosen)


def chosen() -> str | None:
    """A person's own language, a visitor's by what the browser asks for; None: the installation's."""
    if has_request_context() and request.path.startswith(MACHINES):
        return SOURCE
    who = actor()
    return of_browser() if who.side == "anonymous" else who.language


def of_browser() -> str | None:
    """The first language that the browser asks for and that we have; None: none of them."""
    return request.accept_languages.best_match(LANGUAGES) if has_request_context() else None
