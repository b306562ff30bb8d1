"""What the stand-in says: rules from what it heard to what it answers.

The standing rules are in `replies.toml`; a test puts its own in front of them. An application can also dictate: when
the instructions of a single response hold a text between curly quotes, exactly that is said.
"""

import base64
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

_REPLIES = Path(__file__).with_name("replies.toml")
_DICTATED = re.compile("“([^”]+)”")


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function call the model makes: the tool's name and its arguments."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What one response consists of. Either `says` is spoken, or `audio` is played as it is (with `says` as its text).

    `audio` is in the session's output format and is cut into `chunk_bytes`, in turn, the last size repeating.
    `think_ms` and `burst_ms` override how long the model takes before, and for, its answer.
    """

    says: str = ""
    calls: tuple[FunctionCall, ...] = ()
    audio: bytes | None = None
    chunk_bytes: tuple[int, ...] = ()
    think_ms: float | None = None
    burst_ms: float | None = None


@dataclass(slots=True)
class Rule:
    """One line of the script: when `hears` is found in what was heard, `reply` follows, `times` times at most.

    When the session has none of the reply's tools, `otherwise` is said instead. A rule with `recalls` looks for that in
    what the conversation holds, newest first: the groups in `says` are then those of what was found, and `otherwise` is
    said when nothing was. A rule with `dictated` is for texts that an application dictates (to time or to replace
    them), and for nothing else; one with `told` is for what an application tells beside the caller's words: what a tool
    has answered, and the instructions of a single response. A rule that is `talked_into` its calls makes them whatever
    tools the session has, with the arguments as they stand: a model that does as anybody tells it.
    """

    hears: re.Pattern[str]
    reply: Reply
    otherwise: str | None = None
    times: int | None = None
    dictated: bool = False
    recalls: re.Pattern[str] | None = None
    told: bool = False
    talked_into: bool = False

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Self:
        """A rule as it is written in TOML or JSON. ValueError says what is wrong with it."""
        unknown = set(entry) - _RULE_FIELDS
        if unknown:
            raise ValueError(f"unknown in a rule: {', '.join(sorted(unknown))}")
        if "hears" not in entry:
            raise ValueError("a rule needs 'hears'")
        hears = _pattern(entry, "hears")
        recalls = _pattern(entry, "recalls") if "recalls" in entry else None
        if recalls and "otherwise" not in entry:
            raise ValueError("'recalls' needs 'otherwise', for when nothing is found")
        calls = tuple(FunctionCall(call["tool"], call.get("arguments", {})) for call in entry.get("calls", []))
        reply = Reply(
            says=entry.get("says", ""),
            calls=calls,
            audio=base64.b64decode(entry["audio_b64"], validate=True) if "audio_b64" in entry else None,
            chunk_bytes=tuple(entry.get("chunk_bytes", ())),
            think_ms=entry.get("think_ms"),
            burst_ms=entry.get("burst_ms"),
        )
        if any(size < 1 for size in reply.chunk_bytes):
            raise ValueError("'chunk_bytes' must be positive")
        is_dictated, is_told = entry.get("dictated", False), entry.get("told", False)
        is_talked_into = entry.get("talked_into", False)
        return cls(
            hears, reply, entry.get("otherwise"), entry.get("times"), is_dictated, recalls, is_told, is_talked_into
        )

    def match(self, words: str, remembered: Sequence[str]) -> tuple[re.Match[str], bool] | None:
        """Where the groups of the answer come from, and whether the model knows what it is asked for.

        None when the rule does not hear these words.
        """
        heard = self.hears.search(words) if self.times != 0 else None
        if heard is None:
            return None
        if self.times is not None:
            self.times -= 1
        if self.recalls is None:
            return heard, True
        for text in remembered:
            found = list(self.recalls.finditer(text)) if text != words else []
            if found:
                return found[-1], True
        return heard, False


def _pattern(entry: Mapping[str, Any], name: str) -> re.Pattern[str]:
    try:
        return re.compile(entry[name], re.IGNORECASE)
    except (re.error, TypeError) as error:
        raise ValueError(f"{name!r} is not a regular expression: {error}") from error


_ANSWER_FIELDS = {"says", "otherwise", "calls", "audio_b64", "chunk_bytes", "think_ms", "burst_ms"}
_RULE_FIELDS = {"hears", "recalls", "times", "dictated", "told", "talked_into", *_ANSWER_FIELDS}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a response is made from, as far as the script cares.

    `heard`: the unanswered words, newest first: a caller's turns, and texts an application put in. Only when the
    caller's are among them does the model owe an answer to words it has no rule for (`must_answer`).
    `after_tool`: the tool whose result is the newest item, which says `output`. `is_opening`: nobody has said anything
    yet.
    `remembered`: what can be recalled, newest first: what the caller said, and all an application put in.
    `summary`: the text to answer with when that is what was asked for.
    """

    heard: Sequence[str] = ()
    remembered: Sequence[str] = ()
    summary: str | None = None
    must_answer: bool = False
    after_tool: str | None = None
    output: str = ""
    instructions: str | None = None
    is_opening: bool = False
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class Script:
    """The standing rules, and whatever a test has put in front of them."""

    extra: list[Rule] = field(default_factory=list)

    def put_first(self, rules: Sequence[Rule]) -> None:
        """Add rules that are tried before all others, in the given order."""
        self.extra[:0] = rules

    def clear(self) -> None:
        """Back to the standing rules alone."""
        self.extra.clear()

    def answer(self, prompt: Prompt) -> Reply:
        """The reply to a prompt; function calls only for tools that are there, with arguments their schemas allow."""
        replies = _standing()
        dictated = _DICTATED.search(prompt.instructions or "")
        if dictated:
            timed = [rule for rule in self.extra if rule.dictated]
            return self._from_rules(timed, dictated[1], prompt) or Reply(says=dictated[1])
        if prompt.summary is not None:
            return Reply(says=prompt.summary)
        known = [rule for rule in (*self.extra, *replies.rules) if not rule.dictated]
        rules, told = [rule for rule in known if not rule.told], [rule for rule in known if rule.told]
        for words in prompt.heard:
            reply = self._from_rules(rules, words, prompt)
            if reply is not None:
                return reply
        if prompt.after_tool is not None:
            usual = Reply(says=replies.after.get(prompt.after_tool, replies.after["default"]))
            return self._from_rules(told, prompt.output, prompt) or usual
        if prompt.must_answer:
            return Reply(says=replies.fallback)
        if prompt.instructions:  # told to speak with nothing to answer: it goes back to what was said last
            reply = self._from_rules(told, prompt.instructions, prompt)
            if reply is not None:
                return reply
            for words in prompt.remembered:
                reply = self._from_rules(rules, words, prompt)
                if reply is not None:
                    return replace(reply, calls=())
        return Reply(says=replies.greeting if prompt.is_opening else replies.idle)

    def _from_rules(self, rules: Sequence[Rule], words: str, prompt: Prompt) -> Reply | None:
        for rule in rules:
            found = rule.match(words, prompt.remembered)
            if found is None:
                continue
            groups, knows = found
            if rule.talked_into:
                return replace(rule.reply, says=groups.expand(rule.reply.says))
            calls = tuple(
                FunctionCall(call.tool, fit_arguments(call.arguments, tool, words))
                for call in (rule.reply.calls if knows else ())
                for tool in prompt.tools
                if tool.get("name") == call.tool
            )
            is_able = knows and (calls or not rule.reply.calls)
            says = rule.reply.says if is_able or rule.otherwise is None else rule.otherwise
            return replace(rule.reply, says=groups.expand(says), calls=calls)
        return None


