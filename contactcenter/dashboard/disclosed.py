"""What had to be said first on a call, and whether it was: read from its transcript, shown on its page."""

from dataclasses import dataclass

from django import template

from calls.lifecycle import RecordingStatus
from calls.lifecycle.campaign import AttemptOutcome
from calls.models import Call, OutgoingCall, Recording, TranscriptTurn
from compliance import disclosure_check
from compliance.disclosure_check import NAMES, Duty, Mark, Need, Said

register = template.Library()

_NEVER_RECORDED = (RecordingStatus.ABSENT, RecordingStatus.FAILED)
_OURS = (TranscriptTurn.Party.ASSISTANT,)
OUTCOMES = {
    AttemptOutcome.OPEN: "not known yet",
    AttemptOutcome.HUMAN: "a person was talked to",
    AttemptOutcome.ABANDONED: "a person answered and did not hear us in time",
    AttemptOutcome.MACHINE_MESSAGE: "a machine: our message was left",
    AttemptOutcome.MACHINE_HUNG_UP: "a machine: nothing was left",
    AttemptOutcome.NO_ANSWER: "nobody answered",
    AttemptOutcome.BUSY: "busy",
    AttemptOutcome.FAILED: "the telephone network could not",
    AttemptOutcome.CANCELED: "given up before it was answered",
    AttemptOutcome.OPTED_OUT: "they asked not to be called",
    AttemptOutcome.REFUSED: "not allowed",
    AttemptOutcome.DEFERRED: "not allowed at that time",
    AttemptOutcome.NOT_DIALLED: "nobody was rung",
}
_WHO = {
    "human": "a person",
    "unknown": "it could not tell",
    "fax": "a fax",
    "machine_start": "a machine",
    "machine_end_beep": "a machine, with its tone",
    "machine_end_silence": "a machine, then silence",
    "machine_end_other": "a machine",
}


@register.filter
def outcome_of_call(outcome: str) -> str:
    """What came of a call of ours, in words."""
    return OUTCOMES[AttemptOutcome(outcome)]


@register.filter
def who_words(answered_by: str) -> str:
    """Who has answered, as the telephone network guesses."""
    return _WHO.get(answered_by, answered_by)


@register.filter
def need_words(need: str) -> str:
    """What had to be said, in words."""
    name = NAMES[Need(need)]
    return name[:1].upper() + name[1:]


@dataclass(frozen=True, slots=True)
class Block:
    """The first words of a call, marked. `is_open`: they may still be being said."""

    marks: tuple[Mark, ...]
    outgoing: OutgoingCall | None
    is_open: bool

    @property
    def is_good(self) -> bool:
        """True when nothing is missing."""
        return all(mark.is_good for mark in self.marks)


def block(call: Call) -> Block | None:
    """The block of a call's page; None where nobody had to say anything: it was never answered, or people spoke."""
    ours = OutgoingCall.of(call)
    is_empty = ours is not None and (ours.answered_at is None or not ours.is_by_assistant or ours.is_taken_for_machine)
    if is_empty or not call.are_words_kept:
        return None if ours is None else Block((), ours, is_open=call.is_live)
    turns = list(call.turns.filter(party__in=_OURS, is_final=True).order_by("started_ms", "pk"))
    if ours is None and not turns:
        return None
    said = [Said(turn.text, turn.started_ms, turn.ended_ms or turn.started_ms) for turn in turns]
    marks = disclosure_check.check(said, _duty(call, ours))
    return Block(marks, ours, is_open=call.is_live and len(turns) < 2)


def _duty(call: Call, ours: OutgoingCall | None) -> Duty:
    is_recorded = Recording.objects.filter(call=call, is_message=False).exclude(status__in=_NEVER_RECORDED).exists()
    if ours is None:
        business = "" if call.assistant is None else call.assistant.business_name
        return Duty(seller=business, is_outgoing=False, is_recorded=is_recorded)
    answered_ms = 0
    if ours.answered_at is not None:
        answered_ms = int((ours.answered_at - call.started_at).total_seconds() * 1000)
    greeting_ms = 0
    if ours.words_at is not None and ours.answered_at is not None and ours.greeted_ms is not None:
        waited_ms = int((ours.words_at - ours.answered_at).total_seconds() * 1000)
        greeting_ms = max(waited_ms - ours.greeted_ms, 0)
    return Duty(
        seller=ours.seller,
        topic=ours.topic,
        is_recorded=is_recorded,
        answered_ms=answered_ms,
        greeting_ms=greeting_ms,
    )
