"""What the carrier asks when a caller's line to the model is over."""

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import intake, metrics, reactions
from calls.carrier import callbacks, twiml
from calls.webhooks import carrier
from calls.webhooks.answering import StoreAway, ask, document
from calls.webhooks.genuine import from_carrier


@from_carrier
async def after_line(_: HttpRequest, form: QueryDict, *, line_id: int) -> HttpResponse:
    """The verb after the line: it was lost, refused, never answered, or its hour is over. Answer by what came of it."""
    floor.attach_loop()
    request, dial, now = callbacks.voice_request(form), callbacks.dial_callback(form), timezone.now()
    try:
        continuation = await ask(intake.after_line, request=request, line_id=line_id, dial=dial, now=now)
        if isinstance(continuation, intake.Parked | intake.InLine):
            await ask(reactions.after_room, call=continuation.call)
    except StoreAway:
        return carrier.without_store(form, now, path="sip")
    if continuation is None:  # nobody hears the answer
        return document(twiml.nothing())
    if isinstance(continuation, intake.WithAssistant):
        metrics.CALLS_RESUMED.inc()
    return await carrier.continued(continuation, form, now)
