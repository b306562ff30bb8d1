"""What tests begin with: plain builders with explicit words. Alice supervises, Bob takes calls, Carol calls."""

import itertools
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import AsyncClient
from django.test.client import AsyncClientHandler
from django.utils import timezone
from twilio.request_validator import RequestValidator

from agents import prompts
from agents.models import Assistant, Department, PromptVersion, Queue, RelayLine, ToolGrant
from calls import intake
from calls.carrier import callbacks
from calls.models import Call, Number, Schedule
from contactcenter.webhook_way import ShortWay

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CAROL = "+14155552671"
OURS = "+14155550100"
_count = itertools.count(1)


def a_sid(kind: str = "CA") -> str:
    """A vendor's id nobody had before."""
    return f"{kind}{next(_count):032x}"


def an_assistant(*, name: str = "Reception", greeting: str = "How can I help you?", **version: Any) -> Assistant:
    """An assistant with a published prompt and every tool."""
    department, _ = Department.objects.get_or_create(slug="reception", defaults={"name": "Reception"})
    assistant = Assistant.objects.create(
        name=name, slug=name.lower().replace(" ", "-"), department=department, business_name="Marlow Outdoor"
    )
    for tool in ("end_call", "stop_recording"):
        ToolGrant.objects.create(assistant=assistant, tool=tool)
    fields = {"instructions": "You answer for {{business}}.", "model": "gpt-realtime-2.1", "voice": "marin"} | version
    draft = PromptVersion.draft(assistant=assistant, greeting=greeting, **fields)
    prompts.publish(version=draft, by="tests", now=timezone.now())
    return assistant


def a_text_line(assistant: Assistant) -> RelayLine:
    """A ConversationRelay line of the assistant, which can be switched to Spanish."""
    line = RelayLine.objects.create(assistant=assistant, hints="tent")
    line.languages.create(
        code="es-US",
        tts_provider="Amazon",
        voice="Lupe-Neural",
        transcription_provider="Deepgram",
        speech_model="nova-3-general",
    )
    return line


def a_number(*, e164: str = OURS, assistant: Assistant | None = None, **fields: Any) -> Number:
    """A number of ours; without an assistant named, a new one answers it."""
    return Number.objects.create(e164=e164, assistant=assistant or an_assistant(name=f"Assistant {e164}"), **fields)


def a_schedule(*hours: tuple[int, str, str], name: str = "Office hours", **holidays: date) -> Schedule:
    """Opening hours: (day of the week, opens, closes) each, Monday to Friday from 8 to 18 if none are given."""
    schedule = Schedule.objects.create(name=name)
    for weekday, opens, closes in hours or [(day, "08:00", "18:00") for day in range(5)]:
        schedule.hours.create(weekday=weekday, opens=opens, closes=closes)
    for holiday, day in holidays.items():
        schedule.holidays.create(name=holiday, holiday_date=day)
    return schedule


def a_queue(*, name: str = "Billing", overflow: str = "hang_up", **fields: Any) -> Queue:
    """A queue in which callers wait for people."""
    slug = name.lower().replace(" ", "-")
    department, _ = Department.objects.get_or_create(slug=slug, defaults={"name": name})
    return Queue.objects.create(name=name, slug=slug, department=department, overflow=overflow, **fields)


def a_ring(*, to: str = OURS, from_: str = CAROL, leg_sid: str = "", **fields: str) -> dict[str, str]:
    """The form of a first voice webhook."""
    return {
        "CallSid": leg_sid or a_sid(),
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "From": from_,
        "To": to,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "StirVerstat": "TN-Validation-Passed-A",
    } | fields


def a_call(*, to: str = OURS, now: datetime = NOON, leg_sid: str = "", from_: str = CAROL) -> Call:
    """A call that has just come in to one of our numbers (which is made if it is not there)."""
    if not Number.objects.filter(e164=to).exists():
        a_number(e164=to)
    form = a_ring(to=to, leg_sid=leg_sid, from_=from_)
    return intake.receive(request=callbacks.voice_request(form), now=now).call


def signed(path: str, form: dict[str, str], *, token: str = "") -> str:
    """The carrier's signature of a form posted to one of our paths."""
    validator = RequestValidator(token or settings.TWILIO_AUTH_TOKEN)
    return validator.compute_signature(settings.PUBLIC_URL + path, form)


class _Webhooks(ShortWay, AsyncClientHandler):
    """Requests of a test client, as webhooks are served."""


async def post(path: str, form: dict[str, str], *, signature: str | None = None) -> HttpResponse:
    """A form post of the carrier's, signed unless a signature is given."""
    given = signed(path, form) if signature is None else signature
    client = AsyncClient()
    client.handler = _Webhooks(enforce_csrf_checks=True)
    return await client.post(path, form, headers={"X-Twilio-Signature": given})


def a_person(name: str, *groups: str) -> User:
    """Somebody who signs in."""
    person = User.objects.create_user(f"{name}@example.com", f"{name}@example.com", "secret-of-" + name)
    person.groups.set(Group.objects.filter(name__in=groups))
    return person


def alice() -> User:
    """Alice supervises."""
    return a_person("alice", "supervisor")


def bob() -> User:
    """Bob takes calls."""
    return a_person("bob", "agent")
