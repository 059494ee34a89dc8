"""Waves: lets a wave go on, a few mails at a time, so that no other mail waits for it."""

from typing import Any

from actions import wave_steps
from models import db
from models.jobs import Later


def go_on(arguments: dict[str, Any]) -> None:
    """Write the next mails of a wave. Raises Later for those after them."""
    with db.unit(write=True):
        due = wave_steps.step(arguments["wave"], arguments["round"])
    if due is not None:
        raise Later(due, afresh=True)


def give_up(arguments: dict[str, Any]) -> None:
    """Say on a wave that it could not go on, in the transaction in which its job is parked."""
    wave_steps.halt(arguments["wave"], arguments["round"])
