"""Text as a voice can read it: marks that only a screen understands are left out, piece by piece as they come."""

import re

_LINK = re.compile(r"\[([^\]\[]{1,200})\]\([^)\s]{0,500}\)")
# What may yet become a link: from its first bracket on it is held back, but not for long.
_UNFINISHED = re.compile(r"\[[^\]\[]{0,200}(?:\](?:\([^)\s]{0,500})?)?$")
_MARKS = re.compile(r"[*_`#~|>]+")
_BREAKS = re.compile(r"[ \t\r\f\v]*\n\s*")


class Speakable:
    """One answer on its way to the voice. Spaces at the ends of pieces stay: the next is joined to them."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be spoken now."""
        text = self._held + piece
        unfinished = _UNFINISHED.search(text)
        place = len(text) if unfinished is None else unfinished.start()
        self._held = text[place:]
        return _spoken(text[:place])

    def rest(self) -> str:
        """Nothing more comes: what was held back."""
        text, self._held = self._held, ""
        return _spoken(text)


def _spoken(text: str) -> str:
    text = _MARKS.sub("", _LINK.sub(r"\1", text))
    return _BREAKS.sub(" ", text)
