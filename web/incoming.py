"""What comes in, looked at once before any view: what no database keeps is refused here, by the name of its field."""

from flask import Request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType

from models import text
from models.types import keepable
from policy import Invalid

MACHINES = "/api/"  # below it, bodies are JSON; everywhere else they are forms
LONGEST_NUMBER = 20


def check(request: Request) -> None:
    """Look at query and form; what stands in the address, `find` answers. Raises Invalid, UnsupportedMediaType."""
    _texts(request.args)
    if request.path.startswith(MACHINES):
        return
    if request.is_json:
        raise UnsupportedMediaType(_("Only forms are taken here, not JSON."))
    _texts(request.form)


def _texts(fields: MultiDict[str, str]) -> None:
    for name, values in fields.lists():
        for one in (name, *values):
            if fault := text.fault(one):
                raise Invalid(_("a field") if one is name else name, fault)


def whole(name: str, given: str | None) -> int | None:
    """Read a field that takes a whole number; None when it is empty. Raises Invalid."""
    given = (given or "").strip()
    if not given:
        return None
    found = number(given)
    if found is None:
        raise Invalid(name, _("must be a whole number"))
    return found


def decimal(given: str) -> str:
    """A number with a decimal point, of one typed with a point or a comma: 1,234.50 and 1.234,50 are the same."""
    given = given.strip()
    if given.rfind(",") > given.rfind("."):
        return given.replace(".", "").replace(",", ".")
    return given.replace(",", "")


def number(given: str) -> int | None:
    """Read a whole number that a database can count to; None for anything else."""
    digits = given.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < LONGEST_NUMBER):
        return None
    found = int(given)
    return found if keepable(found) else None
