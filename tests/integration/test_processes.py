"""The product as production runs it: behind a front two web processes, two bridges under their parent, two workers.

Against the sandbox, whose time is stepped; the figures asserted here are the machine's own seconds.
"""

import os
import signal
import time
from collections.abc import Iterator

import pytest
import requests

from contactcenter.watchdog import OTHERS_FIRST_S
from deploy import processes
from tests.drill import books
from tests.journeys.fleet import BRIDGES, Fleet, counted
from tests.journeys.house import eventually


@pytest.fixture(scope="module")
def house() -> Iterator[Fleet]:
    built = Fleet()
    try:
        yield built
    finally:
        built.stop()


@pytest.fixture
def on_the_line(house: Fleet) -> Iterator[str]:
    """A caller who has heard the greeting; nobody else is on the line."""
    house.behave()
    eventually(lambda: house.bridges_up() == BRIDGES)
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 500})["reached"]
    yield sid
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    eventually(lambda: all(counted(port, "calls_streams_open") == 0 for port in house.bridges()))


def is_closed(house: Fleet, sid: str) -> bool:
    return house.streams(sid)[0]["state"] == "closed"


def test_a_call_is_answered_through_the_front_and_held_by_a_bridge(house: Fleet, on_the_line: str) -> None:
    (stream,) = house.streams(on_the_line)
    assert stream["state"] == "open"
    assert stream["media_bytes_received"] > 0, "the greeting was spoken"
    assert house.bridge_of_the_only_stream() in house.bridges()
    assert counted(house.web_ports[0], "calls_streams_open") + counted(house.web_ports[1], "calls_streams_open") == 0


def test_both_web_processes_get_their_share(house: Fleet) -> None:
    session = house.sign_in()
    for _ in range(2):
        assert session.get(house.url, timeout=20).status_code == 200
    for n in (1, 2):
        assert '"GET / HTTP/1.1" 200' in house.log(f"web-{n}")


def test_what_the_product_is_told_about_the_client_is_the_front_s_word(house: Fleet) -> None:
    """The counters are for this machine: a client further off, or who says so, is none of it."""
    assert requests.get(f"{house.url}/metrics", timeout=5).status_code == 200
    lie = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    assert requests.get(f"{house.url}/metrics", headers=lie, timeout=5).status_code == 200, "dropped by the front"
    straight = f"http://127.0.0.1:{house.web_ports[0]}/metrics"
    assert requests.get(straight, headers=lie, timeout=5).status_code == 404, "believed from the front"


def test_a_killed_bridge_reaches_the_carrier_at_once_and_is_back(house: Fleet, on_the_line: str) -> None:
    port = house.bridge_of_the_only_stream()
    dead = house.bridges()[port]
    began = time.monotonic()
    os.kill(dead.pid, signal.SIGKILL)
    eventually(lambda: is_closed(house, on_the_line))
    assert time.monotonic() - began < 0.5
    successor = eventually(lambda: house.bridges().get(port))
    assert successor != dead
    assert OTHERS_FIRST_S < time.monotonic() - began < OTHERS_FIRST_S + 1.5, "after those who take its calls up"
    eventually(lambda: house.bridges_up() == BRIDGES)
    assert '"event": "bridge restarted"' in house.log("bridges")


def test_a_stopped_bridge_is_noticed_and_killed(house: Fleet, on_the_line: str) -> None:
    port = house.bridge_of_the_only_stream()
    stopped = house.bridges()[port]
    began = time.monotonic()
    os.kill(stopped.pid, signal.SIGSTOP)
    eventually(lambda: not processes.is_alive(stopped))
    assert 1.0 < time.monotonic() - began < 3.0
    eventually(lambda: is_closed(house, on_the_line))
    assert time.monotonic() - began < 3.0
    assert '"event": "bridge hung"' in house.log("bridges")
    eventually(lambda: house.bridges_up() == BRIDGES)


