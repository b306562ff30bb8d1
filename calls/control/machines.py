"""A machine has answered a call of ours, or seems to have: the message after its tone, or the end; and back from it.

The carrier's guess comes while we speak already, late, twice or never, and may be wrong. Who was taken for a machine
and speaks on has the assistant back. Of a machine's greeting nothing is kept, neither sound nor words.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from calls.carrier import rest
from calls.carrier.callbacks import GatherCallback, MachineCallback, TranscriptionCallback
from calls.carrier.errors import CarrierError
from calls.carrier.outgoing_documents import TONE_WAIT_S
from calls.control import legs, outgoing, recordings, rooms, stopping
from calls.control.recordings import UnableToChangeRecording
from calls.lifecycle import LEG_ENDED, CallFact, EndedReason, LegRole
from calls.lifecycle import outgoing as rules
from calls.lifecycle.outgoing import AnsweredBy, Then, Voicemail
from calls.models import AssistantNote, Call, Leg, OutgoingCall, Recording, TranscriptTurn
from calls.models.recording import LIVE
from calls.voice import machine_talk
from compliance.disclosures import OpeningWords

# Words of a greeting that are still being written down when its call is over are deleted as long as this.
_GREETINGS_FORGOTTEN_FOR = timedelta(hours=1)
BACK = (
    "You were taken off the line for a few seconds, because whoever answered was taken for an answering machine. It is "
    "a person after all. They said: “{said}”. Excuse the interruption in half a sentence, and go on with the call."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """Leave these words; `wait_s` first, where the machine is still speaking."""

    words: OpeningWords
    wait_s: int


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait whether somebody speaks on, without a word."""

    language: str


@dataclass(frozen=True, slots=True)
class End:
    """Release the line."""


Wanted = Message | Listen | End


def _found(leg_sid: str) -> tuple[Leg, OutgoingCall] | None:
    of_call = "call__number", "call__prompt_version"
    leg = Leg.objects.select_related(*of_call).filter(leg_sid=leg_sid, role=LegRole.CUSTOMER).first()
    ours = None if leg is None else OutgoingCall.of(leg.call)
    if leg is None or ours is None:
        return None
    ours.call = leg.call
    return leg, ours


# --- what is learned --------------------------------------------------------------------------------------------------


def learned(guess: MachineCallback, *, now: datetime) -> None:
    """The carrier says who has answered. Told twice, or after the end, it changes nothing.

    Must not be called inside a transaction.
    """
    found = _found(guess.leg_sid)
    if found is None:
        return
    leg, ours = found
    word = rules.read(guess.answered_by)
    is_news = leg.call.note(
        "answered_by",
        at=now,
        source="carrier",
        key=f"answered by:{leg.leg_sid}:{word}",
        who=guess.answered_by,
        took_ms=guess.took_ms,
    )
    if not is_news or ours.machine_at is not None or ours.settled_at is not None:
        return
    ours.learn(answered_by=word, detected_ms=guess.took_ms)
    if rules.is_machine(word) and _then(ours) is not Then.WAIT:
        _take_for_machine(leg, ours, how="carrier", now=now)


def heard(*, call: Call, how: str, now: datetime) -> None:
    """The conversation itself has heard a machine: by its `tone`, or in its `words`. It is silent now.

    Must not be called inside a transaction.
    """
    leg = call.customer_leg()
    found = None if leg is None else _found(leg.leg_sid)
    if found is None or found[1].machine_at is not None or found[1].person_at is not None:
        return
    found[1].learn(answered_by=AnsweredBy.MACHINE_END_OTHER)
    _take_for_machine(*found, how=how, now=now)


def heard_meanwhile(callback: TranscriptionCallback, *, now: datetime) -> None:
    """Somebody has spoken while the first words were said: kept like all words, and obeyed where they say stop.

    Must not be called inside a transaction.
    """
    rooms.keep_words(callback, now=now)
    if callback.event != "transcription-content" or not callback.is_final or callback.track == "outbound_track":
        return
    found = _found(callback.leg_sid)
    if found is None or not found[0].call.is_live:
        return
    leg, ours = found
    if stopping.asked(call=leg.call, speech=callback.text, now=now):
        release(leg, now=now)
        return
    # As long as the carrier has not said who it is, its word is worth more: it comes with the tone.
    if ours.answered_by and ours.machine_at is None and machine_talk.is_greeting(callback.text):
        is_message_due = ours.voicemail == Voicemail.LEAVE  # and its tone is still to come
        ours.learn(answered_by=AnsweredBy.MACHINE_START if is_message_due else AnsweredBy.MACHINE_END_OTHER)
        _take_for_machine(leg, ours, how="words", now=now)


