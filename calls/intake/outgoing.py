"""Whoever we rang has picked up: what they hear first, and what follows when they press a key or speak.

The same request again gets the same answer. Nobody waits here for the carrier's guess at who has answered: a person is
spoken to at once.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from calls.carrier.callbacks import GatherCallback, VoiceRequest
from calls.control import bridges, dialled, outgoing, recording_consent, stopping
from calls.intake.answers import AskConsent, WithAssistant
from calls.intake.arrival import adopt, with_assistant
from calls.lifecycle import CallFact, EndedReason, LegRole, LegStatus
from calls.models import Call, Leg, OutgoingCall, Recording, RecordingConsent
from compliance import consent_words, disclosures
from compliance.disclosures import OpeningWords, Words
from compliance.recording_rules import Ask

# Whoever presses keys that mean nothing hears the words from their beginning, so often; then the call goes on.
MOST_TIMES_SAID = 3
_OF_CALL = "call__number", "call__assistant__department", "call__prompt_version__assistant__department"


@dataclass(frozen=True, slots=True)
class FirstWords:
    """They hear these sentences, then the assistant has the line. `is_again`: a key had broken them off."""

    connected: WithAssistant
    sentences: tuple[OpeningWords, ...]
    is_again: bool


@dataclass(frozen=True, slots=True)
class LastWords:
    """Nobody can speak with them: who calls, how to have no more calls, how to reach us, and the end."""

    call: Call
    sentences: tuple[OpeningWords, ...]


@dataclass(frozen=True, slots=True)
class AskFirst:
    """They hear who calls, then whether the call may be recorded."""

    asked: AskConsent
    sentences: tuple[OpeningWords, ...]


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The call ends, after these words if there are any."""

    words: OpeningWords | None = None


@dataclass(frozen=True, slots=True)
class ToColleague:
    """One of us has dialled and waits in the call's room: they come together there, after these words."""

    call: Call
    words: str
    language: str
    is_recorded: bool


Answered = FirstWords | LastWords | AskFirst | Goodbye | ToColleague


def answer(*, request: VoiceRequest, now: datetime) -> Answered | None:
    """What whoever picked up hears; None for a leg that is no call of ours to a customer."""
    leg = _leg(request.leg_sid) or dialled.recognise(
        to=request.to_address,
        from_=request.from_address,
        leg_sid=request.leg_sid,
        status=LegStatus.IN_PROGRESS,
        now=now,
    )
    if leg is None or leg.role != LegRole.CUSTOMER:
        return None
    leg = _leg(leg.leg_sid) or leg
    call = leg.call
    if OutgoingCall.of(call) is None:
        return None
    with transaction.atomic():
        ours = outgoing.answered(call=call, leg=leg, now=now)
    if not call.is_live or ours.opted_out_at is not None:
        return Goodbye()
    if not ours.is_by_assistant:
        return _to_colleague(ours, now=now)
    with transaction.atomic():
        return _begun(ours, now=now)


def _leg(leg_sid: str) -> Leg | None:
    return Leg.objects.select_related(*_OF_CALL).filter(leg_sid=leg_sid).first()


def _begun(ours: OutgoingCall, *, now: datetime) -> Answered:
    call = ours.call
    version = call.prompt_version
    assert version is not None, "a call by an assistant has its prompt pinned"
    language = version.language
    try:
        place = bridges.choose(now=now)
    except bridges.NoRoom:
        return _nobody(ours, language, now=now)
    is_recorded = call.number is not None and call.number.is_recorded
    if is_recorded:
        said = outgoing.first_words(ours, is_recorded=True, language=language)
        question = recording_consent.begin(
            call=call,
            business=ours.seller,
            language=language,
            now=now,
            which=(Words.OUTGOING_RECORDED, Words.OUTGOING_QUESTION),
        )
        if question is not None:
            first = outgoing.first_words(ours, is_recorded=False, language=language)
            if not ours.times_said:
                outgoing.speak_first(ours, first, now=now)
            return AskFirst(AskConsent(call, question, attempt=1), (*first, question))
        Recording.request(call=call, notice_version=said[0].version, now=now)
    else:
        said = outgoing.first_words(ours, is_recorded=False, language=language)
    if not ours.times_said:  # else the carrier asks once more, and gets the same
        outgoing.speak_first(ours, said, now=now)
    whole = OpeningWords(ours.words, said[0].language, said[0].version)
    connected = with_assistant(
        call, place=place, opening=whole, is_recorded=is_recorded and call.are_words_kept, now=now
    )
    return FirstWords(connected, said, is_again=False)


def _nobody(ours: OutgoingCall, language: str, *, now: datetime) -> LastWords:
    """Who answers and finds nobody hears who called and how to have no more of it (47 CFR 64.1200(a)(7)(i)(A))."""
    sorry = disclosures.words(
        Words.OUTGOING_NOBODY, language=language, business=ours.seller, number=ours.call.our_address
    )
    said = (*outgoing.first_words(ours, is_recorded=False, language=language), sorry)
    ours.call.note("nobody_to_speak", at=now, source="system", key="nobody to speak")
    return LastWords(ours.call, said)


