"""Twilio's webhooks about the page of a test call that is rung because somebody is put through to it."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from calls import journal, reactions
from calls.carrier import callbacks, twiml
from calls.control import dialled, page_lines
from calls.lifecycle import LEG_ENDED, CallFact
from calls.webhooks import carrier
from calls.webhooks.answering import StoreAway, ask, document, keep
from calls.webhooks.genuine import from_carrier


@from_carrier
async def answered(_: HttpRequest, form: QueryDict, transfer_id: int) -> HttpResponse:
    """The page has answered: if it is the caller whom this transfer waits for, they hear what any caller would.

    Anybody else is let go, and without the books everybody: the page still has its line to the assistant.
    """
    try:
        is_caller = await ask(
            page_lines.take, transfer_id=transfer_id, leg_sid=form.get("CallSid", ""), now=timezone.now()
        )
    except StoreAway:
        is_caller = False
    return await carrier.what_follows(form) if is_caller else document(twiml.hang_up())


@from_carrier
async def status(_: HttpRequest, form: QueryDict, transfer_id: int) -> HttpResponse:
    """The status of a page's line."""
    return await keep(_keep_status, form, transfer_id=transfer_id)


@journal.job
def _keep_status(*, form: dict[str, str], now: datetime, transfer_id: int) -> None:
    callback = callbacks.status_callback(form)
    errand = page_lines.errand_of(transfer_id)
    leg = dialled.heard_of(errand=errand, leg_sid=callback.leg_sid, status=callback.status, now=now)
    if leg is None:
        return
    leg.report(
        callback.status,
        at=callback.occurred_at or now,
        source="carrier",
        sequence=callback.sequence,
        duration_s=callback.duration_s,
        sip_response_code=callback.sip_response_code,
    )
    if callback.status in LEG_ENDED:
        reactions.after_call(CallFact.LEG_ENDED, leg.call)