def release(leg: Leg, *, now: datetime) -> None:
    """End a line at once; that it is to end is in the books already."""
    try:
        legs.release(leg_sid=leg.leg_sid)
    except legs.UnableToHangUp as error:
        leg.call.note("hang_up_failed", at=now, source="carrier", error=str(error))
        return
    leg.call.advance(CallFact.HANG_UP_ACCEPTED, at=now, source="carrier", key=f"released:{leg.leg_sid}")


def _take_for_machine(leg: Leg, ours: OutgoingCall, *, how: str, now: datetime) -> None:
    call = leg.call
    if leg.status in LEG_ENDED or not ours.learn(machine_at=now):
        return
    call.note("machine_heard", at=now, source="carrier", key="machine heard", how=how, who=ours.answered_by)
    _stop_recording(call, now=now)
    if not call.is_live:
        return
    if _then(ours) is Then.HANG_UP:
        call.advance(
            CallFact.HANG_UP_REQUESTED, at=now, source="system", reason=EndedReason.MACHINE_ANSWERED, by="system"
        )
        release(leg, now=now)
        return
    try:
        rest.redirect(leg.leg_sid, "/twilio/outgoing/machine/")
    except CarrierError as error:  # the assistant keeps the line, and ends the call in its own time
        log.warning("a machine keeps the assistant", call=call.pk, error=str(error))
        call.note("machine_not_left", at=now, source="carrier", error=str(error))


def _then(ours: OutgoingCall) -> Then:
    return rules.then(rules.read(ours.answered_by), Voicemail(ours.voicemail))


def _stop_recording(call: Call, *, now: datetime) -> None:
    """Nothing of a machine's greeting is kept: the tape is stopped, and deleted here and at the carrier."""
    running = Recording.running(call)
    for recording in call.recordings.all():
        recording.refused_by_caller(now=now)
    if running is None or running.status not in LIVE:
        return
    try:
        recordings.change(call=call, verb="stop", source="system", by="system", now=now)
    except UnableToChangeRecording as error:  # it is stopped when it is deleted
        log.info("a machine's tape is stopped later", call=call.pk, why=str(error))


# --- what the line is told --------------------------------------------------------------------------------------------


def document(*, leg_sid: str, now: datetime) -> Wanted:
    """What a line is told that was taken from its conversation; asked again, the same."""
    found = _found(leg_sid)
    if found is None or not found[1].is_taken_for_machine or not found[0].call.is_live:
        return End()
    ours = found[1]
    wanted = _then(ours)
    if wanted is Then.LISTEN:
        return Listen(_language(ours))
    if wanted not in (Then.LEAVE_MESSAGE, Then.AWAIT_TONE):
        return End()
    wait_s = TONE_WAIT_S if wanted is Then.AWAIT_TONE else 0
    if ours.learn(message_at=now + timedelta(seconds=wait_s)):
        ours.call.note("machine_message", at=now, source="system", key="machine message")
    return Message(outgoing.message_words(ours), wait_s)


def _language(ours: OutgoingCall) -> str:
    return ours.words_language or "en-US"


def message_left(*, leg_sid: str, now: datetime) -> None:
    """The message was said to its end, and nobody has spoken: the line is being released."""
    found = _found(leg_sid)
    if found is None or not found[1].learn(message_left_at=now):
        return
    call = found[0].call
    call.note("machine_message_left", at=now, source="carrier", key="machine message left")
    call.advance(CallFact.HANG_UP_REQUESTED, at=now, source="system", reason=EndedReason.MESSAGE_DELIVERED, by="system")


@dataclass(frozen=True, slots=True)
class Back:
    """A person after all. `is_stopped`: they want no more calls. `has_talked`: a conversation had begun."""

    is_stopped: bool = False
    has_talked: bool = False


def person_after_all(*, gathered: GatherCallback, now: datetime) -> Back | None:
    """Whoever was taken for a machine has spoken, or pressed a key. None: nobody whom we had rung."""
    found = _found(gathered.leg_sid)
    if found is None or not found[0].call.is_live:
        return None
    leg, ours = found
    call = leg.call
    said = gathered.speech or f"[keypad] {gathered.digits[:1]}"
    if stopping.asked(call=call, keys=gathered.digits, speech=gathered.speech, now=now):
        ours.learn(person_at=now)
        return Back(is_stopped=True)
    if ours.learn(person_at=now):
        call.note("person_after_all", at=now, source="carrier", key="person after all")
        AssistantNote.leave(call=call, text=BACK.format(said=said[:300]), at=now)
    return Back(has_talked=call.streams.filter(opened_at__isnull=False).exists())


def forget_greetings(*, now: datetime) -> int:
    """Delete what was written down of machines' greetings; how many turns."""
    return TranscriptTurn.forget_greetings(since=now - _GREETINGS_FORGOTTEN_FOR)
