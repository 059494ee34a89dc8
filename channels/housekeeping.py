"""Housekeeping: what is done once a day, whoever asks for it."""

from typing import Any

from actions import mail_hooks, reading
from actions.installation import settings
from models import db


def forget_looks(arguments: dict[str, Any]) -> None:
    """Keep the read log within its retention, and of mail services no signature that is too old to be used again."""
    with db.unit(write=True):
        reading.forget(settings().read_log_days)
        mail_hooks.forget()
