"""Writing the help centre: drafts by agents, publishing by leads, every version kept."""

import difflib

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import articles as verbs
from models.articles import AUDIENCES, STATES, Article, ArticleVersion
from policy import Invalid, Refused, find, rows, visible
from staff.blueprint import blueprint
from web.actor import actor
from web.errors import http_status
from web.incoming import whole
from web.markdown import markdown
from web.paging import next_url, page
from web.saying import said

VERBS = {"published": verbs.publish, "archived": verbs.archive, "draft": verbs.withdraw}


@blueprint.get("/articles")
def articles() -> str:
    """All articles, the latest changed first."""
    state, audience = request.args.get("state", ""), request.args.get("audience", "")
    query = visible(actor(), Article)
    if state in STATES:
        query = query.where(Article.state == state)
    if audience in AUDIENCES:
        query = query.where(Article.audience == audience)
    listed = page(actor(), query, [Article.updated_at, Article.id], request.args.get("after"))
    more = next_url("staff.articles", listed)
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"staff/articles/{template}", listed=listed, more_url=more, state=state, states=STATES)


@blueprint.get("/articles/new")
def new_article() -> str:
    """An empty page to write on."""
    return edit_page(None)


@blueprint.get("/articles/<slug>")
def article(slug: str) -> str:
    """The editor of one article."""
    return edit_page(find(actor(), Article, slug=slug))


def edit_page(row: Article | None, problem: str | None = None) -> str:
    """Render the editor, keeping what was typed."""
    language = request.values.get("language", "en")
    said = next((one for one in row.texts if one.language == language), None) if row else None
    typed = request.form if request.method == "POST" else {}
    return render_template(
        "staff/articles/edit.html", article=row, words=said, written_in=language, typed=typed, problem=problem,
        audiences=AUDIENCES, preview=markdown(typed.get("body") or (said.body if said else "")),
    )  # fmt: skip


@blueprint.post("/articles")
def write_article() -> Response | tuple[str, int]:
    """Save a new article or a change."""
    form = request.form
    row = find(actor(), Article, slug=form["article"]) if form.get("article") else None
    try:
        saved = verbs.write(
            actor(), row, slug=form.get("slug") or form.get("title", ""), title=form.get("title", ""),
            body=form.get("body", ""), language=form.get("language", "en"), category=form.get("category", ""),
            audience=form.get("audience", "public"), version=whole("version", form.get("version")),
            keywords=[word.strip() for word in form.get("keywords", "").split(",") if word.strip()],
        )  # fmt: skip
    except (Invalid, Refused) as error:
        return edit_page(row, said(error)), http_status(error)
    flash(_("Saved."), "success")
    return redirect(url_for("staff.article", slug=saved.slug), 303)


@blueprint.post("/articles/preview")
def preview_article() -> str:
    """What a reader would see."""
    return str(markdown(request.form.get("body", "")[:100_000]))


@blueprint.post("/articles/<slug>/state")
def set_article_state(slug: str) -> Response:
    """Publish, archive or withdraw."""
    verb = VERBS.get(request.form.get("state", ""))
    if verb is None:
        raise Invalid("state", _("is not a state"))
    verb(actor(), find(actor(), Article, slug=slug))
    return redirect(url_for("staff.article", slug=slug), 303)


@blueprint.get("/articles/<slug>/versions")
def article_versions(slug: str) -> str:
    """How the words came to be, each version beside the one before it."""
    row = find(actor(), Article, slug=slug)
    own = visible(actor(), ArticleVersion).where(ArticleVersion.article_id == row.id)
    kept = rows(actor(), own.order_by(ArticleVersion.id.desc()).limit(50))
    pairs = [(one, changed(one, kept)) for one in kept]
    return render_template("staff/articles/versions.html", article=row, versions=pairs)


def changed(version: ArticleVersion, kept: list[ArticleVersion]) -> list[tuple[str, str]]:
    """The lines that a version added (+) or took away (-) against the one before it."""
    older = [one for one in kept if one.language == version.language and one.number == version.number - 1]
    before = older[0].body.splitlines() if older else []
    lines = difflib.ndiff(before, version.body.splitlines())
    return [(line[0], line[2:]) for line in lines if line[:1] in "+-"][:200]


@blueprint.post("/articles/<slug>/versions/<int:key>/restoration")
def restore_article(slug: str, key: int) -> Response:
    """Go back to the words of a version."""
    row = find(actor(), Article, slug=slug)
    verbs.restore(actor(), row, find(actor(), ArticleVersion, id=key, article_id=row.id))
    return redirect(url_for("staff.article", slug=slug), 303)
