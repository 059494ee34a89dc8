"""Masks: parties on different outside sides do not learn who the other is until they are introduced."""

from dataclasses import dataclass, field
from typing import Any

from models.conversations import Conversation
from models.messages import CUSTOMER, EVERYONE, STAFF
from policy.actor import initials

Name = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One organisation in a conversation, as the masks need to know it."""

    organisation_id: int
    public_id: str
    name: str
    roles: tuple[str, ...] = ()
    introduced_seq: int | None = None
    present: bool = True


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part in one conversation; made once per page or batch, asked for every name shown."""

    conversation_id: int
    number: str
    business: str
    customer: Side | None
    partners: dict[int, Side] = field(default_factory=dict)

    def party(self, reader: str, side: str, organisation_id: int | None, seq: int | None = None) -> Name:
        """Name an organisation for a reader, or its mask. `seq` is the message it is named in, None for now."""
        if side in (STAFF, "system"):
            return {"id": "business", "name": self.business, "side": "staff", "masked": False}
        real = self.customer if side == CUSTOMER else self.partners.get(organisation_id or 0)
        if real is None:
            return {"id": "unknown", "name": "", "side": side, "masked": True}
        if self._knows(reader, side, real, seq):
            return {"id": real.public_id, "name": real.name, "side": side, "masked": False}
        return {"id": f"masked-{side}", "name": self._mask(side, real), "side": side, "masked": True}

    def author(self, reader: str, side: str, name: str, public_id: str, organisation_id: int | None, seq: int) -> Name:
        """Name the author of a message for a reader: a person, or the mask of their party."""
        if reader in (STAFF, CUSTOMER) and side == CUSTOMER and organisation_id is None and not public_id:
            return {"id": "unverified", "name": name, "side": side, "organisation": "", "initials": initials(name),
                    "masked": False}  # fmt: skip
        party = self.party(reader, side, organisation_id, seq)
        if party["masked"]:
            return {
                "id": party["id"],
                "name": party["name"],
                "side": side,
                "organisation": "",
                "initials": "",
                "masked": True,
            }
        if side == "system":
            name, public_id = self.business, "system"
        return {
            "id": public_id, "name": name, "side": side, "organisation": party["name"], "initials": initials(name),
            "masked": False,
        }  # fmt: skip

    def audience(self, reader: str, audience: str, seq: int | None = None) -> dict[str, Any]:
        """Say for a reader who may read a message: its kind, and the names of the parties."""
        if audience == STAFF:
            return {"kind": STAFF, "names": [self.business]}
        if audience == CUSTOMER:
            asker = self.party(reader, CUSTOMER, None, seq)["name"] or f"a customer of {self.business}"
            return {"kind": CUSTOMER, "names": [asker, self.business]}
        if audience == EVERYONE:
            sides: list[tuple[str, int | None]] = [(CUSTOMER, None)] if self.customer else []
            sides += [("partner", one.organisation_id) for one in self.partners.values() if one.present]
            names = [self.party(reader, side, organisation, seq)["name"] for side, organisation in sides]
            return {"kind": EVERYONE, "names": [*dict.fromkeys(names), self.business]}
        partner = self.party(reader, "partner", int(audience.split(":")[1]), seq)
        return {"kind": "partner", "organisation": partner["id"], "names": [partner["name"], self.business]}

    def _knows(self, reader: str, side: str, real: Side, seq: int | None) -> bool:
        if reader == STAFF:
            return True
        if side == CUSTOMER:
            if reader == CUSTOMER:
                return True
            partner = self.partners.get(int(reader.split(":")[1])) if ":" in reader else None
            return partner is not None and _since(partner.introduced_seq, seq)
        if reader == f"partner:{real.organisation_id}":
            return True
        return reader == CUSTOMER and _since(real.introduced_seq, seq)

    def _mask(self, side: str, real: Side) -> str:
        if side == CUSTOMER:
            return f"a customer of {self.business}"
        return "our distributor" if "distributor" in real.roles and "supplier" not in real.roles else "our supplier"


def _since(introduced_seq: int | None, seq: int | None) -> bool:
    return introduced_seq is not None and (seq is None or seq > introduced_seq)


def cast(conversation: Conversation, business: str) -> Cast:
    """Gather who takes part in a conversation (a row with its parties loaded)."""
    own = conversation.organisation
    partners = {
        party.organisation_id: Side(
            party.organisation_id, party.organisation.public_id, party.organisation.name,
            tuple(party.organisation.roles), party.introduced_seq, party.takes_part,
        )
        for party in conversation.parties if party.side == "partner"
    }  # fmt: skip
    customer = Side(own.id, own.public_id, own.name, tuple(own.roles)) if own else None
    return Cast(conversation.id, conversation.number, business, customer, partners)
