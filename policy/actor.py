"""Actors: whoever sees or does something, acting through exactly one membership or as staff."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or token, or the system itself) with everything policy needs to know, resolved once.

    `organisation_ids` are those whose data a customer manager or member may see: the own one, and for managers the
    subsidiaries. `scopes` is None for a person; for a token it names the nouns and verbs it may use.
    """

    side: str  # staff, customer, partner, anonymous, system
    person_id: int | None = None
    public_id: str = ""
    login_id: int | None = None
    name: str = ""
    email: str = ""
    role: str = ""
    reach: str = "teams"
    staff_id: int | None = None
    team_ids: frozenset[int] = field(default_factory=frozenset)
    extension: str = ""  # the telephone of one of us: calls to it appear on the screen
    membership_id: int | None = None
    organisation_id: int | None = None
    organisation_public_id: str = ""
    organisation_name: str = ""
    organisation_ids: frozenset[int] = field(default_factory=frozenset)
    session_id: int | None = None
    token_id: int | None = None
    scopes: frozenset[str] | None = None
    ways: int = 1  # for how many organisations this person may act, ours among them
    mailbox: bool = False  # an address that several share
    given_name: str = ""  # who of them it is, as given on this device
    device_id: int | None = None
    link_id: int | None = None  # came through the link in an order's mail, without an account
    order_id: int | None = None  # the one order that this link opens
    until: datetime | None = None  # when the session or token that it came by runs out
    language: str = "en"
    zone: str = "UTC"
    theme: str = "auto"

    @property
    def reader(self) -> str:
        """The key of what this actor reads in conversations: staff, customer or partner:ID."""
        if self.side == "partner":
            return f"partner:{self.organisation_id}"
        return "staff" if self.side in ("staff", "system") else self.side

    @property
    def key(self) -> str:
        """What the read log calls the device or token that looked."""
        if self.link_id:
            return f"link:{self.link_id}"
        given = f":{self.given_name}" if self.given_name else ""
        return f"token:{self.token_id}{given}" if self.token_id else f"session:{self.session_id}{given}"

    @property
    def signed_as(self) -> str | None:
        """What stands beside all that somebody does who uses a shared mailbox: the name given and the address."""
        return self.name if self.given_name else None

    @property
    def unnamed(self) -> bool:
        """Somebody at a shared mailbox who has not said who they are: they see nothing and do nothing before that."""
        return self.mailbox and not self.given_name and (self.session_id is not None or self.token_id is not None)

    @property
    def outside(self) -> bool:
        return self.side in ("customer", "partner", "anonymous")

    def reaches(self, noun: str) -> bool:
        """Whether a token's scopes have anything to do with a noun: it may not even see the others."""
        scopes = self.scopes
        return scopes is None or any(scope in ("*", noun) or scope.startswith(f"{noun}:") for scope in scopes)

    @property
    def sees_every_team(self) -> bool:
        """One of us whose desk is not only that of their own teams."""
        return self.role in ("lead", "admin") or self.reach == "all"

    @property
    def manager(self) -> bool:
        return self.role == "manager"

    @property
    def initials(self) -> str:
        return initials(self.name)


def initials(name: str) -> str:
    """Two letters to draw somebody by; what stands in brackets, such as a shared address, is not the name."""
    words = [word for word in (name.partition(" (")[0] or name).replace(".", " ").split() if word[0].isalnum()]
    return ((words[0][0] + (words[-1][0] if len(words) > 1 else "")) if words else "?").upper()


ANONYMOUS = Actor(side="anonymous", name="")
SYSTEM = Actor(side="system", name="System")


def system(**changes: Any) -> Actor:
    """The system acting by itself: imports, jobs, the demo."""
    return Actor(side="system", name="System", **changes)
