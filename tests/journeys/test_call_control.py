"""The hand on a live call: hold, mute, third persons, giving back, taking over, coaching, barging in."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.utils import timezone

from agents import presence
from agents.models import Agent, TransferDestination
from calls.control import joining
from calls.lifecycle import Phase
from calls.models import Call, Offer, Participant
from sandbox import speech
from tests.journeys import people
from tests.journeys.books import call_of, closed, stored
from tests.journeys.hearing import fetch_in_ranges, likeness, of_mulaw, of_wav
from tests.journeys.house import House
from tests.journeys.people import offer_of, phase_of, told, transfer_of, until

MAX, SAM = "+14155550173", "+14155550174"
MS = 8
HIS, HERS = "Please note harbor lantern river.", "Please note copper meadow violet."
VOICES = {"agent": "caller-m1", "caller": "caller", "third": "caller-f2", "supervisor": "caller-m2"}


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    people.everybody_hangs_up(house)
    people.nobody_here()


def with_max(house: House) -> tuple[str, Call, Offer]:
    """A caller who talks to Max, who was rung by telephone; what the room is told of him has been said."""
    queue = people.a_queue()
    people.reached_by(queue)
    people.an_agent(house, "max", MAX, "listens", queue=queue, voice=VOICES["agent"])
    sid, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    quiet(house, sid)
    offer = offer_of(call)
    assert offer is not None
    return sid, call, offer


def quiet(house: House, sid: str, ms: int = 1500) -> None:
    """Let what is being said to somebody end."""
    house.step(500)
    house.step(20_000, until={"call": sid, "silent_ms": ms})


def heard(house: House, sid: str, by: list[str], text: str, voice: str) -> list[bool]:
    """One says something; who of the others has heard it, as it was said."""
    before = {each: len(house.sound(each, "heard")) for each in by}
    spoken = speech.say(text, voice=VOICES[voice])
    house.ask("POST", f"calls/{sid}/say", json={"text": text})
    house.step(spoken.ms + 400)
    clip = of_mulaw(spoken.audio)
    return [likeness(clip, of_mulaw(house.sound(each, "heard")[before[each] :]))[0] > 0.8 for each in by]


def press(house: House, call: Call, verb: str, **form: str) -> str:
    """Sam presses a button of the call's head; what the page says."""
    page = house.press(house.sign_in(), f"/calls/{call.pk}/control/{verb}/", **form)
    assert page.status_code == 200
    return page.text


def hang_up(house: House, sid: str, call: Call) -> None:
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    house.step(1500)  # the carrier finishes the recording after the end
    closed(sid)


def places(house: House, sid: str, which: str, clip: object, channel: object) -> int:
    """How much later a clip is on somebody's line than on the tape, in milliseconds."""
    on_line, on_tape = likeness(clip, of_mulaw(house.sound(sid, which))), likeness(clip, channel)
    assert min(on_line[0], on_tape[0]) > 0.8
    return on_line[1] - on_tape[1]


def test_a_caller_on_hold_hears_music_and_nobody_hears_the_other_until_it_ends(house: House) -> None:
    sid, call, offer = with_max(house)
    max_leg = offer.leg.leg_sid
    press(house, call, "hold")
    until(house, lambda: phase_of(call) == Phase.ON_HOLD, what="on hold")
    house.step(3000)
    assert "You are on hold." in told(house, f"/twilio/wait/{call.pk}/")[-1]["answer"]
    assert heard(house, max_leg, [sid], HIS, "agent") == [False]
    assert heard(house, sid, [max_leg], HERS, "caller") == [False]
    assert "The caller is on hold already." in press(house, call, "hold")
    press(house, call, "resume")
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="off hold")
    assert "The caller is not on hold." in press(house, call, "resume")
    desk = house.sign_in("max@demo.test")
    house.press(desk, f"/desk/offers/{offer.ref}/hold/")
    until(house, lambda: phase_of(call) == Phase.ON_HOLD, what="on hold")
    assert heard(house, max_leg, [sid], HIS, "agent") == [False]
    house.press(desk, f"/desk/offers/{offer.ref}/resume/")
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="off hold")
    his, hers = "please note silver canyon maple", "please note copper meadow violet"
    assert heard(house, max_leg, [sid], his, "agent") == [True]
    assert heard(house, sid, [max_leg], hers, "caller") == [True]
    hang_up(house, sid, call)
    assert [each["message"] for each in house.on_line(sid)["problems"]] == []
    caller, room = of_wav(fetch_in_ranges(house, stored(call)))
    at_caller = places(house, sid, "spoken", of_mulaw(speech.say(hers, voice=VOICES["caller"]).audio), caller)
    at_room = places(house, sid, "heard", of_mulaw(speech.say(his, voice=VOICES["agent"]).audio), room)
    assert abs(at_caller - at_room) <= 20, "both channels lie on one clock"


