"""Sessions of the model that wait for callers: those whose caller has left are let go, whoever was told of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from calls.consumers import warmed
from calls.lifecycle import Phase
from calls.models import Call, Stream
from calls.realtime import warm
from calls.realtime.client import RealtimeClient
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async


@pytest.fixture(autouse=True)
async def _no_model(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Sessions are on their way for as long as a test lasts; those that others have left behind wait no longer."""
    await warm.close_all()

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(RealtimeClient, "open", never)
    yield
    await warm.close_all()


def a_ringing_call() -> tuple[Call, str]:
    """A call that is told the opening words, and the ticket with which its stream will come."""
    call = given.a_call()
    return call, Stream.objects.get(call=call, opened_at=None).nonce


async def test_a_caller_who_left_is_not_waited_for_and_the_others_are() -> None:
    left, gone = await db(a_ringing_call)()
    _, there = await db(a_ringing_call)()
    for nonce in (gone, there, "of nobody"):
        warm.begin(nonce, None, context=None)
    await warmed.look()
    assert set(warm.waiting()) == {gone, there, "of nobody"}, "both are on the line"
    await db(Call.objects.filter(pk=left.pk).update)(phase=Phase.CLOSED)
    await warmed.look()
    assert set(warm.waiting()) == {there, "of nobody"}


async def test_books_that_are_away_are_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(nonces: object) -> list[str]:
        raise OperationalError

    warm.begin("somebody", None, context=None)
    with monkeypatch.context() as patch:
        patch.setattr(Stream, "not_coming", away)
        await warmed.look()
    await warmed.look()
    assert warm.waiting() == ["somebody"]


async def test_where_nobody_waits_the_books_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Stream, "not_coming", asked.append)
    await warmed.look()
    assert asked == []
