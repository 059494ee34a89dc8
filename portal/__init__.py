"""The portal: what customers see and send."""

from portal import access_log, help, home, invoices, navigation, orders, requests
from portal.blueprint import blueprint, help_centre
from web.product import Product

PAGES = (access_log, help, home, invoices, navigation, orders, requests)


def register(app: Product) -> None:
    """Put the portal and the help centre into the application."""
    app.register_blueprint(blueprint)
    app.register_blueprint(help_centre)
