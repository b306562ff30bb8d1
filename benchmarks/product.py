"""The product as it is run in earnest, for one measurement: a database of its own, two web processes, real tickets.

One process holds the streams and is measured. The other answers the voice webhooks, so that calls can begin without
disturbing it; its own model connections go nowhere.
"""

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import psycopg
import requests
from twilio.request_validator import RequestValidator

from deploy import programs
from tests.databases import a_database, a_redis
from tests.journeys.house import NUMBERS, ROOT, free_port

MEDIA_PATH = "/twilio/media/"
_NOWHERE = "http://127.0.0.1:9"  # nobody listens there: a connection is refused at once
_AT_ONCE = 3  # webhooks under way: they share a core with the far ends
_PATIENCE_S = 60.0
_TRIES = 12
_ROWS = {
    "caller_turns": "calls_transcriptturn WHERE party = 'customer' AND text <> ''",
    "assistant_turns": "calls_transcriptturn WHERE party = 'assistant' AND item_id LIKE 'item%'",
    "opening_turns": "calls_transcriptturn WHERE party = 'assistant' AND item_id NOT LIKE 'item%'",
    "cut_turns": "calls_transcriptturn WHERE is_cut",
    "cuts": "calls_callevent WHERE kind = 'cut'",
    "response_usage": "calls_usagerecord WHERE kind = 'response'",
    "transcription_usage": "calls_usagerecord WHERE kind = 'transcription'",
    "streams_closed": "calls_stream WHERE closed_at IS NOT NULL",
}

_BRIDGE = """
INSERT INTO calls_bridgeworker (name, machine, pid, started_at, heard_at, calls, capacity, is_draining,
                                model_share_left, journal_depth)
VALUES (%(name)s, '', 0, now(), now() + interval '1 day', 0, 1000000, false, 1, 0)
"""


class NoTicket(RuntimeError):
    """The product sends callers away."""

    def __str__(self) -> str:
        return "the voice webhook gives no tickets"


class UnableToStart(RuntimeError):
    """A process did not come up; the message ends with its last words."""


