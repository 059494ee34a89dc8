"""A client that behaves like a browser without scripts, and checks every page it is given."""

import secrets
from html.parser import HTMLParser
from typing import Any

from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from actions import logins
from models import db
from policy import Actor
from web.product import Product

VOID_LABELS = {"hidden", "submit", "button", "reset", "image"}


class Page(HTMLParser):
    """What a page must have: one title, unique ids, a label for every field, no inline script, style or handler."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title, self.ids, self.labels, self.fields, self.faults = "", [], set(), [], []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._inside.append(tag)
        if given.get("id"):
            self.ids.append(given["id"])
        if tag == "label" and given.get("for"):
            self.labels.add(given["for"])
        if tag in ("input", "select", "textarea") and given.get("type") not in VOID_LABELS:
            wrapped = "label" in self._inside
            self.fields.append((given.get("id"), wrapped or "aria-label" in given or "aria-labelledby" in given, given))
        if "style" in given:
            self.faults.append(f"inline style on <{tag}>")
        if any(name.startswith("on") for name in given):
            self.faults.append(f"inline handler on <{tag}>")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.faults.append("inline script")
        if tag in ("input", "br", "img", "meta", "link", "hr", "wbr", "use", "path", "rect", "circle"):
            self._inside.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside and self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] == "title" and "svg" not in self._inside:
            self.title += data

    def problems(self) -> list[str]:
        """Everything wrong with this page."""
        found = list(self.faults)
        if not self.title.strip():
            found.append("no title")
        found += [f"id {one!r} stands twice" for one in set(self.ids) if self.ids.count(one) > 1]
        found += [
            f"field without a label: {given}"
            for key, named, given in self.fields
            if not named and key not in self.labels
        ]
        return found


class Client:
    """One person's browser."""

    def __init__(self, app: Product) -> None:
        self.app = app
        self.http = app.test_client()
        self._token: str | None = None

    @classmethod
    def signed_in(cls, app: Product, actor: Actor | None) -> "Client":
        """Sign somebody in as the sign-in page would; None is a visitor."""
        made = cls(app)
        if actor is not None:
            with app.app_context(), db.unit(write=True):
                secret = logins.sign_in(actor.login_id, actor.membership_id, device="test", address="127.0.0.1")
            with made.http.session_transaction() as session:
                session["_user_id"] = secret
                session["_fresh"] = True
        return made

    def get(self, path: str, **how: Any) -> TestResponse:
        """Fetch a page; whole HTML pages are checked."""
        return self._checked(self.http.get(path, **how), path)

    def post(self, path: str, data: dict[str, Any] | None = None, **how: Any) -> TestResponse:
        """Send a form with its CSRF token."""
        headers = how.pop("headers", {}) | {"X-CSRFToken": self.token()}
        return self._checked(self.http.post(path, data=data or {}, headers=headers, **how), path)

    def token(self) -> str:
        """The CSRF token of this session, as every page holds it; made without drawing one, which took longer than most tests."""
        if self._token is None:
            with self.http.session_transaction() as session:
                known = session.setdefault("csrf_token", secrets.token_hex(20))
            self._token = URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token").dumps(known)
        return self._token

    @staticmethod
    def _checked(response: TestResponse, path: str) -> TestResponse:
        if response.mimetype == "text/html":
            text = response.get_data(as_text=True)
            if "<html" in text:
                assert not (found := Page(text).problems()), f"{path}: {found}"
                assert "default-src 'none'" in response.headers["Content-Security-Policy"], path
        return response
