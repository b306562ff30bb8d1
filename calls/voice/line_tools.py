"""Tools that are work on the line itself: digits asked of the caller, digits sent to the far end, leaving for a secret.

The model asks for them like for any other tool, and is answered like by any other; but what they do is done here, key
by key and tone by tone. Keys that are bound to a tool are looked after here as well: they act without the model, which
is told what happened.
"""

import json
from collections import deque
from dataclasses import replace

from calls.voice import effects as e
from calls.voice import key_tones
from calls.voice import messages as m
from calls.voice.conduct import OURS, Conduct
from calls.voice.digit_entry import DigitEntry, UnknownRules, Verdict, read_rules
from calls.voice.plan import COLLECT_DIGITS, SEND_DIGITS, SWITCH_LANGUAGE, say_exactly

TRANSFER = "transfer"
# A sentence before tones, or before leaving, is waited for no longer than this.
WORDS_LIMIT_MS = 15_000
# The carrier takes the call away when it was told to; if not, we let it go.
LEAVING_LIMIT_MS = 2_500
LONGEST_SEQUENCE = 40
LONGEST_SEQUENCE_MS = 20_000
_LEAD_MS = 100  # of silence between a voice and the first tone

SAYS = {
    Verdict.TOO_FEW: "The caller keyed in too few digits, as often as they may try. Offer another way.",
    Verdict.DOES_NOT_FIT: "What the caller keyed in is not right, as often as they may try. Offer another way.",
    Verdict.NOTHING: "The caller keyed in nothing.",
    Verdict.CARD: "What the caller keyed in looks like the number of a payment card, and was thrown away. Card numbers "
    "are never taken like this.",
    Verdict.SPOKEN: "The caller spoke instead of keying it in. Answer what they said.",
}


