"""How large a seeded business is, and what follows from the three numbers that are asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """So many conversations, rows of the log and articles; the rest grows with them."""

    conversations: int
    interactions: int
    articles: int
    seed: int = 1

    @property
    def customers(self) -> int:
        return max(2, self.conversations // 20)

    @property
    def suppliers(self) -> int:
        return max(2, self.conversations // 1000)

    @property
    def staff(self) -> int:
        return max(6, min(200, self.conversations // 5000))

    @property
    def orders(self) -> int:
        return max(10, self.conversations // 10)

    @property
    def purchases(self) -> int:
        return max(5, self.conversations // 200)

    @property
    def products(self) -> int:
        return max(20, min(2000, self.conversations // 500))

    @property
    def most_messages(self) -> int:
        """Of one conversation: with the beginning of each they leave about a tenth of the log to calls."""
        return max(1, int(2 * (self.interactions / self.conversations - 1.2) - 1))
