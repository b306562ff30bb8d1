"""A supervisor at a live call: listens, tells the assistant what to do, decides about its tools."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
import requests
from websockets.exceptions import InvalidStatus

from agents.models import ToolGrant
from calls.lifecycle import EndedReason
from calls.models import Call, ToolApproval
from compliance.models import AuditEntry
from sandbox import speech
from tests.journeys.books import call_of, closed, kinds, said
from tests.journeys.fleet import counted
from tests.journeys.hearing import likeness, of_mulaw
from tests.journeys.house import House, eventually
from tests.journeys.listener import MS, listening

LATEST_MS = 500
STORY = "Please tell me about your tents."
COPIED = "calls_sound_copied_total"


def talking(house: House) -> tuple[str, Call]:
    """A caller who has been greeted."""
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid, call_of(sid)


def say(house: House, sid: str, text: str) -> None:
    """The caller says something, and is answered."""
    house.ask("POST", f"calls/{sid}/say", json={"text": text})
    assert house.step(30_000, until={"call": sid, "silent_ms": 900})["reached"]


def hang_up(house: House, sid: str) -> None:
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)


def rule(house: House, **words: object) -> None:
    house.ask("POST", "script", json={"rules": [words]}, at=house.model)


def happened(call: Call, kind: str) -> None:
    eventually(lambda: kind in kinds(call), what=kind)


# --- listening --------------------------------------------------------------------------------------------------------


def test_both_sides_are_heard_as_the_caller_hears_them_within_half_a_second(house: House) -> None:
    sid, call = talking(house)
    asked = speech.say(STORY, voice="caller")
    with listening(house, call.pk) as listener:
        eventually(lambda: listener.states == ["waiting"], what="the socket")
        page = house.sign_in().get(house.url, timeout=20).text
        assert "listens, unheard" in page
        began = tick_until_heard(house, listener)
        before = len(house.sound(sid, "heard")) - listener.heard_ms * MS
        house.ask("POST", f"calls/{sid}/say", json={"text": STORY})
        for _ in range(16):
            now = house.step(500)["now_ms"]
            eventually(
                lambda now=now: now - began - listener.heard_ms <= LATEST_MS,
                what=f"sound within half a second, {now - began} {listener.heard_ms} {listener.places}",
            )
        house.ask("POST", f"calls/{sid}/say", json={"text": "please note " + speech.WORDS[0]})
        house.step(1500, quiet_ms=40)  # what is cleared when depends on who is how fast
        house.step(4500)
        eventually(lambda: listener.heard_ms >= 13_500)
        caller, assistant = of_mulaw(bytes(listener.caller)), of_mulaw(bytes(listener.assistant))
        heard = house.sound(sid, "heard")[before:]
        assert listener.states == ["waiting", "listening"]
        assert all(to == begin for (_, to), (begin, _) in zip(listener.places, listener.places[1:], strict=False))
    assert likeness(of_mulaw(asked.audio), caller)[0] >= 0.9
    assert likeness(of_mulaw(asked.audio), assistant)[0] < 0.5
    (cut,) = [turn for turn in said(call, "assistant") if turn.is_cut]
    assert cut.unheard
    ours = of_mulaw(heard)[: len(assistant) - 100 * MS]
    alike, at_ms = likeness(ours, assistant)
    assert (alike >= 0.95, at_ms <= 60) == (True, True), "what was cleared is not heard, what was played is"
    hang_up(house, sid)
    assert AuditEntry.objects.filter(act="listen_call", subject_ref=f"call:{call.pk}").count() == 1


def tick_until_heard(house: House, listener) -> float:
    """Let time pass frame by frame until the first sound comes; when what was heard began, on the sandbox's clock."""
    now = 0.0

    def tick() -> int:
        nonlocal now
        now = house.step(20, quiet_ms=25)["now_ms"]
        return listener.heard_ms

    eventually(tick, what="the first sound")
    now = house.step(20, quiet_ms=400)["now_ms"]  # on a busy machine more of it is under way
    return now - listener.heard_ms


