"""What a verb answers when it cannot do what was asked, in words for the person who asked."""


class Refused(Exception):
    """A verb that cannot be done as asked: `word` is the error's name, `args[0]` says what to do."""

    def __init__(self, word: str, message: str) -> None:
        super().__init__(message)
        self.word = word


class Invalid(ValueError):
    """A value that cannot be taken: `field` says which one."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
