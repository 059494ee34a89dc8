"""What is said in a seeded business: conversations, their messages, and the log.

Customer and staff speak in turn, a customer first; in every fifth conversation the third message is a note among us.
Heads, turns and snippets follow from that without counting.
"""

from collections.abc import Callable

from models.conversations import Conversation, Party
from models.interactions import Interaction
from models.messages import Message
from models.seeding.bulk import DAY, Bulk
from models.seeding.lexicon import TALKS

FIRST_NUMBER = 2000
CHOICES = 16  # a conversation's drawings for its messages; never more messages than that
SAID_BY_CUSTOMER = "({s} = 1 OR ({s} % 2 = 1 AND NOT ({s} = 3 AND c.noted)))"
NOTE = "({s} = 3 AND c.noted)"


def plan(bulk: Bulk) -> int:
    """Decide for each conversation whose it is, how long, when, and how it stands."""
    size = bulk.size
    apart = max(1, 3 * 365 * DAY // size.conversations)
    many, whose, second, held, pace, state, way, noted = (bulk.drawing() for _ in range(8))
    most = min(size.most_messages, CHOICES)
    return bulk.table("seed_plan", f"""
        SELECT p.*, CASE WHEN p.pace * p.n < {bulk.end} - p.began THEN p.pace ELSE ({bulk.end} - p.began) / p.n - 1 END AS step,
          {size.staff} + 2 * p.organisation - p.member AS person
        FROM (SELECT n.i AS id, 1 + {many.of("n.i", most)} AS n, 1 + {whose.skewed("n.i", size.customers)} AS organisation,
          {second.of("n.i", 2)} AS member, {held.of("n.i", size.staff)} + 1 AS staff,
          {bulk.end} - ({size.conversations} - n.i + 1) * {apart} AS began,
          60 + {pace.of("n.i", 7200)} AS pace, {state.of("n.i", 100)} AS state, {noted.of("n.i", 5)} = 0 AS noted,
          CASE {way.of("n.i", 4)} WHEN 0 THEN 'chat' WHEN 1 THEN 'email' ELSE 'portal' END AS channel
          FROM {bulk.numbers(size.conversations)}) AS p""")  # fmt: skip


def conversations(bulk: Bulk) -> int:
    """The rows of the conversations, as their messages will have left them."""
    words, live = Words(bulk), "c.state < 10"
    asks = SAID_BY_CUSTOMER.format(s="c.n")
    outside = "(CASE WHEN c.n = 3 AND c.noted THEN 2 ELSE c.n END)"
    ended = bulk.at("c.began + c.step * (c.n - 1)")
    source = f"""seed_plan AS c JOIN seed_talks AS t ON t.id = {words.subject} JOIN seed_talks AS l ON l.id = {words.of("c.n")}
        JOIN seed_talks AS o ON o.id = {words.of(outside)}
        JOIN seed_persons AS p ON p.id = CASE WHEN {asks} THEN c.person ELSE c.staff END"""
    return bulk.insert(
        Conversation, source, id="c.id", number=f"CAST({FIRST_NUMBER} + c.id AS TEXT)", subject="t.one", channel="c.channel",
        status="CASE WHEN c.state >= 30 THEN 'closed' WHEN c.state >= 10 THEN 'solved' WHEN c.n = 1 THEN 'new' ELSE 'open' END",
        priority="CASE WHEN c.state % 10 = 0 THEN 'high' ELSE 'normal' END", organisation_id="c.organisation", person_id="c.person",
        assignee_id="CASE WHEN c.n > 1 OR c.state >= 10 THEN c.staff END", team_id="1 + c.staff % 4", last_seq="c.n",
        heads=f"'{{\"everyone\": 0, \"customer\": ' || {outside} || '}}'",
        snippet="substr(p.name || ': ' || substr(l.other, 1, 140), 1, 400)",
        snippet_outside="'{\"customer\": \"' || substr(o.other, 1, 140) || '\"}'",
        waiting_since=f"CASE WHEN {live} AND {asks} THEN {ended} END",
        first_reply_at=f"CASE WHEN c.n > 1 THEN {bulk.at('c.began + c.step')} END", created_at=bulk.at("c.began"),
        updated_at=ended, solved_at=f"CASE WHEN NOT {live} THEN {ended} END",
    )  # fmt: skip


def parties(bulk: Bulk) -> int:
    """The customer takes part."""
    return bulk.insert(
        Party, "seed_plan AS c", conversation_id="c.id", organisation_id="c.organisation", side="'customer'"
    )


def messages(bulk: Bulk) -> int:
    """What was said, in order."""
    asks, note = SAID_BY_CUSTOMER.format(s="n.i"), NOTE.format(s="n.i")
    most = min(bulk.size.most_messages, CHOICES)
    source = f"seed_plan AS c CROSS JOIN {bulk.numbers(most)} JOIN seed_talks AS t ON t.id = {Words(bulk).of('n.i')} WHERE n.i <= c.n"
    return bulk.insert(
        Message, source, public_id=bulk.key("m", f"(c.id * {CHOICES} + n.i - 1)"), conversation_id="c.id", seq="n.i",
        author_id=f"CASE WHEN {asks} THEN c.person ELSE c.staff END", author_side=f"CASE WHEN {asks} THEN 'customer' ELSE 'staff' END",
        author_organisation_id=f"CASE WHEN {asks} THEN c.organisation END", audience=f"CASE WHEN {note} THEN 'staff' ELSE 'customer' END",
        channel="c.channel", direction=f"CASE WHEN {asks} THEN 'inbound' WHEN {note} THEN 'internal' ELSE 'outbound' END",
        body="t.other", body_hash="0",  # compared only under a client id, and these have none
        at=bulk.at("c.began + c.step * (n.i - 1)"),
    )  # fmt: skip


def log(bulk: Bulk) -> int:
    """Each message and each beginning once in the log; calls for the rest."""
    kind = "CASE WHEN m.audience = 'staff' THEN 'note' ELSE 'message' END"
    made = bulk.insert(
        Interaction, "messages AS m JOIN seed_plan AS c ON c.id = m.conversation_id",
        public_id=bulk.key("i", f"(c.id * {CHOICES} + m.seq - 1)"),
        event_id=_event(f"(c.id * {CHOICES} + m.seq - 1)", "1", bulk), organisation_id="c.organisation", person_id="c.person",
        conversation_id="c.id", subject_type="'message'", subject_id="m.public_id", kind=kind, touchpoint="m.audience <> 'staff'",
        timeline="TRUE", channel="m.channel", direction="m.direction", audience="m.audience", actor_id="m.author_id",
        actor_side="m.author_side", at="m.at", summary="substr(m.body, 1, 200)", detail="'{\"seq\": ' || m.seq || '}'",
    )  # fmt: skip
    made += bulk.insert(
        Interaction, f"seed_plan AS c JOIN seed_talks AS t ON t.id = {Words(bulk).subject}", public_id=bulk.key("b", "c.id"),
        event_id=_event("c.id", "2", bulk), organisation_id="c.organisation", person_id="c.person", conversation_id="c.id",
        subject_type="'conversation'", subject_id=f"CAST({FIRST_NUMBER} + c.id AS TEXT)", kind="'conversation_started'",
        touchpoint="TRUE", timeline="TRUE", channel="c.channel", direction="'inbound'", audience="'customer'", actor_id="c.person",
        actor_side="'customer'", at=bulk.at("c.began"), summary="t.one",
    )  # fmt: skip
    return made + calls(bulk, bulk.size.interactions - made)


def calls(bulk: Bulk, many: int) -> int:
    """Calls with customers, written down by us."""
    if many < 1:
        return 0
    size, whose, says = bulk.size, bulk.drawing(), bulk.drawing()
    of = f"(SELECT n.i, 1 + {whose.skewed('n.i', size.customers)} AS organisation FROM {bulk.numbers(many)}) AS c"
    return bulk.insert(
        Interaction, f"{of} JOIN seed_talks AS t ON t.id = {says.of('c.i', TALKS)}", public_id=bulk.key("c", "c.i"),
        event_id=_event("c.i", "3", bulk), organisation_id="c.organisation", person_id=f"{size.staff} + 2 * c.organisation - 1",
        kind="'call'", touchpoint="TRUE", timeline="TRUE", channel="'telephone'",
        direction="CASE c.i % 2 WHEN 0 THEN 'inbound' ELSE 'outbound' END", audience="'staff'", actor_id=f"1 + c.i % {size.staff}",
        actor_side="'staff'", at=bulk.at(f"{bulk.end} - ({many} - c.i + 1) * {max(1, 3 * 365 * DAY // many)}"), summary="t.one",
    )  # fmt: skip


def _event(number: str, series: str, bulk: Bulk) -> str:
    """What ties the rows of one event together: a UUID."""
    hexed = f"printf('%012x', {number})" if bulk.sqlite else f"lpad(to_hex({number}), 12, '0')"
    return f"('5eed000{series}-0000-4000-8000-' || {hexed})"


def counters(bulk: Bulk) -> int:
    """What is begun next gets the next number."""
    return bulk.run(
        f"INSERT INTO counters (name, value) VALUES ('conversations', {FIRST_NUMBER + bulk.size.conversations})"
    )


class Words:
    """Which phrase stands where: the same for a conversation's row, its messages and its log."""

    def __init__(self, bulk: Bulk) -> None:
        self.factor = 2_147_483_629 - 2 * bulk.size.seed
        self.subject = f"(c.id * {self.factor} % 4294967291 / 1021 % {TALKS})"

    def of(self, seq: str) -> str:
        return f"((c.id * {CHOICES} + {seq}) * {self.factor} % 4294967291 / 1021 % {TALKS})"


STEPS: tuple[tuple[str, Callable[[Bulk], int]], ...] = (
    ("plan", plan), ("conversations", conversations), ("parties", parties), ("messages", messages), ("log", log),
    ("counters", counters),
)  # fmt: skip
