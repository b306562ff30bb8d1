"""A folder with the launcher, and small stand-ins for the programs it runs."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy import instance, processes

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60

# Just enough of each program: `python -m celery` and `python -m sandbox` find these first, uvicorn is the real one.
STAND_INS = {
    "manage.py": """
        import os, signal, sys
        if sys.argv[1] == "run_sidebands":  # which stays, as the programs of celery do
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            signal.pause()
        with open("var/commands.txt", "a") as file:
            print(*sys.argv[1:], os.environ["DATABASE_URL"], os.environ.get("TWILIO_API_BASE"), file=file)
        if sys.argv[1] == "seed_demo":
            print("seeded: two people\\nsupervisor: sam@demo.test / demo")
        if sys.argv[1] == "fail":
            sys.exit(3)
    """,
    "contactcenter/asgi.py": """
        import os, pathlib, signal, urllib.request

        def drain(*_):
            if os.environ.get("DRAIN_S", "0") == "0":
                os._exit(0)
            if os.environ.get("DRAIN_S") == "60":
                with urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/healthz") as page:
                    pathlib.Path("var/drained.txt").write_text(page.read().decode())
                os._exit(0)

        if os.environ.get("BRIDGE_NAME"):  # "60": pages must be answered meanwhile; "600": it does not come to an end
            signal.signal(signal.SIGUSR1, drain)

        async def application(scope, receive, send):
            if scope["type"] == "http":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"well"})
    """,
    "celery/__init__.py": "",
    "celery/__main__.py": """
        import os, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print("WARNING: something", flush=True)
        if os.environ.get("DYING") in sys.argv:
            sys.exit(7)
        signal.pause()
    """,
    "sandbox/__main__.py": """
        import http.server, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        port = int(sys.argv[sys.argv.index("--carrier-port") + 1])
        http.server.HTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler).serve_forever()
    """,
}


# The real parent of the bridges, and what it needs.
OF_THE_PRODUCT = ("__init__.py", "bridges.py", "logs.py", "serving.py", "settings.py", "watchdog.py")


@dataclass(slots=True)
class Project:
    """A folder with the launcher and the stand-ins, and what runs in it."""

    top: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str, through: Sequence[str] = (), **variables: str) -> subprocess.Popen[str]:
        """Start the launcher; `through` is the words of a program that starts it in its turn."""
        names = ("PATH", "HOME", "LANG", "TMPDIR")
        env = {name: os.environ[name] for name in names if name in os.environ} | variables
        launcher = subprocess.Popen(
            [*through, sys.executable, "deploy/run.py", *words],
            cwd=self.top,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(launcher)
        return launcher

    def everything(self) -> list[processes.Mark]:
        """The launcher, its children and the stores, as recorded, and the bridges."""
        running = instance.read(self.top / "var")
        assert running is not None
        record = json.loads((self.top / "var" / "stores.json").read_text())
        stores = [found for name in ("postgres", "valkey") if (found := processes.mark(record[name]["pid"]))]
        return [running.launcher, *running.children.values(), *running.watchers, *self.bridges(), *stores]

    def bridges(self) -> list[processes.Mark]:
        """The bridges that run now: children of their parent, of which the launcher knows nothing."""
        running = instance.read(self.top / "var")
        assert running is not None
        children = psutil.Process(running.children["bridge"].pid).children()
        return [found for child in children if (found := processes.mark(child.pid))]

    def commands(self) -> list[str]:
        return (self.top / "var" / "commands.txt").read_text().splitlines()


@contextmanager
def a_project() -> Iterator[Project]:
    """A project of its own; whatever runs in it is stopped at the end."""
    top = Path(tempfile.mkdtemp(prefix="launch-")) / "a project"
    top.mkdir()
    shutil.copytree(ROOT / "deploy", top / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    for name in OF_THE_PRODUCT:
        (top / "contactcenter").mkdir(exist_ok=True)
        shutil.copy(ROOT / "contactcenter" / name, top / "contactcenter" / name)
    for name, source in STAND_INS.items():
        path = top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(line[8:] for line in source.splitlines()))
    made = Project(top)
    yield made
    for launcher in made.started:
        kill(launcher)
    made.start("stop").communicate(timeout=PATIENCE_S)
    for launcher in made.started:
        launcher.stdout.close()
    shutil.rmtree(top.parent)


def kill(launcher: subprocess.Popen[str]) -> None:
    """Its output stays open in what it leaves behind, so nobody waits for the end of that."""
    launcher.kill()
    launcher.wait()


def read_until(launcher: subprocess.Popen[str], words: str) -> str:
    """What the launcher prints up to and including the line with these words."""
    assert launcher.stdout is not None
    lines: list[str] = []
    too_late = threading.Timer(PATIENCE_S, launcher.terminate)
    too_late.start()
    try:
        for line in launcher.stdout:
            lines.append(line)
            if words in line:
                return "".join(lines)
    finally:
        too_late.cancel()
    raise AssertionError(f"the launcher ended without saying {words!r}:\n{''.join(lines)}")


def url_in(text: str) -> str:
    return next(word for line in text.splitlines() if "the contact centre" in line for word in line.split())
