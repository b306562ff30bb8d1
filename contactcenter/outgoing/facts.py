"""What a call has found out, posted to the address of its assistant: signed, under one key, until it has arrived."""

import json
from datetime import UTC, datetime
from typing import Any

import structlog
from django.conf import settings

from agents import web_addresses
from agents.models import FactsWebhook
from calls.control import briefs
from calls.models import Call, CallResult, FactsDelivery
from calls.tools.web import client
from calls.tools.web.request import Request, signed
from compliance.encrypted import Unreadable
from compliance.models import Person

_PATIENCE_S = 10.0
_TYPE = "call.facts"

log = structlog.get_logger(__name__)


class UnableToSend(Exception):
    """It cannot be sent as things are; `str()` says why, for people. `is_final`: trying again changes nothing."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words)
        self.is_final = is_final


def send(*, delivery: FactsDelivery, now: datetime) -> None:
    """Try once, if it is due and nobody else tries. Whatever goes wrong is kept with the delivery, for people."""
    if not delivery.claim(now=now):
        return
    try:
        _post(delivery, now=now)
    except (UnableToSend, client.Unanswered) as problem:
        is_final = isinstance(problem, UnableToSend) and problem.is_final
        delivery.not_arrived(str(problem), now=now, is_final=is_final)
        log.warning("facts not delivered", call=delivery.call_id, tries=delivery.tries, why=str(problem))
        return
    delivery.arrived(now=now)


def _post(delivery: FactsDelivery, *, now: datetime) -> None:
    """Post them. Raises UnableToSend or Unanswered."""
    call = Call.objects.select_related("assistant").get(pk=delivery.call_id)
    webhook = FactsWebhook.of(call.assistant_id)
    if webhook is None:
        raise UnableToSend("There is no address any more that they could be sent to.", is_final=True)
    if call.customer_e164 and Person.objects.filter(number=call.customer_e164, is_restricted=True).exists():
        raise UnableToSend("The data of this person may be kept and not be used.", is_final=True)
    secret = webhook.signing_secret
    if isinstance(secret, Unreadable):
        raise UnableToSend("The signing secret cannot be decrypted: a key of FIELD_KEYS is missing.")
    try:
        target = web_addresses.target(webhook.url, allowed=settings.TOOL_ALLOWED_HOSTS)
    except web_addresses.Refused as refused:
        raise UnableToSend(str(refused)) from None
    body = json.dumps(told(call, webhook), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "contactcenter",
        "Idempotency-Key": delivery.key,
        "X-Call": str(call.pk),
        **signed(str(secret), target, body, key=delivery.key, now=now),
    }
    reply = client.ask(Request(target, "POST", headers, body), timeout_s=_PATIENCE_S)
    if reply.status >= 400:
        raise UnableToSend(f"{target.host} answered with HTTP {reply.status}.")


def told(call: Call, webhook: FactsWebhook) -> dict[str, Any]:
    """What is told of a call; of one whose words are not kept, that it was and how it ended. Raises UnableToSend."""
    result = CallResult.objects.filter(call=call).first()
    facts = list(call.facts.exclude(value="").order_by("pk")) if call.are_words_kept else []
    note = result.note if result is not None and call.are_words_kept else ""
    if any(isinstance(value, Unreadable) for value in (note, *(fact.value for fact in facts))):
        raise UnableToSend("What was found out cannot be decrypted: a key of FIELD_KEYS is missing.")
    body: dict[str, Any] = {
        "type": _TYPE,
        "call": str(call.pk),
        "assistant": call.assistant.slug if call.assistant is not None else "",
        "direction": call.direction,
        "started_at": _utc(call.started_at),
        "ended_at": _utc(call.ended_at),
        "ended": call.ended_reason,
        "are_words_kept": call.are_words_kept,
        "facts": {fact.name: str(fact.value) for fact in facts},
        "result": None if result is None else {"code": result.disposition, "note": str(note)},
        "notes": briefs.notes(call) if call.are_words_kept else [],
    }
    return body | ({"caller": call.customer_e164} if webhook.sends_caller else {})


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
