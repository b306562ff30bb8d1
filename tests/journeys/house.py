"""The whole house, as processes: stores, web, worker, and on the far side of the wire the sandbox.

Nothing is replaced: the product's own process lines run against a database of their own, the sandbox's two servers
stand in for the vendors, and its clock moves only when a journey says so.
"""

import fcntl
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import requests
from celery import Celery

from contactcenter import serving
from deploy import ports, preparation, programs, seats, static_files
from tests import databases
from tests.journeys.page import Page

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = ("+14155550100", "+14155550101", "+14155550102")
WORKFLOW = "WW" + 32 * "0"
PATIENCE_S = 30.0
# On a machine that is shared callers would be served without the database; their time stands still meanwhile.
PATIENT = {"ANSWER_LIMIT_S": "4"}
WITH_PAGES_MS = 100  # the time of the sandbox and of a page pass by turns
WORKER = [sys.executable, "-m", "celery", "-A", "contactcenter", "worker", "--concurrency", "1", "-l", "warning"]
Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], *, within_s: float = PATIENCE_S, what: str = "") -> Found:
    """What `look` finds, as soon as it finds something true. Fails when it has not within the limit."""
    pause, end = threading.Event(), time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"never came: {what or look}")
        pause.wait(0.02)


# Below what the kernel hands out to connections: a port that is nobody's stays so until our server has it.
PORTS = range(20_000, 31_000)
_reserved = ports.Reserved()


def free_ports(count: int) -> int:
    """The first of some ports that follow each other; no test that asks is given them while this process lives."""
    try:
        return ports.choose_row(
            wanted=secrets.choice(PORTS), count=count, take=partial(_reserved.take, "127.0.0.1"), what="a test"
        )
    finally:
        _reserved.release()


def free_port() -> int:
    """A port nobody listens on, nor will."""
    return free_ports(1)


