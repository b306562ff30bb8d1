"""Several want silence on one tape: whose pause is whose, and what the carrier is asked."""

import pytest

from calls.carrier.errors import CarrierError
from calls.control import recordings
from calls.lifecycle import PauseReason, RecordingStatus
from calls.models import Call
from tests.given import NOON
from tests.integration.calls.recorded_calls import Carrier, recorded

pytestmark = pytest.mark.django_db


def change(call: Call, verb: str, reason: PauseReason) -> None:
    source = reason.value if reason in (PauseReason.AGENT, PauseReason.SUPERVISOR) else "system"
    recordings.change(call=call, verb=verb, source=source, by=f"{reason}@example.com", now=NOON, reason=reason)


def test_the_end_of_a_capture_does_not_undo_a_supervisors_pause(recorder: Carrier) -> None:
    call = recorded()
    change(call, "pause", PauseReason.SUPERVISOR)
    change(call, "pause", PauseReason.CAPTURE)
    change(call, "resume", PauseReason.CAPTURE)
    tape = call.recordings.get()
    assert (tape.status, tape.pauses) == (RecordingStatus.PAUSED, ["supervisor"])
    assert recorder.asked == ["paused", "paused"]
    change(call, "resume", PauseReason.SUPERVISOR)
    tape = call.recordings.get()
    assert (tape.status, tape.pauses, len(tape.paused_spans)) == (RecordingStatus.IN_PROGRESS, [], 1)
    assert recorder.asked == ["paused", "paused", "in-progress"]


@pytest.mark.parametrize(
    ("wants", "lifts", "may"),
    [
        (PauseReason.CAPTURE, PauseReason.SUPERVISOR, False),
        (PauseReason.SUPERVISOR, PauseReason.AGENT, False),
        (PauseReason.AGENT, PauseReason.SUPERVISOR, True),
        (PauseReason.QUESTION, PauseReason.AGENT, False),
    ],
)
def test_who_may_take_back_whose_pause(recorder: Carrier, wants: PauseReason, lifts: PauseReason, may: bool) -> None:
    call = recorded()
    change(call, "pause", wants)
    if may:
        change(call, "resume", lifts)
    else:
        with pytest.raises(recordings.UnableToChangeRecording, match="paused"):
            change(call, "resume", lifts)
    assert (call.recordings.get().status == RecordingStatus.IN_PROGRESS) is may


def test_a_pause_the_carrier_did_not_do_is_none(recorder: Carrier) -> None:
    call = recorded()
    recorder.error = CarrierError("away", is_permanent=False)
    with pytest.raises(recordings.UnableToChangeRecording):
        change(call, "pause", PauseReason.CAPTURE)
    assert (call.recordings.get().status, call.recordings.get().pauses) == (RecordingStatus.IN_PROGRESS, [])


def test_a_resumption_the_carrier_did_not_do_leaves_the_pause(recorder: Carrier) -> None:
    call = recorded()
    change(call, "pause", PauseReason.SUPERVISOR)
    recorder.error = CarrierError("away", is_permanent=False)
    with pytest.raises(recordings.UnableToChangeRecording):
        change(call, "resume", PauseReason.SUPERVISOR)
    assert call.recordings.get().pauses == ["supervisor"]


def test_a_stop_is_silence_for_good(recorder: Carrier) -> None:
    call = recorded()
    change(call, "stop", PauseReason.SUPERVISOR)
    assert call.recordings.get().paused_spans == [[0, None]]
    with pytest.raises(recordings.UnableToChangeRecording):
        change(call, "resume", PauseReason.SUPERVISOR)