def test_a_new_version_comes_to_one_bridge_after_another_and_the_call_goes_on(house: Fleet, on_the_line: str) -> None:
    old = set(house.bridges().values())
    house.parent.send_signal(signal.SIGHUP)

    def is_replaced() -> bool:
        house.step(20)  # hardly faster than the processes' own time: a silent caller is not kept for ever
        return '"event": "bridges replaced"' in house.log("bridges")

    eventually(is_replaced)
    assert not old & set(house.bridges().values())
    assert house.bridges_up() == BRIDGES
    eventually(lambda: house.step(200) and house.streams(on_the_line)[-1]["state"] == "open")
    assert len(house.streams(on_the_line)) >= 2, "on another stream than before"


@pytest.mark.rarely
def test_new_calls_go_to_the_bridge_that_is_left(house: Fleet) -> None:
    """While one is stopped and not yet found out, its streams reach the other all the same."""
    eventually(lambda: house.bridges_up() == BRIDGES)
    victim = house.bridges()[house.first_bridge]
    os.kill(victim.pid, signal.SIGSTOP)
    sid = house.call()
    house.step_to_stream(sid)
    eventually(lambda: counted(house.first_bridge + 1, "calls_streams_open") == 1)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)


def in_the_books(house: Fleet, sid: str) -> list[books.Turn]:
    with books.opened(house.env["DATABASE_URL"]) as read:
        return read.turns(sid)


@pytest.mark.rarely
def test_a_machine_that_was_frozen_and_wakes_can_neither_speak_nor_write(house: Fleet, on_the_line: str) -> None:
    """Parent and bridge stand still in the middle of an answer; by the time they wake, the call is elsewhere."""
    sid, port = on_the_line, house.bridge_of_the_only_stream()
    frozen, other = house.bridges()[port], ({*house.bridges()} - {port}).pop()
    session = house.model_session()["id"]
    house.ask("POST", f"calls/{sid}/say", json={"text": "Please tell me about your tents."})

    def answer() -> dict | None:
        """An answer the model has begun to speak, in the newest session and not the greeting."""
        house.step(20)
        newest = house.model_session()
        spoken = [one for one in newest["responses"] if one["first_audio_at_ms"] is not None]
        return next(iter(spoken[1:] if newest["id"] == session else spoken), None)

    (item,) = [item["id"] for item in eventually(answer, what="an answer")["output"]]
    house.step(600)
    for pid in (house.parent.pid, frozen.pid):
        os.kill(pid, signal.SIGSTOP)
    try:
        house.step(200)
        spoken = house.streams(sid)[0]["media_bytes_received"]

        def is_elsewhere() -> bool:
            house.step(20)
            return counted(other, "calls_streams_open") == 1

        eventually(is_elsewhere, what="the call on the other bridge")
        eventually(lambda: answer() and house.model_session()["id"] != session, what="the other bridge's first words")
        with books.opened(house.env["DATABASE_URL"]) as read:
            eventually(lambda: read.fenced_for_s(sid) > 1, what="a moment that is surely after it was taken over")
    finally:
        for pid in (frozen.pid, house.parent.pid):
            os.kill(pid, signal.SIGCONT)
    eventually(lambda: counted(port, "calls_streams_open") == 0, what="the woken one lets go")
    assert house.bridges()[port] == frozen, "it is the same process"
    eventually(lambda: counted(port, "calls_records_fenced_total") > 0, what="what it wants to write")
    assert house.streams(sid)[0]["media_bytes_received"] == spoken
    assert item not in [turn.item for turn in in_the_books(house, sid)]
    assert house.step(40_000, until={"call": sid, "silent_ms": 900})["reached"]  # it goes on about the tents
    before = len(in_the_books(house, sid))
    house.ask("POST", f"calls/{sid}/say", json={"text": "When are you open?"})

    def is_answered() -> bool:
        house.step(500)
        return len(in_the_books(house, sid)) >= before + 2

    eventually(is_answered, what="an answer of the other bridge")
