"""Who sees what the desk and each person keep for themselves: promises, people of the business, ways in, the outbox."""

from sqlalchemy import and_, false, or_, select, true

from models.calls import Call
from models.conversations import Conversation
from models.jobs import ORDER_KINDS, Delivery, Job
from models.logins import SignInSession, Token
from models.mail_in import InboundMail, LoggedMail, Mailbox
from models.promises import Promise
from models.staff import Location, Staff, Team
from models.waves import Invitee, Wave
from policy.actor import Actor
from policy.readers import staff_only, with_its_conversation
from policy.seeing import Clause, seeing, within


@seeing(Promise)
def promises(actor: Actor) -> Clause:
    """For staff with its conversation, and one's own in any case; for a customer what it is chosen to see."""
    if actor.side == "staff":
        return or_(Promise.owner_id == actor.staff_id, with_its_conversation(actor, Promise.conversation_id))
    if actor.side != "customer":
        return false()
    apart: Clause = Promise.conversation_id.is_(None)
    if not actor.manager:
        apart = and_(apart, or_(Promise.person_id.is_(None), Promise.person_id == actor.person_id))
    through = or_(within(actor, Conversation, Promise.conversation_id), apart)
    return and_(Promise.shown, Promise.organisation_id.in_(actor.organisation_ids), through)


@seeing(Call)
def calls(actor: Actor) -> Clause:
    return staff_only(actor)


@seeing(Staff, of="conversation")
def staff(actor: Actor) -> Clause:
    return staff_only(actor)


@seeing(Team, of="conversation")
def teams(actor: Actor) -> Clause:
    return staff_only(actor)


@seeing(Location, of="order")
def locations(actor: Actor) -> Clause:
    return staff_only(actor)


@seeing(SignInSession, of="session")
def sessions(actor: Actor) -> Clause:
    return SignInSession.login_id == actor.login_id if actor.login_id else false()


@seeing(Token)
def tokens(actor: Actor) -> Clause:
    own = and_(Token.login_id == actor.login_id, Token.purpose == "api")
    return own if actor.login_id else false()


@seeing(Job)
def jobs(actor: Actor) -> Clause:
    return true() if actor.side == "staff" and actor.role in ("lead", "admin") else false()


@seeing(Delivery)
def deliveries(actor: Actor) -> Clause:
    """What went out: all for leads; for agents what told of conversations and orders that they see."""
    if actor.side != "staff":
        return false()
    if actor.role in ("lead", "admin"):
        return true()
    of_talk = and_(Delivery.kind == "notice", within(actor, Conversation, Delivery.conversation_id))
    return or_(of_talk, Delivery.kind.in_(ORDER_KINDS))


@seeing(Wave)
@seeing(Invitee, of="wave")
def waves(actor: Actor) -> Clause:
    """Whom we invite in sets: for leads, since nobody else may do anything with it."""
    return true() if actor.side == "staff" and actor.role in ("lead", "admin") else false()


@seeing(Mailbox)
def mailboxes(actor: Actor) -> Clause:
    return staff_only(actor)


@seeing(InboundMail, of="mail")
def inbound_mails(actor: Actor) -> Clause:
    """What came in: with the conversation or the record it is in, before that for the team whose address it came to.

    What came to one's own address for filing is one's own to look at as well.
    """
    if actor.side != "staff":
        return false()
    if actor.sees_every_team:
        return true()
    teams = select(Mailbox.id).where(Mailbox.team_id.in_(actor.team_ids))
    waiting = and_(InboundMail.conversation_id.is_(None), InboundMail.mailbox_id.in_(teams))
    on_record = or_(LoggedMail.staff_id == actor.staff_id, LoggedMail.interaction_id.is_not(None))
    filed = InboundMail.id.in_(select(LoggedMail.mail_id).where(on_record))
    return or_(waiting, filed, within(actor, Conversation, InboundMail.conversation_id))


def of_team(actor: Actor, team: int) -> Clause:
    """The conversations of a team. Of one that an agent is not in only their own can be among what they see.

    That changes nothing beside `visible`; it is said so that nobody looks through all that the others have.
    """
    theirs = Conversation.team_id == team
    if actor.side != "staff" or actor.sees_every_team or team in actor.team_ids:
        return theirs
    return and_(theirs, Conversation.assignee_id == actor.staff_id)
