"""The product as production runs it: behind a front two web processes, two bridges under their parent, two workers.

Against the sandbox, whose time is stepped; the figures asserted here are the machine's own seconds.
"""

import os
import re
import signal
import time
from collections.abc import Iterator

import psutil
import pytest
import requests

from contactcenter import serving
from deploy import processes, programs
from deploy.environment import Ports
from tests.journeys.house import WORKER, House, eventually, free_port

BRIDGES = 2


def free_ports_in_a_row(count: int) -> int:
    """The first of some ports that follow each other and that nobody listens on."""
    return eventually(
        lambda: (first := free_port()) + count < 65536 and all(map(_is_free, range(first, first + count))) and first
    )


def _is_free(port: int) -> bool:
    return not [one for one in psutil.net_connections("tcp") if one.laddr and one.laddr.port == port]


class Built(House):
    """A house with every process in its place."""

    web_ports: tuple[int, int]

    def _start_product(self) -> None:
        self.web_ports = (free_port(), free_port())
        self.first_bridge = free_ports_in_a_row(BRIDGES)
        for n, port in enumerate(self.web_ports, 1):
            command = programs.web(self.server, host="127.0.0.1", port=str(port))
            self.run(f"web-{n}", [word for word in command if word != "--no-access-log"])
        self.parent = self.run("bridges", programs.bridges("--base-port", str(self.first_bridge)))
        for n in (1, 2):
            self.run(f"worker-{n}", [*WORKER, "-n", f"worker-{n}@%h"])
        ports = Ports(web=self.port, pages=self.web_ports[0], bridge=self.first_bridge, bridges=BRIDGES)
        front = programs.front("127.0.0.1", str(self.port), ports=ports, believe="")
        self.run("front", [*front, f"--web=127.0.0.1:{self.web_ports[1]}"])
        eventually(lambda: self.bridges_up() == BRIDGES, within_s=90)

    def bridges(self) -> dict[int, processes.Mark]:
        """The processes that are the bridges now, by port."""
        found = {}
        for child in psutil.Process(self.parent.pid).children():
            words = child.cmdline()
            if serving.APPLICATION in words and (mark := processes.mark(child.pid)):
                found[int(words[words.index("--port") + 1])] = mark
        return found

    def bridges_up(self) -> int:
        return sum(_answers(port) for port in range(self.first_bridge, self.first_bridge + BRIDGES))

    def bridge_of_the_only_stream(self) -> int:
        """The port of the bridge that holds the one stream there is."""
        (port,) = [port for port in self.bridges() if counted(port, "calls_streams_open") == 1]
        return port


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).text == "ok"
    except requests.RequestException:
        return False


def counted(port: int, name: str) -> float:
    """A counter of one process, asked behind the front's back."""
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


@pytest.fixture(scope="module")
def house() -> Iterator[Built]:
    built = Built("uvicorn", more_env={"BRIDGES": str(BRIDGES), "DRAIN_S": "0"})
    try:
        yield built
    finally:
        built.stop()


@pytest.fixture
def on_the_line(house: Built) -> Iterator[str]:
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


def is_closed(house: Built, sid: str) -> bool:
    return house.streams(sid)[0]["state"] == "closed"


def test_a_call_is_answered_through_the_front_and_held_by_a_bridge(house: Built, on_the_line: str) -> None:
    (stream,) = house.streams(on_the_line)
    assert stream["state"] == "open"
    assert stream["media_bytes_received"] > 0, "the greeting was spoken"
    assert house.bridge_of_the_only_stream() in house.bridges()
    assert counted(house.web_ports[0], "calls_streams_open") + counted(house.web_ports[1], "calls_streams_open") == 0


def test_both_web_processes_get_their_share(house: Built) -> None:
    session = house.sign_in()
    for _ in range(2):
        assert session.get(house.url, timeout=20).status_code == 200
    for n in (1, 2):
        assert '"GET / HTTP/1.1" 200' in house.log(f"web-{n}")


def test_what_the_product_is_told_about_the_client_is_the_front_s_word(house: Built) -> None:
    """The counters are for this machine: a client further off, or who says so, is none of it."""
    assert requests.get(f"{house.url}/metrics", timeout=5).status_code == 200
    lie = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    assert requests.get(f"{house.url}/metrics", headers=lie, timeout=5).status_code == 200, "dropped by the front"
    straight = f"http://127.0.0.1:{house.web_ports[0]}/metrics"
    assert requests.get(straight, headers=lie, timeout=5).status_code == 404, "believed from the front"


def test_a_killed_bridge_reaches_the_carrier_at_once_and_is_back(house: Built, on_the_line: str) -> None:
    port = house.bridge_of_the_only_stream()
    dead = house.bridges()[port]
    began = time.monotonic()
    os.kill(dead.pid, signal.SIGKILL)
    eventually(lambda: is_closed(house, on_the_line))
    assert time.monotonic() - began < 0.5
    successor = eventually(lambda: house.bridges().get(port))
    assert successor != dead
    assert time.monotonic() - began < 1.0, "the parent lost no time"
    eventually(lambda: house.bridges_up() == BRIDGES)
    assert '"event": "bridge restarted"' in house.log("bridges")


def test_a_stopped_bridge_is_noticed_and_killed(house: Built, on_the_line: str) -> None:
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


def test_new_calls_go_to_the_bridge_that_is_left(house: Built) -> None:
    """While one is stopped and not yet found out, its streams reach the other all the same."""
    eventually(lambda: house.bridges_up() == BRIDGES)
    victim = house.bridges()[house.first_bridge]
    os.kill(victim.pid, signal.SIGSTOP)
    sid = house.call()
    house.step_to_stream(sid)
    eventually(lambda: counted(house.first_bridge + 1, "calls_streams_open") == 1)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
