"""Who agrees to the recording of a call: what is needed, what is said or asked, what was answered, and who refuses.

Everybody's place counts for the whole call, so it is looked at again when somebody joins. Nothing is recorded before an
answer where one is needed; a refusal counts at any time, for the whole call: what was recorded is deleted, here and at
the carrier, and nothing more of it is kept, sound or words.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from django.db import transaction

from calls.carrier import conferences
from calls.carrier.errors import CarrierError
from calls.control import recordings
from calls.control.recordings import UnableToChangeRecording
from calls.lifecycle import IN_ROOM, CallFact, EndedReason, PauseReason
from calls.models import Call, Recording, RecordingConsent
from calls.models.number import RecordingRefused
from calls.models.recording import LIVE
from calls.models.recording_consent import CUSTOMER
from compliance import consent_words, disclosures, places, recording_rules
from compliance.disclosures import OpeningWords, Words
from compliance.places import Place
from compliance.recording_rules import Ask, Need, Party

# Who has given no plain answer after so many questions has not agreed.
TRIES = 2
log = structlog.get_logger(__name__)
_QUESTION = PauseReason.QUESTION
_Answer, _Proof = RecordingConsent.Answer, RecordingConsent.Proof


class Verdict(StrEnum):
    """What an answer comes to."""

    YES = "yes"
    NO = "no"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The caller does not want to be recorded. `ends`: this number does not go on without.

    `is_stopped` False: the carrier could not be asked to stop just now; it will be asked again.
    """

    ends: bool
    is_stopped: bool


@dataclass(frozen=True, slots=True)
class Announce:
    """To be said in the room before the new person speaks, inside the recording; `aside` to them alone."""

    words: OpeningWords
    aside: OpeningWords


@dataclass(frozen=True, slots=True)
class Question:
    """To be asked of the caller in the room; the recording is paused until they have answered."""

    words: OpeningWords
    aside: OpeningWords


# --- the caller ---------------------------------------------------------------------------------------------------


def needed(*, call: Call, now: datetime, joining: Party | None = None, is_first: bool = False) -> Need:
    """What recording this call needs, by the places of everybody on it, and the policy of its number.

    `is_first`: the call is being written at this moment, so there can be nobody but the caller.
    """
    ours = call.number.e164 if call.number is not None else ""
    others = () if is_first else RecordingConsent.places_of_others(call)
    parties = [
        Party("the caller", (places.of_number(call.customer_e164),)),
        Party("our number", (places.of_number(ours),)),
        *(Party("somebody who joined", (places.of_code(code),)) for code in others),
        *([joining] if joining is not None else []),
    ]
    policy = Ask.NOTICE if call.number is None else Ask(call.number.recording_ask)
    return recording_rules.needed(parties, policy=policy, on=now.date())


def begin(
    *,
    call: Call,
    business: str,
    language: str,
    now: datetime,
    is_first: bool = False,
    which: tuple[Words, Words] = (Words.OPENING, Words.QUESTION),
) -> OpeningWords | None:
    """A call begins that is to be recorded: keep what its caller is told. The question, when only a yes will do.

    `which` are the words that tell it, and those that ask.
    """
    need = needed(call=call, now=now, is_first=is_first)
    is_asked = need.ask is Ask.EXPLICIT_YES
    said = disclosures.words(which[1] if is_asked else which[0], business=business, language=language)
    place = places.of_number(call.customer_e164)
    RecordingConsent.begin(call=call, party=CUSTOMER, place=place.code, asked_at=now, **_kept(need, said))
    return said if is_asked else None


def _kept(need: Need, said: OpeningWords) -> dict[str, object]:
    return {
        "ask": need.ask,
        "law": need.consent,
        "why": need.why[:600],
        "clauses": list(need.clauses),
        "rules_version": need.version,
        "wording_version": said.version,
        "language": said.language,
        "words": said.text,
    }