class LineTools:
    """The work on the line of one conversation."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._entry: DigitEntry | None = None
        self._entry_call = ""
        self._to_send: deque[tuple[str, str, int]] = deque()  # tool call, digits, and until when words are waited for
        self._sending = ""  # the tool call whose tones are in the air
        self._leaving: m.ToolCalled | None = None  # held back until its words were heard
        self._leave_by_ms = 0
        self._going: deque[tuple[m.ToolCalled, int]] = deque()  # to people, held back in the same way
        self._capture_call = ""
        self._gone_by_ms: int | None = None
        self._by_key: dict[str, tuple[str, str]] = {}  # runs that a key has begun: the key, and the tool

    @property
    def is_entry_awaited(self) -> bool:
        """True while the caller keys something in: their silence is none, and the model is not waited for."""
        return self._entry is not None

    # --- asked by the model ---

    def take(self, call: m.ToolCalled) -> bool:
        """Take a tool call that is work on the line; False for any other, and for one that was not granted.

        One that takes the caller to somebody else waits until the words before it were heard: the line ends with it.
        """
        if call.name == TRANSFER:
            self._going.append((call, self._conduct.now_ms + WORDS_LIMIT_MS))
            self._go_if_due()
            return True
        if call.name == SWITCH_LANGUAGE and self._conduct.plan.languages:
            self._switch_language(call)
            return True
        if call.name not in self._conduct.plan.line_tools:
            return False
        if call.name == COLLECT_DIGITS:
            self._collect(call)
        elif call.name == SEND_DIGITS:
            self._send(call)
        else:
            self._leave(call)
        return True

    def finished(self, result: m.ToolFinished) -> bool:
        """A tool has answered. True when nobody else need look at it."""
        is_capture = result.call_id == self._capture_call
        if is_capture and result.leaves_line:  # what comes of it is told when the call is back
            self._gone_by_ms = self._conduct.now_ms + LEAVING_LIMIT_MS
            self._conduct.remember()
            return True
        if is_capture:
            self._capture_call = ""
            self._conduct.unseal()
        if result.call_id in self._by_key:
            self._tell_of_key(*self._by_key.pop(result.call_id), result)
            return True
        return False

    def _switch_language(self, call: m.ToolCalled) -> None:
        """Hear another language from here on. A voice of its own comes with another session: this one's is locked."""
        conduct, languages = self._conduct, self._conduct.plan.languages
        code = _argument(call.arguments, "language")
        if code not in languages:
            conduct.answer_tool(call.call_id, f"Languages: {', '.join(languages)}. No other.", is_error=True)
            return
        conduct.note("language_switched", language=code)
        conduct.plan = replace(conduct.plan, **conduct.plan.lines.get(code, {}))  # type: ignore[arg-type]  # all texts
        conduct.out.put(e.SpeakLanguage(code, languages[code]))
        if languages[code] and conduct.has_own_sound:
            conduct.link.renew(conduct.now_ms)
        conduct.answer_tool(call.call_id, "Go on in that language.")

    # --- digits asked of the caller ---

    def _collect(self, call: m.ToolCalled) -> None:
        conduct = self._conduct
        try:
            rules = read_rules(call.arguments)
        except UnknownRules as error:
            conduct.answer_tool(call.call_id, str(error), is_error=True)
            return
        if self._entry is not None:
            conduct.answer_tool(call.call_id, "The caller is keying in something already.", is_error=True)
            return
        self._entry_call = call.call_id
        self._entry = DigitEntry(rules, conduct.now_ms, keys=conduct.keypad.drain())
        conduct.note("digits_asked", least=rules.least, most=rules.most)
        self._look_at_entry()

    def _look_at_entry(self) -> None:
        entry, conduct = self._entry, self._conduct
        if entry is None or (verdict := entry.due(conduct.now_ms)) is None:
            return
        if verdict is Verdict.AGAIN:
            conduct.note("digits_refused")
            conduct.wish(say_exactly(entry.rules.retry_words), despite_tools=True)
        else:
            self._end_entry(verdict)

    def _end_entry(self, verdict: Verdict) -> None:
        entry, conduct = self._entry, self._conduct
        assert entry is not None
        self._entry = None
        is_taken = verdict is Verdict.TAKEN
        if is_taken:
            conduct.note("digits_collected", digits=entry.digits, tries=entry.tries)
        else:
            conduct.note("digits_not_collected", why=verdict.value)
        said = f"The caller keyed in {entry.digits}." if is_taken else SAYS[verdict]
        conduct.answer_tool(self._entry_call, said, is_error=not is_taken, is_spoken_of=verdict is not Verdict.SPOKEN)

    def words_spoken(self) -> None:
        """The caller has said something: who speaks and has keyed nothing yet wants to be listened to."""
        if self._entry is not None and not self._entry.digits:
            self._end_entry(Verdict.SPOKEN)

    # --- digits sent to the far end ---

    def _send(self, call: m.ToolCalled) -> None:
        digits = _digits(call.arguments)
        is_possible = key_tones.is_sequence(digits) and len(digits) <= LONGEST_SEQUENCE
        if not is_possible or key_tones.sequence_ms(digits) > LONGEST_SEQUENCE_MS:
            said = "`digits` may hold 0-9 * # A-D, and w or W to wait half a second or a whole one; 20 seconds in all."
            self._conduct.answer_tool(call.call_id, said, is_error=True)
            return
        self._to_send.append((call.call_id, digits, self._conduct.now_ms + WORDS_LIMIT_MS))
        self._send_if_due()

    def _send_if_due(self) -> None:
        conduct = self._conduct
        if self._sending and conduct.playback.is_heard_out(_item(self._sending), conduct.now_ms):
            call_id, self._sending, conduct.is_sending_digits = self._sending, "", False
            conduct.playback.forget(_item(call_id))
            conduct.answer_tool(call_id, "The digits were sent. Listen to what answers.", is_spoken_of=False)
            if conduct.is_cut_due:
                conduct.silence_line()
        if self._to_send and not self._sending:
            call_id, digits, until_ms = self._to_send[0]
            if self._are_words_heard() or conduct.now_ms >= until_ms:
                self._to_send.popleft()
                self._sending, conduct.is_sending_digits = call_id, True
                conduct.note("digits_sent", digits=digits)
                conduct.play(_item(call_id), key_tones.sequence(digits, lead_ms=_LEAD_MS))

    def _are_words_heard(self) -> bool:
        """True when the assistant has nothing more to say, and all of it was heard."""
        conduct = self._conduct
        return not conduct.responses.active and conduct.playback.is_dry(conduct.now_ms, but_for=OURS)

    def _go_if_due(self) -> None:
        while self._going and (self._are_words_heard() or self._conduct.now_ms >= self._going[0][1]):
            call, _ = self._going.popleft()
            self._conduct.out.put(e.RunTool(call.call_id, call.name, call.arguments))

    # --- leaving for a secret ---

    def _leave(self, call: m.ToolCalled) -> None:
        """What the assistant says of it is heard to its end, but no key is known from here on."""
        if self._capture_call:
            self._conduct.answer_tool(call.call_id, "The caller is about to key in something already.", is_error=True)
            return
        self._conduct.seal.guard()
        self._leaving, self._capture_call = call, call.call_id
        self._leave_by_ms = self._conduct.now_ms + WORDS_LIMIT_MS
        self._leave_if_due()

    def _leave_if_due(self) -> None:
        conduct, call = self._conduct, self._leaving
        if call is not None and (self._are_words_heard() or conduct.now_ms >= self._leave_by_ms):
            self._leaving = None
            conduct.seal.close()
            conduct.out.put(e.RunTool(call.call_id, call.name, call.arguments))
        if self._gone_by_ms is not None and conduct.now_ms >= self._gone_by_ms:
            conduct.end(m.EndReason.GAVE_WAY)

    # --- keys ---

    def press(self, key: str) -> bool:
        """The caller pressed a key. False: it is one of the ordinary ones."""
        conduct = self._conduct
        if conduct.seal.drops_key(conduct.now_ms):
            conduct.caller_active(is_certain=True)
            return True
        is_refusal = bool(key) and key == conduct.plan.refusal_key
        if self._entry is not None and not (is_refusal and key != self._entry.rules.finish_key):
            self._cut_in()
            self._entry.press(key, conduct.now_ms)
            self._look_at_entry()
            return True
        action = conduct.plan.bound_keys.get(key)
        if action is None or is_refusal or self._by_key or not conduct.keypad.is_empty:
            return False
        conduct.note("key_pressed", digit=key)
        self._cut_in()
        self._run_for_key(key, *action)
        return True

    def _cut_in(self) -> None:
        """Who presses a key has heard enough."""
        self._conduct.caller_active(is_certain=True)
        if self._conduct.is_listening:
            self._conduct.interrupt(cancel=True)

    def _run_for_key(self, key: str, tool: str, arguments: str) -> None:
        conduct = self._conduct
        call_id = f"key-{conduct.plan.elapsed_ms + conduct.now_ms}-{key}"
        self._by_key[call_id] = (key, tool)
        conduct.out.put(e.RunTool(call_id, tool, arguments, key=key))

    def _tell_of_key(self, key: str, tool: str, result: m.ToolFinished) -> None:
        conduct = self._conduct
        conduct.note("key_acted", digit=key, tool=tool, is_error=result.is_error)
        text = f"The caller pressed {key}, which stands for {tool}. It was done without you, and this came of it: "
        conduct.tell(text + result.output)
        if result.hang_up:
            conduct.closing.begin(m.EndReason.ASSISTANT_ENDED, conduct.now_ms, has_goodbye=False)
        elif not conduct.is_caller_speaking:
            conduct.wish()

    # --- the clock ---

    def beat(self) -> None:
        """Whatever is due."""
        conduct = self._conduct
        if self._entry is not None and not self._are_words_heard():
            self._entry.sound(conduct.now_ms)
        self._look_at_entry()
        if self._sending or self._to_send:
            self._send_if_due()
        if self._leaving is not None or self._gone_by_ms is not None:
            self._leave_if_due()
        if self._going:
            self._go_if_due()
        if conduct.seal.is_on and conduct.seal.due(conduct.now_ms):
            conduct.unseal()


def _item(call_id: str) -> str:
    """What the tones of a tool call are called in the playback."""
    return f"digits:{call_id}"


def _digits(arguments: str) -> str:
    return _argument(arguments, "digits").replace(" ", "")


def _argument(arguments: str, name: str) -> str:
    """An argument of a tool call that is a text; empty when there is none."""
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return ""
    value = given.get(name) if isinstance(given, dict) else None
    return value if isinstance(value, str) else ""
