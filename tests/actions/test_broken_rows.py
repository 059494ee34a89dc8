"""A file of which every tenth row is broken: the good ones are in, and each bad one is named by its line and the reason."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from actions import imports
from actions.imports.report import Report
from models import db
from models.orders import OrderLine
from models.organisations import Organisation
from policy import SYSTEM
from tests.world import World

ROWS = 1000
BROKEN: list[tuple[Callable[[int], str], str, str]] = [
    (lambda n: f"C{n},,EUR,customer", "name", "is empty"),
    (lambda n: f",Nameless {n},EUR,customer", "external_reference", "is empty"),
    (lambda n: f"C{n},Company {n},thalers,customer", "currency", "thalers"),
    (lambda n: f"C{n},Company {n},EUR,emperor", "roles", "emperor"),
    (lambda n: f"C{n},{'x' * 300},EUR,customer", "name", "too long"),
    (lambda n: f"C{n},Com\0pany {n},EUR,customer", "name", "NUL"),
    (lambda n: f"C{n},Company {n}", "", "has 2 cells"),
    (lambda n: f"C{n},Company {n},EUR,customer,surplus,more", "", "has 6 cells"),
]


@pytest.fixture
def take(world: World, tmp_path: Path) -> Callable[[str, str], Report]:
    """Import rows given as text."""

    def run(kind: str, rows: str) -> Report:
        (tmp_path / "rows.csv").write_text(rows, encoding="utf-8")
        with db.unit(write=True):
            return imports.run(SYSTEM, kind, tmp_path / "rows.csv", None)

    return run


def test_every_good_organisation_is_in_and_every_bad_row_is_named(take: Callable[[str, str], Report]) -> None:
    rows, expected, good = ["external_reference,name,currency,roles"], [], set()
    for n in range(ROWS):
        if n % 10 == 7:
            make, column, reason = BROKEN[n // 10 % len(BROKEN)]
            rows.append(make(n))
            expected.append((n + 2, column, reason))
        else:
            rows.append(f"C{n},Company {n},EUR,customer")
            good.add(f"C{n}")
    report = take("organisations", "\n".join(rows) + "\n")
    assert (report.read, report.added, report.refused) == (ROWS, ROWS - ROWS // 10, ROWS // 10)
    assert len(report.refusals) == len(expected)
    for said, (line, column, reason) in zip(report.refusals, expected, strict=True):
        assert (said.line, said.column or "") == (line, column), str(said)
        assert reason in str(said)
    with db.unit(write=False):
        found = set(db.session.scalars(select(Organisation.external_reference)))
    assert good <= found
    assert not {f"C{n}" for n in range(ROWS) if n % 10 == 7} & found


def test_every_good_line_of_an_order_is_in_and_every_bad_one_is_named(take: Callable[[str, str], Report]) -> None:
    take("products", "external_reference,name\nP,Pencil\n")
    take("organisations", "external_reference,name,roles\nA,Alpha,customer\n")
    take("orders", "external_reference,number,kind,organisation,ordered_at\nO,O-1,sales,A,2026-05-04\n")
    broken = ["O,{n},P,minus,1.00", "O,{n},P,-3,1.00", "O,{n},P,5,much", "O,{n},Q,5,1.00", "X,{n},P,5,1.00",
              "O,{n},P,99999999999999999999,1.00"]  # fmt: skip
    rows, bad = ["order,line,product,quantity,unit_price"], []
    for n in range(1, 301):
        if n % 10 == 3:
            rows.append(broken[n // 10 % len(broken)].format(n=n))
            bad.append(n + 1)
        else:
            rows.append(f"O,{n},P,5,1.00")
    report = take("order-lines", "\n".join(rows) + "\n")
    assert (report.read, report.added, report.refused) == (300, 270, 30)
    assert [one.line for one in report.refusals] == bad
    assert all(one.column and one.reason for one in report.refusals)
    with db.unit(write=False):
        assert len(db.session.scalars(select(OrderLine.line).where(OrderLine.unit_price == 1)).all()) == 270
