"""What every template knows: who looks, whose business this is, and how to ask policy."""

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import current_app, g, get_flashed_messages, has_request_context
from flask_babel import get_locale
from markupsafe import Markup

import config
from models import telephone
from models.words import SOURCE
from policy import Actor, allowed, has
from web import once
from web.actor import actor
from web.product import Product

PLURALS = {"customer": "customers", "partner": "partners"}


def install(app: Product) -> None:
    """Give the templates their globals."""
    settings: config.Settings = app.config["SETTINGS"]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.globals.update(
        static=static, script_words=script_words, has=has, once=once.key, may=lambda verb, row=None: allowed(actor(), verb, row),
        business={"name": settings.business_name, "product": settings.product_name}, demo=settings.demo, max_file_mb=settings.max_file_mb,
    )  # fmt: skip
    app.jinja_env.filters["tojson_safe"] = tojson_safe
    app.jinja_env.filters["tel"] = telephone.link
    app.context_processor(context)


@cache
def _version(path: str) -> str:
    file = config.ROOT / "static" / path
    return sha256(Path(file).read_bytes()).hexdigest()[:10] if file.is_file() else "0"


def static(path: str) -> str:
    """Return the URL of a static file with its version, so that it may be cached for ever."""
    return f"/static/{path}?v={_version(path)}"


def partial(template: str, **given: Any) -> str:
    """Render a partial without any of what depends on who looks: for live pushes."""
    return current_app.jinja_env.get_template(template).render(given)


def macro(template: str, name: str) -> Callable[..., str]:
    """A macro that does not depend on who looks, to be called from Python: several times cheaper than a partial."""
    drawn: Callable[..., str] = getattr(current_app.jinja_env.get_template(template).module, name)
    return drawn


WORDS: dict[str, Markup] = {}


def script_words() -> Markup:
    """The words that our scripts say, in the language of the page; written out once for each language."""
    language = str(get_locale() or SOURCE)
    if language not in WORDS:
        WORDS[language] = Markup(partial("shared/_words.html"))  # noqa: S704
    return WORDS[language]


def tojson_safe(value: Any) -> Markup:
    """JSON for a non-executable script block."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def context() -> dict[str, Any]:
    """Everything that depends on who looks."""
    if not has_request_context():
        return {}
    who: Actor | None = actor() if "actor" not in g or g.actor is not None else None
    shown = who if who and who.side != "anonymous" else None
    return {
        "actor": shown,
        "language": str(get_locale() or "en"),
        "theme": who.theme if who else "auto",
        "zone": who.zone if who else "UTC",
        "flashes": get_flashed_messages(with_categories=True),
    }
