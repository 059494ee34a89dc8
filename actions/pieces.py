"""Pieces: what comes of an order line in one go, and giving it out to those who wait, the first ones first."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from models.orders import deliveries_of


class Piece(NamedTuple):
    """So many of a line: to come on a day, or here since a day; without one nobody knows it."""

    quantity: int
    at: datetime | None
    here: bool = False


def planned(stored: list[dict]) -> list[Piece]:
    """The deliveries that a line is split into, the first one first."""
    return [Piece(quantity, at) for quantity, at in deliveries_of(stored)]


def total(pieces: Iterable[Piece]) -> int:
    """How many some pieces are together."""
    return sum(one.quantity for one in pieces)


def take(left: list[Piece], number: int) -> list[Piece]:
    """Take so many from what is left, the first ones first; fewer when there are not as many."""
    taken = []
    while number > 0 and left:
        first = left.pop(0)
        given = min(number, first.quantity)
        number -= given
        if given:
            taken.append(first._replace(quantity=given))
        if first.quantity > given:
            left.insert(0, first._replace(quantity=first.quantity - given))
    return taken
