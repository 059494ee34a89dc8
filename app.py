"""The factory: puts the pieces together."""

import logging
import sys
from contextlib import suppress
from typing import Any

import structlog
from flask import redirect, url_for
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response
from whitenoise import WhiteNoise

import api
import cli
import config
import login
import partners
import portal
import realtime
import staff
import worker
from actions import installation, limits, logins
from channels import mail_hooks
from models import db, storage
from web import device, errors, headers, health, languages, nav, saying, templating, terms
from web.actor import User, actor
from web.product import Product


def create_app(settings: config.Settings | None = None) -> Product:
    """Make the application from settings (the environment's by default). Raises UnsafeSettings."""
    settings = settings or config.load()
    settings.refuse_unsafe()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    configure_logs(settings)
    app = Product(__name__, static_folder="static")
    app.config.from_mapping(flask_settings(settings))
    CSRFProtect(app)
    languages.install(app)
    saying.install(app)
    terms.install(app)
    recognise_people(app)
    errors.install(app)
    headers.install(app)
    templating.install(app)
    for face in (login, portal, staff, partners, api, mail_hooks):
        face.register(app)
    app.register_blueprint(health.blueprint)
    app.add_url_rule("/", "home", home)
    nav.install(app)
    realtime.install(app)
    cli.register(app)
    app.wsgi_app = WhiteNoise(app.wsgi_app, root="static", prefix="static/")  # type: ignore[method-assign]
    if settings.https:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    begin(app, settings)
    return app


def begin(app: Product, settings: config.Settings) -> None:
    """Let an application work on its database and files, and hear of what is stored there; nothing of before is left."""
    app.config["SETTINGS"] = settings
    installation.use(settings)
    limits.forget()
    storage.use(settings)
    db.connect(settings.database)
    db.forget_listeners()
    realtime.listen(app)
    worker.listen()


def flask_settings(settings: config.Settings) -> dict[str, Any]:
    """Flask's own settings; ours travel whole as SETTINGS."""
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret,
        "SESSION_COOKIE_NAME": "__Host-session" if settings.https else "session",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": settings.https,
        "TEMPLATES_AUTO_RELOAD": False,
    }


def recognise_people(app: Product) -> None:
    """Tell Flask-Login that the authority is our row of the session, looked up by its secret."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.login_view = "login.sign_in"

    @manager.user_loader
    def load(secret: str) -> User | None:
        found = logins.resolve(secret, device.kept())
        return User(found, secret) if found else None


def home() -> Response:
    """Send everybody to their own surface."""
    faces = {"staff": "staff.home", "customer": "portal.home", "partner": "partners.home"}
    return redirect(url_for(faces.get(actor().side, "login.sign_in")))


def configure_logs(settings: config.Settings) -> None:
    """Write events as lines for people, or as JSON for machines."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(Lines()),  # type: ignore[arg-type]
    )


class Lines:
    """Standard output, for which nothing else stops: where the disk is full a line is lost, and people are answered."""

    def write(self, words: str) -> None:
        with suppress(OSError):
            sys.stdout.write(words)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()
