"""Languages: which one somebody without an account is written to, and what we say among ourselves."""

from functools import cache

from babel import Locale, UnknownLocaleError
from sqlalchemy import select

from actions.installation import settings
from models.db import session
from models.logins import Login
from models.organisations import Organisation
from models.people import Person
from models.types import email_key
from models.words import LANGUAGES, Words, spoken


def of_address(organisation: Organisation, address: str) -> str | None:
    """The language of whoever signs in with an address, else of the organisation's country; None: the installation's."""
    known = (
        select(Person.language).join(Login, Login.person_id == Person.id).where(Login.email_key == email_key(address))
    )
    return session.scalar(known.limit(1)) or of_country(organisation.country)


@cache
def of_country(country: str | None) -> str | None:
    """What is mostly spoken in a country, if we speak it."""
    try:
        spoken = Locale.parse(f"und_{country}").language if country else None
    except (ValueError, UnknownLocaleError):
        return None
    return spoken if spoken in LANGUAGES else None


def in_ours(words: Words) -> str:
    """Say a sentence in the installation's own language: for what all of us read in one place."""
    return spoken(words, settings().language)
