"""Shapes: rows and seen records as JSON. What a reader may not see is absent, not null."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from policy import Actor, attachments, has, threads

Shape = dict[str, Any]


def time(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def currency_of(row: Any) -> str | None:
    """In what a record's amounts are; None for those who may not see that."""
    found: str | None = row.currency if has(row, "currency") else None
    return found


def documents(actor: Actor, row: Any) -> Shape:
    """What is attached to a record, where its reader may know; absent where not."""
    if actor.outside and not has(row, "attachments"):
        return {}
    return {"attachments": [one | {"at": time(one["at"])} for one in attachments.of_record(actor, row)]}


def money(amount: Decimal | None, currency: str | None) -> Shape | None:
    """An amount with two decimals, or as many as it has."""
    if amount is None:
        return None
    whole, _, rest = f"{amount:.4f}".partition(".")
    return {"amount": f"{whole}.{rest.rstrip('0'):0<2}"} | ({"currency": currency} if currency else {})


def plain(value: Any) -> Any:
    return time(value) if isinstance(value, datetime) else value


def only(thing: Any, names: tuple[str, ...]) -> Shape:
    """The named attributes that the reader may see."""
    return {name: plain(getattr(thing, name)) for name in names if has(thing, name)}


def reference(organisation: Any) -> Shape | None:
    return {"id": organisation.public_id, "name": organisation.name} if organisation else None


def organisation(row: Any) -> Shape:
    contact = ("external_reference", "name", "roles", "email", "phone", "website", "street", "city", "region", "postcode",
               "country", "currency")  # fmt: skip
    return {"id": row.public_id} | only(row, contact)


def conversation(actor: Actor, row: Any, business: str) -> Shape:
    """A conversation as its reader knows it, with masks for parties it was not introduced to."""
    shape = only(row, ("number", "subject", "status", "priority", "channel", "created_at", "updated_at"))
    parties = threads.parties(actor, row, business)
    own = [p for p in parties if p["side"] == "customer"]
    shape["organisation"] = {"id": own[0]["id"], "name": own[0]["name"]} if own else None
    if has(row, "about_type"):
        shape["about"] = {"type": row.about_type, "id": row.about_id} if row.about_type else None
    shape["parties"] = [{name: p[name] for name in ("id", "name", "side")} for p in parties]
    shape["last_seq"] = threads.last_seq(actor, row)
    if (later := threads.goes_on_in(actor, row)) is not None:
        shape["merged_into"] = later.number
    return shape


def message(shown: Shape) -> Shape:
    """A message of policy.threads in the wire's terms."""
    names = ("id", "seq", "channel", "direction", "body", "attachments", "at", "kind")
    audience = {name: value for name, value in shown["audience"].items() if name in ("kind", "organisation")}
    author = {name: shown["author"][name] for name in ("id", "name", "side")}
    more: Shape = {name: shown[name] for name in ("change", "decision") if name in shown}
    if "mails" in shown:
        more["mails"] = shown["mails"]
    if "released" in shown:
        first = shown["released"]
        more["released"] = {
            "author": {name: first["author"][name] for name in ("id", "name", "side")},
            "at": first["at"],
        }
    return {name: shown[name] for name in names} | {"author": author, "audience": audience} | more


def order(actor: Actor, row: Any, supply: dict[int, list[Shape]] | None = None) -> Shape:
    """An order with its lines; a partner gets only what its shares grant."""
    names = ("number", "kind", "status", "customer_reference", "supplier_reference", "ship_to", "source", "as_of",
             "ordered_at", "required_at", "shipped_at", "currency", "carrier")  # fmt: skip
    shape = only(row, names)
    if has(row, "organisation"):
        shape["organisation"] = reference(row.organisation)
    if has(row, "location"):
        shape["location"] = row.location.name if row.location else None
    if actor.outside and has(row, "shipments"):
        shape["shipments"] = [shipment(one) for one in row.shipments]
    currency = currency_of(row)
    shape["lines"] = [line(one, row.number, currency, (supply or {}).get(one.id)) for one in row.lines]
    return shape


def progress(shape: Shape, found: dict[int, Any]) -> Shape:
    """The same order, with what is here or on its way to us for each of its lines."""
    for one in shape["lines"]:
        if far := found.get(one["line"]):
            one["progress"] = {"here": far.here, "on_its_way_to_us": far.coming, "until": time(far.at)}
    return shape


