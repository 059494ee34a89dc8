"""The staff blueprint, behind its gate."""

from flask import Blueprint

from web.gate import guard

blueprint = guard(Blueprint("staff", __name__, url_prefix="/staff"), "staff")
