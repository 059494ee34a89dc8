"""What one reader may come to know: each fact of the world, asked of the reference model."""

from functools import cached_property

from tests.isolation import model
from tests.isolation.facts import Actor, Conversation, Fact, View, World

NAMES = ("organisation", "person")


class Reader:
    """One actor and what the model says that it sees; asked once and kept, for the world does not move."""

    def __init__(self, world: World, actor: Actor) -> None:
        self.world, self.actor = world, actor

    @cached_property
    def orders(self) -> dict[int, View]:
        found = {one.id: model.order(self.world, self.actor, one) for one in self.world.orders.values()}
        return {key: view for key, view in found.items() if view is not None}

    @cached_property
    def conversations(self) -> set[int]:
        return {one.id for one in self.world.conversations.values() if model.conversation(self.world, self.actor, one)}

    @cached_property
    def products(self) -> set[int | None]:
        return {
            self.world.orders[key].lines[line]
            for key, view in self.orders.items()
            for line in (self.world.orders[key].lines if view.lines is None else view.lines)
        }

    @cached_property
    def numbers(self) -> list[str]:
        """The numbers of all orders that it sees, as lists sort them."""
        return [self.world.orders[key].number for key in sorted(self.orders, reverse=True)]

    def seqs(self, talk: Conversation) -> list[int]:
        return sorted(one.seq for one in talk.messages if model.hears(self.world, self.actor, talk, one))

    def may_know(self, fact: Fact, talk: Conversation | None = None, seq: int | None = None) -> bool:
        """Whether a fact may reach the reader at all; inside a thread, whether names may (in one message: `seq`)."""
        kind, *rest = fact
        return self.actor.side == "staff" or bool(
            getattr(self, f"_{kind}")(*rest, *((talk, seq) if kind in NAMES else ()))
        )

    def _private(self) -> bool:
        return False

    def _order(self, order: int, name: str) -> bool:
        return order in self.orders and self.orders[order].shows(name)

    def _line(self, order: int, line: int, name: str) -> bool:
        return order in self.orders and self.orders[order].shows(name, line)

    def _product(self, product: int) -> bool:
        return product in self.products

    def _location(self, location: int) -> bool:
        return any(
            view.shows("location") and self.world.orders[key].location == location for key, view in self.orders.items()
        )

    def _document(self, order: int, audience: str) -> bool:
        own = "customer" if self.actor.side == "customer" else f"partner:{self.actor.organisation}"
        return self._order(order, "attachments") and audience in ("everyone", own)

    def _invoice(self, organisation: int) -> bool:
        return self.actor.side == "customer" and organisation in model.reach(self.world, self.actor)

    def _answer(self, order: int, organisation: int) -> bool:
        return self.actor.side == "partner" and self.actor.organisation == organisation and order in self.orders

    def _shipment(self, order: int, sender: int | None) -> bool:
        return self._order(order, "shipments") or (sender is not None and self._answer(order, sender))

    def _subject(self, talk: int) -> bool:
        return self.actor.side == "customer" and talk in self.conversations

    def _party(self, talk: int, organisation: int) -> bool:
        return self.actor.side == "partner" and talk in self.conversations and self.actor.organisation == organisation

    def _message(self, talk: int, message: object) -> bool:
        return model.hears(self.world, self.actor, self.world.conversations[talk], message)  # type: ignore[arg-type]

    def _organisation(self, one: int, talk: Conversation | None, seq: int | None) -> bool:
        if one in model.reach(self.world, self.actor):
            return True
        if talk is not None:
            return model.introduced(self.world, self.actor, talk, one, seq)
        told = any(
            model.introduced(self.world, self.actor, self.world.conversations[key], one) for key in self.conversations
        )
        return told or any(
            self.world.orders[key].organisation == one and view.lines is not None and view.shows("organisation")
            for key, view in self.orders.items()
        )

    def _person(self, person: int, talk: Conversation | None, seq: int | None) -> bool:
        return any(self._organisation(one, talk, seq) for one in self._employers(person, talk))

    def _employers(self, person: int, talk: Conversation | None) -> set[int]:
        """Where somebody works; an order that names an organisation names none of its people."""
        return self.world.people[person]
