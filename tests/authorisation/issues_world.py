"""Issues of the table's world: whose they are, with whom they are shared, and who may read which field."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from actions import documents, issues, shares, steps
from models import db
from models.conversations import Conversation
from models.issues import Issue
from models.orders import Order, OrderLine
from models.organisations import Organisation
from models.people import Person
from models.types import now
from policy import find
from policy.fields import ALWAYS, DEFAULT_SETS, SHAREABLE
from tests.authorisation.actors import CHARLES, ERNST, EXOTIC, LEHMANNS, NOBODY, STAFF, TOKYO, Names

ALL = tuple(name for name in SHAREABLE["issue"] if name not in ALWAYS["issue"])
USUAL = DEFAULT_SETS["issue"]
NO_FIELDS: tuple[str, ...] = ("title",)
READ: tuple[str, ...] = ("title", "steps", "attachments")

# The order whose first line it is about, the customers who see it, the request it comes from.
ISSUES: dict[str, tuple[str, Names, str]] = {
    "i_renate": ("11070", LEHMANNS, "c_renate"), "i_roland": ("11072", ERNST, "c_roland"), "i_internal": ("11070", NOBODY, ""),
    "i_read": ("11075", NOBODY, ""), "i_nosteps": ("11075", NOBODY, ""), "i_closed": ("11077", ERNST, ""),
    "i_both": ("11077", NOBODY, ""), "i_charles": ("PO-1001", NOBODY, ""), "i_revoked": ("11070", NOBODY, ""),
    "i_expired": ("11070", NOBODY, ""),
}  # fmt: skip
# What is shared: with whom, who reads it, which fields, at which level.
SHARED: tuple[tuple[str, str, Names, tuple[str, ...], str], ...] = (
    ("i_renate", "exotic", EXOTIC, ALL, "respond"), ("i_roland", "tokyo", TOKYO, USUAL, "respond"),
    ("i_read", "exotic", EXOTIC, READ, "read"), ("i_nosteps", "exotic", EXOTIC, NO_FIELDS, "respond"),
    ("i_closed", "exotic", EXOTIC, USUAL, "respond"), ("i_both", "exotic", EXOTIC, USUAL, "respond"),
    ("i_both", "tokyo", TOKYO, ("steps",), "read"), ("i_charles", "charles", CHARLES, USUAL, "respond"),
)  # fmt: skip
PARTNERS = {"exotic": "exotic", "tokyo": "tokyo", "charles": "exotic"}


def readers(key: str, field: str = "") -> Names:
    """Whoever outside may read a field of an issue through a share, and staff; without a field, who finds it at all."""
    through = [who for one, _, who, fields, _ in SHARED if one == key and (not field or field in fields)]
    return STAFF.union(*through) | (NOBODY if field else ISSUES[key][1])


def build(stage: Any) -> None:
    """Take up, share, answer and close them."""
    for place, key in enumerate(ISSUES):
        _open(stage, key, place)
    for key, to, _who, fields, level in SHARED:
        _share(stage, key, to, fields, level)
    for key in ("i_revoked", "i_expired"):
        made = _share(stage, key, "exotic", ALL, "respond")
        if key == "i_revoked":
            shares.revoke(stage.cast.nancy, made)
        else:
            made.expires_at = now() - timedelta(hours=1)
    for key in ("i_renate", "i_both"):
        words = stage.mark(readers(key, "steps"), f"issue_steps.text of {key} by Charlotte")
        steps.answer(stage.cast.charlotte, of(stage.cast.charlotte, stage, key), "D3", f"{words} checked")
    issues.close(stage.cast.nancy, of(stage.cast.nancy, stage, "i_closed"))
    db.session.flush()


def of(actor: Any, stage: Any, key: str) -> Any:
    return find(actor, Issue, number=stage.things[key])


def _open(stage: Any, key: str, place: int) -> None:
    number, customers, request = ISSUES[key]
    nancy = stage.cast.nancy
    line = db.session.scalars(select(OrderLine).join(Order).where(Order.number == number)).unique().first()
    title = stage.mark(readers(key, "title"), f"issues.title of {key}")
    words = stage.mark(readers(key, "steps"), f"issue_steps.text of {key}")
    talk = find(nancy, Conversation, number=stage.things[request]) if request else None
    made = issues.open(
        nancy, line, f"{title} broken", f"{words} found", defect="damaged", quantity=3, conversation=talk,
        for_customer=bool(customers) if line.order.kind == "sales" else None,
    )  # fmt: skip
    stage.things[key] = made.number
    amount = Decimal(f"{9101 + place * 7}.37")
    cost = stage.mark(readers(key, "costs"), f"issue_costs.words of {key}")
    stage.canaries[f"{amount}"], stage.where[f"{amount}"] = readers(key, "costs"), f"issue_costs.amount of {key}"
    stage.things[f"cost:{key}"] = steps.add_cost(nancy, made, f"{cost} sorting", amount, "partner").public_id


def _share(stage: Any, key: str, to: str, fields: tuple[str, ...], level: str) -> Any:
    cast = stage.cast
    row, partner = of(cast.nancy, stage, key), db.session.get_one(Organisation, getattr(cast, PARTNERS[to]))
    if ISSUES[key][2]:
        made = issues.share(cast.nancy, row, partner, level, fields)
    else:
        person = db.session.get_one(Person, cast.charles.person_id) if to == "charles" else None
        made = shares.share(cast.nancy, row, partner, level, fields, person=person, reason="because")
    stage.things[f"share:{key}:{to}"] = made.public_id
    return made


def attach(stage: Any, upload: Any) -> None:
    """Put a photo on some issues, for whoever they are shared with or for us alone."""
    for key, audience in (("i_renate", "everyone"), ("i_renate", "staff"), ("i_read", "everyone"), ("i_nosteps", "everyone"),
                          ("i_revoked", "everyone")):  # fmt: skip
        name = f"{key}:staff" if audience == "staff" else key
        who = STAFF if audience == "staff" else readers(key, "attachments")
        documents.attach(
            stage.cast.nancy, of(stage.cast.nancy, stage, key), [upload(stage, name, stage.cast.nancy, who)], audience
        )
