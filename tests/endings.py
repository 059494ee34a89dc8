"""The ways in which a partner's right ends, each as it happens to Exotic Liquids and its clerk."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select, update

from actions import parties, people, shares
from models import db
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from models.people import Membership
from models.shares import Share
from models.types import now
from policy import find
from policy.fields import DEFAULT_SETS
from tests.world import World


def taken_back(world: World) -> None:
    """An agent takes back everything that is shared with Exotic Liquids."""
    with db.unit(write=True):
        held = select(Share).where(Share.organisation_id == world.exotic, Share.revoked_at.is_(None))
        for share in db.session.execute(held).unique().scalars().all():
            shares.revoke(world.nancy, share)


def expired(world: World) -> None:
    """The end of everything that is shared with Exotic Liquids has come, and nobody did anything."""
    with db.unit(write=True):
        shared = update(Share).where(Share.organisation_id == world.exotic)
        db.session.execute(shared.values(expires_at=now() - timedelta(milliseconds=1)))


def left_the_firm(world: World) -> None:
    """The manager of Exotic Liquids takes Charlotte off its people."""
    with db.unit(write=True):
        people.remove(world.charles, find(world.charles, Membership, id=world.charlotte.membership_id))


def taken_out(world: World) -> None:
    """An agent takes Exotic Liquids out of every conversation."""
    with db.unit(write=True):
        exotic = db.session.get_one(Organisation, world.exotic)
        for row in db.session.execute(select(Conversation)).unique().scalars().all():
            parties.remove(world.nancy, row, exotic)


def narrowed(world: World) -> None:
    """PO-1001 stays shared, but without its documents and prices."""
    taken_back(world)
    with db.unit(write=True):
        order = find(world.nancy, Order, number="PO-1001")
        names = [name for name in DEFAULT_SETS["order"] if name != "attachments"]
        shares.share(world.nancy, order, order.organisation, "respond", names)


Ending = Callable[[World], None]
OF_ALL: tuple[Ending, ...] = (taken_back, expired, left_the_firm)
OF_TALK: tuple[Ending, ...] = (*OF_ALL, taken_out)
OF_DOCUMENTS: tuple[Ending, ...] = (*OF_ALL, narrowed)
OF_ORGANISATION: tuple[Ending, ...] = (taken_back, expired)
