"""Documents: an order as a PDF, made from what its reader may see of it and from nothing else."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency
from flask import Response
from flask_babel import force_locale
from flask_babel import gettext as _
from fpdf import FPDF
from fpdf.fonts import FontFace

import config
from policy import Actor, has
from web import qr
from web.product import product
from web.saying import amount

FONTS = config.ROOT / "static" / "vendor" / "dejavu-2.37"
GREY, INK = (91, 100, 117), (29, 36, 51)
CODE, EDGE, WIDTH = 30, 18, 210  # millimetres: the side of the QR code, the margin, the page


class Sheet(FPDF):
    """A4, in our type, with the page's number at the foot."""

    def __init__(self, business: str) -> None:
        super().__init__(format="A4")
        self.business = business
        self.add_font("DejaVu", "", FONTS / "DejaVuSans.ttf")
        self.add_font("DejaVu", "B", FONTS / "DejaVuSans-Bold.ttf")
        self.set_margin(EDGE)
        self.set_auto_page_break(True, 22)
        self.set_text_color(*INK)
        self.add_page()

    def footer(self) -> None:
        """The sender's name and the page."""
        self.set_y(-16)
        self.set_font("DejaVu", "", 8)
        self.set_text_color(*GREY)
        self.cell(0, 5, f"{self.business} · {self.page_no()}/{{nb}}", align="C")

    def words(self, text: str, size: float = 10, style: str = "") -> None:
        self.set_font("DejaVu", style, size)
        self.multi_cell(0, size * 0.55, printable(text), new_x="LMARGIN", new_y="NEXT")


def file_name(shown: Any) -> str:
    """What an order's PDF is called: its number, in characters that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", str(shown.number)).strip("-.") + ".pdf"


def printable(text: str) -> str:
    """What a page of paper can show: no control characters, and nothing beyond the font's plane."""
    return "".join(one if (one.isprintable() or one == "\n") and ord(one) <= 0xFFFF else "\ufffd" for one in text)


def order(who: Actor, shown: Any, ours: config.Settings, made_at: datetime) -> bytes:
    """Draw an order for one reader: `shown` is the order as `find` gave it to them."""
    with force_locale(who.language):
        sheet = Sheet(ours.business_name)
        head = _("Order %(number)s") if shown.kind == "sales" else _("Purchase order %(number)s")
        sheet.set_title(head % {"number": shown.number})
        sheet.set_creation_date(made_at)
        door(sheet, address(ours, shown.number))
        sheet.words(ours.business_name, 11, "B")
        sheet.ln(6)
        sheet.words(head % {"number": shown.number}, 18, "B")
        sheet.ln(2)
        for label, value in facts(who, shown):
            sheet.words(f"{label}: {value}")
        sheet.ln(4)
        lines(sheet, who, shown)
        return bytes(sheet.output())


def address(ours: config.Settings, number: str) -> str:
    """Where the code on an order's paper leads: it holds no secret, and asks whoever comes who they are."""
    return f"{ours.url}/orders/{quote(number, safe='')}"


def door(sheet: Sheet, leads_to: str) -> None:
    """The QR code of an order, at the upper right, beside which the head is written."""
    x, y = WIDTH - EDGE - CODE, EDGE - 4
    qr.draw(sheet, leads_to, x, y, CODE)
    sheet.set_font("DejaVu", "", 7)
    sheet.set_text_color(*GREY)
    sheet.set_xy(x - 10, y + CODE)
    sheet.multi_cell(CODE + 10, 3.5, _("Scan to see where it is"), align="R", new_x="LMARGIN", new_y="NEXT")
    sheet.set_text_color(*INK)
    sheet.set_y(EDGE)


def download(who: Actor, shown: Any, made_at: datetime) -> Response:
    """Answer with an order as a file."""
    made = Response(order(who, shown, product().config["SETTINGS"], made_at), mimetype="application/pdf")
    made.headers["Content-Disposition"] = f'attachment; filename="{file_name(shown)}"'
    return made


