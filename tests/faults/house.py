"""The house of the fault suite: real time, one process that holds all calls, and wires to its stores that can be cut."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psutil
import requests

from tests.faults.cut import Cable, Wire
from tests.journeys.house import House, eventually


class Exposed(House):
    """All calls of this house are in its one web process: what hurts one could hurt the others."""

    def __init__(self) -> None:
        self._cables: list[Cable] = []
        super().__init__("uvicorn", clock="real", more_env={"SPOOL_DIR": tempfile.mkdtemp(prefix="spool-")})

    def _start_product(self) -> None:
        self.books_url = self.env["DATABASE_URL"]
        self.postgres = self._wire("DATABASE_URL", 5432)
        self.redis = self._wire("REDIS_URL", 6379)
        super()._start_product()

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

    def stop(self) -> None:
        super().stop()
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
        text = requests.get(f"{self.url}/metrics", timeout=10).text
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def is_quiet(self) -> bool:
        """Nobody is on the line, and nothing is left to be written."""
        names = ("calls_streams_open", "calls_model_sockets_open", "calls_journal_depth")
        return not any(self.counted(name) for name in names)

    def clear_the_line(self) -> None:
        """End every call and wait until nothing is left of them."""
        self.behave()
        for call in self.ask("GET", "calls")["calls"]:
            if call["ended_at_ms"] is None:
                self.ask("POST", f"calls/{call['sid']}/hangup")
        eventually(self.is_quiet, what="a quiet line")
