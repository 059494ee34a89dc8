"""The desk: what people of the business see and send."""

from staff import (
    answers,
    approvals,
    articles,
    carriers,
    colleagues,
    conversations,
    decisions,
    deliveries,
    exceptions,
    find,
    home,
    interactions,
    issue_sharing,
    issues,
    merges,
    order_changes,
    orders,
    organisations,
    parties,
    queues,
    reads,
    relations,
    releases,
    seen_by,
    sending,
    share_rules,
    shares,
    shipments,
    supplier_invoices,
    supplier_policies,
)
from staff.blueprint import blueprint
from web.product import Product

PAGES = (
    answers,
    approvals,
    articles,
    carriers,
    colleagues,
    conversations,
    decisions,
    deliveries,
    exceptions,
    find,
    home,
    interactions,
    issue_sharing,
    issues,
    merges,
    order_changes,
    orders,
    organisations,
    parties,
    queues,
    reads,
    relations,
    releases,
    seen_by,
    sending,
    share_rules,
    shares,
    shipments,
    supplier_invoices,
    supplier_policies,
)


def register(app: Product) -> None:
    """Put the desk into the application."""
    app.register_blueprint(blueprint)
