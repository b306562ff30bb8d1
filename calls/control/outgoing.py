"""Calls that we place: begun when a permit is spent, answered, and said at the end what came of them.

Who dials is `calls.control.dialing`; who decides to dial are campaigns, callbacks and buttons. Here is the call itself.
What the carrier reports of it comes late, twice, or before its own answer to our request: every fact is kept once.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from agents import prompts
from agents.models import Assistant
from calls.carrier.outgoing_documents import BREATH_MS
from calls.control import budgets
from calls.control.recordings import ms_of
from calls.lifecycle import LEG_ENDED, CallFact, EndedReason, LegStatus, Phase
from calls.lifecycle import outgoing as rules
from calls.lifecycle.campaign import AttemptOutcome
from calls.lifecycle.outgoing import Facts, Voicemail
from calls.models import Call, Callback, Campaign, Leg, Number, OutgoingCall, TranscriptTurn
from calls.voice.turns import heard_words
from compliance import disclosures
from compliance.disclosures import OpeningWords, Words
from compliance.models import DialPermit, PrivacyMode
from compliance.numbers import Kind, channel_of, number_behind
from compliance.verdict import Purpose, Voice

BRIEFING = (
    "\n\n# This call\nYou have called this person, on behalf of {seller}; they did not call you. It is about {topic}. "
    "They have just heard who is calling, that you are an AI, how to have no more calls, and what it is about: do not "
    "repeat it. If they are busy, offer another time. If they want no more calls, do not argue."
)
# A call that was begun so long ago and has no line was never dialled.
NO_LEG_AFTER = timedelta(minutes=3)
_OPENING = "opening"
_CARRIERS_CLOCK = timedelta(seconds=1)
# What the carrier's voice says in a second, in characters: where words were broken off is reckoned by it.
_CHARACTERS_PER_S = 15
_ENDINGS = {
    AttemptOutcome.MACHINE_HUNG_UP: EndedReason.MACHINE_ANSWERED,
    AttemptOutcome.MACHINE_MESSAGE: EndedReason.MESSAGE_DELIVERED,
    AttemptOutcome.OPTED_OUT: EndedReason.OPTED_OUT,
}


@dataclass(frozen=True, slots=True)
class Errand:
    """What a call is placed for. `callback`: the wish that it answers; `voicemail_words`: what a machine is told."""

    purpose: Purpose
    voice: Voice
    seller: str
    topic: str = ""
    voicemail: Voicemail = Voicemail.HANG_UP
    voicemail_words: str = ""
    callback: Callback | None = None
    campaign_id: int | None = None


class UnableToBegin(Exception):
    """There is nobody to speak on this call; `str()` says why, for a person."""


def errand_of(campaign: Campaign) -> Errand:
    """What a campaign's calls are placed for, as it stands now."""
    return Errand(
        purpose=Purpose(campaign.purpose),
        voice=Voice(campaign.voice),
        seller=campaign.seller,
        topic=campaign.topic,
        voicemail=Voicemail(campaign.voicemail),
        voicemail_words=campaign.voicemail_words,
        campaign_id=campaign.pk,
    )


def _step_down(live: prompts.LivePrompt | None, errand: Errand, number: Number) -> dict[str, Any]:
    """How it begins more cheaply, if a budget has stepped down: fields of the call."""
    if live is None:
        return {}
    return asdict(budgets.step_down(version=live.version, number=number, campaign_id=errand.campaign_id))


def may_speak(*, assistant: Assistant | None, voice: Voice) -> bool:
    """True when there is somebody to speak: an assistant with a published prompt, or one of us."""
    if voice is not Voice.AI:
        return True
    return assistant is not None and assistant.is_active and assistant.published_version() is not None


