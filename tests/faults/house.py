"""The house of the fault suite: real time, one process that holds all calls, and stores that can be cut off."""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psutil
import psycopg
import requests

from contactcenter import serving
from deploy import programs
from tests.faults.cut import Cable, Wire
from tests.journeys.house import WORKER, House, eventually, free_port

APPLICATION = "tests.faults.exposed_app:application"


def pass_time(seconds: float) -> None:
    """Let real time pass between two things that are done to the product; never to wait for something it does."""
    threading.Event().wait(max(seconds, 0))


class Exposed(House):
    """All calls of this house are in its one web process, behind the front: what hurts one could hurt the others."""

    def __init__(self) -> None:
        self._cables: list[Cable] = []
        self.residents: set[str] = set()
        super().__init__("uvicorn", clock="real")

    def _start_product(self) -> None:
        self.books_url = self.env["DATABASE_URL"]
        self.postgres = self._wire("DATABASE_URL", 5432)
        self.redis = self._wire("REDIS_URL", 6379)
        self.web_port = free_port()
        web = programs.web(self.server, host="127.0.0.1", port=str(self.web_port))
        self.run("web", [APPLICATION if word == serving.APPLICATION else word for word in web])
        self.run("worker", WORKER)
        behind = f"127.0.0.1:{self.web_port}"
        front = [sys.executable, "-m", "deploy.front", "--host", "127.0.0.1", "--port", str(self.port)]
        self.run("front", [*front, f"--web={behind}", f"--bridge=web={behind}", "--believe="])

    def _wire(self, name: str, port: int) -> Cable:
        """Put a cable of ours in the way; a store may listen on a socket file named in the query."""
        given = urlsplit(self.env[name])
        query = dict(parse_qsl(given.query))
        folder = query.pop("host", "")
        port = int(query.pop("port", given.port or port))
        cable = Cable(f"{folder}/.s.PGSQL.{port}" if folder else (given.hostname or "127.0.0.1", port))
        self._cables.append(cable)
        at, has_user, _ = given.netloc.rpartition("@")
        netloc = f"{at}{has_user}127.0.0.1:{cable.port}"
        self.env[name] = urlunsplit(given._replace(netloc=netloc, query=urlencode(query)))
        return cable

    def stop(self, *, is_evidence: bool = False) -> None:
        super().stop(is_evidence=is_evidence)
        for cable in self._cables:
            cable.close()

    @contextmanager
    def without(self, cable: Cable, how: Wire) -> Iterator[None]:
        """A store is away meanwhile."""
        cable.become(how)
        try:
            yield
        finally:
            cable.become(Wire.SOUND)

    @property
    def process(self) -> psutil.Process:
        """The one that holds the calls."""
        return psutil.Process(self._processes["web"].pid)

    def counted(self, name: str) -> float:
        """A counter of that process."""
        text = requests.get(f"http://127.0.0.1:{self.web_port}/metrics", timeout=10).text
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def events(self, sid: str, kind: str) -> int:
        """How many events of this kind a call has in the books."""
        query = "SELECT count(*) FROM calls_callevent e JOIN calls_leg l ON l.call_id = e.call_id WHERE leg_sid = %s"
        with psycopg.connect(self.books_url) as books:
            (count,) = books.execute(f"{query} AND e.kind = %s", (sid, kind)).fetchone() or (0,)
        return int(count)

    def is_quiet(self) -> bool:
        """Nobody but the residents is on the line, and nothing is left to be written."""
        return self.counted("calls_streams_open") == len(self.residents) and not self.counted("calls_journal_depth")

    def sessions_at_the_model(self) -> list[dict[str, Any]]:
        """The sessions that are open, as the model sees it."""
        return [one for one in self.ask("GET", "sessions", at=self.model)["sessions"] if one["state"] == "open"]

    def open_sessions(self) -> int:
        """How many sessions of the model are open, as this process or the model counts them, whichever are more."""
        return max(len(self.sessions_at_the_model()), int(self.counted("calls_model_sockets_open")))

    def is_let_go(self) -> bool:
        """No session of the model is open but the residents'; one that was warmed for nobody goes within seconds."""
        return self.open_sessions() == len(self.residents)

    def clear_the_line(self) -> None:
        """End every call but the residents', and wait until nothing is left of them."""
        self.behave()
        for call in self.ask("GET", "calls")["calls"]:
            if call["ended_at_ms"] is None and call["sid"] not in self.residents:
                self.ask("POST", f"calls/{call['sid']}/hangup")
        eventually(self.is_quiet, what="a quiet line")
