"""QR codes on papers: black squares that open an address, drawn as lines of ink rather than as a picture."""

from itertools import groupby

import segno
from fpdf import FPDF

QUIET = 4  # modules of white around the code, as ISO/IEC 18004 asks for


def draw(sheet: FPDF, address: str, x: float, y: float, size: float) -> None:
    """Draw the code of an address as a square of `size` millimetres with its white border, which can be clicked too."""
    rows = [bytes(row) for row in segno.make(address, error="m", micro=False).matrix]
    module = size / (len(rows) + 2 * QUIET)
    sheet.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows, QUIET):
        across = QUIET
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                sheet.rect(x + across * module, y + down * module, length * module, module, "F")
            across += length
    sheet.link(x, y, size, size, address)
