"""A wave of invitations for those who look at its page."""

from sqlalchemy import select, update

from actions import wave_steps, waves
from models import db
from models.jobs import Delivery, Job
from models.logins import Token
from models.organisations import Organisation
from models.people import ContactPoint, Membership, Person
from models.types import now
from models.waves import Invitee
from models.words import Words
from policy import Actor


def invited(lead: Actor) -> str:
    """A wave of invitations that is under way: of thirty contacts twelve are written to, and some others are left out."""
    lehmanns = db.session.scalars(select(Organisation).where(Organisation.name == "Lehmanns Marktstand")).one()
    for place in range(30):
        person = Person(name=f"Marktfrau {place + 1}", name_key=f"marktfrau {place + 1}")
        db.session.add(person)
        db.session.flush()
        email = f"markt{place + 1}@lehmanns.example"
        db.session.add(ContactPoint(person_id=person.id, kind="email", value=email, value_key=email,
                                    bounced_at=now() if place == 20 else None))  # fmt: skip
        db.session.add(Membership(person_id=person.id, organisation_id=lehmanns.id, side="customer"))
    db.session.flush()
    made = waves.make(lead, "Portal for our customers", "customer", country="DE", per_minute=144)
    waves.start(lead, made)
    wave_steps.step(made.id, made.round)
    waves.pause(lead, made)
    for place, one in enumerate(db.session.scalars(select(Invitee).where(Invitee.state == "sent")).unique()):
        mail = db.session.get_one(Delivery, one.delivery_id)
        mail.state, mail.sent_at = ("failed", None) if place == 4 else ("sent", now())
        mail.error = Words(
            "The mail server does not take mail to this address: %(code)s %(why)s", code=550, why="no such user"
        )
        one.opened_at = now() if place % 3 == 0 else None
        if place == 0:
            db.session.execute(update(Token).where(Token.id == one.token_id).values(used_at=now()))
        if place != 4:
            mail.error = None
        db.session.execute(update(Job).where(Job.unique_key == f"mail:{mail.public_id}").values(state="done"))
    return made.public_id
