"""A trunk's document for disasters: none of its addresses has taken a call, and the carrier asks us what to do."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from calls import intake, journal, metrics
from calls.carrier import callbacks, twiml
from calls.lifecycle import CallFact, EndedReason
from calls.provisioning import disaster
from calls.webhooks.answering import document, kept
from calls.webhooks.genuine import from_carrier


@from_carrier
async def trunk_away(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The words and the number that stand in the exported file too. It needs no store; the call is kept when it can."""
    metrics.TRUNK_DISASTERS.inc()
    journal.soon(_keep, form=kept(form), now=timezone.now())
    return document(disaster.document())


@journal.job
def _keep(*, form: dict[str, str], now: datetime) -> None:
    call = intake.adopt(request=callbacks.voice_request(form), now=now)
    fact = CallFact.FALLBACK_DIALLED if twiml.has_fallback() else CallFact.APOLOGISED
    if twiml.has_fallback():
        call.transferred("trunk_away")
    call.advance(fact, at=now, source="system", key="trunk_away", reason=EndedReason.INTAKE_FAILED)