def test_a_caller_of_the_assistant_waits_alone_on_hold_and_is_greeted_first_on_return(house: House) -> None:
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    call = call_of(sid)
    press(house, call, "hold")
    until(house, lambda: told(house, f"/twilio/wait/{call.pk}/"), what="music")
    assert phase_of(call) == Phase.ON_HOLD
    house.step(18_000)
    silences = house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 4000})["silences"]
    assert silences == []
    (room,) = [each for each in house.ask("GET", "rooms")["rooms"] if each["name"] == f"call-{call.pk}"]
    assert [member["label"] for member in room["members"]] == ["customer"]
    press(house, call, "resume")
    until(house, lambda: call.streams.count() == 2 and call.streams.last().opened_at, what="the assistant's return")
    assert house.step(20_000, until={"call": sid, "silent_ms": 700})["reached"], "the assistant speaks first"
    assert phase_of(call) == Phase.WITH_ASSISTANT
    assert "The caller was on hold for a while and is back." in " ".join(people.told_to_model(house))
    hang_up(house, sid, call)


@pytest.mark.rarely
def test_three_talk_one_is_muted_one_is_dropped_and_a_strange_number_is_not_rung(house: House) -> None:
    sid, call, offer = with_max(house)
    max_leg, third = offer.leg.leg_sid, "+14155550181"
    TransferDestination.objects.update_or_create(name="Tailor", defaults={"address": third})
    house.ask("PUT", f"agents/{quote(third)}", json={"persona": "clicks", "voice": VOICES["third"], "greeting": ""})
    dials = dialled(house)
    assert "Choose somebody of the directory." in press(house, call, "add", to="+14155550199")
    with pytest.raises(joining.UnableToJoin):
        joining.add_third(call=call, address="+14155550199", by="sam@demo.test", now=timezone.now())
    house.step(1000)
    assert dialled(house) == dials, "the carrier was asked for nothing"
    assert "Choose somebody" not in press(house, call, "add", to="Tailor")
    until(house, lambda: label_of(call, "third-2"), what="the third person")
    quiet(house, sid, 2500)
    third_leg = label_of(call, "third-2")
    assert heard(house, third_leg, [sid, max_leg], HIS, "third") == [True, True]
    assert heard(house, max_leg, [sid, third_leg], HIS, "agent") == [True, True]
    press(house, call, "mute", who="third-2")
    assert heard(house, third_leg, [sid, max_leg], HERS, "third") == [False, False]
    assert "Tailor" in house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    press(house, call, "unmute", who="third-2")
    assert "To let the caller go, end the call." in press(house, call, "drop", who="customer")
    press(house, call, "drop", who="third-2")
    until(house, lambda: not label_of(call, "third-2"), what="two")
    assert house.on_line(third_leg)["status"] == "completed"
    assert "They are not in the room any more." in press(house, call, "drop", who="third-2")
    assert heard(house, max_leg, [sid], HIS, "agent") == [True]
    press(house, call, "add", to="Tailor")
    until(house, lambda: label_of(call, "third-3"), what="the third person again")
    house.step(9000)
    house.ask("POST", f"calls/{max_leg}/hangup")
    until(house, lambda: not label_of(call, offer.label), what="the caller and the third person")
    house.step(1000)
    assert heard(house, label_of(call, "third-3"), [sid], HIS, "third") == [True], "the call goes on without Max"
    assert phase_of(call) == Phase.WITH_AGENT
    max_ = Agent.objects.get(phone_e164=MAX)
    assert max_.state == Agent.State.WRAP_UP
    house.ask("POST", f"calls/{label_of(call, 'third-3')}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="the end, when nobody is with the caller")
    assert transfer_of(call).state == "ended"


def dialled(house: House) -> int:
    """How often the carrier was asked to ring somebody."""
    asked = house.ask("GET", "ledger", params={"kind": "rest"})["entries"]
    begins = ("/Calls.json", "/Participants.json")
    return sum(each["method"] == "POST" and each["path"].endswith(begins) for each in asked)


def label_of(call: Call, label: str) -> str:
    """The leg of somebody in the room, or nothing."""
    return Participant.inside(call=call).filter(label=label).values_list("leg_sid", flat=True).last() or ""


def test_who_has_the_call_gives_it_back_with_a_note(house: House) -> None:
    sid, call, offer = with_max(house)
    desk = house.sign_in("max@demo.test")
    assert 'name="note"' in desk.get(f"{house.url}/desk/", timeout=20).text
    house.press(desk, f"/desk/offers/{offer.ref}/back/", note="The tent is in the post.")
    until(house, lambda: call.streams.count() == 2 and call.streams.last().opened_at, what="the assistant's return")
    assert house.step(20_000, until={"call": sid, "silent_ms": 700})["reached"], "the assistant speaks first"
    assert "The tent is in the post." in " ".join(people.told_to_model(house))
    assert phase_of(call) == Phase.WITH_ASSISTANT
    assert Agent.objects.get(phone_e164=MAX).state == Agent.State.WRAP_UP
    assert house.on_line(offer.leg.leg_sid)["status"] == "completed"
    page = house.press(desk, f"/desk/offers/{offer.ref}/hold/").text
    assert "This call is not yours any more." in page
    assert phase_of(call) == Phase.WITH_ASSISTANT
    hang_up(house, sid, call)


def sams_seat(house: House) -> Agent:
    """Sam's own seat is a telephone today, and Sam is away."""
    sam = people.an_agent(house, "sam", SAM, "clicks", queue=None, voice=VOICES["supervisor"], greeting="")
    presence.set_away(sam.pk, now=timezone.now())
    return sam


def test_a_supervisor_takes_over_from_the_assistant_and_is_away_again_after_it(house: House) -> None:
    sam = sams_seat(house)
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    call = call_of(sid)
    press(house, call, "take-over")
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with Sam")
    quiet(house, sid, 2500)
    sams_leg = label_of(call, f"agent-{sam.pk}")
    assert heard(house, sams_leg, [sid], HIS, "supervisor") == [True]
    house.step(8000)
    house.ask("POST", f"calls/{sams_leg}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    assert call.streams.count() == 1
    presence.end_wrap_up(sam.pk, now=timezone.now())
    sam.refresh_from_db()
    assert sam.state == Agent.State.AWAY, "who has taken over one call is not free for others"


def test_a_coach_is_heard_by_the_agent_only_and_who_barges_in_by_both(house: House) -> None:
    sid, call, offer = with_max(house)
    sam, max_leg = sams_seat(house), offer.leg.leg_sid
    label = f"supervisor-{sam.pk}"
    press(house, call, "coach-person")
    until(house, lambda: label_of(call, label), what="Sam")
    house.step(1000)
    sams_leg = label_of(call, label)
    assert heard(house, sams_leg, [max_leg, sid], HIS, "supervisor") == [True, False]
    assert heard(house, sid, [max_leg, sams_leg], HERS, "caller") == [True, True]
    press(house, call, "barge")
    house.step(500)
    quiet(house, sid, 2500)
    assert heard(house, sams_leg, [max_leg, sid], HIS, "supervisor") == [True, True]
    press(house, call, "leave")
    until(house, lambda: not label_of(call, label), what="two")
    assert house.on_line(sams_leg)["status"] == "completed"
    assert phase_of(call) == Phase.WITH_AGENT
    hang_up(house, sid, call)
    house.step(500)
    rooms = [each for each in house.ask("GET", "rooms")["rooms"] if each["name"] == f"call-{call.pk}"]
    assert [member for room in rooms for member in room["members"]] == []
