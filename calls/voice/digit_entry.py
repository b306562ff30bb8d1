"""What the caller keys when they were asked to: how many digits, until which key, in which time, and whether they fit.

The rules come from the model as a tool's arguments; the entry is judged here, key by key, on the caller's clock. The
caller was told what to do before, so their time begins when the line has fallen silent.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from calls.voice import digit_checks

LONGEST = 32
_FINISH_KEYS = {"#": "#", "*": "*", "none": ""}
_TRY_AGAIN = "Sorry, that did not work. Please key it in again."


class UnknownRules(ValueError):
    """The arguments make no sense; `str()` says why, for the model."""


class Check(StrEnum):
    """What the digits are held against, besides their number."""

    NONE = "none"
    LUHN = "luhn"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class EntryRules:
    """What is asked of the caller."""

    least: int = 1
    most: int = LONGEST
    finish_key: str = "#"
    first_ms: int = 10_000
    between_ms: int = 3_000
    tries: int = 3
    check: Check = Check.NONE
    pattern: str = ""
    retry_words: str = _TRY_AGAIN


def read_rules(arguments: str) -> EntryRules:
    """The rules in a tool call's arguments. Raises UnknownRules."""
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise UnknownRules("The arguments are not a JSON object.")
    least = _number(given, "min_digits", 1, 1, LONGEST)
    most = _number(given, "max_digits", LONGEST, least, LONGEST)
    try:
        check = Check(given.get("check", Check.NONE))
    except ValueError:
        raise UnknownRules("`check` must be one of none, luhn, pattern.") from None
    pattern = str(given.get("pattern", "")) if check is Check.PATTERN else ""
    if check is Check.PATTERN:
        try:
            digit_checks.check_pattern(pattern)
        except digit_checks.UnknownPattern:
            raise UnknownRules(
                r"`pattern` may hold digits, \d, [0-9], ?, +, *, {n,m} and |, and nothing else."
            ) from None
    finish_key = given.get("finish_key", "#")
    if not isinstance(finish_key, str) or finish_key not in _FINISH_KEYS:
        raise UnknownRules("`finish_key` must be one of #, *, none.")
    return EntryRules(
        least=least,
        most=most,
        finish_key=_FINISH_KEYS[finish_key],
        first_ms=_number(given, "timeout_s", 10, 2, 60) * 1000,
        between_ms=_number(given, "pause_s", 3, 1, 15) * 1000,
        tries=_number(given, "tries", 3, 1, 5),
        check=check,
        pattern=pattern,
        retry_words=str(given.get("retry_words") or _TRY_AGAIN)[:300],
    )


def _number(given: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = given.get(name, default)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UnknownRules(f"`{name}` must be a whole number from {least} to {most}.")
    return value


class Verdict(StrEnum):
    """What has come of an entry."""

    TAKEN = "taken"
    AGAIN = "again"  # it did not fit, and may be keyed once more
    TOO_FEW = "too_few"
    DOES_NOT_FIT = "does_not_fit"
    NOTHING = "nothing"  # no key was pressed in time
    CARD = "card"  # a payment card's number: never to be known here
    SPOKEN = "spoken"  # the caller spoke instead
    BROKEN_OFF = "broken_off"


class DigitEntry:
    """One entry, with its tries."""

    def __init__(self, rules: EntryRules, now_ms: int, *, keys: str = "") -> None:
        self.rules = rules
        self.digits = ""
        self.tries = 1
        self._since_ms = now_ms  # of the newest key, or of the silence in which the first is waited for
        self._is_finished = False
        for key in keys:  # pressed before we had understood that they would be asked for
            self.press(key, now_ms)

    def press(self, key: str, now_ms: int) -> None:
        """Take one key."""
        if self._is_finished:
            return
        self._since_ms = now_ms
        if key == self.rules.finish_key:
            self._is_finished = True
            return
        self.digits += key
        self._is_finished = len(self.digits) >= self.rules.most

    def sound(self, now_ms: int) -> None:
        """The caller still hears what they are to do."""
        if not self.digits:
            self._since_ms = max(self._since_ms, now_ms)

    def due(self, now_ms: int) -> Verdict | None:
        """What has come of it by now; None while it is being keyed. AGAIN begins the next try."""
        limit_ms = self.rules.between_ms if self.digits else self.rules.first_ms
        if not self._is_finished and now_ms < self._since_ms + limit_ms:
            return None
        verdict = self._judged()
        if verdict in (Verdict.TAKEN, Verdict.CARD) or self.tries >= self.rules.tries:
            return verdict
        self.tries += 1
        self.digits, self._is_finished, self._since_ms = "", False, now_ms
        return Verdict.AGAIN

    def _judged(self) -> Verdict:
        if not self.digits:
            return Verdict.NOTHING
        if digit_checks.looks_like_card(self.digits):
            return Verdict.CARD
        if len(self.digits) < self.rules.least:
            return Verdict.TOO_FEW
        if self.rules.check is Check.LUHN and not digit_checks.has_luhn_digit(self.digits):
            return Verdict.DOES_NOT_FIT
        if self.rules.check is Check.PATTERN and not digit_checks.fits(self.rules.pattern, self.digits):
            return Verdict.DOES_NOT_FIT
        return Verdict.TAKEN
