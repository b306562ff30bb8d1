"""What answers a call that comes in, and the reasons for it."""

from enum import StrEnum


class Answers(StrEnum):
    """What answers a call."""

    ASSISTANT = "assistant"
    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    MESSAGE = "message"  # words, then the end
    REJECT = "reject"  # not picked up: as if the number were not there
    BUSY = "busy"  # not picked up: the busy tone


class Because(StrEnum):
    """Why it answers: the code."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    CALLER_BLOCKED = "caller_blocked"
    COUNTRY_BLOCKED = "country_blocked"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    TOO_MANY_AT_ONCE = "too_many_at_once"
    TOO_MANY_CALLS = "too_many_calls"
    CALLER_TOO_OFTEN = "caller_too_often"
    RULES_UNREADABLE = "rules_unreadable"
