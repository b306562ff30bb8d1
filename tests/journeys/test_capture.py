"""A card and a PIN are keyed: the conversation goes on with the result, and nobody here ever had the digits."""

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery import Celery
from django.conf import global_settings
from django.test import override_settings

from agents.models import SecureField
from calls.lifecycle import Phase, RecordingStatus
from calls.models import Call, SecureCapture
from tests.journeys import leaks
from tests.journeys.books import call_of, closed, kinds, said, stored
from tests.journeys.house import House, eventually
from tests.journeys.people import until

ASKS_TO_PAY, ASKS_FOR_PIN = "I have a question about my order.", "How much does a tent cost?"
GOODBYE = "No, that is all. Goodbye."
BEFORE = "You are welcome. Is there anything else I can help you with?"
PAID = "I can look that up for you. What is your order number, please?"
PIN_RIGHT = "You find us at twelve Harbor Street, right next to the old boat house."


def rules(*more: dict[str, Any]) -> dict[str, Any]:
    """An assistant that has secrets keyed in, and says a sentence of its own for what comes of it."""
    return {
        "rules": [
            {
                "hears": "question about my order",
                "says": BEFORE,
                "calls": [{"tool": "secure_capture", "arguments": {"kind": "card_payment", "amount": "19.99"}}],
            },
            {
                "hears": "how much does a tent",
                "says": BEFORE,
                "calls": [{"tool": "secure_capture", "arguments": {"kind": "account_pin"}}],
            },
            {"hears": "the payment of 19.99 usd was made", "says": PAID},
            {"hears": "keyed in your account pin, and it is right", "says": PIN_RIGHT},
            *more,
        ]
    }


@pytest.fixture(autouse=True)
def _scripted(house: House) -> Iterator[None]:
    house.ask("POST", "script", at=house.model, json=rules())
    yield
    house.behave()


def talking(house: House) -> tuple[str, Call]:
    """A caller who was greeted."""
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid, call_of(sid)


def asks(house: House, sid: str, text: str) -> None:
    house.ask("POST", f"calls/{sid}/say", json={"text": text})


def press(house: House, sid: str, keys: str) -> None:
    house.ask("POST", f"calls/{sid}/press", json={"digits": keys})
    house.step(200 * len(keys))


def in_state(call: Call, *states: str, n: int = 1) -> SecureCapture | None:
    """The call's n-th capture, once it is in one of these states."""
    kept = list(call.captures.order_by("pk"))
    return kept[n - 1] if len(kept) >= n and kept[n - 1].state in states else None


def pin_is(pin: str) -> None:
    """Of every assistant: so many digits, and these are right."""
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):  # as the running product knows them
        for field in SecureField.objects.filter(name="account_pin"):
            field.min_digits = field.max_digits = len(pin)
            field.set_secret(pin)
            field.save()


def test_a_card_and_a_pin_leave_no_trace_and_the_conversation_goes_on(house: House) -> None:
    dice = random.Random()
    card, pin, canary = leaks.a_card(dice), *("".join(dice.choices("0123456789", k=9)) for _ in range(2))
    pin_is(pin)
    known = house.model_session_ids()
    house.ask("POST", "faults", json={"stream": {"audible_keys": True}})
    with leaks.said_to_redis(house) as to_redis:
        sid, call = talking(house)
        press(house, sid, canary)
        assert house.step(15_000, until={"call": sid, "silent_ms": 900})["reached"]

        asks(house, sid, ASKS_TO_PAY)
        until(house, lambda: "secure_capture" in repr(call.tool_runs.values()) or early(call), what="the tool")
        press(house, sid, "17")  # too early: the assistant still speaks of it
        until(house, lambda: in_state(call, "open"), what="the provider's document")
        assert call.recordings.get().status == RecordingStatus.PAUSED
        assert Call.objects.get(pk=call.pk).phase == Phase.CAPTURING
        press(house, sid, card)
        press(house, sid, "0931" + "911")
        until(house, lambda: in_state(call, "taken"), what="the payment")
        until(
            house, lambda: [stream["state"] for stream in house.streams(sid)] == ["closed", "open"], what="the stream"
        )
        press(house, sid, "42")  # one too many, and another
        until(house, lambda: PAID in spoken(call), what="the assistant speaks of the payment")

        asks(house, sid, ASKS_FOR_PIN)
        until(house, lambda: in_state(call, "open", n=2), what="the question for the PIN")
        press(house, sid, pin)
        until(house, lambda: in_state(call, "taken", n=2), what="the PIN")
        until(house, lambda: PIN_RIGHT in spoken(call), what="the assistant speaks of the PIN")
        eventually(lambda: call.recordings.get().status == RecordingStatus.IN_PROGRESS, what="the tape goes on")
        asks(house, sid, GOODBYE)
        house.step_to_end(sid)
        recording = stored(closed(sid))
        plant(house, canary)
    paid, checked = call.captures.order_by("pk")

    # The conversation went on, on three streams and with everything known.
    assert (paid.result, paid.masked, bool(paid.reference)) == ("paid", f"•••• {card[-4:]}", True)
    assert (checked.result, checked.digits) == ("right", 9)
    assert len(house.streams(sid)) == 3
    assert [turn.text for turn in said(call, "customer")][-1] == GOODBYE
    assert "recording_refused" not in kinds(call)
    assert house.on_line(sid)["problems"] == []

    # The tape was paused for both, and each pause has its end.
    assert len(recording.paused_spans) == 2
    assert all(start is not None and end is not None for start, end in recording.paused_spans)
    assert all(kept.paused_at is not None and kept.resumed_at is not None for kept in (paid, checked))

    # Keys that came too early or too late were dropped, and the proof says so.
    dropped = [event.data["count"] for event in call.events.filter(kind="keys_dropped").order_by("at", "pk")]
    assert sum(dropped) == 4
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    proof = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Card details taken by the payment provider" in proof
    assert "the assistant heard nothing" in proof
    assert f"•••• {card[-4:]}" in proof

    # Nobody has the digits; and whoever looks like this finds what is there.
    sessions = sorted(house.model_session_ids() - known)
    told, heard_by_model = leaks.told_to_model(house, sessions)
    haystacks = (
        leaks.of_database(house)
        | leaks.of_files(house)
        | leaks.of_redis(house)
        | told
        | {"sent to redis": b"\n".join(to_redis)}
    )
    keys = "".join(str(event.data["digit"]) for event in call.events.filter(kind="key_pressed").order_by("at", "pk"))
    haystacks["keys in the books"] = keys.encode()
    tones = leaks.tones(heard_by_model | leaks.of_recordings(house))
    for secret in (card, pin):
        assert leaks.places(secret, haystacks) == set()
        assert leaks.sounded(secret, tones) == set()
    assert not any(keys.replace(canary, "") for where, keys in tones.items() if where.startswith("model"))

    found = {where.partition(" ")[0] for where, _ in leaks.places(canary, haystacks)}
    assert found == {"database", "file", "redis", "model", "sent", "keys"}
    assert {where.partition(" ")[0] for where in leaks.sounded(canary, tones)} == {"model", "recording"}


