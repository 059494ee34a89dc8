"""Patience with PostgreSQL: how long the web process waits for a server that took a question and never answers."""

from typing import Any

import psycopg
from gevent import monkey
from sqlalchemy import Engine, event

ANSWERED_WITHIN = 20.0  # seconds; the server itself ends a statement after 15
KEEPALIVES = {"tcp_user_timeout": 5000, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}


class Connection(psycopg.Connection[Any]):
    """A connection that gives up: a line that swallows everything looks alive to the system for hours."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server. Raises OperationalError after 20 s, and the connection is not used again."""
        try:
            return super().wait(gen, interval, timeout or ANSWERED_WITHIN)
        except psycopg.errors._WaitTimeout as late:
            if timeout:
                raise
            self.close()
            raise psycopg.OperationalError("the database does not answer") from late


def limit(engine: Engine) -> None:
    """Let the connections of a process made of greenlets give up; commands and migrations may take their time."""
    if not monkey.is_module_patched("threading"):
        return

    @event.listens_for(engine, "do_connect")
    def connect(_: Any, record: Any, arguments: Any, named: dict[str, Any]) -> Connection:
        return Connection.connect(*arguments, **named)