def test_when_nobody_listens_nothing_is_copied(house: House) -> None:
    sid, call = talking(house)

    def is_quiet() -> bool:
        copied = counted(house.port, COPIED)
        house.step(600)
        return counted(house.port, COPIED) == copied

    eventually(is_quiet, what="the end of what another journey left")
    before = counted(house.port, COPIED)
    house.step(2000)
    assert counted(house.port, COPIED) == before
    with listening(house, call.pk) as listener:
        tick_until_heard(house, listener)
        house.step(1000)
        assert counted(house.port, COPIED) > before
    eventually(is_quiet, what="the end of copying")
    assert "listens, unheard" not in house.sign_in().get(house.url, timeout=20).text
    hang_up(house, sid)


def test_who_may_not_listen_is_refused(house: House) -> None:
    sid, call = talking(house)
    with pytest.raises(InvalidStatus), listening(house, call.pk, "max@demo.test"):
        pass
    hang_up(house, sid)


def test_listening_goes_on_when_the_line_is_lost_and_taken_up(house: House) -> None:
    house.ask("POST", "faults", json={"stream": {"tcp_close_at": 560}})
    sid, call = talking(house)
    house.behave()
    with listening(house, call.pk) as listener:
        tick_until_heard(house, listener)

        def is_resumed() -> bool:
            house.step(500)
            return "conversation_resumed" in kinds(call)

        eventually(is_resumed, what="the resumption")
        before = listener.heard_ms

        def goes_on() -> bool:
            house.step(300)
            return listener.heard_ms > before + 1000

        eventually(goes_on, what="sound of the new stream")
    hang_up(house, sid)


# --- telling the assistant --------------------------------------------------------------------------------------------


def test_the_assistant_follows_what_a_supervisor_tells_it_and_the_caller_hears_nothing_of_it(house: House) -> None:
    rule(
        house,
        hears="charged twice",
        recalls=r"give the caller a (\w+) refund",
        says=r"You get a \1 refund.",
        otherwise="Let me look.",
    )
    sid, call = talking(house)
    before, turns = len(house.sound(sid, "heard")), len(said(call))
    supervisor = house.sign_in()
    page = house.press(supervisor, f"/calls/{call.pk}/coach/", text="Please give the caller a full refund.")
    assert page.status_code == 200
    happened(call, "supervisor_heard")
    house.step(1500)
    assert np.abs(of_mulaw(house.sound(sid, "heard")[before:])).max() < 100, "silence"
    assert len(said(call)) == turns
    say(house, sid, "I was charged twice.")
    assert said(call, "assistant")[-1].text == "You get a full refund."
    shown = supervisor.get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert "sam@demo.test told the assistant" in shown
    assert "Heard by the assistant." in shown
    assert AuditEntry.objects.filter(act="coach_call", subject_ref=f"call:{call.pk}").count() == 1
    hang_up(house, sid)


def test_words_a_supervisor_wants_said_are_said(house: House) -> None:
    sid, call = talking(house)
    words = "You get a full refund today."
    house.press(house.sign_in(), f"/calls/{call.pk}/coach/", text=words, aloud="yes")
    happened(call, "supervisor_heard")
    assert house.step(15_000, until={"call": sid, "silent_ms": 900})["reached"]
    assert said(call, "assistant")[-1].text == words
    hang_up(house, sid)


def test_the_assistant_of_a_call_that_is_over_cannot_be_told(house: House) -> None:
    sid, call = talking(house)
    hang_up(house, sid)
    page = house.press(house.sign_in(), f"/calls/{call.pk}/coach/", text="Too late.")
    assert "This call is over: the assistant was not told." in page.text
    assert "coached" not in kinds(call)
    assert house.press(house.sign_in("max@demo.test"), f"/calls/{call.pk}/coach/", text="x").status_code == 403


# --- tools that wait --------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(house: House) -> Iterator[None]:
    """An assistant ends calls only with a supervisor's leave."""
    grants = ToolGrant.objects.filter(tool="end_call")
    grants.update(needs_approval=True, patience_s=60)
    rule(house, hears="close my account", says="", calls=[{"tool": "end_call", "arguments": {"reason": "other"}}])
    yield
    grants.update(needs_approval=False, patience_s=60)


