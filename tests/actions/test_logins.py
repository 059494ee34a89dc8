"""Signing in: by code, by password, by token; and how it ends."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from actions import installation, limits, logins, passwords
from config import Settings
from models import db
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.logins import Login, Revocation, SignInCode, SignInSession, Token
from models.organisations import Relation
from models.people import Membership
from models.staff import Staff
from models.types import now
from policy import SYSTEM, Actor, Forbidden, Invalid, NotFound, Refused
from tests.world import World

HERE, ELSEWHERE = "10.0.0.1", "203.0.113.9"
GOOD = "three quiet words"


@pytest.fixture(autouse=True)
def _installed(settings: Settings, world: World) -> None:
    installation.use(settings)
    limits.forget()


def signed_in(actor: Actor, address: str = HERE) -> str:
    with db.unit():
        return logins.sign_in(actor.login_id, actor.membership_id, address=address)


def asked(email: str, address: str = HERE, ticket: str = "") -> str:
    with db.unit():
        return logins.request_code(email, address, ticket)


def mailed(email: str) -> str:
    with db.unit(write=False):
        query = select(Delivery.body).where(Delivery.to_address == email).order_by(Delivery.id.desc())
        body = db.session.scalars(query).first()
    assert body
    return re.search(r"\b\d{6}\b", body).group()


def checked(email: str, digits: str, ticket: str) -> bool:
    with db.unit():
        return logins.check_code(email, digits, ticket, HERE) is not None


def count(table: type, *which: object) -> int:
    with db.unit(write=False):
        return db.session.scalar(select(func.count()).select_from(table).where(*which))


def test_a_session_gives_back_who_signed_in_with_everything_policy_asks(world: World) -> None:
    found = logins.resolve(signed_in(world.renate))
    assert (found.name, found.side, found.organisation_id) == ("Renate Messner", "customer", world.lehmanns)
    assert found.organisation_ids == {world.lehmanns}
    assert found.scopes is None and found.session_id


def test_staff_are_found_with_their_teams_and_the_zone_of_their_location(world: World) -> None:
    found = logins.resolve(signed_in(world.otto))
    assert (found.side, found.staff_id, found.team_ids) == ("staff", world.otto.staff_id, world.otto.team_ids)
    assert found.zone == "Europe/London"


def test_a_session_is_found_inside_a_unit_as_well(world: World) -> None:
    with db.unit():
        assert logins.resolve(logins.sign_in(world.nancy.login_id)).name == "Nancy Davolio"


def test_only_managers_of_a_customer_see_its_subsidiaries(world: World) -> None:
    with db.unit():
        db.session.add(Relation(kind="subsidiary_of", from_id=world.ernst, to_id=world.lehmanns))
        db.session.add(Relation(kind="subsidiary_of", from_id=world.lehmanns, to_id=world.ernst))  # a circle must end
    assert logins.resolve(signed_in(world.greta)).organisation_ids == {world.lehmanns, world.ernst}
    assert logins.resolve(signed_in(world.renate)).organisation_ids == {world.lehmanns}


@pytest.mark.parametrize("secret", ["", "wrong", "\ud800", "x" * 5000])
def test_a_secret_that_was_never_given_out_is_nobody(secret: str) -> None:
    assert logins.resolve(secret) is None
    assert logins.resolve_token(secret) is None


def test_a_session_ends_with_sign_out_and_its_sockets_are_told(world: World) -> None:
    secret = signed_in(world.renate)
    with db.unit():
        logins.sign_out(logins.resolve(secret))
    assert logins.resolve(secret) is None
    assert count(Revocation, Revocation.kind == "session") == 1


def test_an_expired_session_is_nobody(world: World) -> None:
    secret = signed_in(world.renate)
    with db.unit():
        db.session.execute(update(SignInSession).values(expires_at=now() - timedelta(seconds=1)))
    assert logins.resolve(secret) is None


def test_an_ended_membership_ends_the_session_and_the_token(world: World) -> None:
    secret = signed_in(world.renate)
    with db.unit():
        login = db.session.get_one(Login, world.renate.login_id)
        token = logins.make_token(world.renate, login, world.renate.membership_id, "script")
    with db.unit():
        db.session.get_one(Membership, world.renate.membership_id).ended_at = now()
    assert logins.resolve(secret) is None
    assert logins.resolve_token(token) is None


def test_a_disabled_login_ends_everything_and_no_new_code_is_sent(world: World) -> None:
    secret = signed_in(world.renate)
    with db.unit():
        logins.disable(world.andrew, db.session.get_one(Login, world.renate.login_id))
    asked(world.renate.email)
    assert logins.resolve(secret) is None
    assert count(Delivery) == 0
    assert count(Revocation, Revocation.kind == "login", Revocation.subject_id == world.renate.login_id) == 1


def test_only_an_admin_disables_a_login(world: World) -> None:
    with pytest.raises(Forbidden), db.unit():
        logins.disable(world.steven, db.session.get_one(Login, world.renate.login_id))


def test_staff_who_left_are_signed_out(world: World) -> None:
    secret = signed_in(world.nancy)
    with db.unit():
        logins.end_staff(world.andrew, db.session.get_one(Staff, world.nancy.staff_id))
    assert logins.resolve(secret) is None
    with pytest.raises(Refused), db.unit():
        logins.sign_in(world.nancy.login_id)


def test_last_seen_is_written_only_every_few_minutes(world: World) -> None:
    secret = signed_in(world.renate)
    before = now() - timedelta(minutes=4)
    for age, kept in ((before, True), (before - timedelta(minutes=2), False)):
        with db.unit():
            db.session.execute(update(SignInSession).values(last_seen_at=age))
        logins.resolve(secret)
        assert (count(SignInSession, SignInSession.last_seen_at == age) == 1) is kept


def test_a_mailed_code_signs_in_once(world: World) -> None:
    ticket = asked(world.renate.email)
    digits = mailed(world.renate.email)
    assert checked(world.renate.email.upper(), f" {digits[:3]} {digits[3:]} ", ticket)
    assert not checked(world.renate.email, digits, ticket)


def test_a_code_is_no_use_in_another_browser_nor_for_another_account(world: World) -> None:
    ticket, other = asked(world.renate.email), asked(world.roland.email)
    digits = mailed(world.renate.email)
    assert not checked(world.renate.email, digits, other)
    assert not checked(world.roland.email, digits, ticket)
    assert not checked(world.renate.email, digits, "")


def test_a_code_is_lost_after_five_wrong_tries(world: World) -> None:
    ticket = asked(world.renate.email)
    digits = mailed(world.renate.email)
    wrong = "000000" if digits != "000000" else "111111"
    assert not any(checked(world.renate.email, wrong, ticket) for _ in range(5))
    assert not checked(world.renate.email, digits, ticket)


def test_a_code_is_lost_after_ten_minutes(world: World) -> None:
    ticket = asked(world.renate.email)
    with db.unit():
        db.session.execute(update(SignInCode).values(expires_at=now() - timedelta(seconds=1)))
    assert not checked(world.renate.email, mailed(world.renate.email), ticket)


def test_an_unknown_address_is_answered_like_a_known_one(world: World) -> None:
    known, unknown = asked(world.renate.email), asked("nobody@lehms.example")
    assert len(known) == len(unknown)
    assert count(Delivery) == 1


def test_one_code_a_minute_is_sent_and_the_first_stays_good(world: World) -> None:
    ticket = asked(world.renate.email)
    assert asked(world.renate.email, ticket=ticket) == ticket
    assert count(Delivery) == 1
    assert checked(world.renate.email, mailed(world.renate.email), ticket)


def test_a_stranger_asking_for_codes_cannot_keep_the_owner_waiting(world: World) -> None:
    signed_in(world.renate, HERE)
    for _ in range(3):
        asked(world.renate.email, ELSEWHERE)
    ticket = asked(world.renate.email, HERE)
    assert count(Delivery) == 2  # one for the stranger, one for the owner
    assert checked(world.renate.email, mailed(world.renate.email), ticket)


def test_a_network_address_that_asks_too_often_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refused:
        for number in range(40):
            asked(f"person{number}@example.com", ELSEWHERE)
    assert refused.value.word == "rate_limited"


def test_no_code_is_kept_in_the_clear_and_its_mail_is_due_at_once(world: World) -> None:
    asked(world.renate.email)
    digits = mailed(world.renate.email)
    with db.unit(write=False):
        assert digits not in db.session.scalars(select(SignInCode.code_hash)).one()
        job = db.session.scalars(select(Job)).one()
        assert job.kind == "mail" and job.due_at <= now() and digits not in str(job.arguments)


def with_password(actor: Actor) -> None:
    hashed = logins.hashed(GOOD)
    with db.unit():
        logins.set_password(actor, db.session.get_one(Login, actor.login_id), hashed)


def test_a_password_opens_only_its_own_account(world: World) -> None:
    with_password(world.renate)
    assert logins.check_password(world.renate.email, GOOD, HERE) == world.renate.login_id
    assert logins.check_password(world.renate.email, GOOD + "!", HERE) is None
    assert logins.check_password(world.roland.email, GOOD, HERE) is None
    assert logins.check_password("nobody@example.com", GOOD, HERE) is None
    assert count(Interaction, Interaction.kind == "sign_in_failed") == 3


def test_a_new_password_ends_every_session_and_is_logged(world: World) -> None:
    one, two = signed_in(world.renate), signed_in(world.renate)
    with_password(world.renate)
    assert logins.resolve(one) is None and logins.resolve(two) is None
    assert count(Interaction, Interaction.kind == "password_changed") == 1


def test_nobody_sets_the_password_of_another(world: World) -> None:
    with pytest.raises(Refused), db.unit():
        logins.set_password(world.greta, db.session.get_one(Login, world.renate.login_id), "hash")


@pytest.mark.parametrize("weak", ["short", "", "aaaaaaaaaaaaaaa", "x" * 300, "nul\0 within it", "\ud800 surrogate!"])
def test_a_weak_password_is_refused_in_words(weak: str) -> None:
    with pytest.raises(Invalid):
        logins.hashed(weak)


def test_guessing_from_elsewhere_does_not_lock_the_owner_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_password(world.renate)
    signed_in(world.renate, HERE)
    monkeypatch.setattr(passwords, "STRANGERS", "3 per hour")
    with pytest.raises(Refused):
        for number in range(10):
            logins.check_password(world.renate.email, "guess number one", f"203.0.113.{number}")
    assert logins.check_password(world.renate.email, GOOD, HERE) == world.renate.login_id


def test_a_token_acts_for_its_owner_within_its_scopes(world: World) -> None:
    with db.unit():
        login = db.session.get_one(Login, world.renate.login_id)
        secret = logins.make_token(world.renate, login, world.renate.membership_id, "script", ["conversation:reply"])
    found = logins.resolve_token(secret)
    assert secret.startswith("lg_") and found.token_id and found.session_id is None
    assert found.scopes == {"conversation:reply"} and found.organisation_id == world.lehmanns
    assert logins.resolve(secret) is None


def test_a_token_ends_when_it_is_revoked_or_expires(world: World) -> None:
    with db.unit():
        login = db.session.get_one(Login, world.renate.login_id)
        one, two = (logins.make_token(world.renate, login, world.renate.membership_id, name) for name in ("1", "2"))
    with db.unit():
        first, second = db.session.scalars(select(Token).order_by(Token.id)).all()
        logins.revoke_token(world.renate, first.public_id)
        second.expires_at = now()
    assert logins.resolve_token(one) is None and logins.resolve_token(two) is None
    assert count(Revocation, Revocation.kind == "token") == 1


def test_nobody_makes_or_revokes_a_token_of_another_nor_with_a_token(world: World) -> None:
    with db.unit():
        login = db.session.get_one(Login, world.renate.login_id)
        secret = logins.make_token(world.renate, login, world.renate.membership_id, "script")
        public_id = db.session.scalars(select(Token.public_id)).one()
        for actor, error in ((world.roland, Forbidden), (logins.resolve_token(secret), Forbidden)):
            with pytest.raises(error):
                logins.make_token(actor, login, world.renate.membership_id, "theirs")
        with pytest.raises(NotFound):
            logins.make_token(world.renate, login, world.roland.membership_id, "foreign membership")
        with pytest.raises(NotFound):
            logins.revoke_token(world.roland, public_id)


def test_an_unknown_scope_is_refused(world: World) -> None:
    with pytest.raises(Invalid), db.unit():
        login = db.session.get_one(Login, world.renate.login_id)
        logins.make_token(world.renate, login, world.renate.membership_id, "script", ["everything"])


def test_a_person_ends_one_or_all_other_sessions_but_no_strangers(world: World) -> None:
    here, there, rival = signed_in(world.renate), signed_in(world.renate), signed_in(world.roland)
    me, other = logins.resolve(here), logins.resolve(rival)
    with db.unit():
        foreign = db.session.get_one(SignInSession, other.session_id).public_id
        with pytest.raises(NotFound):
            logins.end_session(me, foreign)
        assert logins.end_others(me) == 1
    assert logins.resolve(there) is None and logins.resolve(here) and logins.resolve(rival)


def test_switching_replaces_the_session(world: World) -> None:
    secret = signed_in(world.renate)
    with db.unit():
        second = Membership(person_id=world.renate.person_id, organisation_id=world.ernst, side="customer")
        db.session.add(second)
        db.session.flush()
        new = logins.switch(logins.resolve(secret), second)
    assert logins.resolve(secret) is None
    assert logins.resolve(new).organisation_id == world.ernst


def test_nobody_switches_to_what_is_not_theirs(world: World) -> None:
    me = logins.resolve(signed_in(world.renate))
    with pytest.raises(NotFound), db.unit():
        logins.switch(me, db.session.get_one(Membership, world.roland.membership_id))
    with pytest.raises(NotFound), db.unit():
        logins.switch(me, None)


@pytest.mark.parametrize("reference", ["LEHMS", "lehmanns marktstand"])
def test_an_administrator_adds_a_customer_by_reference_or_name(world: World, reference: str) -> None:
    with db.unit():
        login, invitation = logins.add(SYSTEM, "Anna@Lehms.example", "Anna", "customer", reference, "manager")
        found = logins.resolve(logins.sign_in(login))
    assert invitation and found.organisation_id == world.lehmanns and found.manager


def test_adding_the_same_person_twice_changes_nothing(world: World) -> None:
    for _ in range(2):
        with db.unit():
            logins.add(SYSTEM, world.renate.email, "Renate", "customer", "LEHMS", invite=False)
    assert count(Login) == 12 and count(Membership) == 7


@pytest.mark.parametrize(("kind", "organisation", "role"), [
    ("customer", "NOBODY", None), ("customer", None, None), ("customer", "S1", None), ("partner", "LEHMS", None),
    ("staff", None, "manager"), ("customer", "LEHMS", "admin"), ("visitor", "LEHMS", None),
])  # fmt: skip
def test_what_cannot_be_added_is_refused_in_words(kind: str, organisation: str | None, role: str | None) -> None:
    with pytest.raises(Invalid), db.unit():
        logins.add(SYSTEM, "anna@lehms.example", "Anna", kind, organisation, role)


def test_only_an_administrator_adds_people(world: World) -> None:
    for actor in (world.greta, world.nancy, world.steven):
        with pytest.raises(Forbidden), db.unit():
            logins.add(actor, "anna@lehms.example", "Anna", "customer", "LEHMS")


def test_signing_in_out_and_failing_stand_in_the_log(world: World) -> None:
    secret = signed_in(world.renate)
    with db.unit():
        logins.sign_out(logins.resolve(secret))
    asked("nobody@example.com")
    with db.unit(write=False):
        kinds = db.session.scalars(select(Interaction.kind).order_by(Interaction.id)).all()
        secrets = [str(row.detail) + row.summary for row in db.session.scalars(select(Interaction)).unique()]
    assert kinds == ["signed_in", "signed_out", "sign_in_failed"]
    assert not any(secret in words for words in secrets)


def test_limits_hold_in_this_process_when_redis_is_gone(settings: Settings) -> None:
    installation.use(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    limits.forget()
    assert limits.within("1 per minute", "a key")
    assert not limits.within("1 per minute", "a key")
