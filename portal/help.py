"""The help centre: articles for everybody, more for those who are signed in, and a ranked search."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import articles
from models import search
from models.articles import Article
from models.db import session
from policy import find, rows, visible
from portal.blueprint import help_centre
from web.actor import actor
from web.markdown import markdown

MOST = 500


def layout() -> str:
    """The frame that suits whoever reads."""
    return {"customer": "portal/layout.html", "partner": "partners/layout.html", "staff": "staff/layout.html"}.get(
        actor().side, "help/layout.html"
    )


def words(found: Any) -> Any:
    """An article's words in the reader's language, else in English, else in any."""
    said = {one.language: one for one in found.texts}
    return said.get(str(get_locale() or "en")) or said.get("en") or next(iter(said.values()), None)


@help_centre.get("/")
def index() -> str:
    """All articles by category."""
    found = rows(actor(), visible(actor(), Article).order_by(Article.category, Article.slug).limit(MOST))
    shelves: dict[str, list[Any]] = {}
    for one in found:
        if words(one):
            shelves.setdefault(one.category or _("General"), []).append((one, words(one)))
    return render_template("help/index.html", layout=layout(), shelves=shelves)


@help_centre.get("/search")
def search_page() -> str:
    """Articles that match, best first."""
    q = request.args.get("q", "").strip()
    return render_template("help/search.html", layout=layout(), q=q, articles=matching(q))


def matching(q: str, limit: int = 20) -> list[search.Hit]:
    """Search among the articles that the reader may see."""
    return search.articles(session(), q, visible(actor(), Article, Article.id), limit, str(get_locale() or "en"))


@help_centre.get("/suggestions")
def suggestions() -> str:
    """A few articles for what somebody is typing."""
    q = f"{request.args.get('subject', '')} {request.args.get('body', '')}".strip()
    longest = sorted(set(search.terms(q)), key=len, reverse=True)[:1]
    return render_template(
        "help/_suggestions.html", articles=matching(longest[0], 3) if longest and len(longest[0]) > 4 else []
    )


@help_centre.get("/articles/<slug>")
def article(slug: str) -> str:
    """One article."""
    found = find(actor(), Article, slug=slug)
    said = words(found)
    related = rows(actor(), visible(actor(), Article).where(Article.slug.in_(found.related or [])).limit(6))
    return render_template(
        "help/article.html", layout=layout(), article=found, words=said, html=markdown(said.body) if said else "",
        related=[(one, words(one)) for one in related if words(one)],
        translated=said is not None and said.language == str(get_locale() or "en"),
    )  # fmt: skip


@help_centre.post("/articles/<slug>/feedback")
def rate_article(slug: str) -> Response:
    """Say whether it helped."""
    articles.rate(actor(), find(actor(), Article, slug=slug), request.form.get("helpful") == "yes")
    flash(_("Thank you for telling us."), "success")
    return redirect(url_for("help.article", slug=slug), 303)
