"""Full-text search of articles on both databases: its own tables and DDL, every word quoted, candidates capped."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import (
    Connection,
    Integer,
    Select,
    cast,
    column,
    desc,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import db
from models.articles import Article

CANDIDATES = 400  # ranked at the most, after the restriction to what the reader may see
NEAR = 60  # candidates whose words are compared letter by letter
LANGUAGES = 3  # the versions of an article are hits of their own until they are put together
MOST_WORDS = 8
LONGEST_WORD = 60  # what a database takes as one word is limited; nobody looks for more
MARKS = ("\x02", "\x03")

SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS article_search USING fts5(title, body, keywords, article_id UNINDEXED, "
    "language UNINDEXED, tokenize = 'unicode61 remove_diacritics 2')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS article_search_words USING fts5(words, article_id UNINDEXED, "
    "language UNINDEXED, tokenize = 'trigram')",
)
POSTGRES = (
    "CREATE TABLE IF NOT EXISTS article_search (article_id bigint NOT NULL, language text NOT NULL, "
    "title text NOT NULL, body text NOT NULL, keywords text NOT NULL, words tsvector NOT NULL, PRIMARY KEY (article_id, language))",
    "CREATE INDEX IF NOT EXISTS ix_article_search_words ON article_search USING gin (words)",
)
TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS ix_article_search_near ON article_search "
    "USING gin (lower(title || ' ' || keywords) gin_trgm_ops)",
)
_INSERT_SQLITE = "INSERT INTO article_search VALUES (:title, :body, :keywords, :id, :language)"
_INSERT_POSTGRES = """
INSERT INTO article_search (article_id, language, title, body, keywords, words) VALUES (:id, :language, :title, :body,
  :keywords, setweight(to_tsvector('simple', :title), 'A') || setweight(to_tsvector('simple', :keywords), 'B')
  || setweight(to_tsvector('simple', :body), 'D'))"""
_WORD = re.compile(r"\w[\w'’+#.-]*", re.UNICODE)
_ENDING = re.compile(r"(?<=\w{4})(ies|ing|ed|es|en|s|y|e|n)$")
_MARKDOWN = ((re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"), (re.compile(r"-{3,}|[#*_`|>~\x02\x03]"), " "))
# Words that say nothing about the matter: left out when any of the others may match.
_TELLS_NOTHING = """
    a an and are be can do does for from has have how i if in is it me my of on or our that the there this to was we what
    when where which who why will with you your der die das den dem ein eine einen ist sind ich wir mein meine und oder
    von mit im zu zum zur auf wie was wann wo warum kann"""
_EMPTY = frozenset(_TELLS_NOTHING.split())


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found: where it is, what it is called, and a snippet with the words marked."""

    slug: str
    language: str
    title: str
    snippet: Markup


def install(connection: Connection) -> None:
    """Make the index tables; doing it twice is harmless."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in SQLITE if sqlite else POSTGRES:
        connection.execute(text(statement))
    if sqlite:
        return
    try:
        with connection.begin_nested():
            for statement in TRIGRAMS:
                connection.execute(text(statement))
    except DBAPIError:
        return  # not ours to create here: the search compares pieces of words without an index


def uninstall(connection: Connection) -> None:
    """Take the index tables away."""
    for name in ("article_search_words", "article_search"):
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))


def index(session: Session, article: Article) -> None:
    """Bring the index up to date with one article's words."""
    session.flush()
    remove(session.connection(), article.id)
    for said in article.texts:
        write(session.connection(), article.id, said.language, said.title, said.body, article.keywords or [])


def remove(connection: Connection, article_id: int) -> None:
    """Forget what the index knows of an article."""
    names = ("article_search", "article_search_words")
    for name in names if connection.dialect.name == "sqlite" else names[:1]:
        connection.execute(text(f"DELETE FROM {name} WHERE article_id = :id"), {"id": article_id})  # noqa: S608


def write(
    connection: Connection, article_id: int, language: str, title: str, body: str, keywords: Iterable[str]
) -> None:
    """Put one language version of an article into the index."""
    sqlite = connection.dialect.name == "sqlite"
    row = {"id": article_id, "language": language, "title": title, "body": plain(body), "keywords": " ".join(keywords)}
    connection.execute(text(_INSERT_SQLITE if sqlite else _INSERT_POSTGRES), row)
    if sqlite:
        row["words"] = f"{title} {row['keywords']}".lower()
        connection.execute(text("INSERT INTO article_search_words VALUES (:words, :id, :language)"), row)


def rebuild(session: Session) -> None:
    """Index every article anew, after many were written at once."""
    session.expire_all()
    for article in session.scalars(select(Article)):
        index(session, article)


def plain(body: str) -> str:
    """An article's words without the signs of Markdown, so that a snippet reads like a sentence."""
    for sign, instead in _MARKDOWN:
        body = sign.sub(instead, body)
    return body


