"""Many answers as a table: taken away filled in, sent back changed, and each row that is wrong says why."""

import csv
import io

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import many_answers, reading
from models import text
from models.orders import Order
from partners import waiting
from partners.blueprint import blueprint
from partners.exporting import shown
from policy import Invalid, rows
from web.actor import actor
from web.tables import download

HEAD = ("order", "your_order", "line", "your_article", "product", "ordered", "response", "quantity", "promised_at",
        "unit_price", "substitute", "reason", "note")  # fmt: skip
NEEDED = ({"order", "your_order"}, {"line", "your_article", "article"})
MOST_ROWS = 2_000


@blueprint.get("/answers.csv")
def answer_template() -> Response:
    """The open lines of the orders that wait for our answer, each accepted as ordered until it is changed."""
    who = actor()
    found = rows(who, waiting.to_confirm(who).order_by(Order.number).limit(many_answers.MOST))
    reading.saw_orders(who, found, "export")
    lines = [
        [order.number, shown(order, "supplier_reference"), line.line, shown(line, "supplier_sku"),
         line.product.name if line.product else None, shown(line, "quantity"), "accepted", shown(line, "quantity"),
         line.promised_at.date() if shown(line, "promised_at") else None, shown(line, "unit_price"), None, None, None]
        for order in found for line in order.lines if line.answerable
    ]  # fmt: skip
    return download("answers", HEAD, lines)


@blueprint.get("/answers")
def answers_page() -> str:
    """How it is done, and the form."""
    return render_template("partners/orders/answers.html", table=None, problem=None, head=HEAD)


@blueprint.post("/answers")
def send_answers() -> str | tuple[str, int]:
    """Answer every order of the table that is right as a whole."""
    try:
        table = read()
    except Invalid as error:
        return render_template("partners/orders/answers.html", table=None, problem=error, head=HEAD), 422
    taken = many_answers.take(actor(), table)
    answered = sorted({row.order for row in taken if row.sent})
    return render_template("partners/orders/answers.html", table=taken, answered=answered, problem=None, head=HEAD)


def read() -> list[many_answers.Row]:
    """The rows of the file that was sent, or of the text that was pasted. Raises Invalid."""
    file = request.files.get("file")
    try:
        given = file.read().decode("utf-8-sig") if file and file.filename else request.form.get("table", "")
    except UnicodeDecodeError as error:
        raise Invalid("file", _("is not in UTF-8: save it as “CSV UTF-8”")) from error
    if fault := text.fault(given):
        raise Invalid("file", fault)
    first = given.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(given), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid("file", _("is no table: %(why)s", why=str(error))) from error
    head = [name.strip().lower() for name in lines[0]] if lines else []
    if not all(one & set(head) for one in NEEDED):
        raise Invalid("file", _("needs a first row with at least the columns “order” and “line” or “your_article”"))
    if len(lines) > MOST_ROWS:
        raise Invalid("file", _("has more than %(n)s rows: send it in parts", n=MOST_ROWS))
    return [
        many_answers.Row(place, {name: value.removeprefix("'") for name, value in zip(head, line, strict=False)})
        for place, line in enumerate(lines[1:], 2) if any(cell.strip() for cell in line)
    ]  # fmt: skip
