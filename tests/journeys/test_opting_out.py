"""Whoever wants no more calls says so in any way, and is off our lists in the same second."""

from collections.abc import Iterator

import pytest
import requests

from calls.lifecycle import EndedReason
from compliance.models import Revocation, SuppressionEntry
from compliance.opt_out_replies import Reply, reply
from sandbox import speech
from tests.journeys.books import call_of, closed, kinds, said
from tests.journeys.hearing import likeness, of_mulaw
from tests.journeys.house import NUMBERS, House, eventually

WISH = "Please stop calling me."
# A model that does not take no for an answer.
PUSHY = {"hears": "stop calling", "says": "But wait, we have a wonderful offer for you today. It is only this week."}


@pytest.fixture(autouse=True)
def _pushy(house: House) -> Iterator[None]:
    house.ask("POST", "script", json={"rules": [PUSHY]}, at=house.model)
    yield
    house.behave()


def talking(house: House, from_: str) -> str:
    """A caller in conversation with the assistant."""
    sid = house.call(**{"from": from_})
    house.step_to_stream(sid)
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid


def says(house: House, sid: str, text: str) -> None:
    house.ask("POST", f"calls/{sid}/say", json={"text": text})


def listed(number: str) -> list[str]:
    return [entry.source for entry in SuppressionEntry.in_force(number)]


def is_heard(house: House, sid: str, text: str) -> bool:
    clip = of_mulaw(speech.say(text, voice="assistant").audio)
    return likeness(clip, of_mulaw(house.sound(sid, "heard")))[0] >= 0.9


def test_the_words_alone_do_it_whatever_the_model_says(house: House) -> None:
    number = "+14155550161"
    sid = talking(house, number)
    says(house, sid, WISH)
    house.step_to_end(sid)
    call = closed(sid)
    kept = Revocation.objects.get(number=number)
    assert (kept.route, kept.said, kept.subject_ref) == ("speech", WISH, f"call:{call.pk}")
    assert listed(number) == ["speech"]
    assert call.ended_reason == EndedReason.OPTED_OUT
    assert house.on_line(sid)["ended_by"] == "application"
    assert "opted_out" in kinds(call)
    assert is_heard(house, sid, reply(Reply.CONFIRMED))
    assert not is_heard(house, sid, PUSHY["says"]), "the model does not get to the end of its offer"
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert "They want no more calls" in page


def test_who_says_it_and_hangs_up_is_off_our_lists_all_the_same(house: House) -> None:
    number = "+14155550162"
    sid = talking(house, number)
    ms = house.ask("POST", f"calls/{sid}/say", json={"text": WISH})["ms"]
    house.step(int(ms) + 100)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(3000)
    closed(sid)
    eventually(lambda: listed(number), what="on our own list")


def test_who_is_in_doubt_is_asked_once_and_may_say_no(house: House) -> None:
    number = "+14155550163"
    sid = talking(house, number)
    says(house, sid, "Stop, wait, go on.")
    assert house.step(15_000, until={"call": sid, "silent_ms": 1500})["reached"]
    assert is_heard(house, sid, reply(Reply.QUESTION))
    says(house, sid, "No, go on.")
    house.step(8000)
    call = call_of(sid)
    assert house.on_line(sid)["status"] == "in-progress"
    eventually(lambda: "opt_out_taken_back" in kinds(call))
    assert listed(number) == []
    says(house, sid, "Stop, wait, go on.")
    house.step_to_end(sid)
    closed(sid)
    assert listed(number) == ["speech"], "silence is no retraction"
    assert len(said(call, "customer")) == 3


def test_a_text_message_and_the_web_page(house: House) -> None:
    number, other = "+14155550164", "+14155550165"
    message = {"to": NUMBERS[0], "from": number, "text": "STOP"}
    sent = house.ask("POST", "messages", json=message)
    assert sent["answers"] == [reply(Reply.CONFIRMED_TEXT)]
    assert listed(number) == ["sms"]
    again = house.ask("POST", "messages", json=message | {"sid": sent["sid"]})
    assert again["answers"] == sent["answers"], "the same message told twice"
    assert house.ask("POST", "messages", json=message)["answers"] == []
    assert house.ask("POST", "messages", json=message | {"text": "Is my tent ready?"})["answers"] == []
    forged = house.ask("POST", "messages", json=message | {"from": other, "is_signature_spoilt": True})
    assert (forged["error"], listed(other)) == (11200, [])
    entries = house.ask("GET", f"ledger?kind=text&call={sent['sid']}")["entries"]
    assert [entry["body"] for entry in entries] == [reply(Reply.CONFIRMED_TEXT)] * 2

    browser = requests.Session()
    page = browser.get(f"{house.url}/stop/", timeout=20)
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    form = {"csrfmiddlewaretoken": token, "number": other, "scope": "all"}
    done = browser.post(f"{house.url}/stop/", form, timeout=20)
    assert "We do not call this number any more." in done.text
    assert listed(other) == ["web"]
    assert browser.post(f"{house.url}/stop/", form | {"csrfmiddlewaretoken": "x"}, timeout=20).status_code == 403
    browser.close()
