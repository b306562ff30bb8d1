"""What the front adds to a frame: the same sockets straight to an echo and through the front, one after the other.

Run by hand, `python -m benchmarks.front [--streams 50]`; writes results/front.json. Frames as long as the carrier's go
out every 20 ms on each socket, spread over the interval, and come back at once. Nothing here is the product's.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psutil
import uvloop

from benchmarks import machine
from tests.journeys.house import eventually, free_port

ROUNDS = 5
EVERY_S = 0.02
FRAME = bytes(240)  # 20 ms of G.711 in base64, in its JSON
HANDSHAKE = b"GET /twilio/media/ HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
ECHO = r"""
import asyncio, sys, uvloop

class Echo(asyncio.Protocol):
    is_open = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if not self.is_open:
            self.is_open = True
            data = b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        self.transport.write(data)

async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

uvloop.run(main())
"""


class Stream(asyncio.Protocol):
    """One socket: sends a frame when told to, notes how long each took to come back."""

    def __init__(self) -> None:
        self.is_open = asyncio.get_running_loop().create_future()
        self.took_ms: list[float] = []
        self._sent_at = 0.0
        self._come_back = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(HANDSHAKE)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self.is_open.done():
            self.is_open.set_result(None)
            return
        self._come_back += len(data)
        if self._come_back >= len(FRAME):
            self._come_back -= len(FRAME)
            self.took_ms.append((time.perf_counter() - self._sent_at) * 1000)

    def send(self) -> None:
        self._sent_at = time.perf_counter()
        self.transport.write(FRAME)  # type: ignore[attr-defined]


async def hold(port: int, *, streams: int, seconds: float) -> list[float]:
    """Hold so many streams at once; how long every frame took there and back, in milliseconds."""
    loop = asyncio.get_running_loop()
    held = [(await loop.create_connection(Stream, "127.0.0.1", port))[1] for _ in range(streams)]
    await asyncio.gather(*(stream.is_open for stream in held))

    async def pump(stream: Stream, offset_s: float) -> None:
        at = loop.time() + offset_s
        end = at + seconds
        while at < end:
            await asyncio.sleep(max(0.0, at - loop.time()))
            stream.send()
            at += EVERY_S

    await asyncio.gather(*(pump(stream, EVERY_S * n / streams) for n, stream in enumerate(held)))
    for stream in held:
        stream.transport.close()
    return sorted(took for stream in held for took in stream.took_ms)


def share(took_ms: list[float], part: float) -> float:
    """The time that this part of the frames did not exceed."""
    return took_ms[min(len(took_ms) - 1, int(part * len(took_ms)))]


def main() -> int:
    """Measure, print, write; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.front", description=__doc__)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round")
    asked = parser.parse_args()
    echo_port, port = free_port(), free_port()
    behind = [f"--web=127.0.0.1:{echo_port}", f"--bridge=bench=127.0.0.1:{echo_port}"]
    with (
        subprocess.Popen([sys.executable, "-c", ECHO, str(echo_port)]) as echo,
        subprocess.Popen([sys.executable, "-m", "deploy.front", "--port", str(port), *behind]) as front,
    ):
        try:
            result = measure(asked.streams, asked.seconds, straight=echo_port, through=port, front=front.pid)
        finally:
            front.terminate()
            echo.terminate()
    file = Path(__file__).parent / "results" / "front.json"
    file.write_text(json.dumps({"machine": machine.described(), "measured": result}, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 0


def measure(streams: int, seconds: float, *, straight: int, through: int, front: int) -> dict[str, float]:
    """Both ways in turn; the medians of the rounds, one way each, and the front's share of a core."""
    eventually(lambda: all(_listens(port) for port in (straight, through)))
    added_ms: dict[float, list[float]] = {0.5: [], 0.99: []}
    cores = []
    for _ in range(ROUNDS):
        direct = uvloop.run(hold(straight, streams=streams, seconds=seconds))
        before = psutil.Process(front).cpu_times()
        passed = uvloop.run(hold(through, streams=streams, seconds=seconds))
        after = psutil.Process(front).cpu_times()
        cores.append((after.user + after.system - before.user - before.system) / seconds)
        for part, added in added_ms.items():
            added.append((share(passed, part) - share(direct, part)) / 2)
    return {
        "streams": streams,
        "frames_per_second_each_way": streams / EVERY_S,
        "added_one_way_ms_p50": round(statistics.median(added_ms[0.5]), 3),
        "added_one_way_ms_p99": round(statistics.median(added_ms[0.99]), 3),
        "front_share_of_a_core": round(statistics.median(cores), 3),
    }


def _listens(port: int) -> bool:
    return any(one.laddr.port == port and one.status == psutil.CONN_LISTEN for one in psutil.net_connections("tcp"))


if __name__ == "__main__":
    sys.exit(main())
