"""Organisations: keeping the one shared record up to date."""

from typing import Any

from actions.checks import checked
from actions.log import record
from models import text
from models.messages import STAFF
from models.organisations import Organisation
from models.types import name_key, now
from policy import Actor, Refused, require

TEXTS = ("email", "phone", "website", "street", "city", "region", "postcode", "country", "currency", "notes")


def change(actor: Actor, organisation: Organisation, values: dict[str, Any], version: int | None = None) -> None:
    """Change name, address, owner and so on; a stale `version` is refused. Raises Forbidden, Invalid, Refused."""
    require(actor, "organisation:change", organisation)
    if version is not None and version != organisation.version:
        raise Refused(
            "conflict", "Somebody changed this record meanwhile. Your words are kept below beside the current ones."
        )
    changes: dict[str, Any] = {}
    for name, given in values.items():
        value = _checked(name, given)
        before = getattr(organisation, name)
        if value != before:
            changes[name] = {"from": before, "to": value}
            setattr(organisation, name, value)
    if "name" in changes:
        organisation.name_key = name_key(organisation.name)
    if changes:
        record(actor, "organisation_changed", ", ".join(changes), {organisation.id: STAFF}, detail=changes,
               subject=("organisation", organisation.public_id))  # fmt: skip


def _checked(name: str, value: Any) -> Any:
    if name == "name":
        return checked(name, text.line, value)
    if name in TEXTS:
        return checked(name, text.clean, value) or None if value else None
    return value


def archive(actor: Actor, organisation: Organisation, archived: bool = True) -> None:
    """Put a record away, or bring it back; nothing is lost. Raises Forbidden."""
    require(actor, "organisation:archive", organisation)
    organisation.archived_at = now() if archived else None
    record(actor, "organisation_changed", "archived" if archived else "restored", {organisation.id: STAFF},
           subject=("organisation", organisation.public_id))  # fmt: skip
