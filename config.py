"""Settings from the environment, read once; `.env` beside wsgi.py fills in what the environment leaves open."""

import os
import secrets
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent


class UnsafeSettings(Exception):
    """A combination of settings that must not serve anybody; the message is one line that says what to change."""


class Settings(BaseSettings):
    """Every setting of the product with its default; names are the environment variables in lower case."""

    model_config = SettingsConfigDict(extra="ignore")

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    public_url: str = ""
    secret_key: str = ""
    storage_url: str = ""
    storage_endpoint: str = ""
    storage_region: str = "us-east-1"
    storage_key: str = ""
    storage_secret: str = ""
    max_file_mb: int = 20
    max_person_mb_per_day: int = 500
    max_organisation_mb: int = 5000
    mail_url: str = ""
    mail_from: str = "service@localhost"
    mail_authserv: str = ""
    mail_auth: str = "password"
    mail_per_minute: int = 60
    dkim_domain: str = ""
    dkim_selector: str = ""
    dkim_key_file: Path | None = None
    business_name: str = "Northwind Traders"
    product_name: str = "Loggia"
    language: str = "en"
    zone: str = "Europe/London"
    demo: bool = False
    embedded_worker: bool = True
    allow_weak_durability: bool = False
    password_hash_cost: int = 2
    read_log_days: int = 730
    log_format: str = "console"
    push_to_loopback: bool = False  # for tests, whose push service is this machine

    @cached_property
    def database(self) -> str:
        """The SQLAlchemy URL: SQLite in the data folder unless told otherwise."""
        url = self.database_url or f"sqlite:///{self.data_dir.absolute() / 'loggia.db'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @cached_property
    def secret(self) -> str:
        """The given secret, or one made once and kept in the data folder."""
        if self.secret_key:
            return self.secret_key
        file = self.data_dir / "secret"
        if not file.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(48))
        return file.read_text()

    @cached_property
    def url(self) -> str:
        """Where people reach the product: every link in a mail starts with it."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @cached_property
    def https(self) -> bool:
        return self.url.startswith("https://")

    def refuse_unsafe(self) -> None:
        """Raise UnsafeSettings for combinations that would expose people."""
        local = loopback(urlsplit(self.url).hostname or "")
        if not local and not self.https:
            raise UnsafeSettings(f"PUBLIC_URL is {self.url}: a public host needs https://")
        if self.demo and not local:
            raise UnsafeSettings("DEMO sign-ins are one click for anybody: unset DEMO before using a public PUBLIC_URL")
        if self.demo and not loopback(self.host):
            raise UnsafeSettings(f"DEMO sign-ins are one click for anybody: unset DEMO or HOST (now {self.host})")
        if self.push_to_loopback and not local:
            raise UnsafeSettings("PUSH_TO_LOOPBACK is for tests on this machine: unset it")
        self._refuse_half_a_mail()

    def _refuse_half_a_mail(self) -> None:
        """Say at the start what would fail with every mail."""
        if self.mail_auth not in ("password", "oauth2"):
            raise UnsafeSettings(f"MAIL_AUTH is {self.mail_auth}: it must be password or oauth2")
        key = self.dkim_key_file
        if len({bool(key), bool(self.dkim_domain), bool(self.dkim_selector)}) > 1:
            raise UnsafeSettings("DKIM_KEY_FILE, DKIM_DOMAIN and DKIM_SELECTOR go together: set all of them, or none")
        if key and not os.access(key, os.R_OK):
            raise UnsafeSettings(f"DKIM_KEY_FILE is {key}: it cannot be read")


def loopback(host: str) -> bool:
    """Say whether a host name or address is this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load() -> Settings:
    """Read the settings; tests set LOGGIA_NO_DOTENV and never see a developer's file."""
    dotenv = None if os.environ.get("LOGGIA_NO_DOTENV") else ROOT / ".env"
    return Settings(_env_file=dotenv)  # type: ignore[call-arg]
