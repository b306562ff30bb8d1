"""One conversation, whichever way somebody came: greeted, cut in, served by a tool, put through to a person, ended."""

from collections.abc import Iterator

import pytest

from agents.models import Agent, Assistant, ToolGrant
from calls.lifecycle import EndedReason, Phase
from calls.models import Call
from compliance.models import DialPermit
from tests.journeys import entering, people
from tests.journeys.books import closed, said, words
from tests.journeys.entering import Comes, greeted
from tests.journeys.house import House, eventually
from tests.journeys.page import Page
from tests.journeys.people import phase_of, until
from tests.journeys.test_transfers import BOB, TALKS

STORY = "Hi. Please tell me about your tents."
IVY = "+14155550172"


@pytest.fixture
def comes(house: House, door: str) -> Iterator[Comes]:
    """Somebody comes that way; two people are there for whoever asks for one, by telephone and in the browser."""
    people.nobody_here()
    queue = people.a_queue()
    people.reached_by(queue)
    people.an_agent(house, "bob", BOB, "accepts", queue=queue, steps=TALKS)
    ivy = people.an_agent(house, "ivy", IVY, "accepts", queue=None)
    Agent.objects.filter(pk=ivy.pk).update(seat=Agent.Seat.BROWSER, phone_e164="")
    with entering.DOORS[door](house) as comes:
        yield comes
        people.everybody_hangs_up(house)
    people.nobody_here()


def say(house: House, sid: str, text: str) -> None:
    page = page_of(house, sid)
    ms = house.ask("POST", f"calls/{sid}/say", json={"text": text})["ms"] if page is None else page.say(text)
    house.step(ms)


def hang_up(house: House, sid: str) -> None:
    page = page_of(house, sid)
    if page is None:
        house.ask("POST", f"calls/{sid}/hangup")
    else:
        page.hang_up()


def page_of(house: House, sid: str) -> Page | None:
    """The page whose line this is, for whoever came in a browser."""
    return next((page for page in house.pages if page.sid == sid), None)


def dials(house: House) -> list[str]:
    """Whom the carrier was asked to ring, so far."""
    return [entry["to"] for entry in house.ask("GET", "ledger", params={"kind": "dial"})["entries"]]


# A media stream is what every other journey comes by; WhatsApp and telephone systems come by one as well.
# By SIP the same is told in `test_sip`; by a trunk it is SIP as well, and who asks for a person comes that way below.
TOLD_ELSEWHERE = ("WhatsApp", "telephone system", "OpenAI SIP", "OpenAI SIP by a trunk")
ALL_WAYS = [
    pytest.param(door, marks=pytest.mark.rarely if door in TOLD_ELSEWHERE else ())
    for door in entering.DOORS
    if door != "media stream"
]


@pytest.mark.parametrize("door", ALL_WAYS)
def test_one_is_greeted_cuts_in_is_served_by_a_tool_and_is_said_goodbye(house: House, door: str, comes: Comes) -> None:
    for assistant in Assistant.objects.all():
        ToolGrant.objects.get_or_create(assistant=assistant, tool="callback")
    sid, call = greeted(house, comes)

    say(house, sid, STORY)
    house.step(4_500)  # it has begun, and is far from its end
    say(house, sid, "Please remember the word tiger.")
    until(house, lambda: "I will remember tiger." in words(call, "assistant"), what="the next answer")
    (cut,) = [turn for turn in said(call, "assistant") if turn.is_cut]
    assert "guarantee of five years" not in cut.text, "the tents were cut short"

    house.step(3_000)
    say(house, sid, "Could you call me back, please?")
    run = until(house, lambda: call.tool_runs.filter(tool="callback", finished_at__isnull=False).first(), what="a tool")
    assert run.is_error is (door == "WhatsApp"), run.output
    until(house, lambda: "call you back" in words(call, "assistant"), what="what came of it")

    house.step(4_000)
    say(house, sid, "No, that is all. Goodbye.")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="the end")
    done = Call.objects.get(pk=call.pk)
    assert done.ended_reason in (EndedReason.ASSISTANT_ENDED, EndedReason.ASSISTANT_FAREWELL)
    assert said(call, "assistant")[-1].is_cut is False
    assert "tents" in words(call, "customer")
    assert done.usage.filter(kind="response").exists()
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert "I will remember tiger." in page


