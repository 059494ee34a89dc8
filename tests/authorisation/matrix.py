"""The permissions as a printed matrix: `python -m tests.authorisation.matrix > docs/permissions.md`."""

from collections import Counter

from tests.authorisation import table
from tests.authorisation.actors import Names, names
from tests.authorisation.row import ROWS

COLUMNS: tuple[tuple[str, Names], ...] = tuple(
    (title, names(who))
    for title, who in (
        ("visitor", "visitor"), ("Renate: member", "renate"), ("Jonas: her colleague", "jonas"), ("Greta: their manager", "greta"),
        ("Roland: rival customer", "roland"), ("Charlotte: partner member", "charlotte"), ("Charles: partner manager", "charles"),
        ("Yoshi: rival partner", "yoshi"), ("Nancy: agent, all", "nancy"), ("Margaret: agent, all", "margaret"),
        ("Otto: agent, other team", "otto"), ("Steven: lead", "steven"), ("Andrew: admin", "andrew"),
    )
)  # fmt: skip
SIGNS = {"allow": "yes", "sign-in": "sign in", "refused": "no", "nothing": "no effect"}
INTRODUCTION = """# Permissions

Who may do what, as the authorisation test holds it against the product: every route, every event of the live wire (`name:verb`)
and every verb of the domain (`may noun:verb`), aimed at every kind of object. This page is printed from
[tests/authorisation](../tests/authorisation/table.py) by `python -m tests.authorisation.matrix`; change the table, not this page.

*yes*: it happens. *sign in*: sent to the sign-in page. *401*: no valid token. *404*: it is not there for this person, exactly as
if it did not exist. *403*: seen, but not theirs to do, and nothing is changed. *no*: refused (403, 404, 409 or 422), nothing is
changed. *no effect*: answered, but nobody is told and nothing is changed.
"""


def main() -> None:
    """Print the page."""
    counted = Counter(verdict for one in ROWS for verdict in one.verdicts.values())
    print(INTRODUCTION)
    print(f"{len(table.operations())} operations, {len(ROWS)} rows, {sum(counted.values())} cells:",
          ", ".join(f"{SIGNS.get(verdict, verdict)} {count}" for verdict, count in counted.most_common()) + ".")  # fmt: skip
    for operation in table.operations():
        print(f"\n## {operation}\n")
        print("| aimed at | " + " | ".join(title for title, _ in COLUMNS) + " |")
        print("|---" * (len(COLUMNS) + 1) + "|")
        for row in table.of(operation):
            cells = [SIGNS.get(row.verdicts[next(iter(who))], row.verdicts[next(iter(who))]) for _, who in COLUMNS]
            print(f"| {row.relation} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