@contextmanager
def alone(what: str) -> Iterator[None]:
    """One house at a time does this: houses of several test processes share the collected files."""
    with (ROOT / "var" / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _leave_nobody_to_fall_back_to(database_url: str) -> None:
    """The demo's assistants have a queue; a journey says itself when there is somebody to go to."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE agents_assistant SET queue_id = NULL")


class House:
    """One running house. `carrier` and `model` are the origins of the sandbox's two servers."""

    def __init__(self, server: str, *, clock: str = "stepped", more_env: Mapping[str, str] | None = None) -> None:
        self.server = server
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._seat: seats.Seat | None = None
        self._commands: preparation.Commands | None = None
        self.phone = requests.Session()
        self.pages: list[Page] = []  # browsers that hold a test call
        try:
            self._build(clock, more_env or {})
        except BaseException:
            self.stop(is_evidence=True)
            raise

    def _build(self, clock: str, more_env: Mapping[str, str]) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="journeys-"))
        self._seat = seats.take(ROOT / "var" / "test")
        self.database = f"journeys_{self._seat.number}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tools_port = free_port()  # where a journey may serve the business's own tools
        sandbox = self._start_sandbox(clock)
        self.carrier = sandbox["TWILIO_API_BASE"]
        self.model = sandbox["OPENAI_BASE_URL"].removesuffix("/v1")
        self.env = {
            **os.environ,
            **{name: sandbox[name] for name in sandbox if name != "PHONE"},
            "DATABASE_URL": databases.url_of(self.database),
            "REDIS_URL": databases.a_redis(self._seat.number),
            "PUBLIC_URL": self.url,
            "SECRET_KEY": secrets.token_hex(16),
            "RECORDINGS_URL": f"file://{self.var / 'recordings'}",
            "UPLOADS_URL": f"file://{self.var / 'uploads'}",
            "EVIDENCE_URL": f"file://{self.var / 'evidence'}",
            "SPOOL_DIR": str(self.var / "spool"),  # what one house leaves is no other's
            "TAPES_DIR": str(self.var / "tapes"),
            "TMPDIR": str(self.var),  # nor anybody's, when its processes are killed
            "DJANGO_SETTINGS_MODULE": "contactcenter.settings",
            "TASKROUTER_WORKFLOW_SID": WORKFLOW,
            "TOOL_ALLOWED_HOSTS": f"127.0.0.1:{self.tools_port}",
            **(PATIENT if clock == "stepped" else {}),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **more_env,
        }
        with preparation.Commands(self.env) as commands:
            with alone("collectstatic"):
                static_files.collect(commands, var=ROOT / "var")
            databases.a_furnished_database(self.database, self._furnish)
            self._start_product()
            eventually(self._is_up, within_s=120.0, what=f"{self.url}/readyz")
            commands.run("configure_twilio", "--yes")

    def _furnish(self, database_url: str) -> None:
        """Make the demo's world."""
        with preparation.Commands(self.env | {"DATABASE_URL": database_url}) as commands:
            commands.run("seed_demo")
            _leave_nobody_to_fall_back_to(database_url)

    def _start_product(self) -> None:
        websockets = self.env.get("WEBSOCKETS") or serving.PLAIN_WEBSOCKETS
        self.run("web", programs.web(self.server, host="127.0.0.1", port=str(self.port), websockets=websockets))
        self.run("worker", WORKER)

    def _start_sandbox(self, clock: str) -> dict[str, str]:
        command = [sys.executable, "-m", "sandbox", "--carrier-port", "0", "--model-port", "0", "--clock", clock]
        with (self.var / "sandbox.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--numbers", ",".join(NUMBERS), "--var", str(self.var / "sandbox")],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._processes["sandbox"] = process
        lines: dict[str, str] = {}
        assert process.stdout is not None
        for line in process.stdout:
            name, equals, value = line.decode().strip().partition("=")
            if name == "READY":
                return lines
            if equals:
                lines[name] = value
        raise AssertionError(f"the sandbox did not start: {(self.var / 'sandbox.log').read_text()}")

    def run(self, name: str, command: list[str], **env: str) -> subprocess.Popen[bytes]:
        """Start one process of the house; its output goes to a file of its name."""
        with (self.var / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env | env, stdout=log, stderr=subprocess.STDOUT)
        self._processes[name] = process
        return process

    def manage(self, *arguments: str, code: int = 0) -> str:
        """Run a management command that ends with this code; returns what it printed.

        All of them in one process, as when the demo begins: loading Django takes longer than most commands.
        """
        if self._commands is None:
            self._commands = preparation.Commands(self.env)
        ended, said, complained = self._commands.ask(*arguments)
        assert ended == code, said + complained
        return said

    def lead_by_sip(self) -> None:
        """From now on two processes look after calls by SIP."""
        if "sidebands" not in self._processes:
            self.run("sidebands", programs.sidebands("--count", "2"))

    def sweep(self, name: str) -> None:
        """Let the worker do a periodic task now, as beat would."""
        with Celery(broker=self.env["REDIS_URL"]) as beat:
            beat.send_task(f"calls.sweeps.{name}")

    def _is_up(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        return False

    def log(self, name: str) -> str:
        """What a process has written so far; nothing once the house is gone."""
        file = self.var / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def stop(self, *, is_evidence: bool = False) -> None:
        """Stop everything, the sandbox last. Logs and recordings go too, unless somebody will ask what happened."""
        for name in [name for name in self._processes if name != "sandbox"] + ["sandbox"]:
            process = self._processes.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self.phone.close()
        if self._commands is not None:
            self._commands.close()
        if self._seat is not None:
            self._seat.leave()
        if not is_evidence:
            shutil.rmtree(self.var, ignore_errors=True)

    # --- the sandbox's control ----------------------------------------------------------------------------------

    def ask(self, method: str, path: str, *, at: str = "", **more: Any) -> Any:
        """One control request; `at` is the model's origin, or the carrier's when empty."""
        response = self.phone.request(method, f"{at or self.carrier}/_sandbox/{path}", timeout=120, **more)
        assert response.ok, f"{path}: {response.status_code} {response.text}"
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return response.json() if is_json and response.content else response.content

    def call(self, **what: Any) -> str:
        """Somebody calls; returns the leg's sid."""
        return str(self.ask("POST", "calls", json={"to": NUMBERS[0]} | what)["sid"])

    def on_line(self, sid: str) -> dict[str, Any]:
        """The carrier's record of a call."""
        return dict(self.ask("GET", f"calls/{sid}"))

    def streams(self, sid: str, **more: Any) -> list[dict[str, Any]]:
        """The carrier's record of a call's streams."""
        return list(self.ask("GET", f"calls/{sid}/stream.json", params=more)["streams"])

    def sound(self, sid: str, which: str) -> bytes:
        """What the caller `heard`, or what was `spoken` by the caller, as mu-law."""
        return bytes(self.ask("GET", f"calls/{sid}/{which}.ulaw"))

    def step(
        self, ms: int, *, until: dict[str, Any] | None = None, quiet_ms: int = 10, tick_ms: int = 20
    ) -> dict[str, Any]:
        """Let the sandbox's time pass, in step with the product."""
        body: dict[str, Any] = {"lockstep": True, "quiet_ms": quiet_ms, "tick_ms": tick_ms}
        body |= {"until": until} if until else {}
        for _ in range(0, ms if self.pages else 0, WITH_PAGES_MS):
            for page in self.pages:
                page.let_pass(WITH_PAGES_MS)
            self.ask("POST", "clock", json=body | {"advance_ms": WITH_PAGES_MS})
        return dict(self.ask("POST", "clock", json=body | {"advance_ms": 0 if self.pages else ms}))

    def step_to_end(self, sid: str, *, within_ms: int = 90_000) -> None:
        """Let time pass until the call is over, and what the carrier does after it is done."""
        assert self.step(within_ms, until={"call": sid, "status": "completed"})["reached"], self.on_line(sid)
        self.step(1000)

    def step_to_stream(self, sid: str) -> None:
        """Let the opening words pass."""
        self.step(200)  # the webhook is answered
        opened = self.step(30_000, until={"call": sid, "stream": "open"})
        assert opened["reached"], self.on_line(sid)

    def behave(self) -> None:
        """Take back every fault and every extra rule."""
        self.ask("DELETE", "faults")
        self.ask("DELETE", "faults", at=self.model)
        self.ask("DELETE", "script", at=self.model)

    def model_session_ids(self) -> set[str]:
        """Every session the model ever opened."""
        return {session["id"] for session in self.ask("GET", "sessions", at=self.model)["sessions"]}

    def model_session(self, session_id: str = "") -> dict[str, Any]:
        """The model's record of a session, the newest unless said otherwise."""
        newest = self.ask("GET", "sessions", at=self.model)["sessions"][-1]["id"]
        return dict(self.ask("GET", f"sessions/{session_id or newest}", at=self.model))

    def received(self, session_id: str) -> bytes:
        """The sound the model received in a session, byte for byte."""
        return bytes(self.ask("GET", f"sessions/{session_id}/received.ulaw", at=self.model))

    # --- a browser without JavaScript ---------------------------------------------------------------------------

    def sign_in(self, who: str = "sam@demo.test") -> requests.Session:
        """A session of somebody of the demo."""
        session = requests.Session()
        page = session.get(f"{self.url}/accounts/login/", timeout=20).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "login": who, "password": "demo"}
        done = session.post(f"{self.url}/accounts/login/", form, headers={"Referer": self.url}, timeout=20)
        assert done.url.rstrip("/") == self.url
        return session

    def press(self, session: requests.Session, path: str, **form: str) -> requests.Response:
        """Press a button of a page, with what stands in its form."""
        headers = {"X-CSRFToken": session.cookies["csrf"], "Referer": self.url}
        return session.post(f"{self.url}{path}", form, headers=headers, timeout=20)
