"""Celery tasks: thin, one call each. Everything they need is an id; running one twice does no harm."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from calls.carrier.errors import CarrierError
from calls.control import capture, click_to_call, copies, legs, meanings, telling, transfer_driver
from calls.lifecycle import Phase
from calls.models import Call, Recording


@shared_task
def copy_recording(*, recording_id: int, **_: Any) -> None:
    """Copy a recording to our storage and delete it at the carrier, if that is due."""
    recording = Recording.objects.filter(pk=recording_id).first()
    if recording is not None:
        copies.bring_home(recording=recording, now=timezone.now())


@shared_task
def look_up_leg(*, call_id: int, **_: Any) -> None:
    """Ask the carrier how the customer's leg of a call stands, unless we know that it has ended."""
    call = Call.objects.filter(pk=call_id).exclude(phase=Phase.CLOSED).first()
    leg = None if call is None else call.customer_leg()
    if call is None or leg is None:
        return
    try:
        legs.look_up(leg=leg, now=timezone.now())
    except CarrierError as error:
        call.note("look_up_failed", at=timezone.now(), source="carrier", error=str(error))


@shared_task
def drive_transfer(*, transfer_id: int, **_: Any) -> None:
    """Do what is due for a transfer."""
    transfer_driver.drive(transfer_id=transfer_id, now=timezone.now())


@shared_task
def drive_transfers(**_: Any) -> None:
    """Do what is due for every transfer: somebody has become free."""
    transfer_driver.drive_all(now=timezone.now())


@shared_task
def drive_capture(*, capture_id: int, **_: Any) -> None:
    """Do what is due for a secure capture."""
    capture.drive(capture_id=capture_id, now=timezone.now())


@shared_task
def drive_click(*, call_id: int, **_: Any) -> None:
    """Do what is due for a call that one of us places."""
    click_to_call.drive(call_id=call_id, now=timezone.now())


@shared_task
def tell_room(*, call_id: int, **_: Any) -> None:
    """Tell a room that its call is recorded, if somebody has come who does not know."""
    call = Call.objects.select_related("number").filter(pk=call_id).exclude(phase=Phase.CLOSED).first()
    if call is not None:
        telling.tell(call=call, now=timezone.now())


@shared_task
def learn_documents(**_: Any) -> None:
    """Ask for the meaning of documents that have none yet."""
    meanings.learn()