def spoken_first(*, call: Call, business: str, language: str) -> tuple[str, datetime]:
    """What the carrier says to the caller before anybody else does, and since when."""
    consent = RecordingConsent.of(call)
    if consent is None or consent.ask == Ask.NOTICE or consent.answered_at is None:
        return disclosures.opening_words(business=business, language=language).text, call.started_at
    which = Words.UNRECORDED if consent.is_refused else Words.AGREED
    return disclosures.words(which, language=language).text, consent.answered_at


def was_asked(call: Call) -> bool:
    """True when the caller was asked for a yes, and has answered."""
    consent = RecordingConsent.of(call)
    return consent is not None and consent.ask == Ask.EXPLICIT_YES and consent.answered_at is not None


def left_unanswered(*, call: Call, now: datetime) -> None:
    """The call goes on although its question was not answered, because our answer got lost: nobody has agreed."""
    consent = RecordingConsent.of(call)
    if consent is not None and consent.ask == Ask.EXPLICIT_YES and consent.answer == _Answer.OPEN:
        consent.answered(_Answer.SILENT, proof=_Proof.NONE, said="", now=now)
        RecordingConsent.keep_no_words(call)


def stayed(*, call: Call, now: datetime) -> None:
    """The words have been spoken to their end, and the caller is still there."""
    consent = RecordingConsent.of(call)
    if consent is not None and consent.ask == Ask.NOTICE:
        consent.answered(_Answer.STAYED, proof=_Proof.LINE, said="", now=now)


def answer(*, call: Call, keys: str, speech: str, attempt: int, now: datetime, party: str = CUSTOMER) -> Verdict:
    """The caller has answered the question, or nothing came. The same answer again: the same verdict.

    A no is a refusal, and so is no plain answer to the last question: then you must call `refuse`.
    """
    consent = RecordingConsent.of(call, party)
    if consent is None:
        return Verdict.NO
    if consent.answer == _Answer.OPEN:
        agrees, proof, said = _read(keys, speech)
        if agrees is None and attempt < TRIES:
            consent.asked_again(tries=attempt + 1)
            return Verdict.AGAIN
        given = {True: _Answer.YES, False: _Answer.NO, None: _Answer.SILENT}[agrees]
        consent.answered(given, proof=proof, said=said, now=now)
    return Verdict.YES if consent.answer == _Answer.YES and not consent.is_refused else Verdict.NO


def _read(keys: str, speech: str) -> tuple[bool | None, str, str]:
    if keys:
        return consent_words.answer_by_key(keys), _Proof.KEY, keys[:1]
    return consent_words.answer(speech), _Proof.WORDS if speech else _Proof.NONE, speech


def refuse(*, call: Call, proof: str, said: str, source: str, by: str, now: datetime) -> Refusal:
    """The caller does not want to be recorded: stop the tape, delete what there is, keep nothing more of the call.

    The refusal is kept whatever becomes of the orders to the carrier; those are given again until they are followed.
    """
    ends = call.number is not None and call.number.recording_refused == RecordingRefused.END
    with transaction.atomic():
        consent = RecordingConsent.of(call)
        if consent is not None and not consent.is_refused:
            consent.withdrawn(proof=proof, said=said, now=now)
        for recording in call.recordings.all():
            recording.refused_by_caller(now=now)
        RecordingConsent.keep_no_words(call)
        call.advance(
            CallFact.RECORDING_REFUSED,
            at=now,
            source=source,
            key="recording refused",
            reason=EndedReason.RECORDING_REFUSED if ends else EndedReason.UNKNOWN,
            by=by,
            how=proof,
        )
    _stop_writing_down(call)
    running = Recording.running(call)
    if running is None or running.status not in LIVE:
        return Refusal(ends, is_stopped=True)
    try:
        recordings.change(call=call, verb="stop", source="system", by=by, now=now)
    except UnableToChangeRecording:
        return Refusal(ends, is_stopped=False)
    return Refusal(ends, is_stopped=True)


