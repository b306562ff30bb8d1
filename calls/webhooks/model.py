"""What the model's side tells us: that somebody has come by SIP. Proved, kept once, and answered at once.

Whether they are let in is decided here as well, for it takes one look into the books; letting them in is the work of
whoever looks after lines to the model (`manage.py run_sidebands`).
"""

import threading
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from agents import floor
from calls import intake, metrics, sightings
from calls.models import ModelWebhook
from calls.realtime import webhook as wire
from calls.webhooks.answering import StoreAway, ask

log = structlog.get_logger(__name__)


@csrf_exempt  # no browser comes here: the signature is the proof
async def webhook(request: HttpRequest) -> HttpResponse:
    """`POST /openai/webhook/`."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    floor.attach_loop()
    try:
        body = request.body
        webhook_id = _proved(body, request)
        event = wire.read(body, webhook_id=webhook_id)
    except wire.NotGenuine as refused:
        return _refused(str(refused), refused.status)
    except (OSError, ValueError) as error:  # the body was too large, or broke off
        log.debug("webhook not read", error=type(error).__name__)
        return _refused("The body could not be read.", 400)
    try:
        outcome = await ask(_take, event=event, now=timezone.now())
    except StoreAway:  # it is sent again
        metrics.SIP_WEBHOOKS.labels("store away").inc()
        return HttpResponse("Not now.", status=503, content_type="text/plain")
    metrics.SIP_WEBHOOKS.labels(outcome).inc()
    return HttpResponse("", content_type="text/plain")


webhook.is_model_webhook = True  # type: ignore[attr-defined]  # for the list of who may reach what


if settings.OPENAI_WEBHOOK_SECRETS and not settings.BRIDGE_NAME:
    # Before the first one comes, whose caller waits; and beside the start of the process, which others wait for.
    threading.Thread(target=wire.load, name="model webhooks", daemon=True).start()


def _proved(body: bytes, request: HttpRequest) -> str:
    try:
        return wire.verify(body, request.headers)
    except wire.NotGenuine:
        sightings.note(sightings.Sight.MODEL_SIGNATURE)
        raise


def _take(*, event: wire.ModelEvent, now: datetime) -> str:
    """Keep it, if it has not come before, and do what follows; what became of it, in a word."""
    call_id = event.call_id if isinstance(event, wire.IncomingCall) else ""
    with transaction.atomic():
        kept = ModelWebhook.take(webhook_id=event.webhook_id, kind=event.kind, model_call_id=call_id, now=now)
        if kept is None:
            return "known"
        outcome = intake.by_sip_incoming(event, now=now) if isinstance(event, wire.IncomingCall) else "ignored"
        kept.became(outcome)
    return outcome


def _refused(why: str, status: int) -> HttpResponse:
    metrics.SIP_WEBHOOKS.labels("refused").inc()
    log.warning("model webhook refused", reason=why)
    return HttpResponse(f"{why}\n", status=status, content_type="text/plain")
