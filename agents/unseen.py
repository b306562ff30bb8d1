"""Signs that nobody sees: controls, joiners, marks of direction, tags, halves of pairs.

Words hidden among them are meant for the assistant and not for readers; some of them neither the database nor UTF-8 can
hold.
"""

import re

# What remains of the controls: tabulator, line feed, carriage return.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def without(text: str) -> str:
    """The text as a reader sees it."""
    return _UNSEEN.sub("", text)
