"""Importing articles of the help centre from Markdown, each language a text of its own, with its versions kept."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from actions.imports.context import Context
from actions.imports.engine import Importer, Item, Refused, Rows, add_rows, insert_rows, update_rows
from actions.imports.report import Report
from models import search
from models.articles import Article, ArticleText, ArticleVersion
from models.db import session

TEXT = ("language", "title", "body")


class Articles(Importer):
    """A file is one text of one article; only the article's own file says where it belongs and who may read it."""

    kind, model = "article", Article

    def __init__(self, context: Context, report: Report) -> None:
        super().__init__(context, report)
        self.articles: Rows = {}
        self.slugs: dict[str, str | None] = {}  # which article of this source has each address
        self.led: set[str] = set()  # articles whose own file was read in this run

    def key(self, item: Item) -> Hashable:
        return item.row.extra["reference"], item.given["language"]

    def stored(self, keys: Sequence[Any]) -> Rows:
        found_here = super().stored([key[0] for key in keys])
        self.articles |= found_here
        by_id = {row["id"]: row for row in found_here.values()}
        found = select(ArticleText.__table__).where(ArticleText.article_id.in_(list(by_id)))
        return {
            (by_id[row["article_id"]]["external_reference"], row["language"]): row
            for row in session.execute(found).mappings()
        }

    def _find(self, items: Sequence[Item]) -> None:
        super()._find(items)
        names = {name for item in items for name in _addresses(item)}
        found = select(Article.slug, Article.source, Article.external_reference).where(Article.slug.in_(names))
        for row in session.execute(found):
            self.slugs[row.slug] = row.external_reference if row.source == self.context.source else None

    def derive(self, item: Item) -> None:
        reference = item.row.extra["reference"]
        before = self.articles.get(reference)
        text = {name: item.given.get(name) or "" for name in TEXT}
        leads = item.row.extra.get("leads")
        if leads == "article" or (leads and before is None):
            item.given["article"] = self._article(item, reference, before)
            self.led.add(reference)
        elif before is None and reference not in self.led:
            raise Refused("file", "is a translation of an article that was refused")
        item.values = text

    def _article(self, item: Item, reference: str, before: Mapping[str, Any] | None) -> dict[str, Any]:
        values = dict(item.values)
        if before is None:
            values |= {"slug": self._slug(item, reference), "source": self.context.source}
            values |= {"external_reference": reference, "state": item.given.get("state") or "published"}
            if days := item.given.get("verify_by"):
                values["verify_by"] = self.context.at + timedelta(days=days)
        elif item.given.get("state"):
            values["state"] = item.given["state"]
        if values.get("state") == "published" and not (before and before["published_at"]):
            values["published_at"] = self.context.at
        return {name: value for name, value in values.items() if before is None or before[name] != value}

    def _slug(self, item: Item, reference: str) -> str:
        """The file's name is its address; where another article has it, the folder stands before it."""
        for name in _addresses(item):
            if self.slugs.setdefault(name, reference) == reference:
                return name
        raise Refused("file", f"another article is called {item.row.extra['slug']}: rename the file")

    def differs(self, item: Item) -> bool:
        return bool(self.changes(item)) or bool(item.given.get("article"))

    def write(self, items: Sequence[Item]) -> None:
        """Articles first, then their texts; what a text was is kept as a version."""
        leading = [item for item in items if "article" in item.given]
        new = [item for item in leading if item.row.extra["reference"] not in self.articles]
        made = insert_rows(self.table, [item.given["article"] for item in new])
        ids = {row["external_reference"]: row["id"] for row in self.articles.values()}
        ids |= {item.row.extra["reference"]: one for item, one in zip(new, made, strict=True)}
        items = [item for item in items if self._has_article(item, ids)]
        fresh = set(new)
        known = {item.row.extra["reference"]: item for item in leading if item not in fresh}
        touched = dict.fromkeys(item.row.extra["reference"] for item in items if item not in fresh)
        changes = {name: known[name].given["article"] if name in known else {} for name in touched}
        update_rows(self.table, [(ids[name], {**one, "updated_at": self.context.at}) for name, one in changes.items()])
        self._texts([(ids[item.row.extra["reference"]], item) for item in items])
        for name, one in ids.items():
            self.articles.setdefault(name, {"id": one, "external_reference": name})
        self._index({ids[item.row.extra["reference"]] for item in items})

    def _index(self, articles: set[int]) -> None:
        """Let the search find the new words."""
        found = select(Article).where(Article.id.in_(articles)).execution_options(populate_existing=True)
        for article in session.scalars(found).unique():
            search.index(session(), article)

    def _has_article(self, item: Item, ids: Mapping[Any, int]) -> bool:
        """The database may have refused the article whose translation this is."""
        found = item.row.extra["reference"] in ids
        if not found:
            item.problems.append(("file", "is a translation of an article that was refused"))
        return found

    def _texts(self, texts: Sequence[tuple[int, Item]]) -> None:
        new = [{"article_id": article} | item.values for article, item in texts if item.new]
        insert_rows(ArticleText.__table__, new)
        update_rows(ArticleText.__table__, [(item.id, self.changes(item)) for _, item in texts if not item.new])
        fresh = [(article, item) for article, item in texts if item.new or self.changes(item)]
        last = self._last_versions([article for article, _ in fresh])
        rows = [
            {"article_id": article, "number": last.get((article, item.values["language"]), 0) + 1,
             "by_id": self.context.actor.person_id, "at": self.context.at} | item.values
            for article, item in fresh
        ]  # fmt: skip
        add_rows(ArticleVersion.__table__, rows)

    def _last_versions(self, articles: Sequence[int]) -> dict[tuple[int, str], int]:
        own = ArticleVersion
        found = select(own.article_id, own.language, func.max(own.number)).where(own.article_id.in_(articles))
        rows = session.execute(found.group_by(own.article_id, own.language)).all()
        return {(row[0], row[1]): row[2] for row in rows}


def _addresses(item: Item) -> tuple[str, ...]:
    return item.row.extra["slug"], item.row.extra["reference"].replace("/", "-")
