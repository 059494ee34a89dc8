"""Performs one cell of the table and says what became of it: verdict, what was read, what was written."""

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import url_for
from pypdf import PdfReader
from sqlalchemy import update
from werkzeug.test import TestResponse

from actions import limits, logins, push
from models import db
from models.approvals import Approval
from models.calls import Call as Telephoned
from models.conversations import Conversation
from models.decisions import Decision
from models.files import Attachment, File
from models.issues import Issue
from models.mail_in import InboundMail, Mailbox
from models.orders import Order
from models.organisations import Organisation
from models.people import Membership, Person
from models.promises import Promise
from models.shares import Share
from policy import ANONYMOUS, Actor, NotFound, allowed, find
from realtime import limits as paces
from realtime import queues
from realtime.events import Watch
from realtime.server import socketio
from realtime.sockets import SOCKETS, Socket
from tests.authorisation.canaries import Tap
from tests.authorisation.keeping import Keeper, Ways
from tests.authorisation.row import Call, Row
from tests.authorisation.table import is_event, is_verb
from tests.authorisation.world import Stage
from tests.channels.push_service import Browser
from tests.client import Client
from tests.live import token_of
from web.product import Product

PARTIAL = ("GET portal", "GET partners", "GET staff", "GET help")
WORDS = {"not_found": "404", "forbidden": "403", "invalid": "422", "conflict": "409"}
KEYS: dict[str, tuple[type, str]] = {
    "Conversation": (Conversation, "number"), "Order": (Order, "number"), "Share": (Share, "public_id"),
    "Organisation": (Organisation, "public_id"), "Promise": (Promise, "public_id"),
    "Call": (Telephoned, "public_id"), "Membership": (Membership, "id"),
    "Person": (Person, "public_id"), "File": (File, "public_id"),
    "Attachment": (Attachment, "id"), "Issue": (Issue, "number"), "Decision": (Decision, "public_id"), "Approval": (Approval, "public_id"),
    "InboundMail": (InboundMail, "public_id"), "Mailbox": (Mailbox, "public_id"),
}  # fmt: skip
REFUSED = {"403", "404", "409", "422"}


@dataclass
class Outcome:
    """What became of one cell."""

    verdict: str
    text: str = ""
    frames: dict[str, list[str]] = field(default_factory=dict)


