"""Twilio's webhooks that are about no call: its debugger's errors, the probe of the go-live check, the sound check."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import journal
from calls.carrier import callbacks, sound_check_documents, twiml
from calls.carrier.debugger_callback import debugger_callback
from calls.carrier.reach import PROBE_FIELD
from calls.control import carrier_reports
from calls.control import sound_check as checking
from calls.webhooks.answering import StoreAway, ask, document, keep
from calls.webhooks.genuine import from_carrier

_LONGEST_PROBE = 64


async def _probe(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Says the word back: whoever signed it knows that they have come to us, and that their signature was taken."""
    return HttpResponse(form.get(PROBE_FIELD, "")[:_LONGEST_PROBE], content_type="text/plain; charset=utf-8")


probe = from_carrier(_probe, about=(PROBE_FIELD,))


async def _debugger(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The carrier had an error. What the caller said or keyed in may be in the form: only the error is taken out."""
    floor.attach_loop()
    told = debugger_callback(form)
    if told.account_sid != settings.TWILIO_ACCOUNT_SID or not told.code:
        return document(twiml.nothing())
    arguments = {
        "report_sid": told.report_sid,
        "level": told.level,
        "code": told.code,
        "resource_sid": told.resource_sid,
        "occurred_at": told.occurred_at,
        "now": timezone.now(),
    }
    try:
        await ask(_keep_report, **arguments)
    except StoreAway:
        journal.soon(_keep_report, **arguments)
    return document(twiml.nothing())


debugger = from_carrier(_debugger, about=("Sid",))


@journal.job
def _keep_report(
    *, report_sid: str, level: str, code: int, resource_sid: str, occurred_at: datetime | None, now: datetime
) -> None:
    carrier_reports.keep(
        report_sid=report_sid,
        source=carrier_reports.Source.DEBUGGER,
        level=level,
        code=code,
        resource_sid=resource_sid,
        occurred_at=occurred_at,
        now=now,
    )


# --- the sound check --------------------------------------------------------------------------------------------------


@from_carrier
async def sound_check(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Whoever tests has picked up: say the sentence, and ask for a key as the proof that it was heard."""
    return document(sound_check_documents.sentence())


@from_carrier
async def sound_check_key(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A key, or none, after the sentence."""
    is_heard = form.get("Digits", "") == "1"
    try:
        await ask(checking.answered, leg_sid=form.get("CallSid", ""), is_heard=is_heard, now=timezone.now())
    except StoreAway:
        is_heard = False
    return document(sound_check_documents.thanks(is_heard=is_heard))


@from_carrier
async def sound_check_status(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The status of the sound check's leg."""
    return await keep(_keep_sound_check_status, form)


@journal.job
def _keep_sound_check_status(*, form: dict[str, str], now: datetime) -> None:
    callback = callbacks.status_callback(form)
    checking.reported(
        leg_sid=callback.leg_sid,
        to=callback.voice.to_address,
        from_=callback.voice.from_address,
        status=callback.status,
        sequence=callback.sequence,
        duration_s=callback.duration_s,
        sip_response_code=callback.sip_response_code,
        at=callback.occurred_at or now,
        now=now,
    )
