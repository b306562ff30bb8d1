"""Twilio's webhook about text messages to our numbers, WhatsApp included."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import journal
from calls.carrier import texts as documents
from calls.control import texts
from calls.control.whatsapp import asking
from calls.webhooks.answering import StoreAway, ask, document, keep, kept
from calls.webhooks.genuine import text_from_carrier


@text_from_carrier
async def received(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A message has come in: whoever writes that they want no more calls gets none from this second on."""
    floor.attach_loop()
    arguments = {"form": kept(form), "now": timezone.now()}
    try:
        words = await ask(_take, **arguments)
    except StoreAway:  # the sender is answered by nothing rather than by what may not be true yet
        journal.soon(_take_later, **arguments)
        words = ""
    return document(documents.answer(words))


def _take(*, form: dict[str, str], now: datetime) -> str:
    button = documents.button_callback(form)
    if button.is_answer:
        asking.answered(button, now=now)
        return ""
    return texts.received(text=documents.text_callback(form), now=now)


@journal.job
def _take_later(*, form: dict[str, str], now: datetime) -> None:
    _take(form=form, now=now)


@text_from_carrier
async def status(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """How far a message of ours has come."""
    return await keep(_keep_status, form)


@journal.job
def _keep_status(*, form: dict[str, str], now: datetime) -> None:
    asking.reported(documents.message_status(form), now=now)
