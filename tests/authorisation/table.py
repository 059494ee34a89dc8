"""The policy table as data: operation by relation by actor, written from the design and never from policy/.

Who may see and do what stands in the design's domain and security papers. Where they are silent the stricter verdict
stands here.
"""

from tests.authorisation import (
    api_rows,
    files_rows,
    issues_rows,
    login_rows,
    partners_rows,
    people_rows,
    portal_rows,
    shipping_rows,
    staff_mail_rows,
    staff_rows,
    telephone_rows,
    threads_rows,
    verb_rows,
    waves_rows,
    wire_rows,
)
from tests.authorisation.row import ROWS, Row

PARTS = (
    portal_rows,
    partners_rows,
    staff_rows,
    api_rows,
    files_rows,
    issues_rows,
    login_rows,
    people_rows,
    verb_rows,
    waves_rows,
    wire_rows,
    shipping_rows,
    threads_rows,
    staff_mail_rows,
    telephone_rows,
)


def operations() -> list[str]:
    """Every operation that has a row, in the order of the table."""
    return list(dict.fromkeys(one.operation for one in ROWS))


def of(operation: str) -> list[Row]:
    """The rows of one operation."""
    return [one for one in ROWS if one.operation == operation]


def is_event(operation: str) -> bool:
    """Whether an operation is an event of the live wire."""
    return " " not in operation


def is_verb(operation: str) -> bool:
    """Whether an operation is a verb of the domain, asked of policy itself."""
    return operation.startswith("may ")
