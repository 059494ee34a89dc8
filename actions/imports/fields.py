"""The fields that each kind of row may have: their names, types, and the columns they are kept in."""

from dataclasses import dataclass
from typing import Any

from actions.imports import values
from actions.imports.context import Context
from actions.imports.values import Parser, as_text, choice, choices
from models.articles import AUDIENCES, STATES
from models.conversations import PRIORITIES, STATUSES
from models.interactions import CHANNELS, DIRECTIONS
from models.orders import PURCHASE_STATUSES, SALES_STATUSES
from models.organisations import RELATIONS
from models.organisations import ROLES as ORGANISATION_ROLES
from models.words import LANGUAGES

CONTACT_CHANNELS = CHANNELS


@dataclass(frozen=True, slots=True)
class Field:
    """One field: how its text is read, and the table column it fills (none: its importer sees to it)."""

    parse: Parser
    column: str | None = None
    required: bool = False
    default: Any = None  # what a blank cell means


def _reference(kind: str) -> Parser:
    return lambda raw, context: context.lookups.find(kind, as_text(raw))


def _location(raw: Any, context: Context) -> Any:
    return context.lookups.location(values.line(raw, context))


def _teams(raw: Any, context: Context) -> Any:
    return [context.lookups.team(name) for name in values.listed(raw, context)]


def _team(raw: Any, context: Context) -> Any:
    return context.lookups.team(values.line(raw, context))


def _plain(*names: str, parse: Parser = values.line) -> dict[str, Field]:
    return {name: Field(parse, name) for name in names}


_REFERENCE = Field(values.line, "external_reference", required=True)
_NAME = Field(values.line, "name", required=True)
_CURRENCY = Field(values.currency, "currency", default="USD")
_LOCATION = Field(_location, "location_id")
_OWNER = Field(_reference("staff"), "owner_id")

_SHIP_TO = _plain(*(f"ship_to_{part}" for part in ("name", "street", "city", "region", "postcode"))) | {
    "ship_to_country": Field(values.country, "ship_to_country")
}

