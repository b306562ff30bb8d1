"""Tools that need the caller's yes: asked once in words, and done only when the caller has said it.

The yes is looked for in what the caller was heard to say, or to press, after the question; that the model says so is
not enough.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import datetime

from agents.models import ToolGrant
from calls.models import Call, CallEvent, TranscriptTurn
from calls.tools.answer import ToolAnswer
from compliance import consent_words

# What the caller has just said is written down a moment later than the model hears it.
_WORDS_PATIENCE_S = 2.0
_LOOK_EVERY_S = 0.25
_ASK = (
    "Nothing has been done yet: this needs the caller's yes. Read back in one short sentence what will be done, with "
    "its details, and ask for a plain yes or no, or the key 1. When they have answered yes, call this tool again with "
    "exactly the same arguments."
)
_NOT_YET = "The caller has not answered with a plain yes. Nothing was done. Ask once more for a plain yes or no."
_NO = "The caller said no. It was not done. Do not ask for it again; go on with what you can do for them."


def before(*, call: Call, tool: str, arguments: Mapping[str, str], now: datetime) -> ToolAnswer | None:
    """What is to be said before this may be done; None when the caller has agreed, or need not."""
    if not ToolGrant.is_yes_needed(assistant_id=call.assistant_id, tool=tool):
        return None
    wish = hashlib.sha256(json.dumps([tool, arguments], sort_keys=True).encode()).hexdigest()[:32]
    asked = CallEvent.objects.filter(call=call, key=f"yes:{wish}").first()
    if asked is None:
        call.note("yes_asked", at=now, source="assistant", key=f"yes:{wish}", tool=tool)
        return ToolAnswer(_ASK)
    said = _said_since(call, asked.at)
    if said is None:
        return ToolAnswer(_NOT_YET, is_error=True)
    if not said:
        return ToolAnswer(_NO, is_error=True)
    call.note("yes_said", at=now, source="assistant", key=f"yes-said:{wish}", tool=tool)
    return None


def _said_since(call: Call, asked_at: datetime) -> bool | None:
    """Yes, no, or nothing that counts. The newest answer counts."""
    since_ms = int((asked_at - call.started_at).total_seconds() * 1000)
    until = time.monotonic() + _WORDS_PATIENCE_S
    while True:
        answers = [_pressed(call, asked_at), _spoken(call, since_ms)]
        known = [answer for answer in answers if answer is not None]
        if known or time.monotonic() >= until:
            return all(known) if known else None
        time.sleep(_LOOK_EVERY_S)


def _spoken(call: Call, since_ms: int) -> bool | None:
    turns = TranscriptTurn.objects.filter(
        call=call, party=TranscriptTurn.Party.CUSTOMER, started_ms__gte=since_ms, is_final=True
    )
    newest = turns.exclude(text="").order_by("-started_ms").first()
    return None if newest is None else consent_words.answer(newest.text)


def _pressed(call: Call, asked_at: datetime) -> bool | None:
    pressed = CallEvent.objects.filter(call=call, kind="key_pressed", at__gt=asked_at).order_by("-at").first()
    return None if pressed is None else consent_words.answer_by_key(str(pressed.data.get("digit", "")))