def fit_arguments(wanted: Mapping[str, Any], tool: Mapping[str, Any], words: str) -> dict[str, Any]:
    """Arguments as the tool's JSON schema allows them: unknown ones dropped, required ones made up from the words."""
    schema = tool.get("parameters") or {}
    properties: Mapping[str, Any] = schema.get("properties", {})
    fitting = {name: value for name, value in wanted.items() if _allows(properties.get(name), value)}
    for name in schema.get("required", []):
        if name not in fitting:
            fitting[name] = _made_up(properties.get(name, {}), words)
    return fitting


def _allows(schema: Mapping[str, Any] | None, value: Any) -> bool:
    return schema is not None and ("enum" not in schema or value in schema["enum"])


def _made_up(schema: Mapping[str, Any], words: str) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    by_type: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}
    return by_type.get(schema.get("type", "string"), words)


@dataclass(frozen=True, slots=True)
class _Standing:
    greeting: str
    fallback: str
    idle: str
    after: Mapping[str, str]
    rules: tuple[Rule, ...]


@cache
def _standing() -> _Standing:
    table = tomllib.loads(_REPLIES.read_text(encoding="utf-8"))
    rules = tuple(Rule.parse(entry) for entry in table["rules"])
    return _Standing(table["greeting"], table["fallback"], table["idle"], table["after"], rules)
