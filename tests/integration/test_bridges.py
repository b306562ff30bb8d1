"""The parent of the bridges, with small stand-ins for these: when it starts them anew, kills them, lets them end."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from prometheus_client import REGISTRY

from contactcenter import bridges
from contactcenter.bridges import Parent, Post
from deploy import processes
from deploy.processes import Mark
from tests.journeys.house import eventually, free_port

LIMIT_S = 20.0
# Answers every question; what it is told goes to a file. Its manners are the third word.
STAND_IN = """
import http.server, os, pathlib, signal, sys, time
port, diary, manners = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
def write(word):
    with diary.open("a") as file:
        print(os.environ["BRIDGE_NAME"], word, file=file)
def drain(*_):
    write("drain")
    if manners != "stubborn":
        sys.exit(0)
def stop(*_):
    write("stop")
    if manners != "stubborn":
        sys.exit(0)
signal.signal(signal.SIGUSR1, drain)
signal.signal(signal.SIGTERM, stop)
write("start")
if manners == "dying":
    sys.exit(3)
if manners == "fickle" and any(word.endswith("drain") for word in diary.read_text().splitlines()):
    sys.exit(3)
if manners == "slow":
    time.sleep(3)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""


@dataclass
class Watched:
    """A parent at work, and what its bridges have written down."""

    parent: Parent
    names: list[str]
    diary: Path
    ended: "asyncio.Task[None]"
    ports: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        return self.diary.read_text().splitlines() if self.diary.exists() else []

    def now(self, name: str) -> Mark | None:
        """The process that is this bridge now."""
        for child in psutil.Process().children():
            try:
                if str(self.ports[name]) in child.cmdline():
                    return processes.mark(child.pid)
            except psutil.Error:
                continue
        return None

    async def until(self, look: Callable[[], object], *, within_s: float = LIMIT_S) -> None:
        """Wait in a thread: the parent lives in this event loop."""
        await asyncio.to_thread(eventually, look, within_s=within_s)

    def is_up(self, name: str) -> bool:
        return REGISTRY.get_sample_value("bridges_up", {"bridge": name}) == 1

    def ends(self, name: str, why: str) -> float:
        return REGISTRY.get_sample_value("bridges_ended_total", {"bridge": name, "why": why}) or 0


@asynccontextmanager
async def watched(tmp_path: Path, manners: str, *, count: int = 1, drain_s: float = 0.0) -> AsyncIterator[Watched]:
    diary, made = tmp_path / "diary", []
    for n in range(count):
        port = free_port()
        words = [sys.executable, "-c", STAND_IN, str(port), str(diary), manners]
        made.append(Post(f"{tmp_path.name[-20:].strip('-_')}-{n}", "127.0.0.1", port, words))
    parent = Parent(made, drain_s=drain_s)
    ended = asyncio.create_task(parent.run())
    scene = Watched(parent, [post.name for post in made], diary, ended, {post.name: post.port for post in made})
    try:
        yield scene
    finally:
        parent.stop()
        parent.stop()
        await asyncio.wait_for(ended, LIMIT_S)


async def test_each_bridge_has_its_name_and_stops_by_itself_when_it_is_drained(tmp_path: Path) -> None:
    async with watched(tmp_path, "polite", count=2, drain_s=60) as scene:
        await scene.until(lambda: all(map(scene.is_up, scene.names)))
        assert sorted(scene.lines()) == [f"{name} start" for name in scene.names]
        scene.parent.stop()
        await asyncio.wait_for(scene.ended, LIMIT_S)
        assert sorted(scene.lines()[2:]) == [f"{name} drain" for name in scene.names]
        assert [scene.ends(name, "stopped") for name in scene.names] == [1, 1]
        assert not any(map(scene.is_up, scene.names))


async def test_a_dead_bridge_is_started_anew_at_once(tmp_path: Path) -> None:
    async with watched(tmp_path, "polite") as scene:
        (name,) = scene.names
        await scene.until(lambda: scene.is_up(name))
        dead = scene.now(name)
        assert dead is not None
        began = time.monotonic()
        psutil.Process(dead.pid).kill()
        await scene.until(lambda: scene.now(name) not in (None, dead))
        assert time.monotonic() - began < 0.5
        assert scene.ends(name, "died") == 1


async def test_a_bridge_that_dies_at_its_start_is_started_ever_more_slowly(tmp_path: Path) -> None:
    began = time.monotonic()
    async with watched(tmp_path, "dying") as scene:
        await scene.until(lambda: len(scene.lines()) >= 4)
        assert time.monotonic() - began > 1.4, "two starts at once, the third after 0.5 s, the fourth after 1 s"


