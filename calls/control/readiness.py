"""The go-live check: read everything beside each other, let the checks look at it, keep what they found."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils import timezone

from agents.models import Agent, PromptVersion
from calls import golive
from calls.carrier import account as at_carrier
from calls.carrier import reach
from calls.carrier.errors import CarrierError
from calls.control import vendor_settings
from calls.control.whatsapp import senders
from calls.golive import Finding, Snapshot, Unread
from calls.golive.snapshot import AccountThere, NumberThere, OurNumber, Ours, SenderThere, read
from calls.models import BridgeWorker, CarrierReport, Number, ReadinessCheck, WhatsAppSender
from calls.realtime import account as at_model

_AT_ONCE = 6
_DAY = timedelta(days=1)
_TOLD = ("number.missing:", "unread:services")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotFound(Exception):
    """What was to be repaired is not found any more; `str()` says so to a person."""


def check(*, by: str, now: datetime) -> ReadinessCheck:
    """Look, and keep what was found."""
    snapshot = look(now=now)
    return ReadinessCheck.keep(golive.examine(snapshot), facts=_facts(snapshot), by=by, now=now)


def repair(keys: set[str], *, by: str, now: datetime) -> tuple[vendor_settings.Done, ReadinessCheck]:
    """Put right what is found under these keys now; look again. Raises NotFound."""
    found = [finding for finding in golive.examine(look(now=now)) if finding.key in keys and finding.is_repairable]
    if not found:
        raise NotFound("There is nothing to repair there any more. Check again.")
    done = vendor_settings.make([change for finding in found for change in finding.changes], by=by, now=now)
    return done, check(by=by, now=timezone.now())


def set_up(*, now: datetime, public_url: str = "") -> list[Finding]:
    """What setting up the account would change, for this public address or the one of the settings.

    Raises CarrierError when the numbers cannot be read.
    """
    ours = _ours(now=now)
    ours = replace(ours, public_url=public_url or ours.public_url)
    numbers = at_carrier.numbers()
    if isinstance(numbers, Unread):
        raise CarrierError(numbers.why, is_permanent=numbers.is_refused)
    account = AccountThere("active", "Full")  # nothing else of it is looked at
    snapshot = Snapshot(now, ours, account, numbers, services=at_carrier.services())
    _learn_sids(numbers)
    return [finding for finding in golive.examine(snapshot) if finding.is_setup or finding.key.startswith(_TOLD)]


def look(*, now: datetime) -> Snapshot:
    """Everything, read now. What the vendors do not answer within seconds is unread."""
    ours = _ours(now=now)
    asks: dict[str, Callable[[], Any]] = {
        "reach": reach.try_the_way,
        "account": lambda: at_carrier.account_and_clock(timezone.now),
        "numbers": lambda: _with_regions(at_carrier.numbers(), ours),
        "caller_ids": at_carrier.caller_ids,
        "countries": lambda: at_carrier.countries(ours.countries),
        "services": at_carrier.services,
        "alerts": lambda: at_carrier.alerts(since=now - _DAY),
        "has_media_password": at_carrier.has_media_password,
        "senders": lambda: _senders(now=now),
    }
    if ours.workflow_sid:
        asks["workflows"] = at_carrier.workflows
    if not ours.account_sid:
        asks = {"reach": reach.try_the_way} if ours.has_auth_token else {}
    if ours.has_model_key:
        asks["models"] = at_model.models
    if ours.has_model_key and ours.webhook_path:
        asks["webhooks"] = at_model.webhooks
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="readiness") as beside:
        waiting = {name: beside.submit(ask) for name, ask in asks.items()}
        answers = {name: asked.result() for name, asked in waiting.items()}
    nothing = Unread("no account is configured")
    account, ahead_s = answers.pop("account", (nothing, 0.0))
    share = min((bridge.model_share_left for bridge in BridgeWorker.heard_lately()), default=1.0)
    rest: dict[str, Any] = {"numbers": nothing} | answers
    snapshot = Snapshot(now, ours, account=account, clock_ahead_s=ahead_s, model_share_left=share, **rest)
    _learn_sids(read(snapshot.numbers, ()))
    return snapshot


def _with_regions(numbers: tuple[NumberThere, ...] | Unread, ours: Ours) -> tuple[NumberThere, ...] | Unread:
    """Where the calls of our own numbers are processed; the others' do not matter."""
    if isinstance(numbers, Unread):
        return numbers
    mine = {number.e164 for number in ours.numbers}
    return tuple(
        replace(number, region=read(at_carrier.region_of(number.e164), "")) if number.e164 in mine else number
        for number in numbers
    )


