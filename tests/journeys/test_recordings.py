"""Bringing recordings home when the carrier is not at its best."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from calls.models import Recording
from tests.journeys.books import closed, stored
from tests.journeys.hearing import fetch_in_ranges, likeness, of_mulaw, of_wav
from tests.journeys.house import House, eventually


def short_call(house: House, **who: str) -> str:
    """A caller who asks one thing and hangs up."""
    sid = house.call(**who)
    house.step_to_stream(sid)
    house.ask("POST", f"calls/{sid}/say", json={"text": "Thank you very much."})
    house.step(4000)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    return sid


@pytest.mark.parametrize(
    "fault",
    [
        {"failing_downloads": 2, "failing_status": 500},
        {"failing_downloads": 1, "failing_status": 404},
        {"truncate_to_bytes": 9000},
    ],
    ids=["errors", "not yet there", "cut short"],
)
def test_a_download_that_fails_is_tried_again_until_it_is_whole(house: House, fault: dict) -> None:
    house.ask("POST", "faults", json={"recordings": fault})
    sid = short_call(house)
    call = closed(sid)
    failed = eventually(lambda: call.recordings.exclude(copy_error="").first(), what="the failure is shown")
    assert failed.copy_state == "due"
    if "truncate_to_bytes" in fault:
        house.behave()
    recording = eventually(lambda: tried_again(house, failed), what="a whole copy")
    wav = fetch_in_ranges(house, recording)
    assert hashlib.sha256(wav).hexdigest() == recording.sha256
    assert recording.copy_error == ""


def tried_again(house: House, recording: Recording) -> Recording | None:
    """Let the next try be due now, unless one is under way; the recording once it is stored."""
    now = timezone.now()
    waiting = Recording.objects.filter(pk=recording.pk, copy_state="due", next_copy_at__lt=now + timedelta(minutes=1))
    if waiting.exclude(copy_error="").update(next_copy_at=now):
        house.sweep("copy_due_recordings")
    return Recording.objects.filter(pk=recording.pk, copy_state="removed").first()


def test_a_redirect_to_storage_is_followed_without_showing_the_password(house: House) -> None:
    before = house.ask("GET", "ledger")["entries"][-1]["id"]
    house.ask("POST", "faults", json={"recordings": {"redirect_media": True}})
    sid = short_call(house)
    recording = stored(closed(sid))
    downloads = house.ask("GET", "ledger", params={"kind": "download", "since": before})["entries"]
    assert recording.is_playable
    assert downloads
    assert not any(download["authorization_forwarded"] for download in downloads)


def test_swapped_channels_are_found_by_listening(house: House) -> None:
    house.ask("POST", "faults", json={"recordings": {"swap_channels": True}})
    sid = short_call(house)
    recording = stored(closed(sid))
    channels = of_wav(fetch_in_ranges(house, recording))
    theirs = channels[1 - recording.assistant_channel]
    said = of_mulaw(house.sound(sid, "spoken"))
    loud = said[max(int((abs(said) > 1000).argmax()) - 400, 0) :][:12_000]
    assert likeness(loud, theirs)[0] >= 0.9


def test_a_recording_whose_callbacks_are_all_lost_is_asked_for(house: House) -> None:
    house.ask("POST", "faults", json={"callbacks": [{"action": "drop", "kind": "recording", "event": "any"}]})
    sid = short_call(house)
    call = closed(sid)
    assert call.recordings.get().recording_sid == ""
    type(call).objects.filter(pk=call.pk).update(ended_at=timezone.now() - timedelta(minutes=5))
    house.sweep("find_missing_recordings")
    eventually(lambda: call.recordings.get().copy_state != "none", what="it was found")
    house.sweep("copy_due_recordings")
    assert stored(call).recording_sid


def test_at_the_carrier_the_recording_is_deleted_only_after_ours_is_stored(house: House) -> None:
    sid = short_call(house)
    recording = stored(closed(sid))
    assert recording.copied_at <= recording.removed_at
    entries = house.ask("GET", "ledger", params={"kind": "rest"})["entries"]
    ours = [(entry["method"], entry["status"]) for entry in entries if recording.recording_sid in entry["path"]]
    assert ours[-2:] == [("DELETE", 204), ("GET", 404)], "deleted, and asked whether it is gone"
    assert ("GET", 200) in ours[:-2]
