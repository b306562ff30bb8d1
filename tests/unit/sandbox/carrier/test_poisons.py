"""Poison for a stream: each kind is what it says, is sent once, and leaves the carrier itself unharmed."""

import json

import aiohttp
import pytest

from sandbox.carrier import poisons, ws_frames
from sandbox.carrier.poisons import POISONS, Moment
from sandbox.carrier.ws_frames import Raw, frame

MOMENT = Moment("AC01", "CA01", "MZ01", sequence=27, frame=25)
ALLOWED = {"fragments", "fragments_with_ping", "fragments_empty", "ping", "ping_flood", "pong_unasked"}
TOLERATED = {"unmasked"}  # by the server library that is used here


def made(name: str) -> list[str | bytes]:
    return [each.data if isinstance(each, Raw) else each for each in POISONS[name].messages(MOMENT)]


def read(name: str) -> dict:
    (text,) = made(name)
    return json.loads(text)


def test_there_are_many_and_no_two_send_the_same():
    assert len(POISONS) >= 100
    assert sum(len(group) for group in poisons.GROUPS.values()) == len(POISONS)
    assert len({repr(made(name)) for name in POISONS}) == len(POISONS)


@pytest.mark.parametrize("name", [poison.name for poison in poisons.GROUPS["JSON"]])
def test_the_first_group_is_no_proper_message(name):
    (text,) = made(name)
    assert isinstance(text, str)
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return
    assert not isinstance(message, dict) or message != MOMENT.media()


def test_only_the_named_thing_is_wrong():
    right = MOMENT.media()
    for name, part in (("payload_null", "payload"), ("timestamp_negative", "timestamp"), ("chunk_zero", "chunk")):
        wrong = read(name)
        assert wrong["media"][part] != right["media"][part]
        assert {**wrong["media"], part: right["media"][part]} == right["media"]
        assert {**wrong, "media": 0} == {**right, "media": 0}
    assert "payload" not in read("payload_missing")["media"]
    assert "streamSid" not in read("stream_sid_missing")
    assert "event" not in read("event_missing")
    assert read("start_other_call")["start"]["callSid"] != "CA01"


def test_sizes_are_as_said():
    (huge,) = made("payload_huge")
    assert 10_000_000 < len(huge) < 10_100_000
    assert len(made("event_flood")) == len(made("media_flood")) == 2000
    assert made("ping_flood")[0].count(made("ping_flood")[0][:7]) == 2000


# --- frames below the library -------------------------------------------------------------------------------------


def test_a_frame_is_that_of_the_standard():
    assert frame(ws_frames.TEXT, b"Hello").data == bytes.fromhex("818537fa213d7f9f4d5158")  # RFC 6455, 5.7
    assert frame(ws_frames.TEXT, b"Hello", is_masked=False).data == bytes.fromhex("810548656c6c6f")
    assert frame(ws_frames.BINARY, bytes(256)).data[:4] == bytes.fromhex("82fe0100")
    assert frame(ws_frames.BINARY, bytes(65536)).data[:10] == bytes.fromhex("82ff0000000000010000")
    assert frame(ws_frames.TEXT, b"Hel", is_final=False).data[0] == 0x01
    assert frame(ws_frames.TEXT, reserved=7).data[0] == 0xF1
    assert frame(ws_frames.TEXT, b"x", announced=1 << 40).data[1:10] == b"\xff" + (1 << 40).to_bytes(8, "big")
    assert ws_frames.closing(1006, b"x").data[:2] == b"\x88\x83"


@pytest.mark.parametrize("name", [poison.name for poison in poisons.GROUPS["WebSocket"]])
async def test_a_strict_server_takes_what_is_allowed_and_ends_the_rest(open_world, name):
    async with open_world() as world:
        ended = []

        async def watch(ws, application):
            async for each in ws:
                if each.type is aiohttp.WSMsgType.TEXT:
                    application.messages.append(json.loads(each.data))
            ended.append(ws.close_code)

        world.application.media = watch
        world.carrier.faults.change({"stream": {"poison": name, "poison_at": 3}})
        call = await world.streaming_call()
        await world.step(1000)
        frames = len(world.application.events("media"))
        if name in ALLOWED | TOLERATED or name.startswith("binary"):
            assert (ended, frames) == ([], 50 + name.startswith(("fragments", "unmasked")))
        else:
            assert frames == 3
        assert call.streams[0].poison["name"] == name


# --- on a stream --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in POISONS if n not in {p.name for p in poisons.GROUPS["WebSocket"]}])
async def test_a_poison_is_sent_once_between_proper_frames(open_world, name):
    async with open_world() as world:
        raw = []

        async def keep_raw(ws, _application):
            async for each in ws:
                raw.append(each.data)  # noqa: PERF401  it is looked at while more comes

        world.application.media = keep_raw
        world.carrier.faults.change({"stream": {"poison": name, "poison_at": 2}})
        call = await world.streaming_call()
        await world.step(60)
        assert await world.step(3000, until=lambda: len(call.streams[0].frame_timestamps) >= 5)
        await world.settle()
        moment = Moment("AC" + "0" * 31 + "1", call.sid, call.streams[0].sid, sequence=4, frame=2)
        expected = POISONS[name].messages(moment)
        assert raw[4 : 4 + len(expected)] == expected
        proper = [json.loads(text) for text in raw[4 + len(expected) :]]
        assert [message["media"]["chunk"] for message in proper[:3]] == ["3", "4", "5"]
        assert world.problems() == []
        assert (call.streams[0].poison["name"], call.streams[0].poison["after_frame"]) == (name, 2)


async def test_only_the_next_stream_is_poisoned_and_the_same_switch_arms_it_again(open_world):
    async with open_world() as world:
        switch = {"stream": {"poison": "event_unknown", "poison_at": 1}}
        async with world.http.post(world.base + "/_sandbox/faults", json=switch) as response:
            assert response.status == 200
        first, second = await world.streaming_call(), await world.streaming_call()
        await world.step(100)
        assert [bool(call.streams[0].poison) for call in (first, second)] == [True, False]
        assert len(world.application.events("weather")) == 1
        async with world.http.post(world.base + "/_sandbox/faults", json=switch) as response:
            assert response.status == 200
        third = await world.streaming_call()
        await world.step(100)
        assert third.streams[0].poison
        async with world.http.get(f"{world.base}/_sandbox/calls/{third.sid}/stream.json") as response:
            (shown,) = (await response.json())["streams"]
        assert shown["poison"]["name"] == "event_unknown"


async def test_the_names_are_listed(open_world):
    async with open_world() as world:
        async with world.http.get(world.base + "/_sandbox/poisons") as response:
            listed = (await response.json())["poisons"]
        assert {row["name"]: row["about"] for row in listed} == {name: p.about for name, p in POISONS.items()}
        assert {row["group"] for row in listed} == set(poisons.GROUPS)
        async with world.http.post(world.base + "/_sandbox/faults", json={"stream": {"poison": "x"}}) as response:
            assert response.status == 400
