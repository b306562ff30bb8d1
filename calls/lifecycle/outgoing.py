"""What is made of whoever answers a call of ours: a person is talked to, a machine gets the message or nothing.

The carrier guesses who has answered while we speak already, so a person never waits for the guess. It may be wrong
either way: whoever is taken for a machine and speaks on is a person after all, and a machine that was taken for a
person gives itself away by its tone or by its words.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calls.lifecycle.campaign import AttemptOutcome
from calls.lifecycle.leg import LegStatus

# 47 CFR 64.1200(a)(7), 16 CFR 310.4(b)(4): from the end of their greeting until they hear somebody.
ABANDONED_AFTER_MS = 2_000
# The carrier says "human" when it has heard nothing for this long after a greeting.
SPEECH_END_MS = 1_200


class AnsweredBy(StrEnum):
    """The carrier's word for who has answered, as it is spelled there."""

    HUMAN = "human"
    FAX = "fax"
    UNKNOWN = "unknown"
    MACHINE_START = "machine_start"
    MACHINE_END_BEEP = "machine_end_beep"
    MACHINE_END_SILENCE = "machine_end_silence"
    MACHINE_END_OTHER = "machine_end_other"


class Voicemail(StrEnum):
    """What is to be done with a machine."""

    LEAVE = "leave"
    HANG_UP = "hang_up"


class Then(StrEnum):
    """What follows from knowing, or believing, who has answered."""

    TALK = "talk"
    LEAVE_MESSAGE = "leave_message"
    AWAIT_TONE = "await_tone"  # the message waits until the machine listens
    WAIT = "wait"  # the assistant speaks on: a machine's words, or its tone, will tell
    LISTEN = "listen"  # it may be a person: who speaks on is talked to, else the call ends
    HANG_UP = "hang_up"


_MACHINES = frozenset(
    {
        AnsweredBy.MACHINE_START,
        AnsweredBy.MACHINE_END_BEEP,
        AnsweredBy.MACHINE_END_SILENCE,
        AnsweredBy.MACHINE_END_OTHER,
    }
)
_THEN: dict[tuple[AnsweredBy, Voicemail], Then] = {
    (AnsweredBy.FAX, Voicemail.LEAVE): Then.HANG_UP,
    (AnsweredBy.FAX, Voicemail.HANG_UP): Then.HANG_UP,
    (AnsweredBy.MACHINE_START, Voicemail.LEAVE): Then.AWAIT_TONE,
    (AnsweredBy.MACHINE_END_BEEP, Voicemail.LEAVE): Then.LEAVE_MESSAGE,
    (AnsweredBy.MACHINE_END_SILENCE, Voicemail.LEAVE): Then.LEAVE_MESSAGE,
    (AnsweredBy.MACHINE_END_OTHER, Voicemail.LEAVE): Then.LEAVE_MESSAGE,
    (AnsweredBy.MACHINE_START, Voicemail.HANG_UP): Then.WAIT,  # a person may have much to say as well
    (AnsweredBy.MACHINE_END_BEEP, Voicemail.HANG_UP): Then.HANG_UP,  # nobody but a machine ends its words in a tone
    (AnsweredBy.MACHINE_END_SILENCE, Voicemail.HANG_UP): Then.LISTEN,
    (AnsweredBy.MACHINE_END_OTHER, Voicemail.HANG_UP): Then.LISTEN,
}


def read(answered_by: str) -> AnsweredBy:
    """The carrier's word; one that we do not know says nothing."""
    return AnsweredBy(answered_by) if answered_by in set(AnsweredBy) else AnsweredBy.UNKNOWN


def is_machine(answered_by: str) -> bool:
    """True for every word that means a machine."""
    return answered_by in _MACHINES or answered_by == AnsweredBy.FAX


def then(answered_by: AnsweredBy, voicemail: Voicemail) -> Then:
    """What follows; a person, and whoever the carrier cannot place, is talked to."""
    return _THEN.get((answered_by, voicemail), Then.TALK)


def greeted_ms(
    *, answered_at: datetime, words_at: datetime, answered_by: str = "", detected_ms: int | None = None
) -> int:
    """How long a person waited from the end of their greeting for our first word; 0 when it came before that.

    The carrier tells when the greeting was over by how long it took to say "human"; without its word the greeting
    counts as no longer than the picking up, which never makes the wait shorter than it was.
    """
    after_ms = 0
    if answered_by == AnsweredBy.HUMAN and detected_ms is not None:
        after_ms = max(detected_ms - SPEECH_END_MS, 0)
    return max(int((words_at - answered_at).total_seconds() * 1000) - after_ms, 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call of ours that is over. Times in milliseconds from its being answered."""

    leg_status: LegStatus
    is_answered: bool
    is_machine: bool = False
    is_message_left: bool = False
    is_person_after_all: bool = False
    is_opted_out: bool = False
    greeted_ms: int | None = None
    lasted_ms: int | None = None


_UNANSWERED = {
    LegStatus.BUSY: AttemptOutcome.BUSY,
    LegStatus.NO_ANSWER: AttemptOutcome.NO_ANSWER,
    LegStatus.CANCELED: AttemptOutcome.CANCELED,
    LegStatus.FAILED: AttemptOutcome.FAILED,
}


def outcome(facts: Facts) -> AttemptOutcome:
    """What came of it, in the telephony's words."""
    if facts.is_opted_out:
        return AttemptOutcome.OPTED_OUT
    if not facts.is_answered:
        return _UNANSWERED.get(facts.leg_status, AttemptOutcome.NO_ANSWER)
    if facts.is_machine and not facts.is_person_after_all:
        return AttemptOutcome.MACHINE_MESSAGE if facts.is_message_left else AttemptOutcome.MACHINE_HUNG_UP
    if facts.greeted_ms is None:
        # Who hangs up before we had to speak was not kept waiting.
        is_soon = facts.lasted_ms is not None and facts.lasted_ms <= ABANDONED_AFTER_MS
        return AttemptOutcome.HUMAN if is_soon else AttemptOutcome.ABANDONED
    return AttemptOutcome.ABANDONED if facts.greeted_ms > ABANDONED_AFTER_MS else AttemptOutcome.HUMAN