def pinned(command: list[str], core: int, *, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process on one core; its output goes to a file."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(env), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    os.sched_setaffinity(process.pid, {core})  # before it has made a thread
    return process


def wait_until(is_up: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a process answers. Raises UnableToStart."""
    end = time.monotonic() + _PATIENCE_S
    while not is_up():
        if process.poll() is not None or time.monotonic() > end:
            raise UnableToStart(log.read_text(errors="replace")[-2000:])
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process, by force when it does not listen."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Product:
    """One database and one address for the whole run; the measured process is started anew for each variant."""

    def __init__(self, *, var: Path, number: int) -> None:
        self._var = var
        var.mkdir(parents=True, exist_ok=True)
        self.port, self._web_port = free_port(), free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.token = secrets.token_hex(16)
        self.database_url = a_database(f"bench_{number}")
        self.env = {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": a_redis(number),
            "PUBLIC_URL": self.origin,
            "SECRET_KEY": secrets.token_hex(16),
            "RECORDINGS_URL": f"file://{var / 'recordings'}",
            "SPOOL_DIR": str(var / "spool"),
            "DJANGO_SETTINGS_MODULE": "contactcenter.settings",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": self.token,
            "TWILIO_API_BASE": _NOWHERE,
            "OPENAI_API_KEY": "sk-bench",
            "OPENAI_BASE_URL": f"{_NOWHERE}/v1",
        }
        self._web: subprocess.Popen[bytes] | None = None
        self._threads = ThreadPoolExecutor(_AT_ONCE)
        self._sessions = threading.local()
        self._validator = RequestValidator(self.token)

    @property
    def signature(self) -> str:
        """The carrier's signature of the stream's handshake, the same for every call."""
        return str(self._validator.compute_signature(f"ws{self.origin.removeprefix('http')}{MEDIA_PATH}", {}))

    def fill(self) -> None:
        """Make the tables, and the demo's assistants and numbers."""
        for words in (["collectstatic", "--noinput"], ["migrate"], ["seed_demo"]):
            command = [sys.executable, "manage.py", *words, "--verbosity", "0"]
            subprocess.run(command, cwd=ROOT, env=self.env, check=True, stdout=subprocess.DEVNULL)

    def say_bridges_are_there(self, *names: str) -> None:
        """Have the books say that bridges of these names are there, with room for everybody, for a day."""
        with psycopg.connect(self.database_url, autocommit=True) as link:
            for name in names:
                link.execute(_BRIDGE, {"name": name})

    def prepare(self) -> None:
        """The same, and start the process that answers webhooks."""
        self.fill()
        log = self._var / "webhooks.log"
        with log.open("ab") as out:
            command = programs.web("uvicorn", host="127.0.0.1", port=str(self._web_port))
            self._web = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=out, stderr=subprocess.STDOUT)
        wait_until(lambda: _answers(self._web_port), self._web, log)

    def serve(
        self, command: list[str], *, model: str, core: int, name: str, env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start the measured process, as this command and environment say; its model is at this origin."""
        log = self._var / f"{name}.log"
        bridge = pinned(command, core, env={**self.env, **env, "OPENAI_BASE_URL": f"{model}/v1"}, log=log)
        wait_until(lambda: _answers(self.port), bridge, log)
        return bridge

    def tickets(self, count: int) -> list[tuple[str, str]]:
        """That many calls come in: each one's sid and ticket."""
        return list(self._threads.map(lambda _: self._admitted(), range(count)))

    def _admitted(self) -> tuple[str, str]:
        """A call that is given a ticket. Raises NoTicket when several in a row are not.

        On a machine that is busy the database may take longer than a caller is made to wait; the next one fares better.
        """
        for _ in range(_TRIES):
            sid, ticket = self._ring()
            if ticket:
                return sid, ticket
            time.sleep(0.5)
        raise NoTicket

    def call(self) -> dict[str, str]:
        """The carrier's form for a caller whom nobody has heard of."""
        return {
            "CallSid": f"CA{secrets.token_hex(16)}",
            "AccountSid": "AC" + "0" * 32,
            "From": f"+1415555{secrets.randbelow(10000):04}",
            "To": NUMBERS[0],
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }

    def signed(self, path: str, form: Mapping[str, str]) -> tuple[str, str, str]:
        """A form on its way to this path: the path, the body, the carrier's signature."""
        return path, urlencode(form), str(self._validator.compute_signature(f"{self.origin}{path}", form))

    def _ring(self) -> tuple[str, str]:
        form = self.call()
        if not hasattr(self._sessions, "http"):
            self._sessions.http = requests.Session()
        path, body, signature = self.signed("/twilio/voice/", form)
        answer = self._sessions.http.post(
            f"http://127.0.0.1:{self._web_port}{path}",
            body,
            headers={"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"},
            timeout=10,
        )
        answer.raise_for_status()
        ticket = ET.fromstring(answer.text).find(".//Parameter[@name='ticket']")
        return form["CallSid"], ticket.attrib["value"] if ticket is not None else ""

    def rows(self) -> dict[str, int]:
        """What the books hold of all calls that had a stream."""
        of_streams = "call_id IN (SELECT call_id FROM calls_stream WHERE opened_at IS NOT NULL)"
        with psycopg.connect(self.database_url, autocommit=True) as link:
            return {
                name: int(link.execute(f"SELECT count(*) FROM {what} AND {of_streams}").fetchone()[0])
                for name, what in _ROWS.items()
            }

    def answers(self) -> bool:
        """True once the measured process is up."""
        return _answers(self.port)

    def stop(self) -> None:
        """Stop the process that answers webhooks."""
        self._threads.shutdown()
        if self._web is not None:
            stop(self._web)


def _answers(port: int) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    return False
