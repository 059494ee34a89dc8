"""The partner blueprint, behind its gate."""

from flask import Blueprint

from web.gate import guard

blueprint = guard(Blueprint("partners", __name__, url_prefix="/partners"), "partner")