def terms(q: str) -> list[str]:
    """The words of a query, at most eight; whatever people type is only words."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(q)[:MOST_WORDS]]


def stem(word: str) -> str:
    """A word without its ending, so that deliveries find the delivery; the rest may follow."""
    return _ENDING.sub("", word)


def articles(session: Session, q: str, allowed: Select[Any], limit: int = 20, language: str | None = None) -> list[Hit]:
    """Find articles among the `allowed` ids, best first.

    All words must stand in an article; when none has them all, any of them will do, and so will what was nearly typed.
    """
    words = terms(q)
    if not words:
        return []
    find = _sqlite if db.is_sqlite() else _postgres
    found = find(session, [words], allowed, limit)
    if not found:
        telling = [word for word in words if word.lower() not in _EMPTY] or words
        found = find(session, [[word] for word in (*telling, *_nearly(session, telling, allowed))], allowed, limit)
    return _hits(session, found, language)


_index = table("article_search", *map(column, ("article_id", "language", "title", "body", "keywords", "words")))  # type: ignore[arg-type]
_near = table("article_search_words", column("article_id"), column("words"), column("rank"))


def _sqlite(session: Session, ways: list[list[str]], allowed: Select[Any], limit: int) -> list[Any]:
    match = " OR ".join(
        "(" + " ".join('"' + stem(word).replace('"', '""') + '"*' for word in way) + ")" for way in ways
    )
    snippet: Any = literal_column("snippet(article_search, 1, char(2), char(3), '…', 24)").label("snippet")
    # Each is looked up by its key, instead of listing all that may be seen.
    seen = allowed.where(Article.id == _index.c.article_id).correlate(_index).exists()
    found = select(_index.c.article_id, _index.c.language, _index.c.title, snippet)
    found = found.where(text("article_search MATCH :match"), seen).limit(limit * LANGUAGES)
    many = found.with_only_columns(_index.c.article_id).offset(CANDIDATES - 1).limit(1)
    if session.execute(many, {"match": match}).first() is None:
        return list(session.execute(found.order_by(text("bm25(article_search, 8.0, 1.0, 4.0)")), {"match": match}))
    # To weigh a word FTS5 counts it in every article. Among so many those come first that are called by it.
    named = session.execute(found, {"match": f"{{title keywords}} : ({match})"}).all()
    return [*named, *(session.execute(found, {"match": match}) if len(named) < limit * LANGUAGES else ())]


def _postgres(session: Session, ways: list[list[str]], allowed: Select[Any], limit: int) -> list[Any]:
    match = [" & ".join("'" + stem(word).replace("'", "''") + "':*" for word in way) for way in ways]
    asked = func.to_tsquery(text("'simple'"), " | ".join(f"({one})" for one in match))
    found = select(_index).where(_index.c.words.op("@@")(asked), _index.c.article_id.in_(allowed))
    some = found.limit(CANDIDATES).subquery()
    rank = func.ts_rank(some.c.words, asked).label("rank")
    best = select(some, rank).order_by(desc(rank), some.c.title).limit(limit * LANGUAGES).subquery()
    look = f"StartSel={MARKS[0]},StopSel={MARKS[1]},MaxWords=24,MinWords=8"
    snippet = func.ts_headline(text("'simple'"), best.c.body, asked, look).label("snippet")
    query = select(best.c.article_id, best.c.language, best.c.title, snippet)
    return list(session.execute(query.order_by(desc(best.c.rank), best.c.title)))


def _nearly(session: Session, words: list[str], allowed: Select[Any]) -> list[str]:
    """Words of titles and keywords that somebody may have meant by mistyped ones."""
    long = [word.lower() for word in words if len(word) > 3]
    pieces = sorted({word[at : at + 3] for word in long for at in range(len(word) - 2)})
    if not pieces:
        return []
    near = _sqlite_near if db.is_sqlite() else _postgres_near
    known = sorted({word for row in near(session, pieces, allowed) for word in terms_of(row.words)})
    return [close for word in long for close in get_close_matches(word, known, 2, 0.75)]


def terms_of(words: str) -> list[str]:
    """All words of a title and its keywords."""
    return _WORD.findall(words.lower())


def _sqlite_near(session: Session, pieces: list[str], allowed: Select[Any]) -> list[Any]:
    match = " OR ".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
    query = select(_near.c.words).where(text("article_search_words MATCH :match"), _near.c.article_id.in_(allowed))
    return list(session.execute(query.order_by(_near.c.rank).limit(NEAR), {"match": match}))


def _postgres_near(session: Session, pieces: list[str], allowed: Select[Any]) -> list[Any]:
    """By pieces of three letters: an index serves it where the extension pg_trgm is there."""
    words: Any = literal_column("lower(title || ' ' || keywords)")
    holds = [words.contains(piece, autoescape=True) for piece in pieces]
    count: Any = sum((cast(one, Integer) for one in holds), literal_column("0"))
    query = select(words.label("words")).select_from(_index).where(or_(*holds), _index.c.article_id.in_(allowed))
    return list(session.execute(query.order_by(desc(count)).limit(NEAR)))


def _hits(session: Session, rows: list[Any], language: str | None) -> list[Hit]:
    """One hit per article, in the reader's language where there is one, else in English."""
    best: dict[int, Any] = {}
    for row in rows:
        held = best.setdefault(row.article_id, row)
        if row.language == language or (row.language == "en" and held.language != language):
            best[row.article_id] = row
    slugs = dict(session.execute(select(Article.id, Article.slug).where(Article.id.in_(best))).all())
    return [Hit(slugs[key], row.language, row.title, marked(row.snippet)) for key, row in best.items() if key in slugs]


def marked(snippet: str) -> Markup:
    """Escape a snippet and mark what was found in it."""
    return Markup(str(escape(snippet)).replace(MARKS[0], "<mark>").replace(MARKS[1], "</mark>"))  # noqa: S704