class Runner:
    """One application; on a SQLite file everything is put back after every write."""

    def __init__(self, app: Product, stage: Stage, file: Path | None, ways: Ways | None = None) -> None:
        self.app, self.stage, self.tap = app, stage, Tap(stage)
        self.ways = ways or Ways()
        self.cookies, self.csrf, self.tokens = self.ways.cookies, self.ways.csrf, self.ways.tokens
        self.frames: list[tuple[str, str]] = []
        self.sids: dict[str, str] = {}
        self.on_the_wire: dict[str, Actor] = {}
        self.done: dict[str, int] = {}
        if ways is None:
            self._enter()
        self._hear()
        self.keeper = Keeper(file) if file else None

    def _enter(self) -> None:
        """Sign everybody in once, with a second device and a token."""
        things = self.stage.things
        for name, actor in ({"visitor": None} | self.stage.cast.everybody()).items():
            client = Client.signed_in(self.app, actor)
            self.csrf[name] = client.token()
            cookie = client.http.get_cookie("session")
            self.cookies[name] = cookie.value if cookie else ""
            if actor is None:
                continue
            Client.signed_in(self.app, actor)
            self.tokens[name] = token_of(actor)
        from sqlalchemy import select

        from models.logins import SignInSession, Token
        from models.push import PushSubscription

        with db.unit(write=False):
            push.public_key()  # made with the first page that needs it
        with db.unit(write=True):
            for name, actor in self.stage.cast.everybody().items():
                own = select(SignInSession).where(SignInSession.login_id == actor.login_id).order_by(SignInSession.id)
                first, second = db.session.scalars(own).all()[:2]
                things |= {f"session:{name}": first.public_id, f"session2:{name}": second.public_id}
                told = PushSubscription(session_id=second.id, person_id=actor.person_id, p256dh="x", auth="x",
                                        endpoint=f"https://push.example/{name}", endpoint_hash=name)  # fmt: skip
                db.session.add(told)
                db.session.flush()
                things[f"push:{name}"] = told.public_id
                query = select(Token).where(Token.login_id == actor.login_id, Token.purpose == "api")
                token = db.session.scalars(query).all()[0]
                things[f"token:{name}"] = token.public_id
                things[f"apitoken:{name}"] = self.tokens[name]
        things["session2:visitor"], things["push:visitor"] = things["session2:jonas"], things["push:jonas"]
        things["browser_key"] = Browser().public
        things |= {
            "token:visitor": things["token:jonas"],
            "way:visitor": things["way:jonas"],
            "person_version:visitor": "1",
        }

    def _hear(self) -> None:
        """Put everybody on the wire of this process, and keep each frame that would leave."""
        server = socketio.server
        for name, token in self.tokens.items():
            sid = server.manager.connect(f"eio-{name}", "/")
            self.sids[name] = sid
            self.on_the_wire[sid] = logins.resolve_token(token)
        self._reconnect()
        for socket in list(SOCKETS.values()):
            queues.watch(socket, Watch(on=True))
        server._send_packet = lambda eio_sid, packet: self.frames.append(
            (eio_sid[4:], json.dumps(packet.data, default=str))
        )
        server._send_eio_packet = lambda eio_sid, packet: self.frames.append((eio_sid[4:], str(packet.data)))

    def _reconnect(self) -> None:
        """Everybody is connected, has opened nothing and forgotten everything, whatever the last cell did."""
        for sid, who in self.on_the_wire.items():
            SOCKETS[sid] = Socket(sid, who)

    def close(self) -> None:
        """Leave no socket behind for the next test."""
        for name, sid in self.sids.items():
            SOCKETS.pop(sid, None)
            socketio.server.manager.disconnect(sid, "/", ignore_queue=True) if name else None
        if self.keeper:
            self.keeper.close()

    def written(self) -> list[str]:
        """The business tables that changed since the last cell; everything is put back as it was."""
        return self.keeper.written() if self.keeper else []

    # what is sent

    def resolve(self, value: Any, actor: str) -> Any:
        """Put the things of the world in the place of their names."""
        if isinstance(value, dict):
            return {key: self.resolve(one, actor) for key, one in value.items()}
        if isinstance(value, list):
            return [self.resolve(one, actor) for one in value]
        if not isinstance(value, str) or "@" not in value or value.endswith(".example"):
            return value
        head, _, name = value.partition("@")
        name = name.replace("{actor}", actor)
        if name == "uuid":
            return str(uuid.uuid4())
        if name == "code":
            return self._code()
        return head + self.stage.things[name]

    def _code(self) -> str:
        from sqlalchemy import select

        from models.jobs import Delivery

        with db.unit(write=False):
            found = db.session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
            codes = re.findall(r"\b\d{6}\b", found.body if found else "")
            return codes[0] if codes else "000000"

    def perform(self, row: Row, actor: str, partial: bool = False) -> Outcome:
        """Do one thing as one of the cast."""
        self.frames.clear()
        if is_verb(row.operation):
            return self._verb(row, actor)
        outcome = self._event(row, actor) if is_event(row.operation) else self._request(row, actor, partial)
        with self.app.app_context():
            queues.draw_changed()
        for name, text in self.frames:
            outcome.frames.setdefault(name, []).append(text)
        return outcome

    def _verb(self, row: Row, actor: str) -> Outcome:
        """Find the record as the actor and ask policy; who asks with a token is the token's actor."""
        who = self.stage.cast.everybody().get(actor, ANONYMOUS)
        if row.call.token and actor in self.tokens:
            who = logins.resolve_token(self.tokens[actor])
        if row.call.mailbox:
            who = replace(who, mailbox=True, session_id=1)
        args = self.resolve(row.call.args, actor)
        with db.unit(write=False):
            try:
                found = self._seek(who, **args) if args else None
            except NotFound:
                return Outcome("404")
            return Outcome("allow" if allowed(who, row.operation.removeprefix("may "), found) else "403")

    @staticmethod
    def _seek(who: Actor, table: str, key: str) -> Any:
        model, column = KEYS[table]
        return find(who, model, **{column: int(key) if column == "id" else key})

    def _event(self, row: Row, actor: str) -> Outcome:
        if actor == "visitor":
            handler = socketio.server.handlers["/"]["connect"]
            return Outcome("401" if handler("visitor", {"REMOTE_ADDR": "127.0.0.1"}, None) is False else "allow")
        payload = self.resolve(row.call.json, actor)
        answer = socketio.server.handlers["/"][row.operation](self.sids[actor], payload)
        if answer is None or answer.get("ok"):
            return Outcome("allow", json.dumps(answer, default=str))
        return Outcome(WORDS.get(answer["error"], answer["error"]), json.dumps(answer, default=str))

    def _request(self, row: Row, actor: str, partial: bool) -> Outcome:
        method, endpoint = row.operation.split(" ")
        call = row.call
        with self.app.test_request_context():
            args = {
                key: int(value) if key in ("version", "key") else value
                for key, value in self.resolve(call.args, actor).items()
            }
            path = f"/static/{args['filename']}" if endpoint == "static" else url_for(endpoint, **args)
        client = self.app.test_client()
        headers = {"HX-Request": "true"} if partial else {}
        if path.startswith("/api/v1"):
            if actor in self.tokens:
                headers["Authorization"] = f"Bearer {self.tokens[actor]}"
        else:
            client.set_cookie("session", self.cookies[actor])
            headers["X-CSRFToken"] = self.csrf[actor]
        if call.demo:
            self._demo(True)
        if call.mailbox:
            self._share(actor, True)
        try:
            if call.before:
                client.post(call.before[0], data=self.resolve(call.before[1], actor), headers=headers)
            sent = {"json": self.resolve(call.json, actor)} if call.json is not None else {}
            if method != "GET" and call.json is None and (call.form or not path.startswith("/api")):
                sent["data"] = {key: uploaded(one) for key, one in self.resolve(call.form, actor).items()}
            answer = client.open(
                path, method=method, query_string=self.resolve(call.query, actor), headers=headers, **sent
            )
            text = readable(answer)
        finally:
            if call.demo:
                self._demo(False)
            if call.mailbox:
                self._share(actor, False)
        return Outcome(
            verdict(answer.status_code, answer.headers.get("Location", ""), call), f"{answer.headers}\n{text}"
        )

    def _demo(self, on: bool) -> None:
        settings = self.app.config["SETTINGS"]
        self.app.config["SETTINGS"] = settings.model_copy(update={"demo": on})

    def _share(self, actor: str, on: bool) -> None:
        """Let somebody's address be a mailbox that several share, or one person's again."""
        found = self.stage.cast.everybody().get(actor)
        if found and found.membership_id:
            with db.unit(write=True):
                db.session.execute(update(Membership).where(Membership.id == found.membership_id).values(mailbox=on))

    # what is expected

    def judge(self, row: Row, actor: str) -> list[str]:
        """Perform a cell and return everything that is not as the table says."""
        paces.forget()
        self._reconnect()
        limits.forget()
        expected = row.verdicts[actor]
        outcome = self.perform(row, actor)
        changed = self.written()
        where = f"{row.operation} ({row.relation}) as {actor}"
        found = []
        if not fits(outcome, expected, changed):
            found.append(f"{where}: {expected} expected, {outcome.verdict} came")
        safe = row.operation.startswith("GET") or row.operation in (
            "conversation:open",
            "conversation:sync",
            "typing",
            "presence",
            "queue:watch",
        )
        if changed and (outcome.verdict != "allow" or safe):
            found.append(f"{where}: answered {outcome.verdict} and wrote {', '.join(changed)}")
        self.done[expected] = self.done.get(expected, 0) + 1
        found += self._leaks(row, actor, outcome, where)
        if row.operation.startswith(PARTIAL) and outcome.verdict == "allow":
            part = self.perform(row, actor, partial=True)
            self.written()
            found += self._leaks(row, actor, part, f"{where}, in part")
        return found

    def _leaks(self, row: Row, actor: str, outcome: Outcome, where: str) -> Iterable[str]:
        call = row.call
        sent = json.dumps(self.resolve([call.query, call.args, call.form, call.json], actor))
        if not row.call.demo and row.call.before is None and row.operation != "POST login.password":
            for leak in self.tap.leaks(row.call.bearer or actor, outcome.text, sent):
                yield f"{where}: was shown {leak}"
            for name, texts in outcome.frames.items():
                if name in row.gains:
                    continue
                for leak in self.tap.leaks(name, "\n".join(texts)):
                    yield f"{where}: {name} heard {leak}"
        for thing in row.hidden:
            if thing in outcome.text:
                yield f"{where}: was shown {thing}"


