"""A supervisor's buttons on a live call, pressed in a browser without JavaScript."""

import numpy as np

from calls.lifecycle import EndedReason, RecordingStatus
from compliance.models import AuditEntry
from tests.journeys.books import call_of, closed, kinds, stored
from tests.journeys.hearing import fetch_in_ranges, of_mulaw, of_wav
from tests.journeys.house import House, eventually


def talking(house: House) -> str:
    """A caller in conversation."""
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid


def test_a_supervisor_ends_a_call(house: House) -> None:
    sid = talking(house)
    call = call_of(sid)
    assert house.press(house.sign_in(), f"/calls/{call.pk}/end/").status_code == 200
    house.step(1500)
    call = closed(sid)
    assert call.ended_reason == EndedReason.SUPERVISOR_ENDED
    assert house.on_line(sid)["ended_by"] == "application"
    assert (
        AuditEntry.objects.filter(act="end_call", subject_ref=f"call:{call.pk}", actor_ref="sam@demo.test").count() == 1
    )


def test_an_agent_may_not_end_a_call(house: House) -> None:
    sid = talking(house)
    call = call_of(sid)
    assert house.press(house.sign_in("max@demo.test"), f"/calls/{call.pk}/end/").status_code == 403
    house.step(500)
    assert house.on_line(sid)["status"] == "in-progress"
    assert "hang_up_requested" not in kinds(call)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)


def test_a_call_that_is_over_cannot_be_ended_again_and_the_page_says_so(house: House) -> None:
    sid = talking(house)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    page = house.press(house.sign_in(), f"/calls/{call.pk}/end/")
    assert page.status_code == 200
    assert "This call is over already." in page.text
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.CALLER_HUNG_UP


def test_a_recording_is_paused_resumed_and_the_pause_is_silence_on_the_tape(house: House) -> None:
    sid = talking(house)
    call = call_of(sid)
    supervisor = house.sign_in()
    house.press(supervisor, f"/calls/{call.pk}/recording/pause/")
    eventually(lambda: call.recordings.filter(status=RecordingStatus.PAUSED).exists())
    house.ask("POST", f"calls/{sid}/say", json={"text": "My card number is a secret."})
    house.step(4000)
    house.press(supervisor, f"/calls/{call.pk}/recording/resume/")
    eventually(lambda: call.recordings.filter(status=RecordingStatus.IN_PROGRESS).exists())
    house.ask("POST", f"calls/{sid}/say", json={"text": "Thank you very much."})
    house.step(3000)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    recording = stored(closed(sid))
    assert len(recording.paused_spans) == 1
    assert all(end is not None for _, end in recording.paused_spans)
    theirs = of_wav(fetch_in_ranges(house, recording))[1 - recording.assistant_channel]
    loud = np.abs(theirs) > 1000
    spoken = of_mulaw(house.sound(sid, "spoken"))
    assert loud.sum() < 0.7 * (np.abs(spoken) > 1000).sum(), "what was said in the pause is not on the tape"
    assert loud.any()


def test_a_recording_is_stopped_for_good(house: House) -> None:
    sid = talking(house)
    call = call_of(sid)
    supervisor = house.sign_in()
    house.press(supervisor, f"/calls/{call.pk}/recording/stop/")
    eventually(lambda: call.recordings.exclude(status=RecordingStatus.IN_PROGRESS).exists())
    house.press(supervisor, f"/calls/{call.pk}/recording/resume/")
    house.step(2000)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    recording = stored(closed(sid))
    line_ms = house.on_line(sid)["duration_s"] * 1000
    assert recording.duration_ms < line_ms - 1500


def test_a_caller_who_does_not_want_to_be_recorded_is_not(house: House) -> None:
    sid = talking(house)
    house.ask("POST", f"calls/{sid}/say", json={"text": "Please stop recording this call."})
    assert house.step(15_000, until={"call": sid, "silent_ms": 900})["reached"]
    call = call_of(sid)
    eventually(lambda: "recording_refused" in kinds(call))
    is_over = (RecordingStatus.STOPPED, RecordingStatus.COMPLETED)
    eventually(lambda: call.recordings.get().status in is_over, what="the carrier has stopped it")
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)
    recording = call.recordings.get()
    assert (recording.copy_state, recording.audio.name) == ("refused", "")


def test_the_whole_number_is_shown_to_who_may_see_it_and_that_is_kept(house: House) -> None:
    sid = talking(house)
    call = call_of(sid)
    supervisor = house.sign_in()
    assert call.customer_address not in supervisor.get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    shown = house.press(supervisor, f"/calls/{call.pk}/numbers/").text
    digits = "".join(filter(str.isdigit, shown))
    assert call.customer_e164[1:] in digits
    assert AuditEntry.objects.filter(act="reveal_numbers", subject_ref=f"call:{call.pk}").exists()
    assert house.press(house.sign_in("max@demo.test"), f"/calls/{call.pk}/numbers/").status_code == 403
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)