def begin(
    *,
    to: str,
    number: Number,
    assistant: Assistant | None,
    errand: Errand,
    permit: DialPermit | None = None,
    by: str,
    now: datetime,
) -> Call:
    """The call on which `permit` is being spent: written in that transaction, before the carrier is asked.

    By the permit it is found again when the carrier's answer is lost; none where a colleague is rung first. `to` is
    whom the permit names, with the channel, `number` the one that is shown. The assistant's published prompt is
    pinned now. Raises UnableToBegin when an assistant is to speak and none can.
    """
    live = None
    if errand.voice is Voice.AI:
        shown = (number_behind(to) if channel_of(to) is Kind.WHATSAPP else to)[:16]
        live = prompts.live(assistant, caller=shown) if assistant is not None and assistant.is_active else None
        if live is None:
            raise UnableToBegin("This assistant has no published prompt, or is switched off.")
    with transaction.atomic():
        call = Call.placed(
            by=by,
            now=now,
            number=number,
            assistant=assistant,
            prompt_version=None if live is None else live.version,
            **_step_down(live, errand, number),
            channel=Call.Channel.WHATSAPP if channel_of(to) is Kind.WHATSAPP else Call.Channel.TELEPHONE,
            customer_address=to,
            customer_e164=(number_behind(to) if channel_of(to) is Kind.WHATSAPP else to)[:16],
            our_address=number.e164,
        )
        OutgoingCall.objects.create(
            call=call,
            permit=permit,
            purpose=errand.purpose,
            voice=errand.voice,
            seller=errand.seller or ("" if assistant is None else assistant.business_name),
            topic=errand.topic[:120],
            voicemail=errand.voicemail,
            voicemail_words=errand.voicemail_words[:600],
            callback=errand.callback,
            by_ref=by,
        )
    return call


def came_to_nothing(*, call: Call, why: str, now: datetime) -> None:
    """Nobody was rung after all: the carrier did not take it, or its answer was lost and it knows of no such call."""
    if call.legs.exists():
        return
    call.advance(
        CallFact.NOT_DIALLED, at=now, source="system", key="not dialled", reason=EndedReason.NOT_DIALLED, why=why[:200]
    )


def close_never_dialled(*, now: datetime) -> int:
    """Close the calls that were begun and have no line; how many."""
    begun = Call.objects.filter(direction=Call.Direction.OUTBOUND, phase=Phase.RINGING, legs=None)
    found = list(begun.filter(started_at__lt=now - NO_LEG_AFTER)[:200])
    for call in found:
        came_to_nothing(call=call, why="no line came of it", now=now)
    return len(found)


# --- answered ---------------------------------------------------------------------------------------------------------


def answered(*, call: Call, leg: Leg, now: datetime) -> OutgoingCall:
    """Somebody, or something, has picked up."""
    leg.report(LegStatus.IN_PROGRESS, at=now, source="carrier")
    ours = OutgoingCall.objects.get(call=call)
    ours.learn(answered_at=now)
    return ours


def first_words(ours: OutgoingCall, *, is_recorded: bool, language: str) -> tuple[OpeningWords, ...]:
    """What they hear first, sentence by sentence."""
    return disclosures.outgoing_words(
        business=ours.seller, topic=ours.topic, is_recorded=is_recorded, language=language
    )


def speak_first(ours: OutgoingCall, sentences: tuple[OpeningWords, ...], *, now: datetime) -> None:
    """These words are being spoken from now on."""
    _keep_broken_off(ours, item_id=f"{_OPENING}-{ours.times_said}", ended_at=now)
    n = ours.said_again()
    begins_at = now + timedelta(milliseconds=BREATH_MS if n == 1 else 0)
    ours.learn(
        words=" ".join(sentence.text for sentence in sentences),
        words_version=sentences[0].version,
        words_language=sentences[0].language,
        words_at=begins_at,
        said_at=begins_at,
    )
    ours.call.note("opening_said", at=now, source="system", key=f"opening:{n}", version=sentences[0].version)


def said_to_end(*, call: Call, now: datetime) -> None:
    """The first words were spoken before a question that has been answered by now: a turn of their own."""
    ours = OutgoingCall.of(call)
    if ours is not None and ours.said_at is not None and call.are_words_kept:
        _keep_broken_off(ours, item_id=f"{_OPENING}-first", ended_at=now)


def opening_of(call: Call) -> tuple[str, datetime] | None:
    """What the carrier has said first on a call of ours, and since when; None where it has said nothing."""
    ours = OutgoingCall.of(call)
    return None if ours is None or ours.said_at is None or not ours.words else (ours.words, ours.said_at)


def briefing(call: Call) -> str:
    """What the assistant must know of a call that it has not been rung for: added to its prompt."""
    ours = OutgoingCall.of(call)
    if ours is None:
        return ""
    return BRIEFING.format(seller=ours.seller, topic=ours.topic or "what your instructions say")