async def test_a_bridge_that_says_nothing_is_killed_and_started_anew(tmp_path: Path) -> None:
    async with watched(tmp_path, "polite", count=2) as scene:
        hung, well = scene.names
        await scene.until(lambda: scene.is_up(hung) and scene.is_up(well))
        stopped, other = scene.now(hung), scene.now(well)
        assert stopped is not None
        began = time.monotonic()
        psutil.Process(stopped.pid).suspend()
        await scene.until(lambda: not processes.is_alive(stopped))
        assert time.monotonic() - began < 3.0
        await scene.until(lambda: scene.is_up(hung))
        assert scene.ends(hung, "hung") == 1
        assert scene.now(well) == other, "the other one was left alone"


async def test_a_slow_start_is_not_taken_for_a_hang(tmp_path: Path) -> None:
    async with watched(tmp_path, "slow") as scene:
        (name,) = scene.names
        await scene.until(lambda: scene.is_up(name))
        assert scene.lines() == [f"{name} start"]


async def test_bridges_are_replaced_one_after_another(tmp_path: Path) -> None:
    async with watched(tmp_path, "polite", count=2, drain_s=60) as scene:
        first, second = scene.names
        await scene.until(lambda: all(map(scene.is_up, scene.names)))
        before = [scene.now(name) for name in scene.names]
        scene.parent.replace()
        scene.parent.replace()
        await scene.until(lambda: len(scene.lines()) >= 6 and all(map(scene.is_up, scene.names)))
        turns = [f"{first} drain", f"{first} start", f"{second} drain", f"{second} start"]
        assert scene.lines()[2:] == turns, "asked twice is asked once"
        assert not {scene.now(name) for name in scene.names} & set(before)
        assert [(scene.ends(name, "stopped"), scene.ends(name, "died")) for name in scene.names] == [(1, 0), (1, 0)]


async def test_when_a_successor_does_not_come_the_others_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridges, "START_GRACE_S", 0.5)
    async with watched(tmp_path, "fickle", count=2, drain_s=60) as scene:
        first, second = scene.names
        await scene.until(lambda: all(map(scene.is_up, scene.names)))
        left = scene.now(second)
        scene.parent.replace()
        await scene.until(scene.parent._replacing.done)
        assert scene.now(second) == left
        assert f"{first} drain" in scene.lines()
        assert f"{second} drain" not in scene.lines()


async def test_a_wish_to_stop_comes_before_a_wish_to_replace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridges, "HURRIED_S", 0.2)
    async with watched(tmp_path, "stubborn", count=2, drain_s=600) as scene:
        await scene.until(lambda: all(map(scene.is_up, scene.names)))
        scene.parent.replace()
        await scene.until(lambda: f"{scene.names[0]} drain" in scene.lines())
        scene.parent.stop()
        scene.parent.stop()
        await asyncio.wait_for(scene.ended, LIMIT_S)
        assert f"{scene.names[1]} start" not in scene.lines()[2:]


async def test_a_bridge_that_leaves_because_it_was_told_to_has_not_died(tmp_path: Path) -> None:
    async with watched(tmp_path, "polite") as scene:
        (name,) = scene.names
        await scene.until(lambda: scene.is_up(name))
        known = scene.now(name)
        assert known is not None
        os.kill(known.pid, signal.SIGUSR1)
        await scene.until(lambda: scene.now(name) not in (None, known))
        assert (scene.ends(name, "stopped"), scene.ends(name, "died")) == (1, 0)


async def test_whoever_does_not_listen_is_told_again_and_then_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridges, "SETTLING_S", 0.2)
    monkeypatch.setattr(bridges, "STOPPING_S", 0.3)
    async with watched(tmp_path, "stubborn", drain_s=0.3) as scene:
        (name,) = scene.names
        await scene.until(lambda: scene.is_up(name))
        known, began = scene.now(name), time.monotonic()
        scene.parent.stop()
        await asyncio.wait_for(scene.ended, LIMIT_S)
        assert time.monotonic() - began >= 0.8
        assert scene.lines()[1:] == [f"{name} drain", f"{name} stop"]
        assert known is not None
        assert not processes.is_alive(known)


async def test_a_second_wish_skips_the_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridges, "HURRIED_S", 0.2)
    async with watched(tmp_path, "stubborn", drain_s=600) as scene:
        (name,) = scene.names
        await scene.until(lambda: scene.is_up(name))
        scene.parent.stop()
        await scene.until(lambda: f"{name} drain" in scene.lines())
        scene.parent.stop()
        await asyncio.wait_for(scene.ended, 5)
        assert scene.lines()[-1] == f"{name} stop"


def test_the_parent_loads_no_model_and_says_when_a_setting_is_no_good() -> None:
    look = "import sys; from contactcenter import bridges; bridges.settings.BRIDGES; print(*sys.modules)"
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "contactcenter.settings"}
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, env=env)
    assert "django.conf" in seen.stdout.split()
    assert not [name for name in seen.stdout.split() if name.startswith(("django.db", "celery", "calls"))]
    command = [sys.executable, "manage.py", "run_bridges", "--count", "0"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "There must be at least one bridge" in refused.stderr
