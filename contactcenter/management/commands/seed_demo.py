"""Fill an installation with the demo's world. Running it again changes nothing that is there."""

import random
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from agents import example_tools, presence, prompts
from agents.models import (
    Agent,
    Assistant,
    Department,
    Disposition,
    Membership,
    PromptVersion,
    Queue,
    SecureField,
    ToolGrant,
)
from agents.tool_specs import TOOLS
from calls import lifecycle
from calls.control import costing
from calls.lifecycle import CallFact, EndedReason, LegStatus, Phase
from calls.models import Call, CallEvent, Leg, Number, TranscriptTurn, UsageRecord
from calls.models.number import NumberDoor
from compliance import disclosures
from contactcenter import demo, demo_campaign, demo_knowledge, demo_mind

_PAST_DAYS = 6
_CALLS_A_DAY = 12
_MS_A_CHARACTER = 62


def _door(e164: str) -> str:
    """One of the demo's numbers goes by SIP, where that can be had; elsewhere its calls go the usual way."""
    return NumberDoor.OPENAI_SIP if e164 == demo.BY_SIP else NumberDoor.MEDIA_STREAM


class Command(BaseCommand):
    """`manage.py seed_demo`."""

    help = (
        "Create the demo's departments, assistants, numbers, people, past calls and a campaign (once). "
        "Example: manage.py seed_demo"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, then print who can sign in."""
        with transaction.atomic():
            departments = _departments()
            assistants = _assistants(departments)
            _people()
            _seats(departments)
            if settings.EXAMPLE_TOOLS_URL:
                _example_tools(assistants)
            past = _past_calls(assistants)
            desk = assistants[demo_mind.DESK]
            demo_campaign.plant(desk, Number.objects.get(e164=demo.ASSISTANTS[desk.name][2]), now=timezone.now())
            demo_mind.allow(desk, now=timezone.now())
        people, numbers = len(demo.PEOPLE), Number.objects.count()
        self.stdout.write(
            f"seeded: {people} people, {numbers} numbers, {len(assistants)} assistants, {past} past calls"
        )
        for email, (_, _, group) in demo.PEOPLE.items():
            self.stdout.write(f"{group}: {email} / {demo.PASSWORD}")


def _departments() -> dict[str, Department]:
    return {
        slug: Department.objects.get_or_create(slug=slug, defaults={"name": name, "description": description})[0]
        for slug, (name, description) in demo.DEPARTMENTS.items()
    }


def _assistants(departments: dict[str, Department]) -> dict[str, Assistant]:
    assistants = {}
    for name, (department, starter, e164, label) in demo.ASSISTANTS.items():
        assistant, is_new = Assistant.objects.get_or_create(
            slug=name.lower().replace(" ", "-"),
            defaults={"name": name, "department": departments[department], "business_name": demo.BUSINESS},
        )
        if is_new:
            _publish_starter(assistant, starter)
            demo_knowledge.plant(assistant)
            if name == demo_mind.DESK:
                demo_mind.plant(assistant, now=timezone.now())
        Number.objects.get_or_create(e164=e164, defaults={"label": label, "assistant": assistant, "door": _door(e164)})
        assistants[name] = assistant
    return assistants


def _publish_starter(assistant: Assistant, starter: str) -> None:
    prompt = prompts.starter(starter)
    version = PromptVersion.draft(
        assistant=assistant,
        instructions=prompt.instructions,
        greeting=prompt.greeting,
        note="Starter prompt",
        model=settings.OPENAI_MODEL,
        voice=settings.OPENAI_VOICE,
    )
    for tool in TOOLS:
        ToolGrant.objects.get_or_create(assistant=assistant, tool=tool)
    for name, (label, kind, more) in demo.SECRETS.items():
        field = SecureField(assistant=assistant, name=name, label=label, kind=kind, **more)
        if field.check_by == SecureField.Check.HASH:
            field.set_secret(demo.ACCOUNT_PIN)
        field.save()
    prompts.publish(version=version, by="seed_demo", now=timezone.now())


def _people() -> None:
    accounts = get_user_model().objects
    for email, (first, last, group) in demo.PEOPLE.items():
        person, is_new = accounts.get_or_create(
            username=email,
            defaults={
                "email": email,
                "first_name": first,
                "last_name": last,
                "is_staff": group in ("admin", "auditor"),
            },
        )
        if is_new:
            person.set_password(demo.PASSWORD)
            person.save()
        person.groups.add(Group.objects.get(name=group))


def _seats(departments: dict[str, Department]) -> None:
    """Who takes calls where, and for which queues; whoever is there already keeps what they are doing."""
    queues = {}
    for slug, (name, department, ring_s) in demo.QUEUES.items():
        queues[slug], _ = Queue.objects.get_or_create(
            slug=slug, defaults={"name": name, "department": departments[department], "ring_s": ring_s}
        )
        Assistant.objects.filter(department=departments[department], queue=None).update(queue=queues[slug])
    Assistant.objects.filter(queue=None).update(queue=queues["front-desk"])
    for code, name in demo.DISPOSITIONS.items():
        Disposition.objects.get_or_create(code=code, defaults={"name": name})
    for email, (department, phone, names, is_free) in demo.AGENTS.items():
        user = get_user_model().objects.get(username=email)
        agent, is_new = Agent.objects.get_or_create(
            user=user,
            defaults={
                "name": user.first_name,
                "department": departments[department],
                "seat": Agent.Seat.PHONE if phone else Agent.Seat.BROWSER,
                "phone_e164": phone,
            },
        )
        if is_new:
            for slug in names:
                Membership.objects.create(queue=queues[slug], agent=agent)
            if is_free:
                presence.set_available(agent.pk, now=timezone.now())


def _example_tools(assistants: dict[str, Assistant]) -> None:
    """A calendar and a customer file, for every assistant; they lead to where the business is now."""
    names = example_tools.load(at=settings.EXAMPLE_TOOLS_URL, key=demo.BUSINESS_KEY, by="seed_demo", now=timezone.now())
    for assistant in assistants.values():
        example_tools.grant(assistant, names)


def _past_calls(assistants: dict[str, Assistant]) -> int:
    """Calls of the past days, the same ones every time the command runs on a day."""
    today = timezone.now().replace(hour=17, minute=0, second=0, microsecond=0)
    count = 0
    for day in range(1, _PAST_DAYS + 1):
        chance = random.Random((today - timedelta(days=day)).toordinal())  # noqa: S311  (not a secret)
        for n in range(_CALLS_A_DAY):
            started_at = today - timedelta(days=day, minutes=chance.uniform(0, 540))
            (past,) = chance.choices(demo.PAST_CALLS, weights=[1 if one.is_rare else 5 for one in demo.PAST_CALLS])
            _past_call(past, assistants[past.assistant], f"CA{'demo'}{started_at:%Y%m%d}{n:02}", started_at, chance)
            count += 1
    demo_calls = Call.objects.filter(legs__leg_sid__startswith="CAdemo", cost=None).values_list("pk", flat=True)
    costing.count(list(demo_calls), now=timezone.now())
    return count


def _past_call(
    past: demo.PastCall, assistant: Assistant, leg_sid: str, started_at: datetime, chance: random.Random
) -> None:
    if Leg.objects.filter(leg_sid=leg_sid).exists():
        return
    number = Number.objects.get(e164=demo.ASSISTANTS[past.assistant][2])
    reason = EndedReason(past.ended_reason)
    call = Call.objects.create(
        number=number,
        assistant=assistant,
        prompt_version=assistant.published_version(),
        customer_address=past.customer,
        customer_e164=past.customer,
        our_address=number.e164,
        verstat="TN-Validation-Passed-A",
        phase=Phase.CLOSED,
        started_at=started_at,
        answered_at=started_at + timedelta(seconds=1),
        ended_reason=reason,
        failure_class=lifecycle.failure_class(reason),
        cuts=sum("✂" in line for line in past.lines),
    )
    end_ms = _turns(call, past, chance)
    ended_at = started_at + timedelta(milliseconds=end_ms)
    Call.objects.filter(pk=call.pk).update(ended_at=ended_at)
    call.refresh_from_db()
    demo_mind.remember(call, past)
    Leg.objects.create(
        call=call,
        leg_sid=leg_sid,
        direction="inbound",
        from_address=past.customer,
        to_address=number.e164,
        status=LegStatus.COMPLETED,
        duration_s=end_ms // 1000,
        created_at=started_at,
        ended_at=ended_at,
    )
    CallEvent.objects.bulk_create(
        [
            CallEvent(call=call, kind=CallFact.CALL_RECEIVED, at=started_at, at_ms=0, source="carrier", key="received"),
            CallEvent(
                call=call, kind=CallFact.LEG_ENDED, at=ended_at, at_ms=end_ms, source="carrier", key=f"ended:{leg_sid}"
            ),
            *(
                CallEvent(
                    call=call,
                    kind="key_pressed",
                    at=started_at + timedelta(milliseconds=end_ms // 3),
                    at_ms=end_ms // 3,
                    source="carrier",
                    data={"digit": key},
                )
                for key in past.keys
            ),
        ]
    )


def _turns(call: Call, past: demo.PastCall, chance: random.Random) -> int:
    """The turns of a past call, paced like speech; returns when the last one ended."""
    opening = disclosures.opening_words(business=demo.BUSINESS).text
    at_ms, turns = 400, []
    for n, line in enumerate((opening, *past.lines)):
        is_assistant = n == 0 or n % 2 == 1
        heard, _, unheard = line.partition("✂")
        length = len(heard) * _MS_A_CHARACTER
        response_ms = int(chance.gauss(650, 120)) if is_assistant and n > 1 else None
        at_ms += response_ms or 500
        if line:
            turns.append(
                TranscriptTurn(
                    call=call,
                    item_id=f"demo_{n}",
                    party=TranscriptTurn.Party.ASSISTANT if is_assistant else TranscriptTurn.Party.CUSTOMER,
                    started_ms=at_ms,
                    ended_ms=at_ms + length,
                    text=heard.strip(),
                    unheard=unheard.strip(),
                    is_cut="✂" in line,
                    response_ms=response_ms,
                )
            )
        at_ms += length if line else 4000
    TranscriptTurn.keep_all(turns)
    UsageRecord.keep_all(_usage(call, turns[1:]))  # the opening is the carrier's
    return at_ms


def _usage(call: Call, turns: list[TranscriptTurn]) -> list[UsageRecord]:
    """What the model would have billed: all that was said is heard again for every answer, mostly from its cache."""
    version = call.prompt_version
    if version is None:
        return []
    text, sound, records, known = len(version.instructions) // 4, 0, [], {"text": 0, "sound": 0}
    for turn in turns:
        length_ms, words = (turn.ended_ms or 0) - turn.started_ms, len(turn.text) // 4
        about = {"call": call, "ref": turn.item_id, "at": call.started_at + timedelta(milliseconds=turn.ended_ms or 0)}
        if turn.party == TranscriptTurn.Party.CUSTOMER:
            sound += length_ms // 100
            heard = {"input_audio_tokens": length_ms // 100, "output_text_tokens": words}
            kind, model = UsageRecord.Kind.TRANSCRIPTION, version.transcription_model
            records.append(UsageRecord(**about, **heard, kind=kind, model=model))
            continue
        said = {"output_text_tokens": words, "output_audio_tokens": length_ms // 50}
        went_in = {"input_text_tokens": text, "input_audio_tokens": sound}
        again = {"cached_text_tokens": known["text"], "cached_audio_tokens": known["sound"]}
        kind, model = UsageRecord.Kind.RESPONSE, version.model
        records.append(UsageRecord(**about, **said, **went_in, **again, kind=kind, model=model))
        known = {"text": text, "sound": sound}
        text, sound = text + words, sound + length_ms // 50
    return records
