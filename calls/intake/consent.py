"""Calls that are recorded only after a yes: the question comes first, and whoever goes on with the call after it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from calls.carrier.callbacks import GatherCallback
from calls.control import bridges, opting_out, outgoing, recording_consent
from calls.control.recording_consent import TRIES, Verdict
from calls.intake import doors
from calls.intake.answers import AskConsent, NoRoom, WithAssistant
from calls.intake.arrival import with_assistant
from calls.lifecycle import CallFact, EndedReason
from calls.models import Call, Leg, Recording, RecordingConsent, TranscriptTurn
from calls.models.recording_consent import CUSTOMER
from compliance import disclosures
from compliance.disclosures import OpeningWords, Words

_WITH_ALL = "call__number", "call__assistant", "call__prompt_version__assistant__department"


@dataclass(frozen=True, slots=True)
class Parting:
    """The caller did not agree, and this number does not go on without; or wants no more calls: a word, and the end."""

    call: Call
    words: OpeningWords


@dataclass(frozen=True, slots=True)
class NoQuestion:
    """Nobody was asked anything on this line."""


AfterQuestion = AskConsent | WithAssistant | Parting | NoRoom | NoQuestion


def after_question(*, gathered: GatherCallback, attempt: int, now: datetime) -> AfterQuestion:
    """The caller has answered, or nothing came: ask again, go on, or part. The same request again: the same answer."""
    leg = Leg.objects.select_related(*_WITH_ALL).filter(leg_sid=gathered.leg_sid).first()
    call = None if leg is None else leg.call
    if call is None or call.prompt_version is None or RecordingConsent.of(call) is None:
        return NoQuestion()
    language = call.prompt_version.language
    wish = opting_out.instead_of_an_answer(call=call, keys=gathered.digits, speech=gathered.speech, now=now)
    if wish is not None:
        recording_consent.left_unanswered(call=call, now=now)
        return _parted(call, OpeningWords(wish.words, language, disclosures.VERSION), EndedReason.OPTED_OUT, now=now)
    verdict = recording_consent.answer(
        call=call, keys=gathered.digits, speech=gathered.speech, attempt=attempt, now=now
    )
    if verdict is Verdict.AGAIN:
        question = disclosures.words(Words.QUESTION_AGAIN, language=language)
        return AskConsent(call, question, min(attempt + 1, TRIES))
    if verdict is Verdict.YES:
        words = disclosures.words(Words.AGREED, language=language)
        with transaction.atomic():
            Recording.request(call=call, notice_version=words.version, now=now)
            _write_down(call, now=now)
        return _on(call, words, is_recorded=True, now=now)
    refusal = recording_consent.refuse(call=call, proof=_proof(call), said="", source="carrier", by="caller", now=now)
    if refusal.ends:
        words = disclosures.words(Words.PARTING, language=language)
        return _parted(call, words, EndedReason.RECORDING_REFUSED, now=now)
    return _on(call, disclosures.words(Words.UNRECORDED, language=language), is_recorded=False, now=now)


def _parted(call: Call, words: OpeningWords, reason: EndedReason, *, now: datetime) -> Parting:
    call.advance(CallFact.HANG_UP_REQUESTED, at=now, source="system", key="parting", reason=reason, by="system")
    return Parting(call, words)


def _proof(call: Call) -> str:
    consent = RecordingConsent.of(call)
    return RecordingConsent.Proof.NONE if consent is None else consent.proof


def _on(call: Call, words: OpeningWords, *, is_recorded: bool, now: datetime) -> WithAssistant | NoRoom:
    assert call.prompt_version is not None
    outgoing.said_to_end(call=call, now=now)
    with transaction.atomic():
        try:
            door, place = doors.of_call(call, now=now)
        except bridges.NoRoom:
            return NoRoom(call)
        return with_assistant(call, place=place, door=door, opening=words, is_recorded=is_recorded, now=now)


def _write_down(call: Call, *, now: datetime) -> None:
    """The question and the yes, as the first turns of the call."""
    consent = RecordingConsent.objects.get(call=call, party=CUSTOMER)
    answered_ms = max(int((now - call.started_at).total_seconds() * 1000), 0)
    said = consent.said if consent.proof == RecordingConsent.Proof.WORDS else f"[keypad] {consent.said}"
    party = TranscriptTurn.Party
    TranscriptTurn.keep_all(
        [
            TranscriptTurn(
                call=call,
                item_id="opening-question",
                party=party.ASSISTANT,
                started_ms=0,
                ended_ms=answered_ms,
                text=consent.words,
            ),
            TranscriptTurn(
                call=call,
                item_id="opening-answer",
                party=party.CUSTOMER,
                started_ms=answered_ms,
                ended_ms=answered_ms,
                text=said,
            ),
        ]
    )
