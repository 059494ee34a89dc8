"""The help centre: articles, their versions per language, and what readers thought of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now

STATES = ("draft", "in_review", "published", "archived")
AUDIENCES = ("public", "customers", "partners", "staff")


class Article(Base):
    """One page of the help centre; its words are in its versions."""

    __tablename__ = "articles"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    slug: Mapped[Key] = mapped_column(unique=True)
    category: Mapped[str] = mapped_column(default="")
    state: Mapped[Key] = mapped_column(default="draft")
    audience: Mapped[Key] = mapped_column(default="public")
    keywords: Mapped[list] = mapped_column(default=list)
    related: Mapped[list] = mapped_column(default=list)
    verify_by: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    texts = relationship("ArticleText", back_populates="article", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'in_review', 'published', 'archived')", name="state"),
        CheckConstraint("audience IN ('public', 'customers', 'partners', 'staff')", name="audience"),
        UniqueConstraint("source", "external_reference"),
        Index("ix_articles_list", "state", "audience", text("updated_at DESC"), text("id DESC")),
    )


class ArticleText(Base):
    """The current words of an article in one language."""

    __tablename__ = "article_texts"
    id: Mapped[Id]
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    language: Mapped[Key]
    title: Mapped[str]
    body: Mapped[str]
    article = relationship("Article", back_populates="texts")
    __table_args__ = (UniqueConstraint("article_id", "language"),)


class ArticleVersion(Base):
    """The words of an article in one language as somebody left them."""

    __tablename__ = "article_versions"
    id: Mapped[Id]
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    language: Mapped[Key]
    number: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    by = relationship("Person", lazy="joined")
    __table_args__ = (UniqueConstraint("article_id", "language", "number"),)


class ArticleFeedback(Base):
    """Whether an article helped one reader."""

    __tablename__ = "article_feedback"
    id: Mapped[Id]
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    helpful: Mapped[bool]
    comment: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(default=now)