def shipment(row: Any) -> Shape:
    names = ("number", "state", "carrier", "tracking", "packages", "shipped_at", "expected_at", "delivered_at", "received_at",
             "note")  # fmt: skip
    shape = {"id": row.public_id} | only(row, names)
    if has(row, "lines"):
        counted = ("quantity", "quantity_received", "reason")
        shape["lines"] = [{"line": one.line.line} | only(one, counted) for one in row.lines]
    return shape


def supplier_invoice(row: Any, matched: list[Any] | None) -> Shape:
    """An invoice of a supplier; `matched` says for staff what differs from order and receipt."""
    names = ("number", "version", "state", "issued_at", "due_at", "note", "at", "disputed_at", "approved_at", "paid_at")
    shape = {"id": row.public_id} | only(row, names) | {"total": money(row.total, row.currency)}
    wrong = {one.line.position: list(one.wrong) for one in matched or ()}
    shape["lines"] = [
        {"position": one.position, "line": one.line.line if one.line else None, "description": one.description,
         "quantity": one.quantity, "unit_price": money(one.unit_price, row.currency), "disputed": one.disputed}
        | ({} if matched is None else {"wrong": wrong[one.position]})
        for one in row.lines
    ]  # fmt: skip
    return shape


def line(row: Any, number: str, currency: str | None, supply: list[Shape] | None) -> Shape:
    names = ("line", "customer_sku", "supplier_sku", "description", "pack", "quantity", "quantity_shipped", "quantity_open",
             "quantity_confirmed", "quantity_rejected", "quantity_announced", "quantity_invoiced",
             "promised_at", "expected_at")  # fmt: skip
    shape: Shape = {"id": f"{number}/{row.line}"} | only(row, names)
    if row.product is not None:
        shape["product"] = {name: getattr(row.product, name) for name in ("sku", "name", "gtin")}
    if has(row, "asked") and row.asked:
        shape["asked"] = row.asked
    if has(row, "substitute") and row.substitute is not None:
        shape["substitute"] = {name: getattr(row.substitute, name) for name in ("sku", "name", "gtin")}
    if has(row, "unit_price"):
        shape["unit_price"] = money(row.unit_price, currency)
    if supply is not None:
        shape["supply"] = supply
    return shape


def interaction(row: Any) -> Shape:
    shape = {"id": row.public_id} | only(row, ("kind", "channel", "direction", "at", "summary"))
    if has(row, "actor"):
        shape["actor"] = {"id": row.actor.public_id, "name": row.actor_name} if row.actor else None
        shape["subject"] = {"type": row.subject_type, "id": row.subject_id} if row.subject_type else None
    return shape


def share(row: Any, subject: Shape) -> Shape:
    shape = {"id": row.public_id, "subject": subject} | only(row, ("level", "expires_at", "revoked_at", "reason"))
    if has(row, "organisation"):
        shape["to"] = {"organisation": row.organisation.public_id} | (
            {"person": row.person.public_id} if row.person else {}
        )
        shape["fields"] = row.field_set.fields
        shape["rule"] = row.rule.key if row.rule else None
        shape["lines"] = None if row.whole else [one.line.line for one in row.lines]
    return shape


def promise(row: Any) -> Shape:
    """A promise as its reader knows it; to whom, who keeps it and how it went is for us."""
    shape = {"id": row.public_id} | only(row, ("words", "state", "due_at", "done_at", "created_at", "shown", "note"))
    if has(row, "organisation"):
        shape |= {"organisation": reference(row.organisation),
                  "owner": {"id": row.owner.person.public_id, "name": row.owner.name}}  # fmt: skip
    return shape


def call(actor: Actor, row: Any) -> Shape:
    """A call; a token that is for calls alone is not told whose it is."""
    names = ("state", "direction", "number", "rang_at", "answered_at", "ended_at", "duration_s", "returned_at")
    shape = {"id": row.public_id, "call": row.call_key} | only(row, names)
    shape["answered_by"] = row.staff.name if row.staff and row.answered_at else None
    if actor.reaches("organisation"):
        shape["organisation"] = reference(row.organisation)
        shape["person"] = reference(row.person)
    return shape
