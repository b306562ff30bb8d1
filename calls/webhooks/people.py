"""Twilio's webhooks about people: the leg that rings somebody, the room they meet in, and what waiting callers hear."""

from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import QueryDict
from django.utils import timezone

from agents.models import HoldMusic
from agents.music import part as cut
from calls import journal, reactions
from calls.carrier import callbacks, room_documents, twiml
from calls.control import briefs, dialled, opting_out, rooms, telling, transfers
from calls.control.recordings import UnableToChangeRecording
from calls.lifecycle import LegStatus
from calls.models import Call, Offer, Transfer
from calls.models.conference import name_of
from calls.webhooks.answering import StoreAway, ask, document, keep
from calls.webhooks.genuine import from_carrier, media_for_carrier

_OFFERS = "transfer__call__assistant", "transfer__call__number", "agent", "leg"

# --- the person who is rung -------------------------------------------------------------------------------------------


@from_carrier
async def offer(_: HttpRequest, form: QueryDict, ref: str) -> HttpResponse:
    """Somebody who was rung has answered: brief them, let them into the room, or let them go."""
    try:
        text = await ask(_answered, ref=ref, now=timezone.now())
    except StoreAway:
        text = twiml.say_and_hang_up(twiml.CANNOT_TAKE_CALL)
    return document(text)


def _answered(*, ref: str, now: datetime) -> str:
    found = Offer.objects.select_related(*_OFFERS).filter(ref=ref).first()
    if found is None:
        return twiml.hang_up()
    if found.report_leg(LegStatus.IN_PROGRESS, at=now):
        reactions.after_offer(found)
    return _document_of(found, now=now)


def _document_of(found: Offer, *, now: datetime) -> str:
    transfer = found.transfer
    if not transfer.call.is_live:
        return twiml.say_and_hang_up(room_documents.CALLER_GONE)
    if found.closed_at is not None or found.withdrawn_at is not None:
        return twiml.say_and_hang_up(room_documents.TAKEN_BACK)
    if transfer.kind != Transfer.Kind.WARM:
        transfers.accept(offer=found, by="answer", now=now)
    if found.accepted_at is not None:
        return _way_in(found, now=now)
    if found.declined_at is not None:
        return twiml.hang_up()
    return room_documents.brief(words=briefs.spoken(found), ref=found.ref)


def _way_in(found: Offer, *, now: datetime) -> str:
    call, leg_sid = found.transfer.call, "" if found.leg is None else found.leg.leg_sid
    try:
        words = telling.before_entering(call=call, label=found.label, leg_sid=leg_sid, now=now)
    except UnableToChangeRecording:  # the room will be asked, and it is tried again then
        words = room_documents.RECORDED
    return room_documents.room_of_person(name=name_of(call.pk), label=found.label, ref=found.ref, words=words)


@from_carrier
async def key(_: HttpRequest, form: QueryDict, ref: str) -> HttpResponse:
    """Somebody who was briefed has pressed a key."""
    try:
        text = await ask(_decided, ref=ref, digits=form.get("Digits", ""), now=timezone.now())
    except StoreAway:
        text = twiml.say_and_hang_up(twiml.CANNOT_TAKE_CALL)
    return document(text)


def _decided(*, ref: str, digits: str, now: datetime) -> str:
    found = Offer.objects.select_related(*_OFFERS).filter(ref=ref).first()
    if found is None:
        return twiml.hang_up()
    if digits == "1":
        transfers.accept(offer=found, by="key", now=now)
    elif digits == "2":
        transfers.decline(offer=found, reason="key", now=now)
    reactions.after_offer(found)
    return _document_of(found, now=now)


@from_carrier
async def offer_status(_: HttpRequest, form: QueryDict, ref: str) -> HttpResponse:
    """The status of a leg that rings somebody."""
    return await keep(_keep_offer_status, form, ref=ref)


