"""Being at a call, and telling the assistant what to do: kept, shown, and refused where it cannot be."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.utils import timezone

from calls import sweeps
from calls.control import bridges, supervision
from calls.control.supervision import Mode, UnableToCoach
from calls.lifecycle import CallFact
from calls.models import BridgeWorker, Call, Supervision
from compliance.models import AuditEntry
from tests import calls_on_screen as screen
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)
db = database_sync_to_async
TEXT = "Offer a free repair."


def coach(call: Call, text: str = TEXT, **more: Any) -> None:
    call.refresh_from_db()
    supervision.coach(call=call, text=text, by="alice@example.com", now=timezone.now(), **more)


def acts() -> list[tuple[str, str]]:
    noted = AuditEntry.objects.filter(subject_ref__startswith="call:").order_by("pk")
    return list(noted.values_list("act", "actor_ref"))


# --- being there ------------------------------------------------------------------------------------------------------


def test_who_is_at_a_call_is_shown_once_as_what_they_do_most_and_is_in_the_audit_log() -> None:
    call, alice = screen.a_live_call(), given.alice()
    watch = supervision.begin(call=call, user=alice, mode=Mode.WATCHING, now=timezone.now())
    listen = supervision.begin(call=call, user=alice, mode=Mode.LISTENING, now=timezone.now())
    supervision.begin(call=call, user=given.bob(), mode=Mode.WATCHING, now=timezone.now())
    there = Supervision.now([call])[call.pk]
    assert [(one.name, one.mode) for one in there] == [
        ("alice@example.com", "listening"),
        ("bob@example.com", "watching"),
    ]
    supervision.end(supervision_id=listen.pk, now=timezone.now())
    assert [one.mode for one in Supervision.now([call])[call.pk]] == ["watching", "watching"]
    supervision.end(supervision_id=watch.pk, now=timezone.now())
    assert [one.name for one in Supervision.now([call])[call.pk]] == ["bob@example.com"]
    assert acts() == [
        ("watch_call", "alice@example.com"),
        ("listen_call", "alice@example.com"),
        ("watch_call", "bob@example.com"),
    ]


def test_an_end_told_twice_counts_once() -> None:
    begun = supervision.begin(call=screen.a_live_call(), user=given.alice(), mode=Mode.WATCHING, now=timezone.now())
    assert Supervision.end(begun.pk, now=given.NOON)
    assert not Supervision.end(begun.pk, now=given.NOON + timedelta(hours=1))
    assert Supervision.objects.get().ended_at == given.NOON


def test_a_browser_that_went_without_a_word_is_not_shown_for_ever() -> None:
    call, alice = screen.a_live_call(), given.alice()
    gone = supervision.begin(call=call, user=alice, mode=Mode.LISTENING, now=timezone.now())
    there = supervision.begin(call=call, user=alice, mode=Mode.WATCHING, now=timezone.now())
    Supervision.objects.filter(pk=gone.pk).update(seen_at=Now() - timedelta(seconds=90))
    sweeps.end_supervisions()
    assert [one.pk for one in Supervision.now([call])[call.pk]] == [there.pk]


def test_at_a_call_that_is_over_nobody_is_shown() -> None:
    call = screen.a_live_call()
    supervision.begin(call=call, user=given.alice(), mode=Mode.WATCHING, now=timezone.now())
    screen.end(call)
    assert Supervision.now([call]) == {}


def test_an_account_that_was_at_a_call_is_not_deleted_from_under_it() -> None:
    alice = given.alice()
    supervision.begin(call=screen.a_live_call(), user=alice, mode=Mode.WATCHING, now=timezone.now())
    with pytest.raises(Exception, match="protected"):
        User.objects.get(pk=alice.pk).delete()


# --- telling the assistant --------------------------------------------------------------------------------------------


async def test_advice_is_kept_and_reaches_whoever_holds_the_call() -> None:
    call = await db(screen.held)(await db(screen.a_live_call)())
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(bridges.group_of(""), channel)
    await db(coach)(call, "  Offer a\n free repair. ", aloud=True)
    async with asyncio.timeout(5):
        message = await layer.receive(channel)
    event = await call.events.aget(kind="coached")
    assert event.data == {"ref": event.key, "by": "alice@example.com", "text": TEXT, "aloud": True}
    assert message == {"type": "bridge.advise", "call": call.pk, "ref": event.key, "text": TEXT, "aloud": True}
    assert await db(acts)() == [("coach_call", "alice@example.com")]


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        ("empty", "nothing to tell"),
        ("long", "Too long by 1 characters"),
        ("over", "This call is over"),
        ("no stream", "cannot be reached at this moment"),
        ("silent bridge", "cannot be reached at this moment"),
        ("elsewhere", "not with the assistant now"),
    ],
)
def test_where_the_assistant_cannot_be_told_that_is_said_and_nothing_changes(situation: str, said: str) -> None:
    call, text = screen.a_live_call(), TEXT
    if situation == "silent bridge":
        BridgeWorker.report(name="gone", started_at=timezone.now(), capacity=10)
        BridgeWorker.objects.update(heard_at=Now() - timedelta(seconds=5))
        screen.held(call, bridge="gone")
    elif situation != "no stream":
        screen.held(call)
    if situation == "over":
        screen.end(call)
    elif situation == "elsewhere":
        call.advance(CallFact.TRANSFER_REQUESTED, at=timezone.now(), source="system")
    elif situation in ("empty", "long"):
        text = " \n " if situation == "empty" else "x" * 501
    before = call.events.count()
    with pytest.raises(UnableToCoach, match=said):
        coach(call, text)
    assert call.events.count() == before
    assert acts() == []


def test_what_nobody_is_known_to_have_heard_is_left_for_the_next() -> None:
    call = screen.held(screen.a_live_call())
    coach(call, "First.")
    coach(call, "Second.", aloud=True)
    first, second = call.events.filter(kind="coached").order_by("pk")
    call.note("supervisor_heard", at=timezone.now(), source="model", ref=first.key)
    approval = screen.an_approval(call)
    left = supervision.untold(call=call, now=timezone.now())
    assert left.advice == [(second.key, "Second.", True)]
    assert left.approvals == [approval.pk]
    call.note("supervisor_heard", at=timezone.now(), source="model", ref=f"approval:{approval.pk}")
    later = supervision.untold(call=call, now=timezone.now() + timedelta(minutes=3))
    assert (later.advice, later.approvals) == ([], [])
