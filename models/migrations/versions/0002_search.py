"""The search index of the help centre."""

import sqlalchemy as sa
from alembic import op

from models import search

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    connection = op.get_bind()
    search.install(connection)
    articles = sa.table("articles", sa.column("id"), sa.column("keywords", sa.JSON))
    said = sa.table("article_texts", *(sa.column(name) for name in ("article_id", "language", "title", "body")))
    words = sa.select(said.c.article_id, said.c.language, said.c.title, said.c.body, articles.c.keywords)
    for row in connection.execute(words.join(articles, articles.c.id == said.c.article_id)).all():
        search.write(connection, row.article_id, row.language, row.title, row.body, row.keywords or [])


def downgrade() -> None:
    search.uninstall(op.get_bind())
