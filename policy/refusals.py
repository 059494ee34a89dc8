"""What a verb answers when it cannot do what was asked, in words for the person who asked.

The words are English, with their facts beside them: `Refused("conflict", "%(number)s was sent already.", number=row.number)`.
An edge says them in the language of whoever asked.
"""

from typing import Any

from models.words import Words


class Refused(Exception):
    """A verb that cannot be done as asked: `word` is the error's name, `words` say what to do."""

    def __init__(self, word: str, message: str, /, **facts: Any) -> None:
        self.words = Words(message, **facts)
        super().__init__(self.words)
        self.word = word


class Invalid(ValueError):
    """A value that cannot be taken: `field` says which one, `words` why."""

    def __init__(self, field: str, message: str, /, **facts: Any) -> None:
        self.words = Words(message, **facts)
        super().__init__(self.words)
        self.field = field
