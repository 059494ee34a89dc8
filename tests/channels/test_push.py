"""What is new is said on one's devices at once: encrypted, by one's right at that moment, and never what was seen."""

import base64
import contextlib
import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select, update

import worker
from actions import installation, logins, notice_choices, promises, push
from channels import push_post
from config import Settings, UnsafeSettings
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.logins import SignInSession
from models.organisations import Organisation
from models.push import PushSubscription
from models.settings import Setting
from models.shares import Share
from models.types import now
from policy import Actor
from tests.channels.push_service import Browser, PushService, push_service
from tests.channels.test_notices import number, read, say  # noqa: F401
from tests.client import Client
from tests.world import World
from web.product import Product

PATH = "/profile/notices/devices"
HIDDEN = ("Lehmann", "Renate", "Messner", "LEHMS")


@pytest.fixture
def service(app: Product, world: World) -> Iterator[PushService]:
    with push_service() as running:
        use(push_to_loopback=True)
        yield running


def use(**values: Any) -> None:
    installation.use(installation.settings().model_copy(update=values))


def added(service: PushService, who: Client) -> Browser:
    """Somebody switches notices on, on the device at hand."""
    who.get("/profile/notices")  # where the key stands that their browser asks with
    browser, given = service.browser()
    assert who.post(PATH, given).status_code == 204
    return browser


def work(later: timedelta = timedelta()) -> None:
    """Let the worker do what is due by some time from now, over and over."""
    with db.unit():
        db.session.execute(update(Job).where(Job.state == "pending", Job.due_at <= now() + later).values(due_at=now()))
    while worker.work_once():
        pass


MOMENT = timedelta(seconds=30)  # after which somebody is told who does not look


def words(kind: str = "push") -> list[Delivery]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)).unique())


def subscriptions() -> int:
    with db.unit(write=False):
        return db.session.scalar(select(func.count()).select_from(PushSubscription)) or 0


