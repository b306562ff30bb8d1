"""Text as a voice can read it: marks that only a screen understands are left out, piece by piece as they come."""

import re

_LINK = re.compile(r"\[([^\]\[]{1,200})\]\((?:https?:)?[^)\s]{0,500}\)")
_MARKS = re.compile(r"[*_`#~|>]+")
_SPACES = re.compile(r"[ \t\r\f\v]*\n\s*")


def speakable(text: str) -> str:
    """A piece of text without markdown; spaces at its ends stay, since the next piece is joined to it."""
    text = _LINK.sub(r"\1", text)
    text = _MARKS.sub("", text)
    return _SPACES.sub(" ", text)
