"""What answering machines say of themselves, as far as a person would not."""

import re

_GREETING = re.compile(
    r"\b(leave|record)\b[^.?!]{0,40}\b(message|name and number|name and a message)\b"
    r"|\b(after|at|wait for) the (tone|beep|signal)\b"
    r"|\byou(?:'ve| have) reached (the )?(voice ?mail|mailbox|answering machine)\b"
    r"|\b(voice ?mail ?box|voice messaging system|answering machine)\b"
    r"|\b(is|are) (not available|unavailable|unable) (to (take|answer) (your|the) call|right now|at the moment)\b"
    r"|\b(can't|cannot|can not) (take|come to|answer) (your|the) (call|phone)\b"
    r"|\bthe (person|party|number|customer|subscriber) you (have )?(called|dialed|are (calling|trying to reach))\b"
    r"|\bhang up or press\b",
    re.IGNORECASE,
)
# Somebody who asks for a message to be left with them is a person all the same.
_PERSON = re.compile(
    r"\b(who is (this|calling)|may i ask|can i (take|help|ask)|shall i|do you want (me )?to|would you like)\b",
    re.IGNORECASE,
)
_LONGEST = 2_000


def is_greeting(text: str) -> bool:
    """True for words that only a machine says to whoever calls."""
    said = text[:_LONGEST].replace("’", "'")
    return _GREETING.search(said) is not None and _PERSON.search(said) is None
