"""What the model may do on a line of text, and keys that act by themselves. The twin of `line_tools`.

A tool that takes the caller away waits until the words before it were heard: the carrier drops what it has not spoken.
"""

import json

from calls.voice import effects as e
from calls.voice import key_tones
from calls.voice import messages as m
from calls.voice import relay_messages as r
from calls.voice.digit_entry import DigitEntry, UnknownRules, Verdict, read_rules
from calls.voice.line_tools import LEAVING_LIMIT_MS, LONGEST_SEQUENCE, SAYS, TRANSFER, WORDS_LIMIT_MS
from calls.voice.plan import COLLECT_DIGITS, SEND_DIGITS
from calls.voice.relay_talk import Talk

SWITCH_LANGUAGE = "switch_language"
# Keys and pauses the carrier can send; letters it cannot.
_SENDABLE = frozenset("0123456789*#w")


class RelayTools:
    """The tools of one conversation."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._entry: DigitEntry | None = None
        self._entry_call = ""
        self._after_words: list[tuple[m.ToolCalled, int]] = []  # held back, and until when at most
        self._capture_call = ""
        self._gone_by_ms: int | None = None
        self._by_key: dict[str, tuple[str, str]] = {}

    @property
    def is_entry_awaited(self) -> bool:
        """True while the caller keys something in: their silence is none."""
        return self._entry is not None

    # --- asked by the model ---

    def called(self, call: m.ToolCalled) -> None:
        """The model asks for a tool."""
        talk, is_of_line = self._talk, call.name in self._talk.plan.line_tools
        if call.name == SWITCH_LANGUAGE and talk.line.languages:
            self._switch(call)
        elif is_of_line and call.name == COLLECT_DIGITS:
            self._collect(call)
        elif is_of_line or call.name == TRANSFER:
            if is_of_line and call.name != SEND_DIGITS:
                if self._capture_call:
                    talk.answer_tool(call.call_id, "The caller is about to key in something already.", is_error=True)
                    return
                self._capture_call = call.call_id
            self._after_words.append((call, talk.now_ms + WORDS_LIMIT_MS))
        else:
            talk.put(e.RunTool(call.call_id, call.name, call.arguments))

    def finished(self, result: m.ToolFinished) -> bool:
        """A tool has answered. True when nobody else need look at it."""
        if result.call_id == self._capture_call:
            if result.leaves_line:  # what comes of it is told when the call is back
                self._gone_by_ms = self._talk.now_ms + LEAVING_LIMIT_MS
                self._talk.remember()
                return True
            self._capture_call = ""
        if result.call_id in self._by_key:
            self._tell_of_key(*self._by_key.pop(result.call_id), result)
            return True
        return False

    def _run_after_words(self) -> None:
        talk = self._talk
        is_heard = talk.answer is None and talk.air.is_dry(talk.now_ms)
        while self._after_words and (is_heard or talk.now_ms >= self._after_words[0][1]):
            call, _ = self._after_words.pop(0)
            if call.name == SEND_DIGITS and call.name in talk.plan.line_tools:
                self._send(call)
            else:
                talk.put(e.RunTool(call.call_id, call.name, call.arguments))

    def _switch(self, call: m.ToolCalled) -> None:
        code = _argument(call.arguments, "language")
        if code not in self._talk.line.languages:
            known = ", ".join(sorted(self._talk.line.languages))
            self._talk.answer_tool(call.call_id, f"`language` must be one of {known}.", is_error=True)
            return
        self._talk.note("language_switched", language=code)
        self._talk.put(r.SwitchLanguage(code))
        self._talk.answer_tool(call.call_id, f"The line hears and speaks {code} from now on. Answer in it.")

    def _send(self, call: m.ToolCalled) -> None:
        digits = _argument(call.arguments, "digits").replace(" ", "").replace("W", "ww")
        is_possible = bool(digits) and set(digits) <= _SENDABLE and len(digits) <= LONGEST_SEQUENCE
        if not is_possible or not key_tones.is_sequence(digits):
            said = "`digits` may hold 0-9 * #, and w to wait half a second; 40 in all."
            self._talk.answer_tool(call.call_id, said, is_error=True)
            return
        self._talk.note("digits_sent", digits=digits)
        self._talk.put(r.SendDigits(digits))
        self._talk.answer_tool(call.call_id, "The digits were sent. Listen to what answers.", is_spoken_of=False)

    # --- digits asked of the caller ---

    def _collect(self, call: m.ToolCalled) -> None:
        talk = self._talk
        try:
            rules = read_rules(call.arguments)
        except UnknownRules as error:
            talk.answer_tool(call.call_id, str(error), is_error=True)
            return
        if self._entry is not None:
            talk.answer_tool(call.call_id, "The caller is keying in something already.", is_error=True)
            return
        self._entry_call = call.call_id
        self._entry = DigitEntry(rules, talk.now_ms, keys=talk.keypad.drain())
        talk.note("digits_asked", least=rules.least, most=rules.most)
        self._look_at_entry()

    def _look_at_entry(self) -> None:
        entry, talk = self._entry, self._talk
        verdict = None if entry is None else entry.due(talk.now_ms)
        if entry is None or verdict is None:
            return
        if verdict is Verdict.AGAIN:
            talk.note("digits_refused")
            talk.say(entry.rules.retry_words)
        else:
            self._end_entry(verdict)

    def _end_entry(self, verdict: Verdict) -> None:
        entry, talk = self._entry, self._talk
        assert entry is not None
        self._entry = None
        is_taken = verdict is Verdict.TAKEN
        if is_taken:
            talk.note("digits_collected", digits=entry.digits, tries=entry.tries)
        else:
            talk.note("digits_not_collected", why=verdict.value)
        said = f"The caller keyed in {entry.digits}." if is_taken else SAYS[verdict]
        talk.answer_tool(self._entry_call, said, is_error=not is_taken, is_spoken_of=verdict is not Verdict.SPOKEN)

    def words_spoken(self) -> None:
        """The caller has said something: who speaks and has keyed nothing yet wants to be listened to."""
        if self._entry is not None and not self._entry.digits:
            self._end_entry(Verdict.SPOKEN)

    # --- keys ---

    def press(self, key: str) -> bool:
        """The caller pressed a key. False: it is one of the ordinary ones."""
        talk = self._talk
        if self._capture_call:
            return True  # on the way to the carrier's own question: nothing of it is known here
        is_refusal = bool(key) and key == talk.plan.refusal_key
        if self._entry is not None and not (is_refusal and key != self._entry.rules.finish_key):
            self._entry.press(key, talk.now_ms)
            self._look_at_entry()
            return True
        action = talk.plan.bound_keys.get(key)
        if action is None or is_refusal or self._by_key or not talk.keypad.is_empty:
            return False
        talk.note("key_pressed", digit=key)
        call_id = f"key-{talk.call_ms}-{key}"
        self._by_key[call_id] = (key, action[0])
        talk.put(e.RunTool(call_id, *action, key=key))
        return True

    def _tell_of_key(self, key: str, tool: str, result: m.ToolFinished) -> None:
        talk = self._talk
        talk.note("key_acted", digit=key, tool=tool, is_error=result.is_error)
        text = f"The caller pressed {key}, which stands for {tool}. It was done without you, and this came of it: "
        talk.tell(text + result.output)
        if result.hang_up:
            talk.closing.begin(m.EndReason.ASSISTANT_ENDED, talk.now_ms, has_goodbye=False)
        else:
            talk.ask_when_free()

    # --- the clock ---

    def beat(self) -> None:
        """Whatever is due."""
        talk = self._talk
        if self._entry is not None and not talk.air.is_dry(talk.now_ms):
            self._entry.sound(talk.now_ms)
        self._look_at_entry()
        self._run_after_words()
        if self._gone_by_ms is not None and talk.now_ms >= self._gone_by_ms:
            talk.end(m.EndReason.GAVE_WAY)


def _argument(arguments: str, name: str) -> str:
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return ""
    value = given.get(name) if isinstance(given, dict) else None
    return value if isinstance(value, str) else ""
