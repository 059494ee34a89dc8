"""Articles: writing, publishing, archiving and going back, with every version kept; and what readers say of them."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from actions.checks import checked
from actions.log import record_privately
from models import search, text
from models.articles import AUDIENCES, Article, ArticleFeedback, ArticleText, ArticleVersion
from models.db import session
from models.types import name_key, now
from policy import Actor, Invalid, Refused, require
from policy.seen import unwrap

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


def write(
    actor: Actor, article: Article | None, *, slug: str, title: str, body: str, language: str = "en", category: str = "",
    audience: str = "public", keywords: list[str] | None = None, related: list[str] | None = None,
    verify_by: datetime | None = None, version: int | None = None,
) -> Article:  # fmt: skip
    """Write an article, new or changed; a stale `version` is refused so that nobody's words are overwritten unseen.

    Agents write drafts; what is published is changed by those who may publish. Raises Forbidden, Invalid, and Refused
    with `conflict`.
    """
    _may_write(actor, article)
    if article is not None and version is not None and article.version != version:
        raise Refused("conflict", "Somebody changed this article meanwhile. Compare, then save again.")
    if audience not in AUDIENCES:
        raise Invalid("audience", "must be one of %(names)s", names=", ".join(AUDIENCES))
    if not _LANGUAGE.fullmatch(language):
        raise Invalid("language", "must be a language such as en or de")
    title, body = checked("title", text.line, title), checked("body", text.body, body)
    category = checked("category", text.clean, category).strip()
    words = [checked("keywords", text.clean, one) for one in keywords or []]
    article = article or _new(slug)
    article.category, article.audience, article.verify_by = category, audience, verify_by
    article.keywords, article.updated_at = words, now()
    article.related = [one for one in related or [] if one != article.slug]
    _say(actor, article, language, title, body)
    record_privately(actor, "article_changed", f"{article.slug} ({language})", {"article": article.slug})
    return article


def _may_write(actor: Actor, article: Article | None) -> None:
    require(actor, "article:write", article)
    if article is not None and article.state == "published":
        require(actor, "article:publish", article)  # else writing would be publishing


def _new(slug: str) -> Article:
    """Begin an article at an address made of plain words."""
    slug = re.sub(r"[\W_]+", "-", name_key(checked("slug", text.line, slug))).strip("-")
    if not slug:
        raise Invalid("slug", "needs at least one letter or figure")
    if session.scalar(select(Article.id).where(Article.slug == slug)):
        raise Invalid("slug", "is taken by another article")
    made = Article(slug=slug)
    session.add(made)
    session.flush()
    return made


def _say(actor: Actor, article: Article, language: str, title: str, body: str) -> None:
    """Keep the words as the current ones and as a version, and let the search find them."""
    said = next((one for one in article.texts if one.language == language), None)
    if said is None:
        said = ArticleText(article_id=article.id, language=language)
        article.texts.append(said)
    said.title, said.body = title, body
    session.flush()
    last = select(func.max(ArticleVersion.number)).where(
        ArticleVersion.article_id == article.id, ArticleVersion.language == language
    )
    number = (session.scalar(last) or 0) + 1
    session.add(ArticleVersion(article_id=article.id, language=language, number=number, title=title, body=body,
                               by_id=actor.person_id))  # fmt: skip
    search.index(session(), article)


def submit(actor: Actor, article: Article) -> None:
    """Ask for it to be looked at and published. Raises Forbidden, Refused."""
    require(actor, "article:write", article)
    if article.state != "draft":
        raise Refused("conflict", "Only a draft can be handed in for review.")
    _state(actor, article, "in_review")


def publish(actor: Actor, article: Article) -> None:
    """Let its readers see it. Raises Forbidden."""
    require(actor, "article:publish", article)
    _state(actor, article, "published")
    article.published_at = article.published_at or now()


def archive(actor: Actor, article: Article) -> None:
    """Take it from its readers, keeping everything. Raises Forbidden."""
    require(actor, "article:publish", article)
    _state(actor, article, "archived")
    article.archived_at = now()


def withdraw(actor: Actor, article: Article) -> None:
    """Make it a draft again. Raises Forbidden."""
    require(actor, "article:publish", article)
    _state(actor, article, "draft")


def _state(actor: Actor, article: Article, state: str) -> None:
    before, article.state = article.state, state
    article.archived_at, article.updated_at = None, now()
    record_privately(actor, "article_changed", f"{article.slug}: {before} → {state}", {"article": article.slug})


def restore(actor: Actor, article: Article, version: ArticleVersion) -> None:
    """Go back to the words of an earlier version, as a new one. Raises Forbidden, Invalid."""
    _may_write(actor, article)
    if version.article_id != article.id:
        raise Invalid("version", "belongs to another article")
    article.updated_at = now()
    _say(actor, article, version.language, version.title, version.body)
    back = f"{article.slug} ({version.language}): back to version {version.number}"
    record_privately(actor, "article_changed", back, {"article": article.slug})


def rate(actor: Actor, article: Any, helpful: bool, comment: str | None = None) -> None:
    """Say whether it helped; whoever says so again has changed their mind. Raises Forbidden, Invalid."""
    require(actor, "article:rate")
    comment = checked("comment", text.clean, comment) if comment else None
    own = select(ArticleFeedback).where(ArticleFeedback.article_id == unwrap(article).id)
    said = session.scalar(own.where(ArticleFeedback.person_id == actor.person_id).limit(1)) if actor.person_id else None
    if said is None:
        said = ArticleFeedback(article_id=unwrap(article).id, person_id=actor.person_id)
        session.add(said)
    said.helpful, said.comment, said.at = helpful, comment, now()
