"""Column types that behave the same on SQLite and PostgreSQL, and the base of all tables."""

import secrets
import unicodedata
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, MetaData, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from models import text
from models.clock import CLOCK
from models.words import Words, packed, unpacked

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: refuses naive times, returns aware ones in UTC (SQLite alone would drop the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was given")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount in ten-thousandths of the currency unit: exact on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        return None if value is None else int((Decimal(value) * 10_000).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value) / 10_000


class Sentence(TypeDecorator[str]):
    """A sentence of ours, kept with its facts so that it is said in the language of whoever reads it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else packed(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Words | None:
        return None if value is None else unpacked(value)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime,
        int: BigInteger().with_variant(Integer, "sqlite"),
        str: Text,
        dict: JSON().with_variant(JSONB, "postgresql"),
        list: JSON().with_variant(JSONB, "postgresql"),
        Decimal: Money,
    }


# A key compares and sorts by code point on both databases, whatever the collation of the server.
KeyText = String().with_variant(String(collation="C"), "postgresql")

Id = Annotated[int, mapped_column(primary_key=True)]
Key = Annotated[str, mapped_column(KeyText)]


def keepable(value: Any) -> bool:
    """Whether both databases can keep a value or look for it: no NUL, no half characters, no number beyond 64 bits."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not isinstance(value, str) or text.fault(value) is None


# A row that is always there comes with the one that needs it, looked up by its key: nested into an outer join, SQLite would
# first list all there are.
NEEDED: dict[str, Any] = {"lazy": "joined", "innerjoin": "unnested"}


def now() -> datetime:
    """This instant, in UTC."""
    return CLOCK.now()


def opaque() -> str:
    """Make a public id that tells nothing: 96 random bits."""
    return secrets.token_urlsafe(12)


PublicId = Annotated[str, mapped_column(KeyText, unique=True, default=opaque)]


def name_key(name: str) -> str:
    """Fold a name to the form that carries uniqueness, sorting and look-up."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


email_key = name_key