def invoice(who: Actor, shown: Any, business: str) -> bytes:
    """Draw an invoice for one reader, as far as they may see it: what it is for, what is to pay until when, and what is paid."""
    with force_locale(who.language):
        sheet = Sheet(business)
        sheet.set_title(_("Invoice %(number)s", number=shown.number))
        sheet.set_creation_date(shown.issued_at)
        sheet.words(business, 11, "B")
        sheet.ln(6)
        sheet.words(_("Invoice %(number)s", number=shown.number), 18, "B")
        sheet.ln(2)
        for label, value in ((_("For"), who.organisation_name), (_("Date"), shown.issued_at), (_("Due"), shown.due_at),
                             (_("Paid"), shown.paid_at)):  # fmt: skip
            if value:
                sheet.words(f"{label}: {day(who, value) if isinstance(value, datetime) else value}")
        sheet.ln(4)
        sheet.words(f"{_('Total')}: {format_currency(shown.total, shown.currency, locale=who.language)}", 13, "B")
        return bytes(sheet.output())


def facts(who: Actor, shown: Any) -> list[tuple[str, str]]:
    """The head of an order, as far as its reader may see it."""
    found = [(_("For"), who.organisation_name)] if who.organisation_name else []
    own = "customer_reference" if shown.kind == "sales" else "supplier_reference"
    for name, label in ((own, _("Your number")), ("carrier", _("Carrier"))):
        if has(shown, name) and getattr(shown, name):
            found.append((label, getattr(shown, name)))
    for name, label in (("ordered_at", _("Ordered")), ("required_at", _("Required"))):
        if has(shown, name) and getattr(shown, name):
            found.append((label, day(who, getattr(shown, name))))
    if has(shown, "location") and shown.location:
        found.append((_("Deliver to"), shown.location.name))
    if has(shown, "ship_to"):
        found.append((_("Ship to"), ", ".join(part for part in shown.ship_to.values() if part)))
    return found


COLUMNS = ("supplier_sku", "product", "pack", "quantity", "unit_price", "promised_at", "expected_at")


def lines(sheet: Sheet, who: Actor, shown: Any) -> None:
    """The lines as a table; a column that no line shows is left out."""
    heads = {"supplier_sku": _("Your article"), "product": _("Product"), "pack": _("Pack"), "quantity": _("Quantity"),
             "unit_price": _("Price"), "promised_at": _("Date"), "expected_at": _("Expected")}  # fmt: skip
    other = "promised_at" if shown.kind == "sales" else "expected_at"
    names = [
        name for name in COLUMNS if name != other and any(name == "product" or has(line, name) for line in shown.lines)
    ]
    widths = {
        "supplier_sku": 26,
        "product": 60,
        "pack": 38,
        "quantity": 20,
        "unit_price": 22,
        "promised_at": 30,
        "expected_at": 30,
    }
    sheet.set_font("DejaVu", "", 9)
    style = FontFace(emphasis="BOLD", color=GREY)
    with sheet.table(col_widths=tuple(widths[name] for name in names), headings_style=style, borders_layout="HORIZONTAL_LINES",
                     text_align="LEFT", line_height=6) as table:  # fmt: skip
        table.row([heads[name] for name in names])
        for line in shown.lines:
            table.row([printable(cell(who, line, name)) for name in names])


def cell(who: Actor, line: Any, name: str) -> str:
    """One value of a line in words; nothing where the reader may not see it."""
    if name == "product":
        return line.product.name if line.product else str(line.line)
    value = getattr(line, name) if has(line, name) else None
    if isinstance(value, datetime):
        return day(who, value)
    if isinstance(value, Decimal):
        return amount(value)
    return "" if value is None else str(value)


def day(who: Actor, at: datetime) -> str:
    """A day in the reader's zone and language."""
    return str(format_date(at.astimezone(ZoneInfo(who.zone)), "medium", locale=who.language))
