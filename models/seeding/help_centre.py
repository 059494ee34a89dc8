"""What a seeded business explains: articles, each with its first version, and the index they are found by."""

from collections.abc import Callable

from models.articles import Article, ArticleText, ArticleVersion
from models.seeding.bulk import Bulk
from models.seeding.lexicon import PARAGRAPHS, TALKS

BLANK_LINE = "'\n\n'"


def articles(bulk: Bulk) -> int:
    """Articles of four paragraphs; nine of ten are published, most for everybody."""
    many = bulk.size.articles
    if many < 1:
        return 0
    title, *parts = (bulk.drawing() for _ in range(5))
    joined = " ".join(
        f"JOIN seed_advice AS p{place} ON p{place}.id = {part.of('n.i', PARAGRAPHS)}"
        for place, part in enumerate(parts)
    )
    body = f" || {BLANK_LINE} || ".join(f"p{place}.one" for place in range(len(parts)))
    bulk.table("seed_articles", f"""
        SELECT n.i AS id, t.one || ' (' || n.i || ')' AS title, {body} AS body,
          p0.other AS word
        FROM {bulk.numbers(many)} JOIN seed_talks AS t ON t.id = {title.of("n.i", TALKS)} {joined}""")  # fmt: skip
    written = bulk.at(f"{bulk.end} - ({many} - s.id + 1) * ({3 * 365 * 86_400} / {many})")
    made = bulk.insert(
        Article, "seed_articles AS s", id="s.id", public_id=bulk.key("a", "s.id"), slug="'article-' || s.id",
        state="CASE s.id % 10 WHEN 0 THEN 'draft' ELSE 'published' END", published_at=f"CASE WHEN s.id % 10 > 0 THEN {written} END",
        audience="CASE s.id % 7 WHEN 0 THEN 'staff' WHEN 1 THEN 'customers' ELSE 'public' END", category="'Deliveries'",
        keywords="'[\"' || s.word || '\"]'", created_at=written, updated_at=written,
    )  # fmt: skip
    own = {"id": "s.id", "article_id": "s.id", "language": "'en'", "title": "s.title", "body": "s.body"}
    made += bulk.insert(ArticleText, "seed_articles AS s", **own)
    return made + bulk.insert(ArticleVersion, "seed_articles AS s", **own, number="1", by_id="1", at=written)


def index(bulk: Bulk) -> int:
    """What search keeps of each article, as models/search.py writes it; there is no Markdown in these."""
    if bulk.size.articles < 1:
        return 0
    if bulk.sqlite:
        bulk.run("INSERT INTO article_search_words SELECT lower(title || ' ' || word), id, 'en' FROM seed_articles")
        return bulk.run("INSERT INTO article_search SELECT title, body, word, id, 'en' FROM seed_articles")
    return bulk.run("""
        INSERT INTO article_search (article_id, language, title, body, keywords, words) SELECT id, 'en', title, body, word,
          setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', word), 'B')
          || setweight(to_tsvector('simple', body), 'D') FROM seed_articles""")


STEPS: tuple[tuple[str, Callable[[Bulk], int]], ...] = (("articles", articles), ("search index", index))
