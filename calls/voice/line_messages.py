"""What the model tells of a call by SIP and of no other: what the caller hears of it, keys, and where items stand.

A part of the vocabulary of `messages`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutputStarted:
    """The caller begins to hear this response."""

    response_id: str


@dataclass(frozen=True, slots=True)
class OutputStopped:
    """The caller has heard this response to its end."""

    response_id: str


@dataclass(frozen=True, slots=True)
class OutputCleared:
    """What was not heard yet of this response (empty: of any) is dropped."""

    response_id: str


@dataclass(frozen=True, slots=True)
class LineKey:
    """The caller pressed one key."""

    digit: str


@dataclass(frozen=True, slots=True)
class ItemPlaced:
    """An item of the conversation stands behind another (empty: it is the first)."""

    item_id: str
    after_id: str


@dataclass(frozen=True, slots=True)
class ItemRetrieved:
    """An item that we asked for: whose words, and which; empty for what has none."""

    item_id: str
    role: str
    text: str


LineMessage = OutputStarted | OutputStopped | OutputCleared | LineKey | ItemPlaced | ItemRetrieved
