"""What the carrier tells of a call's room, kept; and what is heard and read there."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents import floor
from calls.carrier.callbacks import ConferenceCallback, TranscriptionCallback
from calls.control import opting_out, recording_consent, telling, waiting
from calls.lifecycle import LEG_ENDED, CallFact, LegRole, Phase
from calls.lifecycle.waits import usual_minutes
from calls.models import Call, Conference, Leg, Offer, Participant, TranscriptTurn, Transfer
from calls.models.conference import CUSTOMER, name_of

STILL_WAITING = "Thank you for waiting. Somebody will be with you soon."
ON_HOLD = "You are on hold. Please stay on the line."
NEXT = "You are next. Please stay on the line."
RINGING = "I am ringing a colleague for you. Please stay on the line."
SAID_WHILE_WAITING = (STILL_WAITING, ON_HOLD, NEXT, RINGING)
_WORD = re.compile(r"[^\W_]+")
# Callers hear a word at least every 20 seconds: so much music between two sentences.
MUSIC_S = 15
# So long a caller waits in TaskRouter's line.
TASKROUTER_WAIT = timedelta(minutes=10)
_PREFIX = name_of(0)[:-1]
# Words of a minute of speaking, as they are counted on average: 150.
_MS_PER_WORD = 400


def keep(callback: ConferenceCallback, *, now: datetime) -> Call | None:
    """Keep what happened in a room; the call whose room it is, or None when it is nobody's."""
    call = _call_named(callback.name)
    if call is None or not callback.conference_sid:
        return None
    at = callback.occurred_at or now
    room = Conference.known(call=call, conference_sid=callback.conference_sid)
    match callback.event:
        case "conference-start":
            room.started(at=at)
        case "conference-end":
            room.ended(at=at, reason=callback.reason)
        case _ if callback.leg_sid:
            _keep_member(room, callback, at=at)
    return call


def _keep_member(room: Conference, callback: ConferenceCallback, *, at: datetime) -> None:
    Participant.report(
        conference=room,
        leg_sid=callback.leg_sid,
        label=callback.label or _label_of(room, callback.leg_sid),
        event=callback.event,
        sequence=callback.sequence,
        is_muted=callback.is_muted,
        is_on_hold=callback.is_on_hold,
        is_coaching=callback.is_coaching,
        at=at,
    )
    member = Participant.objects.get(conference=room, leg_sid=callback.leg_sid)
    if member.label != CUSTOMER:
        if callback.event == "participant-join":
            waiting.note_person(room.call, label=member.label, leg_sid=member.leg_sid, joined_at=at)
        elif callback.event == "participant-leave":
            waiting.note_person(room.call, label=member.label, leg_sid=member.leg_sid, left_at=at)
        return
    if room.call.phase in (Phase.WITH_AGENT, Phase.ON_HOLD):
        fact = CallFact.HELD if member.is_on_hold else CallFact.UNHELD
        if callback.event in ("participant-hold", "participant-unhold"):
            key = f"{callback.event}:{room.conference_sid}:{callback.sequence}"
            room.call.advance(fact, at=at, source="carrier", key=key)


def _label_of(room: Conference, leg_sid: str) -> str:
    known = Participant.objects.filter(conference=room, leg_sid=leg_sid).values_list("label", flat=True).first()
    if known:
        return known
    offer = Offer.objects.filter(leg__leg_sid=leg_sid).values_list("label", flat=True).first()
    is_customer = Leg.objects.filter(leg_sid=leg_sid, call=room.call, role=LegRole.CUSTOMER).exists()
    return offer or (CUSTOMER if is_customer else "")


def _call_named(name: str) -> Call | None:
    number = name.removeprefix(_PREFIX)
    if not name.startswith(_PREFIX) or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return Call.objects.select_related("prompt_version", "assistant", "number").filter(pk=int(number)).first()


