"""What people say in a seeded business: our own phrases about goods of invented names, some words far more often."""

import random
from collections.abc import Callable
from itertools import accumulate

from sqlalchemy import text

from models.seeding.bulk import Bulk

TALKS, PARAGRAPHS, GOODS = 4000, 3000, 6000
_FIRST = """
    Ada Bela Cora Dario Edda Falk Gita Henk Ines Jaro Kaja Lev Mira Nils Oda Pavo Quin Runa Sven Tilda Ugo
    Vera Wim Xenia Yara Zeno Alma Bruno Celia Dag Elin Fritz Greta Hugo Ilse Jonas"""
FIRST = _FIRST.split()
_LAST = """
    Abendroth Birkner Calder Drossel Ekholm Fennick Garde Holm Ivers Juhl Kestrel Lindqvist Marlow Norde
    Ostrow Pallas Quist Rosling Sommer Thorn Ulmer Vance Westby Yarrow Zander Arkwright Bellamy Corvin Dunmore
    Eastley"""
LAST = _LAST.split()
COMPANY = ("Trading", "Foods", "Markets", "Kitchens", "Stores", "Imports", "Bakeries", "Provisions")
NAMES = ("Amber", "Birch", "Copper", "Dune", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper", "Kelp", "Linden",
         "Maple", "North", "Oak", "Pebble", "Quartz", "River", "Saffron", "Timber", "Umber", "Valley", "Willow", "Zinc")  # fmt: skip
SUBJECTS = (
    "{a} missing from the delivery", "Price of {a} on the last invoice", "When does {a} come?", "{a} arrived warm",
    "Return of {n} boxes of {a}", "Change the address for {a}", "A pallet of {a} too many", "New contact for {a} orders",
)  # fmt: skip
SAYINGS = (
    "We counted {n} boxes of {a} this morning and expected more.", "Please tell us by noon when {a} will be here.",
    "The label on {a} names another {b} than we ordered.", "Our kitchen needs {a} before the weekend.",
    "I looked at the order: {a} left the warehouse together with {b}.", "We have asked the carrier about {a}.",
    "You will get a credit note for {n} boxes of {b}.", "Can {a} come with the next truck instead?",
    "There is enough {b} in stock, so we can send it today.", "Somebody will call you back about {a}.",
    "The temperature of {a} was within the limits when it left us.", "Thank you, {b} has come and all is well.",
)  # fmt: skip
ADVICE = (
    "Keep {a} dry and away from {b}.", "A box of {a} holds {n} pieces.", "Report damage to {a} with a photo on the same day.",
    "Delivery of {a} takes {n} working days.", "Where {a} is short we offer {b} at the same price.",
    "The minimum order of {a} is {n} boxes.", "A claim about {b} needs the number on its label.",
    "Delivery windows for {a} are agreed with each customer.", "Stock of {b} is counted every Friday.",
)  # fmt: skip
_SYLLABLES = """
    ka lo mi ren tos ver in ex por tal san du qui be zon fra gel hy jor wex"""
SYLLABLES = _SYLLABLES.split()


def lexicon(bulk: Bulk) -> int:
    """Keep phrases and names where the database can choose among them."""
    chance = random.Random(bulk.size.seed)  # noqa: S311
    goods = sorted({"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(GOODS)})
    chance.shuffle(goods)
    weights = list(accumulate(1 / (place + 5) for place in range(len(goods))))  # a few words are everywhere

    def phrase(kinds: tuple[str, ...], many: int = 1) -> str:
        said = (chance.choice(kinds) for _ in range(many))
        a, b = chance.choices(goods, cum_weights=weights, k=2)
        return " ".join(one.format(a=a, b=b, n=chance.randint(2, 48)) for one in said)

    talks = [(phrase(SUBJECTS), phrase(SAYINGS, chance.randint(1, 4))) for _ in range(TALKS)]
    advice = [(phrase(ADVICE, chance.randint(3, 6)), goods[place % len(goods)]) for place in range(PARAGRAPHS)]
    people = [(one, other) for one in FIRST for other in LAST]
    firms = [(name, kind) for name in NAMES for kind in COMPANY]
    made = {"seed_talks": talks, "seed_advice": advice, "seed_people": people, "seed_firms": firms}
    for name, rows in made.items():
        columns = "(id INTEGER PRIMARY KEY, one TEXT NOT NULL, other TEXT NOT NULL)"
        bulk.run(f"CREATE TEMPORARY TABLE {name} {columns} {bulk.passing}")
        numbered = [{"id": place, "one": one, "other": other} for place, (one, other) in enumerate(rows)]
        bulk.connection.execute(text(f"INSERT INTO {name} VALUES (:id, :one, :other)"), numbered)
        if not bulk.sqlite:
            bulk.run(f"ANALYZE {name}")
    return sum(map(len, made.values()))


STEPS: tuple[tuple[str, Callable[[Bulk], int]], ...] = (("phrases", lexicon),)