FIELDS: dict[str, dict[str, Field]] = {
    "organisation": {
        "external_reference": _REFERENCE,
        "name": _NAME,
        "roles": Field(choices(*ORGANISATION_ROLES), "roles", default=()),
        "email": Field(values.email, "email"),
        "phone": Field(values.phone, "phone"),
        **_plain("website", "street", "city", "region", "postcode", "zone"),
        "country": Field(values.country, "country"),
        "currency": _CURRENCY,
        "notes": Field(values.words, "notes"),
        "owner": _OWNER,
        "location": _LOCATION,
    },
    "relation": {
        "from": Field(_reference("organisation"), "from_id", required=True),
        "to": Field(_reference("organisation"), "to_id"),
        "kind": Field(choice(*RELATIONS), "kind", required=True),
        "note": Field(values.words, "note"),
    },
    "person": {
        "external_reference": _REFERENCE,
        "name": _NAME,
        **_plain("title", "zone"),
        "language": Field(choice(*LANGUAGES), "language"),
        "email": Field(values.email),
        "phone": Field(values.phone),
        "organisation": Field(_reference("organisation")),
        "side": Field(choice("customer", "partner")),
        "role": Field(choice("member", "manager")),
    },
    "staff": {
        "external_reference": _REFERENCE,
        "name": _NAME,
        **_plain("title"),
        "email": Field(values.email),
        "phone": Field(values.phone),
        "role": Field(choice("agent", "lead", "admin"), "role", default="agent"),
        "reach": Field(choice("teams", "all"), "reach", default="teams"),
        "teams": Field(_teams, default=()),
        "location": _LOCATION,
        "zone": Field(values.line),
    },
    "product": {
        "external_reference": _REFERENCE,
        "name": _NAME,
        **_plain("sku", "gtin", "supplier_sku", "unit", "pack"),
        "supplier": Field(_reference("organisation"), "supplier_id"),
        "price": Field(values.money, "price"),
        "currency": _CURRENCY,
        "stock": Field(values.quantity, "stock", default=0),
        "on_order": Field(values.quantity, "on_order", default=0),
        "next_arrival": Field(values.moment, "next_arrival"),
        "discontinued": Field(values.truth, "discontinued", default=False),
    },
    "order": {
        "external_reference": _REFERENCE,
        "number": Field(values.line, "number"),
        "kind": Field(choice("sales", "purchase"), "kind", required=True),
        "organisation": Field(_reference("organisation"), "organisation_id", required=True),
        **_plain("customer_reference", "supplier_reference", "carrier"),
        "status": Field(choice(*dict.fromkeys((*SALES_STATUSES, *PURCHASE_STATUSES)))),
        **_plain("ordered_at", "required_at", "shipped_at", parse=values.moment),
        "currency": _CURRENCY,
        "location": _LOCATION,
        "owner": _OWNER,
        "freight": Field(values.money, "freight"),
        **_SHIP_TO,
    },
    "order-line": {
        "order": Field(_reference("order"), "order_id", required=True),
        "line": Field(values.position, "line"),
        "product": Field(_reference("product"), "product_id"),
        **_plain("customer_sku", "supplier_sku", "description", "pack"),
        "quantity": Field(values.quantity, "quantity", required=True),
        "quantity_shipped": Field(values.quantity, "quantity_shipped"),
        "unit_price": Field(values.money, "unit_price"),
        "discount": Field(values.discount, "discount", default=0),
        **_plain("promised_at", "expected_at", parse=values.moment),
    },
    "shipment": {
        "external_reference": _REFERENCE,
        "order": Field(_reference("order"), "order_id", required=True),
        **_plain("number", "carrier", "tracking"),
        **_plain("shipped_at", "delivered_at", parse=values.moment),
    },
    "invoice": {
        "external_reference": _REFERENCE,
        "number": Field(values.line, "number"),
        "order": Field(_reference("order"), "order_id"),
        "organisation": Field(_reference("organisation"), "organisation_id"),
        "issued_at": Field(values.moment, "issued_at", required=True),
        **_plain("due_at", "paid_at", parse=values.moment),
        "total": Field(values.money, "total", required=True),
        "currency": _CURRENCY,
    },
    "interaction": {
        "external_reference": _REFERENCE,
        "organisation": Field(_reference("organisation"), "organisation_id", required=True),
        "person": Field(_reference("person"), "person_id"),
        "kind": Field(choice("call", "meeting", "letter", "note"), "kind", required=True),
        "channel": Field(choice(*CONTACT_CHANNELS), "channel", required=True),
        "direction": Field(choice(*DIRECTIONS), "direction", required=True),
        "at": Field(values.moment, "at", required=True),
        "duration_s": Field(values.quantity),
        "summary": Field(values.words, "summary", required=True),
        "staff": Field(_reference("staff")),
        "audience": Field(choice("staff", "customer"), "audience", default="staff"),
    },
    "article": {
        "title": Field(values.line),
        "body": Field(values.article),
        "category": Field(values.line, "category", default=""),
        "audience": Field(choice(*AUDIENCES), "audience", default="public"),
        "state": Field(choice(*STATES)),
        "language": Field(values.line),
        "keywords": Field(values.listed, "keywords", default=()),
        "related": Field(values.listed, "related", default=()),
        "verify_by": Field(values.position),
    },
    "conversation": {
        "external_reference": _REFERENCE,
        "number": Field(values.line, "number"),
        "subject": Field(values.line, "subject", required=True),
        "organisation": Field(_reference("organisation")),
        "person": Field(_reference("person"), "person_id"),
        "channel": Field(choice(*CHANNELS), "channel", default="portal"),
        "status": Field(choice(*STATUSES), "status", default="closed"),
        "priority": Field(choice(*PRIORITIES), "priority", default="normal"),
        "team": Field(_team, "team_id"),
        "assignee": Field(_reference("staff"), "assignee_id"),
        "about": Field(values.structure),
        "rating": Field(values.position, "rating"),
        "messages": Field(values.structure, required=True),
    },
}

MESSAGE: dict[str, Field] = {
    "author": Field(values.line),
    "side": Field(choice("customer", "staff", "partner"), required=True),
    "audience": Field(choice("everyone", "customer", "partner", "staff"), required=True),
    "organisation": Field(_reference("organisation")),
    "channel": Field(choice(*CHANNELS), default="portal"),
    "at": Field(values.moment, required=True),
    "body": Field(values.words, required=True),
}
