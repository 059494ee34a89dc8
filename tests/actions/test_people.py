"""Profiles, and who belongs to an organisation with which role."""

import re

import pytest
from sqlalchemy import func, select

from actions import installation, limits, logins, people
from config import Settings
from models import db
from models.interactions import Interaction
from models.jobs import Delivery
from models.logins import Login, Revocation
from models.organisations import Organisation
from models.people import ContactPoint, Membership, Person
from policy import Actor, Forbidden, Invalid, NotFound, Refused, find
from tests.world import World


@pytest.fixture(autouse=True)
def _installed(settings: Settings, world: World) -> None:
    installation.use(settings)
    limits.forget()


def change(actor: Actor, whose: Actor, version: int | None = None, **values: str) -> None:
    with db.unit():
        person = find(actor, Person, id=whose.person_id)
        people.change_profile(actor, person, person.version if version is None else version, **values)


def invite(actor: Actor, organisation: int, email: str, role: str = "member", name: str = "Anna") -> str:
    """Invite somebody and return the secret from the mail."""
    with db.unit():
        people.invite(actor, find(actor, Organisation, id=organisation), email, name, role)
        body = db.session.scalars(select(Delivery.body).order_by(Delivery.id.desc())).first()
    return re.search(r"/invitation/(\S+)", body).group(1)


def accept(secret: str, name: str = "Anna Ahrens", password_hash: str | None = None) -> Actor:
    with db.unit():
        return logins.resolve(people.accept(secret, name, password_hash))


def names(actor: Actor) -> list[str]:
    with db.unit(write=False):
        return [one.name for one in people.members(actor)]


def test_a_person_changes_the_own_profile(world: World) -> None:
    change(world.renate, world.renate, name="Renate M.", language="de", zone="Europe/Berlin", theme="dark", title="")
    with db.unit():
        found = logins.resolve(logins.sign_in(world.renate.login_id))
    assert (found.name, found.language, found.zone, found.theme) == ("Renate M.", "de", "Europe/Berlin", "dark")


def test_a_stale_profile_is_refused_and_nothing_changes(world: World) -> None:
    change(world.renate, world.renate, name="First")
    with pytest.raises(Refused) as refused:
        change(world.renate, world.renate, version=1, name="Second")
    assert refused.value.word == "conflict"
    with db.unit(write=False):
        assert db.session.get(Person, world.renate.person_id).name == "First"