@journal.job
def _keep_offer_status(*, form: dict[str, str], now: datetime, ref: str) -> None:
    callback = callbacks.status_callback(form)
    found = Offer.objects.select_related(*_OFFERS).filter(ref=ref).first()
    if found is None:
        return
    try:
        reported = LegStatus(callback.status)
    except ValueError:
        return
    at = callback.occurred_at or now
    is_news = found.report_leg(reported, at=at)
    leg = dialled.heard_of(errand=found.errand, leg_sid=callback.leg_sid, status=reported, now=now)
    if leg is not None:
        found.is_rung_on(leg)
        leg.report(
            reported,
            at=at,
            source="carrier",
            sequence=callback.sequence,
            duration_s=callback.duration_s,
            sip_response_code=callback.sip_response_code,
        )
    if is_news:
        rooms.leg_ended(found, at=at)
        reactions.after_offer(found)


@from_carrier
async def machine(_: HttpRequest, form: QueryDict, ref: str) -> HttpResponse:
    """What the carrier's detection makes of whoever answered."""
    return await keep(_keep_machine, form, ref=ref)


@journal.job
def _keep_machine(*, form: dict[str, str], now: datetime, ref: str) -> None:
    found = Offer.objects.select_related(*_OFFERS).filter(ref=ref).first()
    if found is not None and form.get("AnsweredBy", "").startswith(("machine", "fax")) and found.learn(machine_at=now):
        reactions.after_offer(found)


@from_carrier
async def after_room(_: HttpRequest, form: QueryDict, ref: str) -> HttpResponse:
    """The person's part in the room is over."""
    return document(twiml.hang_up())


# --- the room ---------------------------------------------------------------------------------------------------------


@from_carrier
async def conference(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Something happened in a room."""
    return await keep(_keep_conference, form)


@journal.job
def _keep_conference(*, form: dict[str, str], now: datetime) -> None:
    call = rooms.keep(callbacks.conference_callback(form), now=now)
    if call is not None:
        reactions.after_room(call)


@from_carrier
async def transcription(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Words spoken in a room, as the carrier has written them down."""
    return await keep(_keep_words, form)


@journal.job
def _keep_words(*, form: dict[str, str], now: datetime) -> None:
    rooms.keep_words(callbacks.transcription_callback(form), now=now)


# --- what is heard meanwhile ------------------------------------------------------------------------------------------


@from_carrier
async def wait(_: HttpRequest, form: QueryDict, call_id: int) -> HttpResponse:
    """A caller waits: where they stand, then music. Asked again when the music is over."""
    try:
        heard = await ask(rooms.heard_while_waiting, call_id=call_id, now=timezone.now())
    except StoreAway:
        heard = rooms.Heard(rooms.STILL_WAITING, "en", None)
    if heard.is_over:
        return document(room_documents.out_of_line())
    return document(
        room_documents.waiting(
            words=heard.words, language=heard.language, music_url=room_documents.music_url(heard.music_id, heard.part)
        )
    )


@from_carrier
async def announcement(_: HttpRequest, form: QueryDict, call_id: int) -> HttpResponse:
    """What everybody in a room is told when a person has come."""
    return await _said_to_all(rooms.introduction, call_id)


@from_carrier
async def recorded(_: HttpRequest, form: QueryDict, call_id: int) -> HttpResponse:
    """What everybody in a room is told, or asked, because somebody else has come and the call is recorded."""
    return await _said_to_all(telling.words, call_id)


@from_carrier
async def opted_out(_: HttpRequest, form: QueryDict, call_id: int) -> HttpResponse:
    """What everybody in a room is told because the caller wants no more calls."""
    return await _said_to_all(opting_out.words_in_room, call_id)


async def _said_to_all(words_for: Callable[..., str], call_id: int) -> HttpResponse:
    try:
        words = await ask(_words_of, words_for=words_for, call_id=call_id, now=timezone.now())
    except StoreAway:
        words = ""
    return document(room_documents.announcement(words) if words else twiml.nothing())


def _words_of(*, words_for: Callable[..., str], call_id: int, now: datetime) -> str:
    call = Call.objects.select_related("number").filter(pk=call_id).first()
    return "" if call is None else words_for(call=call, now=now)


@media_for_carrier
def music(_: HttpRequest, music_id: int, part: int) -> HttpResponseBase:
    """A stretch of a piece of music that was uploaded, as the telephone plays it."""
    found = HoldMusic.objects.filter(pk=music_id).first()
    if found is None:
        raise Http404
    with found.audio.open("rb") as piece:
        wav = cut(piece.read(), number=part, seconds=rooms.MUSIC_S)
    return HttpResponse(wav, content_type="audio/wav")
