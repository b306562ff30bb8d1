"""Form posts of the carrier, whole, partial and strange."""

from datetime import UTC, datetime

import pytest

from calls.carrier import callbacks


def test_a_status_callback() -> None:
    callback = callbacks.status_callback(
        {
            "CallSid": "CA1",
            "CallStatus": "completed",
            "CallDuration": "31",
            "SequenceNumber": "3",
            "Timestamp": "Fri, 20 Nov 2026 19:07:00 +0000",
            "SipResponseCode": "200",
            "From": "+14155550100",
            "To": "+14155550101",
        }
    )
    assert callback.occurred_at == datetime(2026, 11, 20, 19, 7, tzinfo=UTC)
    assert (callback.leg_sid, callback.status, callback.duration_s, callback.sequence) == ("CA1", "completed", 31, 3)
    assert callback.voice.from_address == "+14155550100"


@pytest.mark.parametrize("duration", ["", "-1", "soon", "1.5", "9" * 40, "³"])
def test_a_duration_that_is_no_number_is_unknown(duration: str) -> None:
    assert callbacks.status_callback({"CallDuration": duration}).duration_s is None


@pytest.mark.parametrize(
    "time", ["", "yesterday", "2026-11-20T19:07:00Z", "Fri, 99 Nov 2026 19:07:00 +0000", "1" * 400]
)
def test_a_time_that_is_none_is_unknown(time: str) -> None:
    assert callbacks.status_callback({"Timestamp": time}).occurred_at is None


def test_values_are_cut_to_what_the_carrier_could_mean() -> None:
    request = callbacks.voice_request({"From": "+1" + "4" * 5000, "CallerName": "A\x00B"})
    assert len(request.from_address) == 500
    assert request.caller_name == "AB"


def test_a_recording_callback() -> None:
    callback = callbacks.recording_callback(
        {
            "CallSid": "CA1",
            "RecordingSid": "RE1",
            "RecordingStatus": "completed",
            "RecordingDuration": "12",
            "RecordingChannels": "2",
            "RecordingSource": "StartCallRecordingTwiML",
            "RecordingStartTime": "Fri, 20 Nov 2026 19:07:00 +0000",
        }
    )
    assert (callback.duration_s, callback.channels, callback.status) == (12, 2, "completed")
    assert callback.started_at is not None


def test_a_recording_in_progress_may_have_no_duration_yet() -> None:
    assert callbacks.recording_callback({"RecordingDuration": "-1"}).duration_s is None


def test_a_stream_callback_has_its_time_in_iso() -> None:
    callback = callbacks.stream_callback(
        {"StreamEvent": "stream-error", "StreamError": "31920", "Timestamp": "2026-11-20T19:07:00Z"}
    )
    assert callback.occurred_at == datetime(2026, 11, 20, 19, 7, tzinfo=UTC)
