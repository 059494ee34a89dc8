"""Who sees what, written from the design's words about shares, audiences and masks, over plain facts and nothing else."""

from collections.abc import Iterator
from datetime import timedelta

from tests.isolation.facts import EVERYTHING, Actor, Conversation, Message, Order, Rule, Share, View, World

LEVELS = ("read", "comment", "respond", "edit")
ALWAYS, ALWAYS_OF_A_LINE = frozenset({"number", "kind", "status"}), frozenset({"lines.line", "lines.product"})


def active(world: World, share: Share) -> bool:
    """A share holds until it is revoked or expires; one that a rule made, only while the rule is switched on."""
    if share.rule is not None and not world.rules[share.rule].active:
        return False
    return share.revoked_at is None and (share.expires_at is None or share.expires_at > world.now)


def held(world: World, actor: Actor, noun: str, subject: int) -> list[Share]:
    """What is shared with the organisation or with the person; a partner manager sees what its colleagues see."""
    theirs = [s for s in world.shares.get((noun, subject), ()) if s.organisation == actor.organisation]
    mine = [s for s in theirs if s.person in (None, actor.person) or actor.role == "manager"]
    return [s for s in mine if active(world, s)]


def reach(world: World, actor: Actor) -> set[int]:
    """Own organisation; for a customer manager its subsidiaries too, and theirs: the levels nest."""
    found = {actor.organisation}
    while actor.role == "manager" and (below := {c for c, p in world.subsidiaries if p in found} - found):
        found |= below
    return found


def order(world: World, actor: Actor, one: Order) -> View | None:
    """What an actor sees of an order: None, or its fields, the fields of each line, and at which level."""
    if actor.side == "staff":
        return EVERYTHING
    if actor.side == "customer":
        theirs = one.kind == "sales" and one.organisation in reach(world, actor)
        return (
            EVERYTHING if theirs and one.status != "draft" else None
        )  # the design is silent on drafts: ours until sent
    shares = held(world, actor, "order", one.id)
    if not shares:
        return None
    head = {name for share in shares for name in share.fields if not name.startswith("lines.")}
    lines: dict[int, frozenset[str]] = {}
    for share in shares:
        for line in one.lines if share.lines is None else share.lines:
            granted = {name for name in share.fields if name.startswith("lines.")}
            lines[line] = lines.get(line, ALWAYS_OF_A_LINE) | granted
    return View(ALWAYS | head, lines, max(LEVELS.index(share.level) for share in shares))


def conversation(world: World, actor: Actor, one: Conversation) -> bool:
    """Customers: their own; managers: the organisation's. Partners: a party that has not left, with a share that holds."""
    if actor.side == "customer":
        own = one.organisation in reach(world, actor)
        return own and (actor.role == "manager" or one.person == actor.person)
    party = one.parties.get(actor.organisation)
    return actor.side == "staff" or bool(party and not party.left and held(world, actor, "conversation", one.id))


def hears(world: World, actor: Actor, one: Conversation, message: Message) -> bool:
    """Everyone; the customer and us; one partner and us; staff only. A partner hears what followed its coming."""
    if not conversation(world, actor, one) or actor.side == "staff":
        return actor.side == "staff"
    if actor.side == "customer":
        return message.audience in ("everyone", "customer")
    return (
        message.audience in ("everyone", f"partner:{actor.organisation}")
        and message.seq > one.parties[actor.organisation].from_seq
    )


def introduced(world: World, actor: Actor, one: Conversation, other: int, seq: int | None = None) -> bool:
    """Whether names of another side are told: once staff introduced the two, and never in what was said before."""
    if actor.side == "staff" or other in reach(world, actor):
        return True
    if other != one.organisation and actor.side == "partner":
        return False  # another partner: introduced, if at all, to the customer
    party = one.parties.get(actor.organisation if actor.side == "partner" else other)
    since = party.introduced_seq if party else None
    return since is not None and (seq is None or seq > since)


def derived(world: World, rule: Rule) -> Iterator[tuple[int, int]]:
    """The (order, organisation) that a rule shows: until so many days after the order is closed."""
    for one in world.orders.values():
        if one.kind != rule.kind or one.status not in rule.statuses:
            continue
        if one.closed_at is not None and one.closed_at + timedelta(days=rule.days) <= world.now:
            continue
        sellers = {d for d, c in world.supplies if c == one.organisation} | {one.organisation}
        partners = {
            "organisation": {one.organisation},
            "carrier": {one.carrier} - {None},
            "distributes_for": sellers & world.distributors,
        }
        yield from ((one.id, partner) for partner in partners[rule.through] if partner is not None)
