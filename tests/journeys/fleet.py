"""The product as production runs it: behind a front web processes, bridges under their parent, and workers."""

import re

import psutil
import requests

from contactcenter import serving
from deploy import processes, programs
from deploy.environment import Ports
from tests.journeys.house import WORKER, House, eventually, free_port, free_ports

BRIDGES = 2


class Fleet(House):
    """A house with every process in its place."""

    web_ports: tuple[int, int]

    def __init__(self, *, clock: str = "stepped") -> None:
        super().__init__("uvicorn", clock=clock, more_env={"BRIDGES": str(BRIDGES), "DRAIN_S": "0"})

    def _start_product(self) -> None:
        self.web_ports = (free_port(), free_port())
        self.first_bridge = free_ports(BRIDGES)
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
        eventually(lambda: all(map(_is_ready, self.web_ports)), within_s=90)  # the front asks for one of them only

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


def _is_ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def counted(port: int, name: str) -> float:
    """A counter of one process, asked behind the front's back."""
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])
