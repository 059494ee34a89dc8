"""A whole run: make a business, let people ask for what is and is not theirs, and tell what came of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from app import create_app
from config import Settings
from models import db, share_rules
from models.migrations import run as migrations
from tests.isolation import facts, generate, model, talks
from tests.isolation.facts import World
from tests.isolation.generate import Size
from tests.isolation.over_http import MIX, Web
from tests.isolation.probe import Surface
from tests.isolation.side_doors import side_door

WAYS = {**MIX, side_door: 14}


@dataclass
class Outcome:
    """The surfaces with what was found on them."""

    surfaces: dict[str, Surface]

    @property
    def probes(self) -> int:
        return sum(one.probes for one in self.surfaces.values())

    def all(self, kind: str) -> list[str]:
        return [f"{name}: {words}" for name, one in self.surfaces.items() for words in getattr(one, kind)]

    @property
    def clean(self) -> bool:
        return not any(self.all(kind) for kind in ("disagreements", "foreign", "names"))

    def table(self) -> str:
        heads = ("surface", "probes", "shown", "not shown", "disagreements", "foreign canaries", "masked names")
        lines = [(name, one.probes, one.shown, one.hidden, len(one.disagreements), len(one.foreign), len(one.names))
                 for name, one in sorted(self.surfaces.items())]  # fmt: skip
        sums = ("all", *(sum(line[place] for line in lines) for place in range(1, len(heads))))
        return "\n".join(
            "  ".join([f"{line[0]:<20}", *(f"{one:>16}" for one in line[1:])]) for line in (heads, *lines, sums)
        )


def make(seed: int, size: Size) -> dict[str, int]:
    """Write a business into the connected database; returns some links that speak for suppliers, with their orders."""
    with db.unit(write=True):
        share_rules.install(db.session())
        business = generate.build(seed, size)
        talks.build(business)
        bought = [one for one in business.orders if one.kind == "purchase" and one.status != "draft"]
        some = business.random.sample(bought, min(len(bought), 60))
        return {talks.link(business, one): one.id for one in some}


def derived_shares(world: World) -> Surface:
    """Hold what the rules made against what they say; those that somebody took back by hand stay away."""
    found = Surface()
    for rule in world.rules.values():
        there = {(subject, one.organisation) for (noun, subject), held in world.shares.items() for one in held
                 if one.rule == rule.id and (one.expires_at is None or one.expires_at > world.now)}  # fmt: skip
        said = set(model.derived(world, rule))
        found.probes += len(there | said)
        found.shown += len(there)
        found.disagreements += [f"{rule.through}: {one} is shared and should not be" for one in there - said]
        found.disagreements += [f"{rule.through}: {one} should be shared and is not" for one in said - there]
    return found


def run(folder: Path, url: str, seed: int, size: Size, probes: int, questions: int | None = None) -> Outcome:
    """Make a business in a database without rows (or take the one that the folder keeps), and probe it."""
    settings = Settings(_env_file=None, data_dir=folder, database_url=url, secret_key="only for tests", password_hash_cost=1,
                        embedded_worker=False)  # fmt: skip
    db.connect(settings.database)
    migrations.upgrade()
    app, kept = create_app(settings), folder / "links.json"
    if not kept.exists():
        kept.write_text(json.dumps(make(seed, size)))
    with db.unit(write=False):
        world = facts.load()
    return probed(Web(app, world, seed if questions is None else questions, json.loads(kept.read_text())), probes)


def probed(web: Web, probes: int) -> Outcome:
    """Send so many probes, of all surfaces by their weight and of each at least one."""
    outcome = Outcome(web.tally)
    ways, weights = list(WAYS), list(WAYS.values())
    for way in ways:
        way(web)
    while outcome.probes < probes:
        web.random.choices(ways, weights)[0](web)
    web.tally["derived shares"] = derived_shares(web.world)
    return outcome
