"""Summaries: what the model answers when an application asks, beside the conversation, what a call was about.

Nothing is understood here. A short item is repeated word for word, a long one is cut down to the words that carry
meaning, each of them once, so that whoever reads the summary can see of which items it was made.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from sandbox.model.conversation import Item

_ASKS = re.compile(r"\bsummar", re.IGNORECASE)
_TOPIC = "summary"
_WORD = re.compile(r"[\w'’-]+")
_MOST_WORDS = 12
_EMPTY = "There is nothing to summarise."
_LABELS = {"user": "Caller", "assistant": "Assistant"}
_UNTELLING = """
a about after all also am an and any are as at be but by can could do does every for from had has have he her here him
his how i if in into is it its just may me my no not of on one or our out please she so some than that the their them
then there they this to too up us very was we were what when where which who will with would yes you your
"""
_STOP_WORDS = frozenset(_UNTELLING.split())


def is_asked_for(*, instructions: str | None, metadata: Mapping[str, str] | None) -> bool:
    """Whether a response is to be a summary: its topic says so, or its own instructions speak of one."""
    return (metadata or {}).get("topic") == _TOPIC or bool(_ASKS.search(instructions or ""))


def is_background(text: str) -> bool:
    """Whether a text an application put in tells of the past (a summary, a transcript) and asks for no answer."""
    return "\n" in text.strip() or bool(_ASKS.search(text))


def summarise(items: Sequence[Item]) -> str:
    """A short text with the words of these items, who said them in front."""
    parts = [f"{_LABELS.get(item.role or '', 'Note')}: {_shortened(text)}" for item in items if (text := _words(item))]
    return " ".join(["Summary.", *parts]) if parts else _EMPTY


def _words(item: Item) -> str:
    return " ".join(item.knowledge().split())


def _shortened(text: str) -> str:
    if len(text.split()) <= _MOST_WORDS:
        return text if text[-1] in ".!?" else f"{text}."
    return f"{', '.join(_telling(_WORD.findall(text)))}."


def _telling(words: Iterable[str]) -> list[str]:
    told = dict.fromkeys(word.lower() for word in words if word.lower() not in _STOP_WORDS)
    return list(told)