def test_each_device_is_told_once_what_its_owner_may_read(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    one, two, rival = (added(service, as_(who)) for who in (world.renate, world.renate, world.roland))
    say(world.nancy, number, "Seventeen are here.", "customer")
    say(world.margaret, number, "Careful", "staff")
    work(MOMENT)
    work(MOMENT)
    assert one.read == two.read and [told["body"] for told in one.read] == ["Nancy Davolio: Seventeen are here."]
    assert one.read[0]["title"] == "Chang for Lehmanns Marktstand" and rival.read == []
    assert one.read[0]["url"].endswith(f"/portal/requests/{number}")
    assert b"Seventeen" not in one.raw[0] and one.headers[0]["Content-Encoding"] == "aes128gcm"
    assert [told.state for told in words()] == ["sent", "sent"]


def test_a_partner_is_told_without_any_name_of_the_customer(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    charles = added(service, as_(world.charles))
    say(world.renate, number, "Any news?", "everyone")
    work(MOMENT)
    (told,) = charles.read
    assert told["title"] == "Chang, 40 on order" and told["body"] == "a customer of Northwind Traders: Any news?"
    assert not [name for name in HIDDEN if name in json.dumps(told)]


def test_what_was_seen_before_it_leaves_is_not_told(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    renate = added(service, as_(world.renate))
    seq = say(world.nancy, number, "Seventeen are here.", "customer")
    tell(number, seq)
    read(world.renate, number, seq)
    work()
    assert renate.read == [] and [one.state for one in words()] == ["failed"]


def tell(number: str, seq: int) -> None:  # noqa: F811
    with db.unit(write=False):
        key = db.session.scalars(select(Conversation.id).where(Conversation.number == number)).one()
    worker.JOBS["notice"]({"conversation": key, "seq": seq})


def test_whoever_lost_the_right_in_the_last_second_is_told_nothing(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    charles = added(service, as_(world.charles))
    tell(number, say(world.renate, number, "Any news?", "everyone"))
    with db.unit():
        db.session.execute(update(Share).values(revoked_at=now()))
    work()
    assert charles.read == [] and len(words()) == 1


def test_in_quiet_hours_a_device_is_silent_and_told_when_they_are_over(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    renate = added(service, as_(world.renate))
    minute = now().hour * 60 + now().minute
    with db.unit():
        notice_choices.choose(world.renate, "never", ((minute - 60) % 1440, (minute + 120) % 1440))
    say(world.nancy, number, "Seventeen are here.", "customer")
    work(MOMENT)
    assert renate.read == []
    with db.unit():
        notice_choices.choose(world.renate, "never", None, version=1)
    work(timedelta(hours=3))
    assert len(renate.read) == 1 and words("notice") == []  # by mail she wants none


def test_a_lively_conversation_is_a_word_a_minute_that_says_the_newest(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    renate = added(service, as_(world.renate))
    for place in range(3):
        say(world.nancy, number, f"Word {place}", "customer")
    work(MOMENT)
    say(world.nancy, number, "One more", "customer")
    work(MOMENT)
    assert [told["body"] for told in renate.read] == ["Nancy Davolio: Word 2"]
    work(timedelta(minutes=2))
    assert [told["body"] for told in renate.read] == ["Nancy Davolio: Word 2", "Nancy Davolio: One more"]


def test_a_promise_is_said_on_its_owners_device_in_their_language(service: PushService, world: World, as_: Any) -> None:
    nancy = added(service, as_(world.nancy))
    with db.unit():
        to = db.session.get_one(Organisation, world.lehmanns)
        promises.make(world.nancy, to, "A date for the Chang", now() - timedelta(minutes=1))
    work()
    work(timedelta(hours=1))
    (told,) = nancy.read
    assert told["title"].startswith("Overdue since") and "/staff/promises/" in told["url"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(
    service: PushService, world: World, number: str, as_: Any, status: int  # noqa: F811
) -> None:  # fmt: skip
    added(service, as_(world.renate))
    service.refuse = status
    say(world.nancy, number, "Seventeen are here.", "customer")
    work(MOMENT)
    assert subscriptions() == 0 and [one.state for one in words()] == ["failed"]


def test_a_service_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    renate = added(service, as_(world.renate))
    service.refuse = 503
    say(world.nancy, number, "Seventeen are here.", "customer")
    work(MOMENT)
    assert renate.read == [] and words()[0].state == "pending" and "later (503)" in str(words()[0].error)
    service.refuse = None
    work(timedelta(minutes=1))
    assert len(renate.read) == 1 and words()[0].state == "sent"
    service.refuse, before = 403, service.tries
    say(world.nancy, number, "The rest on Monday.", "customer")
    work(timedelta(minutes=2))
    work(timedelta(hours=1))
    assert service.tries == before + 1 and words()[-1].state == "failed" and subscriptions() == 1


def test_a_service_that_is_not_there_fails_for_good_in_the_end(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    added(service, as_(world.renate))
    with db.unit():
        db.session.execute(update(PushSubscription).values(endpoint="http://127.0.0.1:9/push/0"))
    say(world.nancy, number, "Seventeen are here.", "customer")
    for _ in range(len(worker.PAUSES) + 2):
        work(timedelta(hours=5))
    with db.unit(write=False):
        assert db.session.scalars(select(Job.state).where(Job.kind == "push")).all() == ["parked"]
    assert words()[0].state == "failed" and "does not answer" in str(words()[0].error)


class Dripping(socketserver.BaseRequestHandler):
    """Answers a byte at a time, for as long as anybody waits."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.request.sendall(b"HTTP/1.1 201 ")
            while not self.server.ended.wait(0.2):  # type: ignore[attr-defined]
                self.request.sendall(b"x")


def test_a_service_that_answers_a_byte_at_a_time_is_not_waited_for(
    service: PushService, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody with a login names one: the worker would tell nobody anything meanwhile."""
    monkeypatch.setattr(push_post, "WHOLE", 1.0)
    browser, given = service.browser()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dripping) as dripping:
        dripping.ended = threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=dripping.serve_forever, args=(0.01,), daemon=True).start()
        endpoint = f"http://127.0.0.1:{dripping.server_address[1]}/x"
        key = ec.generate_private_key(push.CURVE)
        wanted = push_post.Request(endpoint, given["p256dh"], given["auth"], key, "x")
        said: list[Any] = []
        sending = threading.Thread(target=lambda: said.append(outcome(wanted)), daemon=True)
        sending.start()
        sending.join(20)
        waited_in_vain = sending.is_alive()
        dripping.ended.set()  # type: ignore[attr-defined]
        dripping.shutdown()
    assert not waited_in_vain and said == ["too late"] and not browser.read


def outcome(wanted: push_post.Request) -> Any:
    try:
        return push_post.send(wanted, b"{}")
    except OSError:
        return "too late"


def test_signing_out_ends_it_on_that_device_alone(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    here, there = as_(world.renate), as_(world.renate)
    one, other = added(service, here), added(service, there)
    here.post("/logout")
    assert subscriptions() == 1
    say(world.nancy, number, "Seventeen are here.", "customer")
    work(MOMENT)
    assert one.read == [] and len(other.read) == 1


def test_a_sign_in_that_ran_out_is_told_nothing(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    renate = added(service, as_(world.renate))
    say(world.nancy, number, "Seventeen are here.", "customer")
    with db.unit():
        db.session.execute(update(SignInSession).values(expires_at=now()))
    work(MOMENT)
    assert renate.read == []


def test_one_switches_it_off_again_and_nobody_elses(service: PushService, world: World, as_: Any) -> None:
    renate = as_(world.renate)
    added(service, renate)
    page = renate.get("/profile/notices").text
    assert "Tell me no more there" in page and "this one" in page and 'data-here="yes"' in page
    with db.unit(write=False):
        path = f"{PATH}/{db.session.scalars(select(PushSubscription.public_id)).one()}/removal"
    for rival in (world.jonas, world.roland, world.nancy):
        assert as_(rival).post(path).status_code == 404
    assert subscriptions() == 1
    assert renate.post(path).status_code == 303 and subscriptions() == 0 and renate.post(path).status_code == 404
    with db.unit(write=False):
        kinds = db.session.scalars(
            select(Interaction.kind).where(Interaction.kind.like("push%")).order_by(Interaction.id)
        )
        assert list(kinds) == ["push_started", "push_ended"]


def test_the_same_browser_asks_again_and_is_one_device(service: PushService, world: World, as_: Any) -> None:
    renate, given = as_(world.renate), service.browser()[1]
    assert renate.post(PATH, given).status_code == renate.post(PATH, given).status_code == 204
    assert as_(world.greta).post(PATH, given).status_code == 204  # a colleague signs in at the same browser
    with db.unit(write=False):
        assert db.session.scalars(select(PushSubscription.person_id)).all() == [world.greta.person_id]


INSIDE = [
    "http://push.example.com/x", "https://localhost/x", "https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.8/x",
    "https://192.168.1.1/x", "https://169.254.169.254/latest", "https://[fd00::1]/x", "https://[::ffff:10.0.0.1]/x",
    "https://[64:ff9b::10.0.0.1]/x", "https://[64:ff9b::a9fe:a9fe]/x", "https://[2002:0a00:0001::1]/x", "https://[::7f00:1]/x",
    "https://[fec0::1]/x", "https://[64:ff9b:1::1]/x",
    "https://push.example.com:8443/x", "https://a@push.example.com/x", "https://intranet/x", "https://0.0.0.0/x",
    "ftp://push.example.com/x", "javascript:alert(1)", "https://", "", "https://[", "https://push.example.com/" + "x" * 3000,
    "https://push.example.com/a b",
]  # fmt: skip


@pytest.mark.parametrize("endpoint", INSIDE)
def test_what_is_no_push_service_outside_is_refused(app: Product, world: World, as_: Any, endpoint: str) -> None:
    given = {"p256dh": Browser().public, "auth": push.encoded(b"0" * 16)}
    assert as_(world.renate).post(PATH, given | {"endpoint": endpoint}).status_code == 422
    assert subscriptions() == 0


def test_a_name_that_leads_inside_by_now_is_found_out_as_it_is_sent(app: Product, world: World) -> None:
    """It was fine when it was given; nothing is connected to."""
    with push_service() as service, pytest.raises(OSError, match="is not in the public network"):
        port = service.server_address[1]
        keys = Browser().public, push.encoded(b"0" * 16)
        push_post.send(
            push_post.Request(f"http://localhost:{port}/push/0", *keys, ec.generate_private_key(push.CURVE), "t"), b"x"
        )
    assert service.tries == 0


@pytest.mark.parametrize(
    "keys",
    [{"p256dh": ""}, {"auth": ""}, {"auth": "AAAA"}, {"p256dh": "!" * 87}, {"p256dh": "A" * 87}, {"auth": "ü" * 22}],
)
def test_keys_that_no_browser_makes_are_refused(app: Product, world: World, as_: Any, keys: dict[str, str]) -> None:
    given = {"endpoint": "https://push.example.com/x", "p256dh": Browser().public, "auth": push.encoded(b"0" * 16)}
    assert as_(world.renate).post(PATH, given).status_code == 204
    assert as_(world.jonas).post(PATH, given | keys).status_code == 422 and subscriptions() == 1


def test_the_key_of_an_installation_is_made_once_and_sealed(app: Product, world: World, as_: Any) -> None:
    pages = [as_(who).get("/profile/notices").text for who in (world.renate, world.nancy)]
    keys = {page.split('data-key="')[1].split('"')[0] for page in pages}
    assert len(keys) == 1 and len(base64.urlsafe_b64decode(keys.pop() + "=")) == 65
    with db.unit(write=False):
        kept = db.session.get_one(Setting, push.KEY).value
        private = push.private_key()
        assert private and f"{private.private_numbers().private_value:x}" not in kept


def test_with_another_secret_a_new_key_is_made_and_devices_ask_again(
    service: PushService, world: World, number: str, as_: Any  # noqa: F811
) -> None:  # fmt: skip
    renate = as_(world.renate)
    told = added(service, renate)
    known = installation.settings().model_dump() | {"secret_key": "another one"}
    installation.use(Settings(_env_file=None, **known))
    say(world.nancy, number, "Seventeen are here.", "customer")
    work(MOMENT)
    assert told.read == [] and "not told any more" in str(words()[0].error)
    with db.unit(write=False):
        push.public_key()
    assert subscriptions() == 0


def test_whoever_acts_for_another_organisation_is_told_for_that_one(
    service: PushService, world: World, as_: Any
) -> None:
    renate = as_(world.renate)
    added(service, renate)
    with db.unit():
        mine = db.session.scalars(select(PushSubscription)).unique().one()
        before = mine.session_id
        who = Actor(**{name: getattr(world.renate, name) for name in Actor.__slots__} | {"session_id": before})
        logins.switch(who, db.session.get_one(logins.Membership, world.renate.membership_id))
    with db.unit(write=False):
        assert db.session.scalars(select(PushSubscription.session_id)).one() != before


def test_the_door_for_tests_is_shut_for_everybody_else() -> None:
    with pytest.raises(UnsafeSettings, match="PUSH_TO_LOOPBACK"):
        Settings(_env_file=None, public_url="https://portal.example", push_to_loopback=True).refuse_unsafe()


def test_the_script_that_a_browser_wakes_stands_at_the_root(app: Product, world: World, as_: Any) -> None:
    answer = as_(None).get("/push-worker.js")
    assert answer.status_code == 200 and answer.mimetype == "text/javascript" and "showNotification" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
