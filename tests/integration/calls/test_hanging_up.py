"""The conversation has come to its end: the line is released, whatever is away at that moment."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async as db
from django.db import OperationalError
from django.utils import timezone

from calls import intake, journal
from calls.carrier import rest, twiml
from calls.carrier.errors import CarrierError
from calls.consumers import hanging_up
from calls.consumers.books import Account
from calls.consumers.bridge import Bridge, Line
from calls.control import legs
from calls.lifecycle import CallFact, EndedReason
from calls.models import Call
from calls.voice import effects as e
from calls.voice import messages as m
from calls.webhooks import carrier as webhooks
from tests import given
from tests.given import post
from tests.integration.calls.test_continuation import held

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def released(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The legs the carrier was asked to end."""
    asked: list[str] = []

    def hang_up(leg_sid: str) -> bool:
        asked.append(leg_sid)
        return True

    monkeypatch.setattr(rest, "hang_up", hang_up)
    return asked


def away(*_: object, **__: object) -> bool:
    raise OperationalError("the database is away")


def deaf(*_: object) -> bool:
    raise CarrierError("away", is_permanent=False)


async def facts(call: Call) -> list[str]:
    kinds = call.events.filter(kind__startswith="hang_up").order_by("pk").values_list("kind", flat=True)
    return [kind async for kind in kinds]


async def end(call: Call) -> None:
    leg = await db(call.customer_leg)()
    await hanging_up.hang_up(call=call, reason=EndedReason.ASSISTANT_FAREWELL, epoch=call.epoch, leg_sid=leg.leg_sid)


async def test_the_line_is_released_without_the_database_and_the_books_hear_of_it_later(
    monkeypatch: pytest.MonkeyPatch, released: list[str]
) -> None:
    call, _ = await db(held)()
    with monkeypatch.context() as outage:
        outage.setattr(Call, "is_held_by", away)
        await end(call)
    leg = await db(call.customer_leg)()
    assert released == [leg.leg_sid]
    await journal.settled()
    assert await facts(call) == [CallFact.HANG_UP_REQUESTED, CallFact.HANG_UP_ACCEPTED]
    await call.arefresh_from_db()
    assert call.ended_reason == EndedReason.ASSISTANT_FAREWELL


async def test_a_database_that_says_nothing_is_not_waited_for_for_long(
    monkeypatch: pytest.MonkeyPatch, released: list[str]
) -> None:
    call, _ = await db(held)()
    answers = threading.Event()
    monkeypatch.setattr(legs, "hang_up", lambda **_: answers.wait(20))
    monkeypatch.setattr(hanging_up, "PATIENCE_S", 0.01)
    await end(call)
    assert len(released) == 1
    answers.set()
    await journal.settled()


async def test_with_the_carrier_deaf_too_the_wish_is_kept_and_the_stream_has_to_be_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call, _ = await db(held)()
    monkeypatch.setattr(rest, "hang_up", deaf)
    with monkeypatch.context() as outage:
        outage.setattr(Call, "is_held_by", away)
        with pytest.raises(legs.UnableToHangUp):
            await end(call)
    await journal.settled()
    assert await facts(call) == [CallFact.HANG_UP_REQUESTED]
    leg = await db(call.customer_leg)()
    response = await post("/twilio/voice/resume/", given.a_ring(leg_sid=leg.leg_sid))
    assert b"<Hangup" in response.content
    assert b"<Say" not in response.content, "and whoever is asked what follows knows of it"


async def test_the_bridge_ends_as_planned_and_not_as_a_fault(
    monkeypatch: pytest.MonkeyPatch, released: list[str]
) -> None:
    call, stream = await db(held)()
    conversation = await db(intake.taken_up)(call, now=timezone.now())
    leg = await db(call.customer_leg)()
    start = m.StreamStarted("MZ1", leg.leg_sid, "audio/x-mulaw", 8000, 1, {})

    async def nothing(*_: object) -> dict:
        return await asyncio.Future()

    model = asyncio.create_task(nothing(), name="a model that never comes")
    bridge = Bridge(
        line=Line(nothing, nothing, "MZ1"),
        call=call,
        conversation=conversation,
        model=model,
        account=Account(call.pk, stream.epoch, call.started_at, 0, "m"),
    )
    monkeypatch.setattr(Call, "is_held_by", away)
    monkeypatch.setattr("calls.consumers.errands.HANG_UP_PATIENCE_S", 0.0)
    run = asyncio.create_task(bridge.run(start))
    await asyncio.sleep(0)
    bridge._do(e.HangUp(m.EndReason.ASSISTANT_FAREWELL))
    assert await asyncio.wait_for(run, 10) is m.EndReason.ASSISTANT_FAREWELL
    assert released == [leg.leg_sid]
    await journal.settled()


async def test_without_the_books_the_words_after_a_stream_go_with_a_goodbye_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhooks.intake, "take_up", away)
    monkeypatch.setattr(journal, "soon", lambda *_, **__: None)
    response = await post("/twilio/voice/resume/", given.a_ring())
    assert twiml.LOST_ASSISTANT.encode() in response.content
