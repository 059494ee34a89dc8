"""The API: the same verbs and policy as the pages, for machines."""

from api import (
    answers,
    approvals,
    articles,
    calls,
    conversations,
    decisions,
    deliveries,
    files,
    issues,
    me,
    members,
    merges,
    openapi,
    orders,
    organisations,
    promises,
    purchasing,
    relations,
    releases,
    shares,
    shipments,
    supplier_invoices,
    waves,
)
from api.blueprint import blueprint
from web.product import Product

PARTS = (
    answers,
    approvals,
    articles,
    calls,
    conversations,
    decisions,
    deliveries,
    files,
    issues,
    me,
    members,
    merges,
    openapi,
    orders,
    organisations,
    promises,
    purchasing,
    relations,
    releases,
    shares,
    shipments,
    supplier_invoices,
    waves,
)


def register(app: Product) -> None:
    """Put the API into the application; it takes tokens only, so it needs no CSRF token."""
    app.extensions["csrf"].exempt(blueprint)
    app.register_blueprint(blueprint)
    app.register_blueprint(openapi.documents)
    app.register_blueprint(files.door)
    app.register_blueprint(decisions.door)