# Whoever calls in from a telephone system is put through as any caller on a media stream, which other journeys do.
@pytest.mark.parametrize("door", [door for door in entering.DOORS if door not in ("media stream", "telephone system")])
def test_one_asks_for_a_person(house: House, door: str, comes: Comes) -> None:
    bob, ivy = Agent.objects.get(name="Bob"), Agent.objects.get(name="Ivy")
    if door == "WhatsApp":  # nobody on the telephone network takes part
        ivy = people.an_agent(house, "ivy", IVY, "accepts", queue=people.a_queue())
        Agent.objects.filter(pk=ivy.pk).update(seat=Agent.Seat.BROWSER, phone_e164="")
        ivy.refresh_from_db()
        house.ask("PUT", f"agents/{ivy.address}", json={"persona": "accepts", "steps": TALKS})
    so_far = len(dials(house))
    sid, call = greeted(house, comes)
    say(house, sid, people.WANTS_A_PERSON)
    if door == "OpenAI SIP by a trunk":  # which cannot be warm, and nothing is told of it
        mine = DialPermit.objects.filter(number=BOB, subject_ref=f"call:{call.pk}")
        until(house, mine.filter(state="confirmed").exists, what="a permit for Bob's telephone")
        sent = eventually(lambda: house.ask("GET", "sip", at=house.model)["calls"][-1]["referred_to"], what="a REFER")
        assert sent == [f"tel:{BOB}"]
        return
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    if (page := page_of(house, sid)) is not None:
        assert page.is_put_through, "on a line of the carrier's"
        silences = house.ask("GET", f"calls/{page.line_sid}/silences.json", params={"over_ms": 4000})["silences"]
        assert silences == [], "while the person was rung and briefed"
    offer = people.offer_of(call)
    assert offer is not None
    assert offer.agent == (ivy if door == "WhatsApp" else bob)
    if door == "WhatsApp":
        assert dials(house)[so_far:] == [ivy.address], "and nobody on the telephone network was even tried"
        page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
        assert "WhatsApp: no telephone number can take part" in page
        assert entering.CAROL not in page
    assert "one moment" in words(call, "assistant").lower()
    until(house, lambda: "harbor" in words(call, "agent").lower(), what="the person's words")
    say(house, sid, "Thank you very much.")
    until(house, lambda: "thank you very much" in words(call, "customer").lower(), what="the caller's words")
    hang_up(house, sid)
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="the end")
    # The call is closed by the line's end; what hung on it is put in order right after that.
    until(house, lambda: people.transfer_of(call).state == "ended", what="the transfer's end")
    assert people.transfer_of(call).outcome == "accepted"
    closed(sid)


@pytest.mark.rarely
@pytest.mark.parametrize("door", ["browser"])
def test_a_page_to_which_nobody_comes_talks_on_with_the_assistant(house: House, door: str, comes: Comes) -> None:
    people.an_agent(house, "bob", BOB, "declines", queue=people.a_queue())
    sid, call = greeted(house, comes)
    say(house, sid, people.WANTS_A_PERSON)
    until(house, lambda: people.transfer_of(call).state == "ended" if call.transfers.exists() else None, what="nobody")
    until(house, lambda: any("Bob declined." in told for told in people.told_to_model(house)), what="the model is told")
    page = page_of(house, sid)
    assert page is not None
    assert page.is_put_through, "and stays on the carrier's line"
    house.step(4_000)
    say(house, sid, "Please remember the word tiger.")
    until(house, lambda: "I will remember tiger." in words(call, "assistant"), what="an answer")
    hang_up(house, sid)
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="the end")
    assert closed(sid).ended_reason == EndedReason.CALLER_HUNG_UP
