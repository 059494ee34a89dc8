"""The partner surface: what vendors, suppliers and distributors see and send."""

from partners import answer_files, conversations, decisions, home, invoices, issues, orders, shipments
from partners.blueprint import blueprint
from partners.links import links
from web.product import Product

PAGES = (answer_files, conversations, decisions, home, invoices, issues, orders, shipments)


def register(app: Product) -> None:
    """Put the partner surface and the links of its mails into the application."""
    app.register_blueprint(blueprint)
    app.register_blueprint(links)
