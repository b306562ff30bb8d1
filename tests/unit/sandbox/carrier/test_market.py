"""Numbers for sale: searched, priced, bought, given back; and what the carrier refuses."""

import pytest

from tests.unit.sandbox.carrier.lines import ask, client_of, refused


async def test_numbers_are_found_by_place_kind_and_digits(open_world):
    async with open_world() as world:
        client = client_of(world)
        local = await ask(lambda: client.available_phone_numbers("US").local.list(area_code=415, limit=5))
        assert [one.phone_number for one in local][:2] == ["+14155550120", "+14155550121"]
        assert (local[0].locality, local[0].region) == ("San Francisco", "CA")
        assert local[0].capabilities == {"voice": True, "SMS": True, "MMS": True, "fax": False}
        free = await ask(lambda: client.available_phone_numbers("US").toll_free.list(contains="888*5550199", limit=5))
        assert free == []
        free = await ask(lambda: client.available_phone_numbers("US").toll_free.list(contains="8885550199", limit=5))
        assert [one.phone_number for one in free] == ["+18885550199"]
        mobile = await ask(lambda: client.available_phone_numbers("GB").mobile.list(limit=1))
        assert mobile[0].phone_number.startswith("+447700900")


async def test_a_number_is_bought_set_up_listed_and_given_back(open_world):
    async with open_world() as world:
        client = client_of(world)
        made = await ask(
            lambda: client.incoming_phone_numbers.create(
                phone_number="+14155550150", voice_url="https://x.test/voice/#rc=2"
            )
        )
        assert (made.phone_number, made.voice_url) == ("+14155550150", "https://x.test/voice/#rc=2")
        again = lambda: client.incoming_phone_numbers.create(phone_number="+14155550150")  # noqa: E731
        assert await refused(again) == 21422
        assert "+14155550150" not in {
            one.phone_number
            for one in await ask(lambda: client.available_phone_numbers("US").local.list(area_code=415))
        }
        assert await ask(client.incoming_phone_numbers(made.sid).delete)
        assert await refused(client.incoming_phone_numbers(made.sid).fetch) == 20404


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({}, 20001),
        ({"phone_number": "+14155550150", "area_code": "415"}, 20001),
        ({"phone_number": "12345"}, 21421),
        ({"phone_number": "+14155550000"}, 21422),
        ({"area_code": "907"}, 21452),
        ({"phone_number": "+14155550150", "voice_url": "/relative"}, 21205),
        ({"phone_number": "+14155550150", "trunk_sid": "TK" + "0" * 32}, 20001),
    ],
)
async def test_what_cannot_be_bought_is_refused_and_nothing_is(open_world, words, code):
    async with open_world() as world:
        client = client_of(world)
        before = len(world.carrier.numbers)
        assert await refused(lambda: client.incoming_phone_numbers.create(**words)) == code
        assert len(world.carrier.numbers) == before


async def test_a_number_can_be_sold_to_somebody_else_meanwhile(open_world):
    async with open_world() as world:
        client = client_of(world)
        sold = {"number": "+14155550151"}
        async with world.http.post(f"{world.base}/_sandbox/market/sold", json=sold) as done:
            assert done.status == 204
        assert await refused(lambda: client.incoming_phone_numbers.create(phone_number="+14155550151")) == 21422


async def test_a_country_without_a_market_or_a_kind_is_not_found(open_world):
    async with open_world() as world:
        client = client_of(world)
        assert await refused(lambda: client.available_phone_numbers("US").mobile.list(limit=1)) == 20404
        assert await refused(lambda: client.available_phone_numbers("AQ").local.list(limit=1)) == 20404
        assert await refused(client.pricing.v1.phone_numbers.countries("AQ").fetch) == 20404


async def test_prices_are_told(open_world):
    async with open_world() as world:
        client = client_of(world)
        told = await ask(client.pricing.v1.phone_numbers.countries("US").fetch)
        assert {"number_type": "local", "base_price": "1.15", "current_price": "1.15"} in told.phone_number_prices


async def test_a_caller_id_counts_once_its_code_was_keyed_in(open_world):
    async with open_world() as world:
        client = client_of(world)
        asked = await ask(lambda: client.validation_requests.create(phone_number="+12125550160", friendly_name="PBX"))
        assert await ask(client.outgoing_caller_ids.list) == []
        key = f"{world.base}/_sandbox/caller-ids/+12125550160/code"
        for code, is_right in (("nonsense", False), (asked.validation_code, True)):
            async with world.http.post(key, json={"code": code}) as done:
                assert (await done.json())["is_verified"] is is_right
        (one,) = await ask(client.outgoing_caller_ids.list)
        assert (one.phone_number, one.friendly_name) == ("+12125550160", "PBX")
        again = lambda: client.validation_requests.create(phone_number="+12125550160")  # noqa: E731
        assert await refused(again) == 21450
        assert await ask(client.outgoing_caller_ids(one.sid).delete)
