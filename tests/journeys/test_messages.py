"""Callers whom nobody takes: turned away, told, sent to voicemail, and called back."""

from collections.abc import Iterator

import pytest
import requests

from calls.lifecycle import EndedReason
from calls.lifecycle.callback import Origin
from calls.models import Callback, Number, Voicemail
from compliance.models import AuditEntry, ConsentRecord
from compliance.verdict import SENTENCES, Code
from tests.journeys.books import call_of, closed, kinds, stored
from tests.journeys.hearing import of_wav
from tests.journeys.house import NUMBERS, House, eventually

MESSAGE = "Hello, my stove arrived broken. Please call me back. Thank you."


@pytest.fixture(autouse=True)
def rules_taken_back(house: House) -> Iterator[None]:
    """The number answers as before when a journey is over."""
    known = Number.objects.filter(e164=NUMBERS[0])
    before = known.values("answered_by", "max_calls_at_once", "message").get()
    yield
    known.update(**before)


def rule(**fields: object) -> None:
    Number.objects.filter(e164=NUMBERS[0]).update(**fields)


def verbs(house: House, sid: str) -> list[str]:
    return [verb["verb"] for verb in house.on_line(sid)["verbs"]]


def test_a_number_that_is_full_gives_the_busy_tone(house: House) -> None:
    rule(max_calls_at_once=0)
    sid = house.call()
    assert house.step(10_000, until={"call": sid, "status": "busy"})["reached"], house.on_line(sid)
    house.step(1000)
    call = closed(sid)
    assert verbs(house, sid) == ["Reject"]
    assert (call.ended_reason, call.failure_class) == (EndedReason.REJECTED, "")
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert "This number takes 0 calls at once, and 0 were in progress. The caller hears the busy tone." in page


def test_a_message_is_left_written_down_brought_home_and_heard(house: House) -> None:
    rule(answered_by="voicemail", message="This is the workshop.")
    sid = house.call(persona="leaves_message")
    house.step_to_end(sid)
    call = closed(sid)
    tape = stored(call)
    assert call.ended_reason == EndedReason.VOICEMAIL_LEFT
    voicemail = eventually(lambda: Voicemail.objects.filter(call=call, is_silent=False).first())
    assert voicemail.box == "Reception"
    assert eventually(lambda: " ".join(turn.text for turn in voicemail.turns())) == MESSAGE
    supervisor = house.sign_in()
    listed = supervisor.get(f"{house.url}/voicemail/?q=stove", timeout=20).text
    assert f'href="/voicemail/{voicemail.pk}/"' in listed
    assert "This is the workshop." in str(house.on_line(sid)["verbs"])
    sound = supervisor.get(f"{house.url}/voicemail/{voicemail.pk}/audio/", timeout=20)
    (heard,) = of_wav(sound.content)
    assert (abs(heard) > 1000).any()
    assert len(heard) / 8 == pytest.approx(tape.duration_ms, abs=20)
    assert AuditEntry.objects.filter(act="hear_voicemail", subject_ref=f"voicemail:{voicemail.pk}").exists()
    house.press(supervisor, f"/voicemail/{voicemail.pk}/done/")
    voicemail.refresh_from_db()
    assert voicemail.done_by_ref == "sam@demo.test"


def test_who_hangs_up_before_the_tone_leaves_nothing(house: House) -> None:
    rule(answered_by="voicemail")
    sid = house.call()
    house.step(2000)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    assert call.ended_reason == EndedReason.CALLER_HUNG_UP
    assert "message_asked_for" in kinds(call)
    assert not Voicemail.objects.filter(call=call).exists()


def test_who_says_nothing_after_the_tone_is_told_so(house: House) -> None:
    rule(answered_by="voicemail")
    sid = house.call()
    house.step_to_end(sid)
    call = closed(sid)
    assert verbs(house, sid)[-2:] == ["Say", "Hangup"]
    messages = Voicemail.objects.filter(call=call)
    eventually(lambda: not messages.exclude(is_silent=True).exists())


def refused(page: requests.Response) -> str:
    assert page.status_code == 200
    return page.text


def test_a_caller_asks_to_be_called_back_and_their_words_prove_it(house: House) -> None:
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    house.ask("POST", f"calls/{sid}/say", json={"text": "Could you call me back, please?"})
    call = call_of(sid)
    house.step(8000)
    made = eventually(lambda: Callback.objects.filter(call=call).first())
    assert (made.origin, made.customer_e164) == (Origin.SPOKEN, call.customer_e164)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)

    def words() -> str:
        house.sweep("open_callbacks")
        made.refresh_from_db()
        return made.evidence_text

    assert "call me back" in eventually(words)
    agent = house.sign_in("max@demo.test")
    assert f'href="/callbacks/{made.pk}/"' in agent.get(f"{house.url}/callbacks/", timeout=20).text
    # What they said is their consent to this call. Whether it is an hour to ring them is another question.
    consent = ConsentRecord.objects.get(number=made.customer_e164, topic=f"callback:{made.pk}")
    assert (consent.kind, consent.subject_ref) == ("oral", f"call:{call.pk}")
    answer = refused(house.press(agent, f"/callbacks/{made.pk}/call/"))
    assert SENTENCES[Code.CONSENT_EXPRESS_REQUIRED] not in answer
    assert SENTENCES[Code.PURPOSE_NOT_PERMITTED] not in answer


def test_a_fault_owes_a_callback(house: House) -> None:
    house.ask("POST", "faults", json={"refuse_connects": 50, "refuse_status": 500}, at=house.model)
    sid = house.call(**{"from": "+12125550188"})
    house.step_to_stream(sid)
    house.step_to_end(sid)
    call = closed(sid)
    house.sweep("open_callbacks")
    owed = eventually(lambda: Callback.objects.filter(call=call).first())
    assert (owed.origin, owed.zone, owed.evidence_kind) == (Origin.FAULT, "America/New_York", "none")
