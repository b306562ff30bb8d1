"""What people say when they are asked whether they may be recorded, and when they do not want to be.

The two are read differently. A yes must be plain: whatever could be a no is none, and is asked again. An objection must
be about recording, and about this call; what is not caught here the assistant still hears, and has a tool for it.
"""

import re

YES_KEY, NO_KEY = "1", "2"
# Refuses the recording at any time of a call with an assistant.
REFUSAL_KEY = "*"

_YES = re.compile(
    r"\b(yes|yeah|yep|yup|sure|certainly|absolutely|of course|go ahead|i agree|agreed|i consent|okay|ok|all right|"
    r"alright|fine|(you may|you can|please do)(?! not))\b"
)
_NO = re.compile(r"\b(no|nope|nah|not|never|don't|dont|do not|won't|can't|cannot|rather|without|refuse|stop)\b")

_THIS_CALL = r"(me|us|this|that|it|my|our|the (call|line|conversation|phone))"
_OBJECTION = re.compile(
    # stop recording, turn off the tape; but no "stop recording these parcels as lost"
    rf"\b(stop|end|quit|cancel|cease) (the |this |that |your |my )?(recording|taping)( {_THIS_CALL}\b|s?\b(?! \w+))"
    r"|\b(turn|switch|shut) off (the |this |that |your )?(tape|record\w*)\b"
    r"|\b(turn|switch|shut) (the |this |that |your )?(tape|record\w*) off\b"
    # don't record me
    rf"|\b(don't|dont|do not|not to|never) (record|tape|transcribe)( {_THIS_CALL}\b|\b(?! \w+))"
    # I don't want you to record this
    r"|\b(don't|dont|do not|not) (want|like|wish|allow|permit|agree|consent)( to)?( \w+){0,3}? "
    rf"(record|recording|tape|taping)( {_THIS_CALL}\b|\b(?! (of|that|was|is)\b))"
    # I'd rather not be recorded, I do not agree to being recorded
    r"|\b(i|i'd|i'm|we|we'd|rather|prefer|want|like|agree|consent|okay|ok|comfortable|happy)\b[\w' ]{0,20}"
    r"\b(not|n't|don't|dont|object|against|refuse)\b[\w' ]{0,24}\b(being|be|get|getting) (recorded|taped|transcribed)\b"
    r"|\b(no|without) (any |a |the |being )?record(ing|ed)( please)?$"
    rf"|\bwithout (recording {_THIS_CALL}|being recorded)\b"
)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]+", " ", text.replace("’", "'").lower()).split())


def answer(text: str) -> bool | None:
    """A plain yes, a no, or (None) neither: nothing that could be a no is taken for a yes."""
    plain = _plain(text)
    if _NO.search(plain):
        return None if _YES.search(plain) else False
    return True if _YES.search(plain) else None


def answer_by_key(keys: str) -> bool | None:
    """The same of a key."""
    return {YES_KEY: True, NO_KEY: False}.get(keys[:1])


def is_objection(text: str) -> bool:
    """True when somebody says in so many words that they do not want to be recorded."""
    return any(_OBJECTION.search(_plain(sentence)) for sentence in re.split(r"[.!?;]+", text))
