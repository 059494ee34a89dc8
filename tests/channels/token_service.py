"""A token service for tests (OAuth 2.0): gives access tokens for a refresh token, and tells a mail server whose they are."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class TokenService:
    """The service on a loopback port; every refresh token is good once, its successor comes with the access token."""

    def __init__(self, user: str) -> None:
        self.user, self.refresh, self.asked = user, "refresh-0", list[dict[str, str]]()
        self.good: set[str] = set()
        self.expires_in: Any = 3600
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(*service.give({name: one for name, (one, *_) in parse_qs(body).items()}))

            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
                active = token in service.good
                self.answer(200, {"active": active, "email": service.user} if active else {"active": False})

            def answer(self, status: int, words: dict[str, Any]) -> None:
                body = json.dumps(words).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def give(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """What the token address answers."""
        self.asked.append(form)
        known = form.get("client_id") == "loggia" and form.get("client_secret") == "hush"
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh or not known:
            return 400, {"error": "invalid_grant"}
        token = f"access-{len(self.asked)}"
        self.good.add(token)
        self.refresh = f"refresh-{len(self.asked)}"
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in,
                     "refresh_token": self.refresh}  # fmt: skip

    @property
    def dovecot(self) -> dict[str, str]:
        """What a dovecot needs to ask this service about tokens."""
        more = "passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = FOLDER/oauth2.conf\n}\n"
        return {"more": more, "mechanisms": " xoauth2 oauthbearer"}

    @property
    def configuration(self) -> str:
        return (
            f"introspection_url = {self.url}/introspect?token=\nintrospection_mode = get\nusername_attribute = email\n"
            "active_attribute = active\nactive_value = true\n"
        )

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)
