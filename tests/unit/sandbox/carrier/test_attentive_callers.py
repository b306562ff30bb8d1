"""Callers who listen for words and for the beep, and key in what no file holds."""

import json
import random

import pytest

from sandbox import audio, signals, speech
from sandbox.carrier import cards, persona_runner, personas, traffic
from sandbox.carrier.given import fill
from sandbox.carrier.personas import Step, When, read_steps

CARD, PIN = "4929138426950174", "730518264"


def placed(world, name: str, **given: str):
    return traffic.place(world.carrier, persona=personas.load_all()[name], to="+14155550100", given=given)


def keyed(call) -> list[tuple[str, int]]:
    call.line.run()
    return [(key.key, key.start_ms) for key in signals.find_keys(bytes(call.line.inbound.past))]


def digits(call) -> str:
    return "".join(key for key, _ in keyed(call))


async def test_a_key_is_pressed_so_long_after_something_was_said(open_world):
    async with open_world() as world:
        world.configure()
        said = speech.say("anchor basket lantern", voice="assistant")
        world.application.pages["/voice"] = (
            '<Response><Pause/><Say>river</Say><Say>anchor basket lantern</Say><Pause length="60"/></Response>'
        )
        call = await world.call()
        steps = (Step(when=When.HEARS, hears="basket LANTERN", after_ms=400, press="7"),)
        world.carrier.spawn(persona_runner.run(world.carrier, call=call, steps=steps))
        await world.step(8000)
        ((key, at_ms),) = keyed(call)
        ended_ms = bytes(call.line.outbound.past).index(said.audio) / 8 + said.ms
        assert key == "7"
        assert at_ms == pytest.approx(ended_ms + 400, abs=350)


async def test_words_are_heard_once_and_also_those_said_while_keys_are_pressed(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = (
            '<Response><Say>anchor</Say><Say>basket</Say><Pause length="5"/>'
            '<Say>anchor</Say><Pause length="60"/></Response>'
        )
        call = await world.call()
        steps = read_steps(
            [
                {"when": "hears", "hears": "anchor", "press": "11111"},
                {"when": "hears", "hears": "basket", "press": "2"},
                {"when": "hears", "hears": "anchor", "press": "3"},
            ]
        )
        world.carrier.spawn(persona_runner.run(world.carrier, call=call, steps=steps))
        await world.step(4000)
        assert digits(call) == "111112"
        await world.step(5000)
        assert digits(call) == "1111123"


async def test_who_never_hears_it_hangs_up(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="60"/></Response>'
        call = await world.call()
        steps = (Step(when=When.HEARS, hears="lantern", press="1", give_up_ms=3000),)
        world.carrier.spawn(persona_runner.run(world.carrier, call=call, steps=steps))
        await world.until_ended(call)
        assert (call.ended_by, digits(call)) == ("caller", "")


async def test_a_card_is_keyed_in_as_it_is_asked_for(open_world):
    async with open_world() as world:
        world.configure()
        pay = '<Pay paymentConnector="Default" action="/paid" postalCode="false"/>'
        world.application.pages |= {
            "/voice": f'<Response><Say>anchor</Say><Pause length="4"/>{pay}</Response>',
            "/paid": '<Response><Say>basket</Say><Pause length="60"/></Response>',
        }
        call = placed(world, "card_payer", card=CARD)
        assert await world.step(60_000, until=lambda: bool(world.application.got("/paid")))
        (form,) = world.application.got("/paid")
        assert (form["Result"], form["PaymentCardNumber"]) == ("success", "xxxxxxxxxxxx0174")
        assert digits(call).startswith(CARD)
        assert CARD not in json.dumps(world.carrier.ledger.since())
        await world.until_ended(call)
        assert call.ended_by == "caller"


async def test_a_pin_is_keyed_in_and_finished(open_world):
    async with open_world() as world:
        world.configure()
        gather = '<Gather action="/got"><Say>Please enter your PIN, then press the pound key.</Say></Gather>'
        world.application.pages |= {
            "/voice": f'<Response><Say>anchor</Say><Pause length="6"/>{gather}</Response>',
            "/got": '<Response><Pause length="60"/></Response>',
        }
        placed(world, "pin_caller", pin=PIN)
        assert await world.step(60_000, until=lambda: bool(world.application.got("/got")))
        assert world.application.got("/got")[0]["Digits"] == PIN


async def test_a_message_is_left_after_the_beep(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages |= {
            "/voice": '<Response><Say>anchor basket</Say><Record action="/got"/></Response>',
            "/got": "<Response/>",
        }
        call = placed(world, "leaves_message")
        await world.until_ended(call)
        (form,) = world.application.got("/got")
        assert (form["Digits"], call.ended_by) == ("hangup", "caller")
        (recording,) = call.recordings
        first, last, _ = recording.spans[0]
        words = speech.recognise(bytes(call.line.inbound.past[first:last]))
        assert words == "Hello, my stove arrived broken. Please call me back. Thank you."
        ((_, beep_ms),) = signals.find_beeps(bytes(call.line.outbound.past))
        assert audio.level_dbfs(bytes(call.line.inbound.past[: int(beep_ms + 400) * 8])) < -90


async def test_the_values_are_given_with_the_placing_of_the_call(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = (
            '<Response><Pause length="1"/><Say>anchor</Say><Pause length="60"/></Response>'
        )
        url = world.base + "/_sandbox/calls"
        step = {"when": "at_ms", "at_ms": 500, "press": "{door}#"}
        body = {"to": "+14155550100", "steps": [step], "given": {"door": "4711"}}
        async with world.http.post(url, json=body) as response:
            call = world.carrier.calls[(await response.json())["sid"]]
        await world.step(3000)
        assert digits(call) == "4711#"
        for wrong in ({"door": "12x"}, {"other": "1"}, {"door": 12}, "4711"):
            async with world.http.post(url, json={**body, "given": wrong}) as response:
                assert response.status == 400
                assert "12x" not in await response.text()


def test_what_is_not_given_is_drawn_by_lot():
    steps = (Step(when=When.AT_MS, press="{card}{expiry}{code}"), Step(when=When.AT_MS, press="{pin}"))
    first, second = fill(steps, {}, dice=random.Random(1)), fill(steps, {}, dice=random.Random(2))
    assert first != second
    card = first[0].press[:16]
    assert (cards.passes_luhn(card), cards.type_of(card), len(first[0].press)) == (True, "visa", 23)
    assert len(first[1].press) == 9


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"when": "hears", "press": "1"}, "hears"),
        ({"when": "beep", "hears": "x", "press": "1"}, "hears"),
        ({"when": "hears", "hears": "(", "press": "1"}, "regular expression"),
    ],
)
def test_a_step_that_listens_names_its_words(row, wrong):
    with pytest.raises(ValueError, match=wrong):
        read_steps([row])


def test_those_who_need_something_special_do_not_call_of_their_own_accord():
    known = personas.load_all()
    assert {name for name, persona in known.items() if not persona.is_regular} == {
        "card_payer",
        "leaves_message",
        "pin_caller",
    }
