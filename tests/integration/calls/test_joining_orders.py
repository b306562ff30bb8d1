"""Caller and person come into one room: in whatever order it is told, and however often, it is one conversation."""

import itertools
from datetime import timedelta
from email.utils import format_datetime

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from agents import presence
from agents.models import Agent, Queue
from calls.control import transfer_driver, transfers
from calls.lifecycle import LegRole, Phase
from calls.models import Call, Offer, Participant, Transfer
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)

ROOM = "CF" + "1" * 32
EVENTS = ("leg answered", "caller joins", "person joins", "room starts")


def a_transfer() -> tuple[Transfer, Offer, str]:
    """Bob was rung, has answered and pressed 1; nothing has been heard of the room."""
    now = timezone.now()
    call = given.a_call(now=now)
    call.advance("stream_opened", at=now, source="carrier")
    queue = Queue.objects.create(name="Front desk", slug="front-desk", department=call.assistant.department)
    bob = Agent.objects.create(user=given.bob(), name="Bob", department=queue.department, seat="browser")
    presence.set_available(bob.pk, now=now)
    wish = transfers.Wish(to=transfers.To(queue=queue))
    transfer = transfers.start(call=call, wish=wish, source="supervisor", by="alice@example.com", now=now)
    transfer.note(sent_at=now)
    presence.offer(bob.pk, now=now)
    offer = Offer.make(
        transfer=transfer,
        agent=bob,
        address=bob.address,
        label=f"agent-{bob.pk}",
        now=now,
        deadline_at=now + timedelta(minutes=1),
    )
    assert offer is not None
    transfers.accept(offer=offer, by="key", now=now)
    return transfer, offer, call.customer_leg().leg_sid


def reported(event: str, offer: Offer, leg_sid: str) -> tuple[str, dict[str, str]]:
    """The address and the form of one of the carrier's reports."""
    now = format_datetime(timezone.now())
    room = {
        "ConferenceSid": ROOM,
        "FriendlyName": f"call-{offer.transfer.call_id}",
        "AccountSid": "AC",
        "Timestamp": now,
        "Muted": "false",
        "Hold": "false",
        "Coaching": "false",
    }
    match event:
        case "leg answered":
            form = {"CallSid": "CA" + "b" * 32, "CallStatus": "in-progress", "SequenceNumber": "2", "Timestamp": now}
            return f"/twilio/offer/{offer.ref}/status/", form
        case "caller joins":
            more = {"CallSid": leg_sid, "ParticipantLabel": "customer", "SequenceNumber": "1"}
        case "person joins":
            more = {"CallSid": "CA" + "b" * 32, "ParticipantLabel": offer.label, "SequenceNumber": "2"}
        case _:
            return "/twilio/conference/", room | {"StatusCallbackEvent": "conference-start", "SequenceNumber": "3"}
    return "/twilio/conference/", room | more | {"StatusCallbackEvent": "participant-join"}


@pytest.mark.parametrize("order", list(itertools.permutations(EVENTS)), ids=", ".join)
async def test_every_order_of_joining_is_one_conversation(order: tuple[str, ...]) -> None:
    transfer, offer, leg_sid = await sync_to_async(a_transfer)()
    for event in (*order, *reversed(order)):  # each of them twice, the second time the other way round
        path, form = reported(event, offer, leg_sid)
        assert (await given.post(path, form)).status_code == 200
        await sync_to_async(transfer_driver.drive)(transfer_id=transfer.pk, now=timezone.now())
    await sync_to_async(_is_one_conversation)(transfer.pk)


def _is_one_conversation(transfer_id: int) -> None:
    transfer = Transfer.objects.get(pk=transfer_id)
    assert transfer.state == Transfer.State.CONNECTED
    call = Call.objects.get(pk=transfer.call_id)
    assert call.phase == Phase.WITH_AGENT
    assert call.events.filter(kind="agent_joined").count() == 1
    assert call.events.filter(kind="room_joined").count() == 2
    assert min(Participant.inside(call=call).values_list("label", flat=True)).startswith("agent-")
    assert Agent.objects.get().state == Agent.State.ON_CALL
    assert call.legs.filter(role=LegRole.CUSTOMER).count() == 1


async def test_a_join_that_is_told_after_the_leaving_changes_nothing() -> None:
    transfer, offer, leg_sid = await sync_to_async(a_transfer)()
    path, joined = reported("caller joins", offer, leg_sid)
    left = joined | {"StatusCallbackEvent": "participant-leave", "SequenceNumber": "9"}
    for form in (left, joined):
        assert (await given.post(path, form)).status_code == 200
    inside = await sync_to_async(lambda: Participant.inside(call=transfer.call).count())()
    assert inside == 0
