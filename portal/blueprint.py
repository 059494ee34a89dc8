"""The portal blueprint behind its gate, and the help centre that everybody may read."""

from flask import Blueprint

from web.gate import guard

blueprint = guard(Blueprint("portal", __name__, url_prefix="/portal"), "customer")
help_centre = Blueprint("help", __name__, url_prefix="/help")