def readable(answer: TestResponse) -> str:
    """What somebody reads of an answer: of a PDF the words on its pages and what it says of itself."""
    if answer.mimetype != "application/pdf":
        return answer.get_data(as_text=True)
    paper = PdfReader(BytesIO(answer.data))
    return "\n".join([str(paper.metadata), *(page.extract_text() for page in paper.pages)])


def uploaded(value: Any) -> Any:
    """A word that begins with # stands for a file of that name."""
    if not isinstance(value, str) or not value.startswith("#"):
        return value
    content = b"<html><script>" if value.endswith(".html") else b"\xff\xd8\xff\xe0 a photo"
    return BytesIO(content), value[1:]


def verdict(status: int, location: str, call: Call) -> str:
    """The verdict that an HTTP answer means."""
    if 300 <= status < 400:
        path = location.split("?", maxsplit=1)[0]
        return "sign-in" if path.endswith("/login") and path != call.lands else "allow"
    return "allow" if status < 300 else str(status)


def fits(outcome: Outcome, expected: str, changed: list[str]) -> bool:
    """Whether an outcome is the expected one."""
    if expected == "refused":
        return outcome.verdict in REFUSED
    if expected == "nothing":
        return not changed and not any(outcome.frames.values())
    return outcome.verdict == expected