def leg_ended(offer: Offer, *, at: datetime) -> None:
    """A leg that is over is in no room, whatever the room says, or never came to say."""
    if offer.leg_status not in LEG_ENDED or offer.leg is None:
        return
    Participant.objects.filter(leg_sid=offer.leg.leg_sid, is_in=True).update(is_in=False, left_at=at)
    if offer.joined_at is not None:
        offer.learn(left_at=at)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a waiting caller hears: words, in which language, then which music (None: ours)."""

    words: str
    language: str
    music_id: int | None
    part: int = 0  # which stretch of the music
    is_over: bool = False  # the caller need not wait any longer in the carrier's line


def heard_while_waiting(*, call_id: int, now: datetime) -> Heard:
    """Where a waiting caller stands, in words."""
    call = Call.objects.select_related("prompt_version", "number").filter(pk=call_id).first()
    transfer = None if call is None else Transfer.open_of(call)
    if call is None:
        return Heard(STILL_WAITING, "en", None)
    music = transfer.queue.music_id if transfer is not None and transfer.queue is not None else None
    if music is None and call.number is not None:
        music = call.number.music_id
    language = call.prompt_version.language if call.prompt_version else "en"
    since = call.started_at if transfer is None else transfer.requested_at
    part = int((now - since).total_seconds()) // MUSIC_S
    is_over = transfer is not None and transfer.kind == Transfer.Kind.TASKROUTER and now - since > TASKROUTER_WAIT
    return Heard(_words_for(call, transfer, now=now), language, music, max(part, 0), is_over)


def _words_for(call: Call, transfer: Transfer | None, *, now: datetime) -> str:
    if call.phase in (Phase.ON_HOLD, Phase.WITH_AGENT):
        # Whose room goes on is asked about only when they are put on hold, before the report of it has come.
        return ON_HOLD
    if transfer is None or transfer.kind == Transfer.Kind.TASKROUTER:
        return STILL_WAITING
    if call.phase == Phase.TRANSFERRING:
        return RINGING
    place = waiting.place_in_line(transfer)
    if place == 1:
        return NEXT
    return f"You are number {place} in the line. {_usual_wait(transfer, now=now)}".strip()


def _usual_wait(transfer: Transfer, *, now: datetime) -> str:
    """How long others have waited in this line of late; empty when that is not known, or no news."""
    waited = waiting.recent_waits(transfer.queue, before=now) if transfer.queue is not None else []
    minutes = usual_minutes(waited, waited=now - transfer.requested_at)
    if minutes is None:
        return ""
    return f"Lately, callers waited about {minutes} minute{'' if minutes == 1 else 's'}."


def introduction(call: Call, *, now: datetime) -> str:
    """Who has come into the room, for everybody in it, and that it is recorded."""
    words = f"{_who_has_come(call)} {telling.words(call=call, now=now)}".strip()
    if words:
        call.note("announced", at=now, source="system", words=words)
    return words


def _who_has_come(call: Call) -> str:
    transfer = Transfer.open_of(call)
    offer = None if transfer is None else transfer.open_offer()
    if offer is None or offer.agent is None:
        return ""
    return f"{offer.agent.name} from {offer.agent.department.name} is with you now."


def keep_words(callback: TranscriptionCallback, *, now: datetime) -> None:
    """Keep a stretch of speech that the carrier has written down: the caller's, or the person's they hear.

    A caller may say there that they do not want to be recorded: must not be called inside a transaction.
    """
    if callback.event != "transcription-content" or not callback.text:
        return
    leg = Leg.objects.select_related("call__number").filter(leg_sid=callback.leg_sid).first()
    if leg is None:
        return
    call = leg.call
    ended_ms = int(((callback.occurred_at or now) - call.started_at).total_seconds() * 1000)
    is_caller = callback.track == "inbound_track"
    is_ours = not is_caller and _is_said_by_us(call, callback.text)
    party = TranscriptTurn.Party.CUSTOMER if is_caller else TranscriptTurn.Party.AGENT
    if is_ours:
        party = TranscriptTurn.Party.ASSISTANT
    item_id = f"{callback.transcription_sid}:{callback.track[:8]}:{callback.sequence}"
    if callback.is_final and is_caller:
        recording_consent.heard(call=call, text=callback.text, now=now)
        opting_out.heard(call=call, text=callback.text, now=now)
    if not callback.is_final:
        floor.heard(call=call.pk, seq=callback.sequence, party=party, item_id=item_id, text=callback.text)
        return
    if not call.are_words_kept:
        return
    TranscriptTurn.keep_all(
        [
            TranscriptTurn(
                call=call,
                item_id=item_id[:80],
                party=party,
                speaker="" if is_caller or is_ours else _speaker(call),
                started_ms=max(ended_ms - len(callback.text.split()) * _MS_PER_WORD, 0),
                ended_ms=ended_ms,
                text=callback.text,
            )
        ]
    )
    floor.changed("transcript", call.pk)


def _is_said_by_us(call: Call, text: str) -> bool:
    """True for what the telephone system says into the room; the carrier may have heard a part of it."""
    heard = " ".join(_WORD.findall(text.lower()))
    announced = call.events.filter(kind="announced").values_list("data__words", flat=True)
    ours = (*SAID_WHILE_WAITING, *announced)
    return any(heard and heard in " ".join(_WORD.findall(words.lower())) for words in ours)


def _speaker(call: Call) -> str:
    offer = (
        Offer.objects.select_related("agent")
        .filter(transfer__call=call, joined_at__isnull=False)
        .order_by("-joined_at")
        .first()
    )
    return offer.agent.name if offer is not None and offer.agent is not None else ""
