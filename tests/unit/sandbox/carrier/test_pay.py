"""<Pay>: a card is keyed in piece by piece, and only the outcome leaves the carrier."""

import json

import pytest

from sandbox import signals, speech
from sandbox.carrier import calls

CARD = "4929138426950174"
WHOLE = f"{CARD}#0931#737#"


async def paying(world, attributes: str = "", *, children: str = "", connector: str = "Default"):
    world.configure()
    pay = f'<Pay paymentConnector="{connector}" action="/paid" postalCode="false" {attributes}>{children}</Pay>'
    world.application.pages |= {
        "/voice": f"<Response>{pay}</Response>",
        "/paid": '<Response><Pause length="600"/></Response>',
    }
    return await world.call()


async def key_in(world, call, keys: str) -> None:
    world.carrier.spawn(calls.press(world.carrier, call=call, keys=keys))
    await world.step(200 * len(keys) + 20)


async def outcome(world, *, within_ms: float = 6000) -> dict[str, str]:
    assert await world.step(within_ms, until=lambda: bool(world.application.got("/paid")))
    return world.application.got("/paid")[0]


def heard(call) -> str:
    call.line.run()
    return speech.recognise(bytes(call.line.outbound.past)) or ""


async def test_a_card_becomes_a_token(open_world):
    async with open_world() as world:
        call = await paying(world, 'tokenType="reusable"')
        await key_in(world, call, WHOLE)
        form = await outcome(world)
        assert form["Result"] == "success"
        assert form["PaymentToken"].startswith("tok_")
        assert form["ProfileId"].startswith("cus_")
        assert form["PaymentCardNumber"] == "xxxxxxxxxxxx0174"
        assert (form["PaymentCardType"], form["SecurityCode"], form["PaymentMethod"]) == ("visa", "xxx", "credit-card")
        assert "PaymentConfirmationCode" not in form


async def test_who_is_charged_gets_a_confirmation_and_no_token(open_world):
    async with open_world() as world:
        call = await paying(world, 'chargeAmount="20.45" currency="usd"')
        await key_in(world, call, WHOLE)
        form = await outcome(world)
        assert form["PaymentConfirmationCode"].startswith("ch_")
        assert "PaymentToken" not in form


async def test_the_digits_are_nowhere_but_on_the_line(open_world):
    async with open_world() as world:
        call = await paying(world)
        await key_in(world, call, WHOLE)
        await outcome(world)
        assert CARD not in json.dumps(world.carrier.ledger.since())
        assert "737" not in json.dumps([entry.get("params") for entry in world.carrier.ledger.since()])
        assert CARD not in repr(call.verbs)
        call.line.run()
        keyed = "".join(key.key for key in signals.find_keys(bytes(call.line.inbound.past)))
        assert keyed == WHOLE


async def test_a_finishing_key_too_many_costs_no_attempt(open_world):
    async with open_world() as world:
        call = await paying(world, 'maxAttempts="1"')
        await key_in(world, call, WHOLE)
        assert (await outcome(world))["Result"] == "success"


async def test_each_piece_is_asked_for_and_needs_no_finishing_key(open_world):
    async with open_world() as world:
        call = await paying(world, 'minPostalCodeLength="5"')
        for question, keys in (("card number", CARD), ("expiration date", "0931"), ("security code", "737")):
            await world.step(4000, until=lambda asked=question: asked in heard(call))
            await key_in(world, call, keys)
        assert (await outcome(world))["Result"] == "success"
        assert heard(call).endswith("One moment, please.")


async def test_a_given_postal_code_is_not_asked_for(open_world):
    async with open_world() as world:
        world.configure()
        pay = '<Pay paymentConnector="Default" action="/paid" postalCode="94105" securityCode="false"/>'
        world.application.pages |= {"/voice": f"<Response>{pay}</Response>", "/paid": "<Response/>"}
        call = await world.call()
        await key_in(world, call, f"{CARD}0931")
        form = await outcome(world)
        assert (form["Result"], form["PaymentCardPostalCode"]) == ("success", "94105")
        assert "SecurityCode" not in form


async def test_a_wrong_number_is_asked_for_again_and_then_no_more(open_world):
    async with open_world() as world:
        call = await paying(world, 'maxAttempts="2"')
        await key_in(world, call, CARD[:-1] + "5")
        await world.step(4000)
        assert "This was not valid." in heard(call)
        await key_in(world, call, "1234#")
        form = await outcome(world)
        assert form["Result"] == "too-many-failed-attempts"
        assert "PaymentCardNumber" not in form


async def test_who_keys_in_nothing_is_asked_again_after_the_timeout(open_world):
    async with open_world() as world:
        await paying(world, 'timeout="2" maxAttempts="1"')
        assert (await outcome(world))["Result"] == "too-many-failed-attempts"


async def test_the_star_ends_it(open_world):
    async with open_world() as world:
        call = await paying(world)
        await key_in(world, call, f"{CARD}09*")
        form = await outcome(world)
        assert (form["Result"], form["PaymentCardNumber"]) == ("caller-interrupted-with-star", "xxxxxxxxxxxx0174")


async def test_a_hang_up_is_told(open_world):
    async with open_world() as world:
        call = await paying(world)
        await key_in(world, call, "4929")
        calls.hang_up(call, by="caller")
        form = await outcome(world)
        assert (form["Result"], form["CallStatus"]) == ("caller-hung-up", "completed")


async def test_the_connector_may_refuse(open_world):
    async with open_world() as world:
        world.carrier.connectors["Strict"] = "Your card was declined."
        call = await paying(world, connector="Strict")
        await key_in(world, call, WHOLE)
        form = await outcome(world)
        assert (form["Result"], form["PaymentError"]) == ("payment-connector-error", "Your card was declined.")
        assert "PaymentToken" not in form


@pytest.mark.parametrize(
    ("attributes", "connector", "code"),
    [("", "Nobody", 64004), ('chargeAmount="-0.5"', "Default", 64003), ('chargeAmount="1.005"', "Default", 64003)],
)
async def test_what_cannot_be_right_is_no_payment(open_world, attributes, connector, code):
    async with open_world() as world:
        await paying(world, attributes, connector=connector)
        form = await outcome(world)
        assert (form["Result"], form["PayErrorCode"]) == ("validation-error", str(code))
        assert world.problems() == [("error", code)]


async def test_the_most_particular_prompt_is_heard(open_world):
    async with open_world() as world:
        prompts = (
            '<Prompt for="payment-card-number expiration-date"><Say>anchor</Say></Prompt>'
            '<Prompt for="payment-card-number" attempt="2" errorType="invalid-card-number timeout">'
            "<Say>basket</Say></Prompt>"
        )
        call = await paying(world, children=prompts + '<Parameter name="order" value="7419"/>')
        await world.step(1000)
        assert heard(call) == "anchor"
        await key_in(world, call, "123#")
        await world.step(1000)
        assert heard(call) == "anchor basket"
        await key_in(world, call, CARD)
        await world.step(1000)
        assert heard(call) == "anchor basket anchor"


async def test_connectors_are_made_and_removed_by_a_route(open_world):
    async with open_world() as world:
        url = world.base + "/_sandbox/connectors/Shop"
        assert (await world.http.put(url, json={"refuses": "No."})).status == 204
        assert world.carrier.connectors == {"Default": "", "Shop": "No."}
        assert (await world.http.delete(url)).status == 204
        assert world.carrier.connectors == {"Default": ""}
