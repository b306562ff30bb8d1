"""Fields whose choices are a table of words of the lifecycle."""

from enum import StrEnum


def choices_of(words: type[StrEnum]) -> list[tuple[str, str]]:
    """A field's choices from a table of words."""
    return [(word.value, word.value.replace("_", " ").replace("-", " ")) for word in words]