def early(call: Call) -> bool:
    """True once the assistant has asked for the capture."""
    return call.events.filter(kind="tool_called", data__name="secure_capture").exists()


def spoken(call: Call) -> list[str]:
    return [turn.text for turn in said(call, "assistant")]


def plant(house: House, canary: str) -> None:
    """What the search must find: in a log, in Redis, and among the arguments of a task, in other spellings."""
    words = ", ".join(leaks.WORDS[int(digit)] for digit in canary)
    with (house.var / "web.log").open("a") as log:
        log.write(f"the caller said {words}\n")
    with redis.from_url(house.env["REDIS_URL"]) as client:
        client.rpush("planted", "-".join(canary).encode().hex())
        client.expire("planted", 600)
    with Celery(broker=house.env["REDIS_URL"]) as sender:
        sender.send_task("calls.tasks.drive_capture", kwargs={"capture_id": 0, "planted": canary})


@pytest.mark.rarely
def test_a_caller_who_keys_nothing_hangs_up_or_cannot_be_hidden_is_left_in_no_silence(house: House) -> None:
    pin_is("493817265")
    house.ask(
        "POST",
        "script",
        at=house.model,
        json=rules(
            {"hears": "recording could not be paused", "says": "I am sorry, that is not possible now."},
            {"hears": "keyed in nothing", "says": "You keyed in nothing."},
        ),
    )
    sid, call = talking(house)

    # The tape cannot be paused: it does not begin, and the assistant knows why.
    house.ask("POST", "faults", json={"rest": {"count": 1, "answer": "500"}})
    asks(house, sid, ASKS_FOR_PIN)
    until(house, lambda: in_state(call, "refused"), what="the refusal")
    assert call.recordings.get().status == RecordingStatus.IN_PROGRESS
    assert Call.objects.get(pk=call.pk).phase == Phase.WITH_ASSISTANT
    run = eventually(lambda: call.tool_runs.filter(tool="secure_capture", is_error=True).first())
    assert "could not be paused" in run.output
    assert house.step(15_000, until={"call": sid, "silent_ms": 900})["reached"]

    # Nothing is keyed, three times: the assistant has the caller back.
    asks(house, sid, ASKS_FOR_PIN)
    until(house, lambda: in_state(call, "not_taken", n=2), what="nothing keyed")
    assert call.captures.order_by("pk")[1].result == "silent"
    until(house, lambda: "You keyed in nothing." in spoken(call), what="the assistant speaks of it")

    # The caller hangs up within the next one.
    asks(house, sid, ASKS_FOR_PIN)
    until(house, lambda: in_state(call, "open", n=3), what="the question")
    press(house, sid, "49")
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)
    until(house, lambda: in_state(call, "abandoned", n=3), what="its end")
    stored(call)
    # While a key is waited for the silence is the caller's own; there is none that is ours.
    silences = house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 5600})["silences"]
    assert silences == []