def message_words(ours: OutgoingCall) -> OpeningWords:
    """What a machine is told: who calls, that it is an AI, what for as somebody wrote it, and how to reach us.

    Nothing that was learned of the person is in it: whoever hears it may be somebody else. Where health data may be on
    calls it does not even say what for (45 CFR 164.502(b)).
    """
    language = ours.words_language or "en"
    return disclosures.words(
        Words.OUTGOING_MESSAGE,
        business=ours.seller,
        language=language,
        message="" if PrivacyMode.is_hipaa() else ours.voicemail_words,
        number=ours.call.our_address,
    )


# --- what came of it --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a call of ours, for whoever had it placed."""

    call: Call
    outcome: AttemptOutcome
    answered_by: str
    answered_at: datetime | None
    greeted_ms: int | None


def settle(*, call: Call, now: datetime) -> Settled | None:
    """Say what came of a call that is over; told again, the same. None while it is not, or is none of ours."""
    ours = OutgoingCall.of(call)
    if ours is None:
        return None
    call.refresh_from_db(fields=["phase", "ended_at", "started_at"])
    if call.is_live:
        return None
    if ours.settled_at is None:
        if not call.turns.filter(item_id=_OPENING).exists():
            _keep_broken_off(ours, item_id=_OPENING, ended_at=call.ended_at)
        facts = _facts(ours)
        ours.settle(outcome=rules.outcome(facts), greeted_ms=facts.greeted_ms, now=now)
        if ours.is_taken_for_machine:
            TranscriptTurn.forget_greetings(since=call.started_at, call=call)
        call.advance(
            CallFact.OUTGOING_SETTLED,
            at=now,
            source="system",
            key="outgoing settled",
            reason=_ENDINGS.get(AttemptOutcome(ours.outcome), EndedReason.UNKNOWN),
            outcome=ours.outcome,
            greeted_ms=ours.greeted_ms,
        )
    return Settled(call, AttemptOutcome(ours.outcome), ours.answered_by, ours.answered_at, ours.greeted_ms)


def _facts(ours: OutgoingCall) -> Facts:
    call = ours.call
    leg = call.customer_leg()
    status = LegStatus(leg.status) if leg is not None and leg.status in LEG_ENDED else LegStatus.FAILED
    is_answered = ours.answered_at is not None or status is LegStatus.COMPLETED
    greeted = lasted = None
    if ours.answered_at is not None:
        if ours.words_at is not None and _were_spoken(ours):
            greeted = rules.greeted_ms(
                answered_at=ours.answered_at,
                words_at=ours.words_at,
                answered_by=ours.answered_by,
                detected_ms=ours.detected_ms,
            )
        if call.ended_at is not None:
            lasted = int((call.ended_at - ours.answered_at).total_seconds() * 1000)
    return Facts(
        leg_status=status,
        is_answered=is_answered,
        is_machine=ours.machine_at is not None,
        is_message_left=ours.message_left_at is not None,
        is_person_after_all=ours.person_at is not None,
        is_opted_out=ours.opted_out_at is not None or call.events.filter(kind="opted_out").exists(),
        greeted_ms=greeted,
        lasted_ms=lasted,
    )


def _were_spoken(ours: OutgoingCall) -> bool:
    """False when the line was gone before the first word; the carrier's clock counts whole seconds."""
    call, words_at = ours.call, ours.words_at
    assert words_at is not None
    if call.ended_at is None or call.ended_at + _CARRIERS_CLOCK > words_at:
        return True
    return call.streams.filter(opened_at__isnull=False).exists()


def _keep_broken_off(ours: OutgoingCall, *, item_id: str, ended_at: datetime | None) -> None:
    """First words that were not spoken to their end, as far as they can have been heard."""
    call = ours.call
    if ours.said_at is None or not ours.words or ended_at is None or not call.are_words_kept:
        return
    began_ms, ended_ms = ms_of(call, ours.said_at), ms_of(call, ended_at)
    total_ms = len(ours.words) * 1000 // _CHARACTERS_PER_S
    heard = heard_words(ours.words, ended_ms - began_ms, total_ms) if ended_ms > began_ms else ""
    if not heard:
        return
    TranscriptTurn.keep_all(
        [
            TranscriptTurn(
                call=call,
                item_id=item_id,
                party=TranscriptTurn.Party.ASSISTANT,
                started_ms=began_ms,
                ended_ms=min(ended_ms, began_ms + total_ms),
                text=heard,
                unheard=ours.words[len(heard) :].strip(),
                is_cut=len(heard) < len(ours.words),
            )
        ]
    )