def asking(house: House) -> tuple[str, Call, ToolApproval]:
    """A caller whose wish waits for a supervisor, and who was told so."""
    sid, call = talking(house)
    say(house, sid, "Please close my account.")
    assert said(call, "assistant")[-1].text == "I have to ask a colleague first. One moment, please."
    return sid, call, call.approvals.get()


def decide(
    house: House, approval: ToolApproval, verdict: str, who: str = "sam@demo.test", **form: str
) -> requests.Response:
    return house.press(house.sign_in(who), f"/approvals/{approval.pk}/{verdict}/", **form)


def answered(house: House, sid: str, call: Call, words: str) -> None:
    """The assistant tells the caller what came of it."""

    def look() -> bool:
        house.step(300)
        return any(words in turn.text for turn in said(call, "assistant"))

    eventually(look, what=words)
    assert house.ask("GET", f"calls/{sid}/silences.json")["longest_ms"] < 8000


def ended_by_the_tool(house: House, sid: str, reason: str) -> None:
    """What was approved was done, once, and the caller was said goodbye to."""
    house.step_to_end(sid)
    call = closed(sid)
    assert call.ended_reason == EndedReason.ASSISTANT_ENDED
    assert [event.data["reason"] for event in call.events.filter(kind="end_decided")] == [reason]
    turns = [turn.text for turn in said(call, "assistant")]
    assert "Thank you for calling. Goodbye." in turns, (turns, kinds(call))
    assert [run.tool for run in call.tool_runs.all()] == ["end_call"]


def test_a_tool_that_waits_is_done_as_a_supervisor_wants_it_while_the_caller_is_kept_company(
    house: House, guarded: None
) -> None:
    sid, call, approval = asking(house)
    floor = house.sign_in().get(house.url, timeout=20).text
    needy = re.search(r'<tbody id="needy">(.*?)</tbody>', floor, re.DOTALL)
    assert needy is not None
    assert f'id="call-{call.pk}"' in needy[1]
    house.step(9000)
    happened(call, "company_kept")
    assert not {"silence_prompted", "end_decided"} & set(kinds(call))
    form = {f"argument-{approval.pk}-reason": "caller_done"}
    assert decide(house, approval, "approve", **form).status_code == 200
    page = decide(house, approval, "refuse", "ada@demo.test")
    assert "sam@demo.test has approved, with changes, this already." in page.text
    ended_by_the_tool(house, sid, "caller_done")


def test_a_tool_that_is_refused_is_not_done(house: House, guarded: None) -> None:
    sid, call, approval = asking(house)
    assert decide(house, approval, "approve", "max@demo.test").status_code == 403
    decide(house, approval, "refuse")
    answered(house, sid, call, "my colleague says that this is not possible now")
    assert "end_decided" not in kinds(call)
    assert AuditEntry.objects.filter(act="refuse_tool", subject_ref=f"call:{call.pk}").count() == 1
    hang_up(house, sid)


@pytest.mark.rarely
def test_nobody_in_time_is_a_refusal(house: House, guarded: None) -> None:
    ToolGrant.objects.filter(tool="end_call").update(patience_s=5)
    sid, call, approval = asking(house)
    answered(house, sid, call, "I could not reach a colleague in time")
    assert "end_decided" not in kinds(call)
    assert "not decided in time" in decide(house, approval, "approve").text
    hang_up(house, sid)


@pytest.mark.rarely
def test_a_decision_survives_the_loss_of_the_line(house: House, guarded: None) -> None:
    house.ask("POST", "faults", json={"stream": {"tcp_close_at": 900}})
    sid, call, approval = asking(house)
    house.ask("DELETE", "faults")

    def is_resumed() -> bool:
        house.step(300)
        return "conversation_resumed" in kinds(call)

    eventually(is_resumed, what="the resumption")
    decide(house, approval, "approve")
    ended_by_the_tool(house, sid, "other")