def _to_colleague(ours: OutgoingCall, *, now: datetime) -> ToColleague:
    """A person speaks to them: they hear for whom, and that it is recorded where that may be without asking."""
    call = ours.call
    words = disclosures.words(Words.HUMAN_IDENTITY, business=ours.seller)
    is_recorded = call.number is not None and call.number.is_recorded
    if is_recorded:
        need = recording_consent.needed(call=call, now=now)
        is_recorded = need.ask is Ask.NOTICE
    if is_recorded:
        recording_consent.begin(
            call=call, business=ours.seller, language="en", now=now, which=(Words.JOINED, Words.JOINED_QUESTION)
        )
        Recording.request(call=call, notice_version=disclosures.VERSION, now=now)
        recorded = disclosures.words(Words.JOINED)
        words = OpeningWords(f"{words.text} {recorded.text}", words.language, words.version)
    if not ours.times_said:
        outgoing.speak_first(ours, (words,), now=now)
    return ToColleague(call, words.text, words.language, is_recorded=is_recorded)


# --- a key, or words, while we speak ----------------------------------------------------------------------------------


def after_key(*, gathered: GatherCallback, now: datetime) -> Answered:
    """A key was pressed during the first words: 9 ends all calls, the star the recording; any other says them again."""
    found = _ours(gathered.leg_sid)
    if found is None:
        return Goodbye()
    call, ours = found.call, found
    if stopping.asked(call=call, keys=gathered.digits, now=now):
        return Goodbye()
    if not call.is_live:
        return Goodbye()
    call.note("opening_key", at=now, source="carrier", digit=gathered.digits[:1])
    if gathered.digits == consent_words.REFUSAL_KEY and RecordingConsent.of(call) is not None:
        refusal = recording_consent.refuse(
            call=call, proof=RecordingConsent.Proof.KEY, said=gathered.digits, source="carrier", by="caller", now=now
        )
        if refusal.ends:
            return Goodbye(disclosures.words(Words.PARTING, language=ours.words_language or "en"))
    with transaction.atomic():
        return _again(ours, now=now)


def _again(ours: OutgoingCall, *, now: datetime) -> Answered:
    call = ours.call
    call.refresh_from_db(fields=["are_words_kept"])
    assert call.prompt_version is not None
    language = call.prompt_version.language
    try:
        place = bridges.choose(now=now, is_under_way=True)
    except bridges.NoRoom:
        return _nobody(ours, language, now=now)
    is_recorded = call.are_words_kept and Recording.is_wanted(call)
    said = outgoing.first_words(ours, is_recorded=is_recorded, language=language)
    if not call.are_words_kept:
        said = (disclosures.words(Words.STOPPED, language=language), *said)
    if ours.times_said >= MOST_TIMES_SAID:
        said = said[:1]
    outgoing.speak_first(ours, said, now=now)
    whole = OpeningWords(ours.words, said[0].language, said[0].version)
    # A stream of its own: the model that was made ready for the other knows of other words.
    connected = with_assistant(call, place=place, opening=whole, is_recorded=is_recorded, is_first=True, now=now)
    return FirstWords(connected, said, is_again=True)


def begin_again(*, leg_sid: str, now: datetime) -> Answered:
    """A person who was taken for a machine before they had heard the first words: they hear them from the beginning."""
    ours = _ours(leg_sid)
    if ours is None or not ours.call.is_live or not ours.is_by_assistant:
        return Goodbye()
    with transaction.atomic():
        return _again(ours, now=now)


def left_by_colleague(*, leg_sid: str, now: datetime) -> None:
    """The colleague who had called them has hung up: their own line is released now."""
    ours = _ours(leg_sid)
    if ours is not None and ours.call.is_live:
        ours.call.advance(
            CallFact.HANG_UP_REQUESTED,
            at=now,
            source="system",
            key="left by colleague",
            reason=EndedReason.AGENT_ENDED,
            by="agent",
        )


def stop_later(*, leg_sid: str, key: str, now: datetime) -> None:
    """Keep a key that was pressed while our books were away; its line was released at once."""
    ours = _ours(leg_sid)
    if ours is not None:
        stopping.asked(call=ours.call, keys=key, now=now)


def adopt_unknown(*, request: VoiceRequest, now: datetime) -> None:
    """Write down a leg that goes out and that nobody here has dialled."""
    if _leg(request.leg_sid) is None:
        adopt(request=request, now=now)


def _ours(leg_sid: str) -> OutgoingCall | None:
    leg = _leg(leg_sid)
    if leg is None or leg.role != LegRole.CUSTOMER:
        return None
    ours = OutgoingCall.of(leg.call)
    if ours is not None:
        ours.call = leg.call
    return ours
