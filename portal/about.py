"""What a request is about: an order or one of its lines, found among those the customer may see."""

from dataclasses import dataclass
from typing import Any

from models.orders import Order
from policy import Actor, NotFound, find, first


@dataclass(frozen=True, slots=True)
class About:
    """An order, and the line in question if there is one."""

    order: Any
    line: Any | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The pair that a conversation keeps."""
        if self.line is not None:
            return "order_line", f"{self.order.number}/{self.line.line}"
        return "order", self.order.number

    @property
    def word(self) -> str:
        """The same in one word, for addresses and hidden fields."""
        return ":".join(self.key)


def asked(actor: Actor, word: str | None) -> About | None:
    """Read `order:11070` or `order_line:11070/2`; None when nothing is meant. Raises NotFound."""
    kind, _, key = (word or "").partition(":")
    if not kind:
        return None
    number, _, place = key.partition("/")
    order = find(actor, Order, number=number)
    if kind == "order" and not place:
        return About(order)
    lines = [line for line in order.lines if str(line.line) == place]
    if kind != "order_line" or not lines:
        raise NotFound
    return About(order, lines[0])


def of(actor: Actor, conversation: Any) -> About | None:
    """What a request is about, as far as the customer may see it."""
    if conversation.about_type not in ("order", "order_line") or not conversation.about_id:
        return None
    number, _, place = conversation.about_id.partition("/")
    order = first(actor, Order, number=number)
    if order is None:
        return None
    lines = [line for line in order.lines if str(line.line) == place]
    return About(order, lines[0] if lines else None)
