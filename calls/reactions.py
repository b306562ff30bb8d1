"""What follows when a fact is recorded: one table, and the only room between facts and the verbs they call for.

The work itself is done by tasks; that a task could not be enqueued is no loss, because a sweep finds what is due in the
database.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from celery import Task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from calls import tasks
from calls.campaigns import runner
from calls.control import outgoing
from calls.lifecycle import CallFact, Phase, RecordingFact
from calls.models import Call, Offer, OutgoingCall, Recording, SecureCapture, Transfer

# After a stream closes, the carrier's own word on the leg usually comes within a second; ask when it does not.
_LEG_PATIENCE_S = 4

log = structlog.get_logger(__name__)


# A broker that hangs must not hold the thread that answers the carrier.
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="enqueue")


def _enqueue(task: Task, *, countdown: float = 0, **arguments: Any) -> None:
    transaction.on_commit(lambda: _sender.submit(_send, task, countdown, arguments))


def _send(task: Task, countdown: float, arguments: dict[str, Any]) -> None:
    try:
        task.apply_async(kwargs=arguments, countdown=countdown, retry=False)
    except (OperationalError, OSError):
        log.warning("task not enqueued, a sweep will find the work", task=task.name)


def _copy_recording(recording: Recording) -> None:
    _enqueue(tasks.copy_recording, recording_id=recording.pk)


def _look_up_leg(call: Call) -> None:
    if call.is_on_page():
        return  # the line of a page: the carrier does not know it
    _enqueue(tasks.look_up_leg, countdown=_LEG_PATIENCE_S, call_id=call.pk)


def _drive(call: Call) -> None:
    transfer_id = Transfer.open_id_of(call)
    if transfer_id is not None:
        _drive_transfer(transfer_id)


def _drive_transfer(transfer_id: int) -> None:
    _enqueue(tasks.drive_transfer, transfer_id=transfer_id)


def _drive_click(call: Call) -> None:
    ours = OutgoingCall.of(call)
    if ours is not None and not ours.is_by_assistant:
        _enqueue(tasks.drive_click, call_id=call.pk)


def _leg_ended(call: Call) -> None:
    _drive(call)
    _drive_click(call)
    after_outgoing(call)
    capture_id = SecureCapture.open_id_of(call)
    if capture_id is not None:
        _enqueue(tasks.drive_capture, capture_id=capture_id)


_AFTER_RECORDING: dict[RecordingFact, Callable[[Recording], None]] = {RecordingFact.COMPLETED: _copy_recording}
_AFTER_CALL: dict[CallFact, Callable[[Call], None]] = {
    CallFact.STREAM_CLOSED: _look_up_leg,
    CallFact.LEG_ENDED: _leg_ended,
}


def after_recording(fact: RecordingFact, recording: Recording) -> None:
    """React to what happened to a recording."""
    if (verb := _AFTER_RECORDING.get(fact)) is not None:
        verb(recording)


def after_call(fact: CallFact, call: Call) -> None:
    """React to what happened to a call."""
    if (verb := _AFTER_CALL.get(fact)) is not None:
        verb(call)


def after_transfer(transfer: Transfer) -> None:
    """React to a transfer that was begun, or changed."""
    _drive_transfer(transfer.pk)


def after_offer(offer: Offer) -> None:
    """React to what became known of a person who is rung."""
    _drive_transfer(offer.transfer_id)


def after_room(call: Call) -> None:
    """React to who came into a call's room, or left it."""
    _drive(call)
    _drive_click(call)
    if call.phase in (Phase.WITH_AGENT, Phase.ON_HOLD):
        _enqueue(tasks.tell_room, call_id=call.pk)


def after_capture(capture: SecureCapture) -> None:
    """React to a capture that is over, or whose customer has left: the tape goes on, if there is still one."""
    _enqueue(tasks.drive_capture, capture_id=capture.pk)


def after_outgoing(call: Call) -> None:
    """React to the end of a call that we placed: say what came of it to whoever had it placed."""
    now = timezone.now()
    over = outgoing.settle(call=call, now=now)
    if over is not None:
        runner.call_over(over, now=now)


def after_presence() -> None:
    """Somebody has become free: callers who wait are looked at."""
    _enqueue(tasks.drive_transfers)