def _senders(*, now: datetime) -> tuple[SenderThere, ...] | Unread:
    ours = WhatsAppSender.objects.filter(is_on=True, number__is_active=True).select_related("number")
    try:
        return tuple(SenderThere(one.number.e164, tuple(senders.readiness(one, now=now))) for one in ours)
    except CarrierError as error:
        return Unread(str(error), is_refused=error.is_permanent)
    finally:
        connection.close()  # this thread's own


def _ours(*, now: datetime) -> Ours:
    numbers = Number.objects.filter(is_active=True).select_related("trunk", "whatsapp").order_by("e164")
    return Ours(
        public_url=settings.PUBLIC_URL,
        account_sid=settings.TWILIO_ACCOUNT_SID,
        has_auth_token=bool(settings.TWILIO_AUTH_TOKEN),
        has_api_key=bool(settings.TWILIO_API_KEY),
        browser_seats=Agent.objects.filter(is_active=True, seat=Agent.Seat.BROWSER).count(),
        region=settings.TWILIO_REGION,
        edge=settings.TWILIO_EDGE,
        is_carrier_here=(urlsplit(settings.TWILIO_API_BASE).hostname or "") in _LOOPBACK,
        numbers=tuple(_wanted(number) for number in numbers),
        countries=tuple(settings.DIAL_REGIONS),
        workflow_sid=settings.TASKROUTER_WORKFLOW_SID,
        fallback_number=settings.FALLBACK_NUMBER,
        has_model_key=bool(settings.OPENAI_API_KEY),
        models=_models(),
        webhook_path="/openai/webhook/" if settings.OPENAI_WEBHOOK_SECRETS else "",
        hears_errors=CarrierReport.objects.filter(source="debugger", at__gt=now - _DAY).exists(),
    )


def _wanted(number: Number) -> OurNumber:
    trunk_sid = number.trunk.trunk_sid if number.trunk else ""
    return OurNumber(
        number.e164,
        number.label,
        trunk_sid=trunk_sid,
        overrides=number.overrides,
        is_sender=hasattr(number, "whatsapp"),
    )


def _models() -> tuple[str, ...]:
    """What published prompts of assistants that answer speak with, and what new ones begin with."""
    live = PromptVersion.objects.filter(status=PromptVersion.Status.PUBLISHED, assistant__is_active=True)
    return tuple(sorted({settings.OPENAI_MODEL, *live.values_list("model", flat=True)}))


def _learn_sids(numbers: tuple[NumberThere, ...]) -> None:
    there = {number.e164: number.sid for number in numbers}
    for number in Number.objects.filter(e164__in=there):
        if number.phone_number_sid != there[number.e164]:
            number.learn_sid(there[number.e164])


def _facts(snapshot: Snapshot) -> dict[str, Any]:
    """What was read, in a few words: shown above the findings."""
    account = snapshot.account
    return {
        "account": "not read" if isinstance(account, Unread) else f"{account.status}, {account.kind}",
        "numbers": len(read(snapshot.numbers, ())),
        "ours": len(snapshot.ours.numbers),
        "public_url": snapshot.ours.public_url,
        "models": len(read(snapshot.models, frozenset())),
        "checks": len(golive.registry.CHECKS),
    }
