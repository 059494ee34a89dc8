"""Fields: for each noun, which attributes exist for outsiders, and which a share may grant.

The names are those of the noun's API shape. One declaration serves the query, the seen record, the share and the page.
"""

from models.approvals import Approval
from models.articles import Article, ArticleText
from models.billing import Invoice, Shipment
from models.conversations import Conversation
from models.decisions import Decision
from models.files import File
from models.interactions import Interaction
from models.issues import Issue
from models.logins import SignInSession, Token
from models.mailboxes import MailboxDevice
from models.orders import Order, OrderChange
from models.organisations import Organisation
from models.people import Membership, Person
from models.products import Product
from models.promises import Promise
from models.shares import ReadLog, Share
from models.supplier_invoices import SupplierInvoice

# The records that can be shared, and what each is called.
SHARED: dict[str, type] = {"order": Order, "conversation": Conversation, "issue": Issue}
NOUNS: dict[type, str] = {table: noun for noun, table in SHARED.items()}

# What a product is called on a line or an issue, whoever sees that.
PRODUCT = frozenset({"public_id", "sku", "name", "gtin"})

# What a partner sees of a shared record in any case; everything else only when the share names it.
ALWAYS: dict[str, frozenset[str]] = {
    "order": frozenset(
        {
            "number",
            "kind",
            "status",
            "acknowledged_at",
            "lines.line",
            "lines.product",
            "lines.status",
            "lines.substitute",
            "lines.asked",
            "lines.answerable",
        }
    ),  # fmt: skip
    "conversation": frozenset({"number", "status"}),
    "issue": frozenset({"number", "status", "product"}),
}

# What a share may grant.
SHAREABLE: dict[str, tuple[str, ...]] = {
    "order": (
        "number", "kind", "status", "organisation", "customer_reference", "supplier_reference", "ship_to", "location",
        "source", "as_of", "ordered_at", "required_at", "shipped_at", "currency", "carrier", "freight",
        "attachments", "shipments", "lines.line", "lines.product", "lines.description", "lines.customer_sku",
        "lines.supplier_sku", "lines.pack",
        "lines.quantity", "lines.quantity_shipped", "lines.quantity_open", "lines.unit_price", "lines.discount",
        "lines.promised_at", "lines.expected_at",
    ),
    "conversation": ("number", "status", "subject", "priority", "channel", "created_at", "updated_at"),
    "issue": (
        "number", "status", "product", "title", "defect", "severity", "quantity", "order_line", "opened_at", "closed_at",
        "due_at", "steps", "attachments", "goods_return", "costs",
    ),
}  # fmt: skip

# What the share dialog offers at first: enough to answer, nothing about customers, prices or costs.
DEFAULT_SETS: dict[str, tuple[str, ...]] = {
    "order": (
        "supplier_reference", "location", "ordered_at", "required_at", "attachments", "lines.supplier_sku", "lines.pack",
        "lines.quantity", "lines.quantity_open", "lines.promised_at",
    ),
    "conversation": ("subject", "created_at", "updated_at"),
    "issue": (
        "title", "defect", "severity", "quantity", "order_line", "opened_at", "closed_at", "due_at", "steps", "attachments",
        "goods_return",
    ),
}  # fmt: skip

# What prices are, where a supplier is shown them.
PRICES = ("currency", "lines.unit_price", "lines.discount")

_ORDER_LINE = (
    "line", "product", "description", "customer_sku", "pack", "quantity", "quantity_shipped", "quantity_open",
    "unit_price", "discount", "amount", "promised_at", "expected_at", "status",
)  # fmt: skip

# What an outsider sees of a shipment: a customer of its own, a partner of those of an order shared with them.
SHIPMENT = frozenset({"public_id", "number", "carrier", "tracking", "shipped_at", "delivered_at"})
OWN_SHIPMENT = SHIPMENT | {"expected_at", "packages", "state"}

# What a customer sees of the rows visible to it.
CUSTOMER: dict[type, frozenset[str]] = {
    Order: frozenset(
        {"number", "kind", "status", "organisation", "customer_reference", "ship_to", "as_of", "ordered_at",
         "required_at", "shipped_at", "currency", "carrier", "freight", "total", "source", "attachments"}
        | {f"lines.{name}" for name in _ORDER_LINE}
    ),
    Shipment: OWN_SHIPMENT,
    Invoice: frozenset(
        {"public_id", "number", "issued_at", "due_at", "total", "currency", "paid_at", "status"}
    ),
    Conversation: frozenset(
        {"number", "subject", "status", "priority", "channel", "about_type", "about_id", "rating", "created_at",
         "updated_at", "solved_at"}
    ),
    Promise: frozenset({"public_id", "words", "due_at", "done_at", "state", "created_at"}),
    Issue: frozenset(
        {"number", "status", "stage", "product", "order_line", "quantity", "opened_at", "closed_at", "goods_return"}
    ),
}  # fmt: skip

# What either kind of outsider sees.
OUTSIDE: dict[type, frozenset[str]] = {
    Organisation: frozenset(
        {"public_id", "name", "email", "phone", "website", "street", "city", "region", "postcode", "country",
         "currency", "external_reference", "roles", "approves_colleagues"}
    ),
    Person: frozenset({"public_id", "name", "title", "language", "zone", "theme", "version"}),
    Membership: frozenset({"role", "side", "mailbox", "started_at", "ended_at"}),
    MailboxDevice: frozenset({"public_id", "name", "device", "created_at", "changed_at", "ended_at"}),
    Approval: frozenset(
        {"public_id", "kind", "mailbox", "email", "name", "role", "state", "reason", "asker", "asked_at", "decided_at"}
    ),
    Product: frozenset({"public_id", "sku", "gtin", "name", "pack", "unit"}),
    Article: frozenset(
        {"public_id", "slug", "category", "audience", "related", "published_at", "updated_at", "texts"}
    ),
    ArticleText: frozenset({"language", "title", "body"}),
    File: frozenset({"public_id", "name", "content_type", "size", "preview", "state"}),
    Share: frozenset({"public_id", "subject_type", "number", "level", "created_at", "expires_at"}),
    ReadLog: frozenset({"at", "subject_type", "subject_id", "fields", "surface"}),
    Interaction: frozenset({"public_id", "kind", "channel", "direction", "at", "summary"}),
    SignInSession: frozenset({"public_id", "device", "address", "created_at", "last_seen_at", "ended_at"}),
    Token: frozenset({"public_id", "name", "scopes", "created_at", "expires_at", "used_at", "revoked_at"}),
    Shipment: OWN_SHIPMENT | {"note", "received_at", "order_id"},  # a supplier its own; others see them with the order
    SupplierInvoice: frozenset(
        {"public_id", "number", "version", "state", "issued_at", "due_at", "currency", "note", "at", "total", "disputed_at",
         "approved_at", "paid_at", "order_id"}
    ),
    Decision: frozenset({"public_id", "seq", "question", "answers", "state", "answer", "created_at", "settled_at"}),
    OrderChange: frozenset({"public_id", "version", "side", "response", "note", "channel", "at", "lines", "order_id"}),
}  # fmt: skip


def unknown(noun: str, names: list[str]) -> list[str]:
    """Field names that a share of this noun cannot grant."""
    return [name for name in names if name not in SHAREABLE[noun]]


def readable(noun: str, granted: frozenset[str]) -> frozenset[str]:
    """Everything a grant shows: what it names, and what is always included."""
    return ALWAYS[noun] | granted
