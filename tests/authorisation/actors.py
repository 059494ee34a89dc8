"""Who acts: the cast by name, and the groups that the table speaks of."""

Names = frozenset[str]


def names(words: str) -> Names:
    """Several of the cast at once."""
    return frozenset(words.split())


NOBODY = names("")
VISITOR = names("visitor")
RENATE, JONAS, GRETA, ROLAND = names("renate"), names("jonas"), names("greta"), names("roland")
CHARLOTTE, CHARLES, YOSHI = names("charlotte"), names("charles"), names("yoshi")
NANCY, MARGARET, OTTO, STEVEN, ANDREW = (
    names("nancy"), names("margaret"), names("otto"), names("steven"), names("andrew"),
)  # fmt: skip

LEHMANNS = RENATE | JONAS | GRETA
ERNST = ROLAND
CUSTOMERS = LEHMANNS | ERNST
EXOTIC = CHARLOTTE | CHARLES
TOKYO = YOSHI
PARTNERS = EXOTIC | TOKYO
OUTSIDE = CUSTOMERS | PARTNERS
MANAGERS = GRETA | ROLAND | CHARLES | YOSHI
MEMBERS = RENATE | JONAS | CHARLOTTE
LEADS = STEVEN | ANDREW
AGENTS = NANCY | MARGARET | OTTO
REACH = NANCY | MARGARET | LEADS  # staff who see the work of every team
STAFF = AGENTS | LEADS
UNCLAIMED = REACH  # staff who see a matter that no team has yet: the design is silent on agents of one team
SIGNED_IN = OUTSIDE | STAFF
EVERYBODY = SIGNED_IN | VISITOR