def _stop_writing_down(call: Call) -> None:
    """Nobody keeps what the carrier writes down of a room any more: it need not go on."""
    leg = call.customer_leg()
    if leg is None or call.phase not in IN_ROOM:
        return
    try:
        conferences.end_transcription(leg.leg_sid)
    except CarrierError as error:
        log.warning("transcription not ended", call=call.pk, error=str(error))


def heard(*, call: Call, text: str, now: datetime) -> None:
    """The caller's words where no assistant listens for it: an objection, or the answer to a question asked there.

    Must not be called inside a transaction.
    """
    if not call.are_words_kept:
        return
    if consent_words.is_objection(text):
        refuse(call=call, proof=_Proof.WORDS, said=text, source="carrier", by="caller", now=now)
        return
    asked = RecordingConsent.objects.filter(call=call, ask=Ask.EXPLICIT_YES, answer=_Answer.OPEN)
    for consent in asked.exclude(party=CUSTOMER).exclude(asked_at=None):
        answer_to_question(call=call, party=consent.party, speech=text, now=now)


# --- somebody else ------------------------------------------------------------------------------------------------


def on_join(*, call: Call, party: str, who: str, place: Place, now: datetime) -> Announce | Question | None:
    """Somebody is about to join: what must be said, or asked first; None when nothing is recorded or it was said.

    `party` is their label in the room, `who` names them in a sentence ("the colleague who joins"). The same answer
    until `spoken` is told. A question pauses the recording: must not be called inside a transaction. Raises
    UnableToChangeRecording when it cannot be paused for it.
    """
    tape = Recording.running(call)
    if tape is None or tape.status not in LIVE or not call.are_words_kept:
        return None
    known = RecordingConsent.of(call, party)
    if known is None:
        known = _joins(call, party, Party(who, (place,)), now=now)
    if known.asked_at is not None or known.answer != _Answer.OPEN:
        return None
    words = OpeningWords(known.words, known.language, known.wording_version)
    aside = disclosures.words(Words.TO_JOINER, language=known.language)
    if known.ask == Ask.NOTICE:
        return Announce(words, aside)
    if _QUESTION not in tape.pauses:
        recordings.change(call=call, verb="pause", source="system", by="system", now=now, reason=_QUESTION)
    return Question(words, aside)


def _joins(call: Call, party: str, joining: Party, *, now: datetime) -> RecordingConsent:
    need = needed(call=call, now=now, joining=joining)
    caller = RecordingConsent.of(call)
    has_said_yes = caller is not None and caller.answer == _Answer.YES
    ask = Ask.NOTICE if has_said_yes else need.ask
    language = "en" if caller is None else caller.language
    said = disclosures.words(Words.JOINED_QUESTION if ask is Ask.EXPLICIT_YES else Words.JOINED, language=language)
    fields = _kept(need, said) | {"ask": ask}
    RecordingConsent.begin(call=call, party=party, place=joining.places[0].code, **fields)
    return RecordingConsent.objects.get(call=call, party=party)


def spoken(*, call: Call, party: str, now: datetime) -> None:
    """What `on_join` asked for has been said in the room; who hears it and stays agrees."""
    consent = RecordingConsent.of(call, party)
    if consent is not None and consent.spoken(now=now) and consent.ask == Ask.NOTICE:
        consent.answered(_Answer.STAYED, proof=_Proof.LINE, said="", now=now)


def answer_to_question(*, call: Call, party: str, speech: str, now: datetime) -> Verdict:
    """The caller has answered what they were asked because somebody joined: the recording goes on, or is refused.

    AGAIN: neither a yes nor a no, and the recording stays paused. Must not be called inside a transaction.
    """
    verdict = answer(call=call, keys="", speech=speech, attempt=1, now=now, party=party)
    if verdict is Verdict.YES:
        with contextlib.suppress(UnableToChangeRecording):  # then it stays paused
            recordings.change(call=call, verb="resume", source="system", by="caller", now=now, reason=_QUESTION)
    elif verdict is Verdict.NO:
        refuse(call=call, proof=_Proof.WORDS, said=speech, source="carrier", by="caller", now=now)
    return verdict
