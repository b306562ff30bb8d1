"""Twilio's webhooks about calls that we place: whoever picks up, the key they press, who the carrier thinks it is."""

import contextlib
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import journal, metrics
from calls.carrier import callbacks, outgoing_documents, twiml
from calls.carrier.callbacks import VoiceRequest
from calls.control import machines
from calls.intake import outgoing
from calls.models.conference import name_of
from calls.webhooks.answering import StoreAway, ask, document, keep
from calls.webhooks.connecting import make_ready, text_line
from calls.webhooks.genuine import from_carrier
from compliance.disclosures import OpeningWords

# Whoever picks up while our books are away hears this: who calls nobody can say then.
FAULT = "Hello, this is an automated call. We are sorry, a fault of ours has interrupted it. Goodbye."


async def answered(request: VoiceRequest, now: datetime) -> HttpResponse:
    """Somebody, or something, has picked up a call that goes out."""
    try:
        answer = await ask(outgoing.answer, request=request, now=now)
    except StoreAway:
        metrics.WEBHOOKS_FAILED_SOFT.labels("outgoing").inc()
        return document(twiml.say_and_hang_up(FAULT))
    if answer is None:  # nobody here has dialled it
        with contextlib.suppress(StoreAway):  # then its next report is the first we hear of it
            await ask(outgoing.adopt_unknown, request=request, now=now)
        return document(twiml.hang_up())
    return document(await _written(answer))


async def _written(answer: outgoing.Answered) -> str:
    match answer:
        case outgoing.FirstWords(connected, sentences, is_again):
            await make_ready(connected)
            return outgoing_documents.first_words(
                sentences=_texts(sentences),
                language=sentences[0].language,
                ticket=connected.ticket,
                is_recorded=connected.is_recorded,
                is_again=is_again,
                bridge=connected.place.name,
                text_line=text_line(connected),
            )
        case outgoing.LastWords(_, sentences):
            return outgoing_documents.last_words(sentences=_texts(sentences), language=sentences[0].language)
        case outgoing.AskFirst(_, sentences):
            return outgoing_documents.ask_first(sentences=_texts(sentences), language=sentences[0].language)
        case outgoing.ToColleague(call, words, language, is_recorded):
            return outgoing_documents.to_colleague(
                words=words, language=language, name=name_of(call.pk), is_recorded=is_recorded
            )
        case outgoing.Goodbye(farewell):
            return goodbye(farewell)


def _texts(sentences: tuple[OpeningWords, ...]) -> list[str]:
    return [sentence.text for sentence in sentences]


def goodbye(words: OpeningWords | None) -> str:
    """The end of a call, after words if there are any."""
    return twiml.hang_up() if words is None else twiml.say_and_hang_up(words.text, language=words.language)


@from_carrier
async def key(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A key was pressed while the first words were spoken."""
    floor.attach_loop()
    try:
        answer = await ask(outgoing.after_key, gathered=callbacks.gather_callback(form), now=timezone.now())
    except StoreAway:
        journal.soon(_stop_later, leg_sid=form.get("CallSid", ""), key=form.get("Digits", ""), now=timezone.now())
        return document(twiml.hang_up())
    return document(await _written(answer))


@journal.job
def _stop_later(*, leg_sid: str, key: str, now: datetime) -> None:
    outgoing.stop_later(leg_sid=leg_sid, key=key, now=now)


@from_carrier
async def words(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Somebody says something while the first words are spoken; the carrier has written it down."""
    return await keep(_keep_words, form)


@journal.job
def _keep_words(*, form: dict[str, str], now: datetime) -> None:
    machines.heard_meanwhile(callbacks.transcription_callback(form), now=now)


@from_carrier
async def amd(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Who has answered, as the carrier guesses."""
    return await keep(_keep_guess, form)


@journal.job
def _keep_guess(*, form: dict[str, str], now: datetime) -> None:
    machines.learned(callbacks.machine_callback(form), now=now)


@from_carrier
async def machine(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The line was taken from the conversation because a machine has it: the message, or a moment of listening."""
    floor.attach_loop()
    try:
        wanted = await ask(machines.document, leg_sid=form.get("CallSid", ""), now=timezone.now())
    except StoreAway:
        return document(twiml.hang_up())
    return document(_of_machine(wanted))


def _of_machine(wanted: machines.Wanted) -> str:
    match wanted:
        case machines.Message(said, wait_s):
            return outgoing_documents.message(words=said.text, language=said.language, wait_s=wait_s)
        case machines.Listen(language):
            return outgoing_documents.listen(language=language)
        case machines.End():
            return twiml.hang_up()


@from_carrier
async def left(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The message was said to its end, and nobody has spoken."""
    try:
        await ask(machines.message_left, leg_sid=form.get("CallSid", ""), now=timezone.now())
    except StoreAway:
        journal.soon(_left_later, leg_sid=form.get("CallSid", ""), now=timezone.now())
    return document(twiml.hang_up())


@journal.job
def _left_later(*, leg_sid: str, now: datetime) -> None:
    machines.message_left(leg_sid=leg_sid, now=now)


@from_carrier
async def after_room(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The talk with a colleague is over: the colleague has left."""
    with contextlib.suppress(StoreAway):
        await ask(outgoing.left_by_colleague, leg_sid=form.get("CallSid", ""), now=timezone.now())
    return document(twiml.hang_up())


@from_carrier
async def person(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Whoever was taken for a machine has spoken, or pressed a key."""
    floor.attach_loop()
    gathered, now = callbacks.gather_callback(form), timezone.now()
    try:
        back = await ask(machines.person_after_all, gathered=gathered, now=now)
        if back is None or back.is_stopped:
            return document(twiml.hang_up())
        if back.has_talked:
            return document(twiml.go_on("/twilio/voice/resume/"))
        answer = await ask(outgoing.begin_again, leg_sid=gathered.leg_sid, now=now)
    except StoreAway:
        return document(twiml.say_and_hang_up(FAULT))
    return document(await _written(answer))
