"""Articles of the help centre."""

from typing import Any

from api import shapes
from api.lists import Paged, listed
from api.operations import operation
from models import search
from models.articles import Article
from models.db import session
from policy import Actor, visible


class ArticleQuery(Paged):
    q: str | None = None


@operation("GET", "/articles", "article", query=ArticleQuery)
def articles(actor: Actor, query: ArticleQuery) -> dict[str, Any]:
    """List articles, or search them: best match first."""
    if query.q:
        found = search.articles(session(), query.q, visible(actor, Article, Article.id), query.limit)
        items = [{"slug": one.slug, "language": one.language, "title": one.title, "snippet": one.snippet.striptags()}
                 for one in found]  # fmt: skip
        return {"items": items, "next": None}
    return listed(actor, visible(actor, Article), [Article.updated_at, Article.id], query, shape)


def shape(row: Any) -> dict[str, Any]:
    said = row.texts[0] if row.texts else None
    return {"slug": row.slug, "category": row.category, "audience": row.audience, "updated_at": shapes.time(row.updated_at),
            "title": said.title if said else "", "language": said.language if said else ""}  # fmt: skip
