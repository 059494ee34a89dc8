"""`make words`: extract the messages, update every catalogue, and list what is still to be translated."""

import sys

from translations.words import translated, update


def main(languages: list[str]) -> int:
    """Update the named languages, a new one too, or all that there are."""
    open_ones = 0
    for language in languages or translated():
        waiting = [message for message in update(language) if message.id and not all_said(message.string)]
        open_ones += len(waiting)
        print(f"{language}: {len(waiting)} to translate")
        for message in waiting:
            print(f"  {message.id}")
    return 1 if open_ones else 0


def all_said(string: object) -> bool:
    """Whether a message is translated, in each of its plural forms."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