@pytest.mark.parametrize("wrong", [
    {"zone": "Mars/Olympus"}, {"zone": "../etc/passwd"}, {"language": "xx"}, {"theme": "pink"}, {"name": " "},
    {"name": "a\0b"}, {"title": "\ud800"}, {"name": "x" * 201},
])  # fmt: skip
def test_a_profile_refuses_what_it_cannot_keep(world: World, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        change(world.renate, world.renate, **wrong)
    assert refused.value.field in wrong


def test_a_colleague_manager_or_rival_does_not_change_my_profile(world: World) -> None:
    with pytest.raises(Forbidden):
        change(world.greta, world.renate, name="Hacked")
    with pytest.raises(NotFound):
        change(world.roland, world.renate, name="Hacked")


def test_a_changed_name_stands_on_the_organisations_timeline(world: World) -> None:
    change(world.renate, world.renate, name="Renate M.")
    with db.unit(write=False):
        row = db.session.scalars(select(Interaction).where(Interaction.kind == "person_changed")).unique().one()
        assert (row.organisation_id, row.audience) == (world.lehmanns, "customer")


def test_an_invited_newcomer_accepts_once_and_is_in(world: World) -> None:
    secret = invite(world.greta, world.lehmanns, "anna@lehms.example")
    anna = accept(secret)
    assert (anna.name, anna.organisation_id, anna.role) == ("Anna Ahrens", world.lehmanns, "member")
    with pytest.raises(NotFound):
        accept(secret)


def test_an_invitation_stands_on_the_timeline_and_goes_out_by_mail(world: World) -> None:
    invite(world.charles, world.exotic, "anna@exotic.example")
    with db.unit(write=False):
        row = db.session.scalars(select(Interaction).where(Interaction.kind == "member_invited")).unique().one()
        mail = db.session.scalars(select(Delivery)).unique().one()
        assert (row.organisation_id, row.audience) == (world.exotic, f"partner:{world.exotic}")
        assert mail.to_address == "anna@exotic.example" and "Exotic Liquids" in mail.subject


def test_a_contact_already_on_record_becomes_a_login_not_a_second_person(world: World) -> None:
    with db.unit():
        contact = Person(name="Ute", name_key="ute")
        db.session.add(contact)
        db.session.flush()
        ute = "ute@lehms.example"
        point = ContactPoint(person_id=contact.id, kind="email", value=ute, value_key=ute)
        member = Membership(person_id=contact.id, organisation_id=world.lehmanns, side="customer")
        db.session.add_all([point, member])
        known = contact.id
    assert accept(invite(world.greta, world.lehmanns, "ute@lehms.example")).person_id == known


def test_somebody_with_an_account_elsewhere_joins_only_by_accepting(world: World) -> None:
    secret = invite(world.greta, world.lehmanns, world.yoshi.email)
    with db.unit():
        assert logins.resolve(logins.sign_in(world.yoshi.login_id)).side == "partner"
        assert not db.session.scalars(
            select(Membership).where(Membership.person_id == world.yoshi.person_id, Membership.ended_at.is_(None),
                                     Membership.organisation_id == world.lehmanns)
        ).all()  # fmt: skip
    found = accept(secret, name="Not my name")
    assert (found.organisation_id, found.name) == (world.lehmanns, "Yoshi Nagase")


def test_members_agents_of_rivals_and_tokens_cannot_invite(world: World) -> None:
    for actor, organisation, error in (
        (world.renate, world.lehmanns, Forbidden), (world.charlotte, world.exotic, Forbidden),
        (world.roland, world.lehmanns, NotFound), (world.yoshi, world.exotic, NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            invite(actor, organisation, "anna@x.example")


def test_a_manager_invites_to_the_own_organisation_only_even_where_more_is_visible(world: World) -> None:
    wide = Actor(**{name: getattr(world.greta, name) for name in world.greta.__slots__}
                 | {"organisation_ids": frozenset({world.lehmanns, world.ernst})})  # fmt: skip
    with pytest.raises(Forbidden):
        invite(wide, world.ernst, "anna@x.example", "manager")


def test_staff_invite_a_manager_to_any_organisation(world: World) -> None:
    assert accept(invite(world.nancy, world.tokyo, "anna@tokyo.example", "manager")).side == "partner"


@pytest.mark.parametrize(("email", "role"), [("no address", "member"), ("a@b", "member"), ("a@x.example", "admin")])
def test_an_invitation_needs_an_address_and_an_outside_role(world: World, email: str, role: str) -> None:
    with pytest.raises(Invalid):
        invite(world.greta, world.lehmanns, email, role)


def test_a_colleague_is_not_invited_again(world: World) -> None:
    with pytest.raises(Refused):
        invite(world.greta, world.lehmanns, world.renate.email)


def test_a_second_invitation_replaces_the_first(world: World) -> None:
    first = invite(world.greta, world.lehmanns, "anna@lehms.example")
    second = invite(world.greta, world.lehmanns, "anna@lehms.example")
    with pytest.raises(NotFound):
        accept(first)
    assert accept(second).organisation_id == world.lehmanns


def test_a_manager_sees_the_colleagues_and_the_invited_but_no_rival(world: World) -> None:
    invite(world.greta, world.lehmanns, "anna@lehms.example")
    assert names(world.greta) == ["Anna", "Greta Lehmann", "Jonas Lang", "Renate Messner"]
    assert names(world.renate) == ["Renate Messner"]


def test_a_removed_colleague_is_out_at_once(world: World) -> None:
    with db.unit():
        secret = logins.sign_in(world.renate.login_id)
    with db.unit():
        people.remove(world.greta, people.member(world.greta, world.renate.public_id))
    assert logins.resolve(secret) is None
    assert "Renate Messner" not in names(world.greta)
    with db.unit(write=False):
        revoked = select(Revocation.subject_id).where(Revocation.kind == "membership")
        assert db.session.scalars(revoked).all() == [world.renate.membership_id]


def test_removing_somebody_invited_takes_the_invitation_back(world: World) -> None:
    secret = invite(world.greta, world.lehmanns, "anna@lehms.example")
    with db.unit():
        anna = db.session.scalars(select(Person).where(Person.name == "Anna")).one()
        people.remove(world.greta, people.member(world.greta, anna.public_id))
    with pytest.raises(NotFound):
        accept(secret)


def test_a_removed_colleague_may_come_back(world: World) -> None:
    with db.unit():
        people.remove(world.greta, people.member(world.greta, world.renate.public_id))
    assert accept(invite(world.greta, world.lehmanns, world.renate.email)).membership_id == world.renate.membership_id


def test_the_only_manager_can_neither_leave_nor_step_down(world: World) -> None:
    for act in (people.remove, lambda actor, row: people.set_role(actor, row, "member")):
        with pytest.raises(Refused), db.unit():
            act(world.greta, people.member(world.greta, world.greta.public_id))


def test_a_manager_steps_down_once_there_is_another(world: World) -> None:
    with db.unit():
        people.set_role(world.greta, people.member(world.greta, world.jonas.public_id), "manager")
    with db.unit():
        people.set_role(world.greta, people.member(world.greta, world.greta.public_id), "member")
        assert db.session.get(Membership, world.greta.membership_id).role == "member"
        logged = select(func.count()).select_from(Interaction).where(Interaction.kind == "role_changed")
        assert db.session.scalar(logged) == 2


def test_members_and_rivals_change_no_roles(world: World) -> None:
    with pytest.raises(NotFound), db.unit():
        people.member(world.roland, world.renate.public_id)
    with pytest.raises(NotFound), db.unit():
        people.member(world.charles, world.renate.public_id)
    with pytest.raises(Forbidden), db.unit():
        people.set_role(world.renate, people.member(world.renate, world.renate.public_id), "manager")


def test_a_manager_cannot_make_an_admin(world: World) -> None:
    with pytest.raises(Invalid), db.unit():
        people.set_role(world.greta, people.member(world.greta, world.renate.public_id), "admin")


def test_a_disabled_login_cannot_accept(world: World) -> None:
    secret = invite(world.greta, world.lehmanns, "anna@lehms.example")
    with db.unit():
        login = db.session.scalars(select(Login).where(Login.email_key == "anna@lehms.example")).unique().one()
        logins.disable(world.andrew, login)
    with pytest.raises(NotFound):
        accept(secret)
