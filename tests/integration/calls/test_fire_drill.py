"""`manage.py fire_drill`: whom it strikes, whom it does not, and what it says of the calls."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.control import fire_drill
from calls.intake import WithAssistant
from calls.lifecycle import CallFact
from calls.management.commands import fire_drill as command
from calls.models import BridgeWorker, Call, CallEvent, Stream, ToolRun
from compliance.models import AuditEntry
from tests.integration.calls.test_continuation import a_bridge, held, take_up

pytestmark = pytest.mark.django_db(transaction=True)
HERE = socket.gethostname()
Strikes = list[tuple[int, int]]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like a bridge of ours, and does nothing."""
    idle = "import signal; print('up', flush=True); signal.pause()"
    started = subprocess.Popen([sys.executable, "-c", idle, "contactcenter.asgi:application"], stdout=subprocess.PIPE)
    assert started.stdout is not None
    started.stdout.readline()
    yield started
    started.kill()
    started.communicate()


@pytest.fixture
def strikes(monkeypatch: pytest.MonkeyPatch) -> Strikes:
    """Every signal sent. As in life, the carrier comes back for the calls at once, and the parent starts another."""
    sent: Strikes = []
    real: Callable[[int, int], None] = os.kill

    def strike(pid: int, signum: int) -> None:
        sent.append((pid, signum))
        real(pid, signum)
        for call in Call.objects.exclude(phase="closed"):
            answer = take_up(call)
            assert isinstance(answer, WithAssistant)
            Stream.claim(
                nonce=answer.nonce,
                leg_sid=call.customer_leg().leg_sid,
                stream_sid=f"MZ-again-{call.pk}",
                now=timezone.now(),
                bridge=answer.place.name,
            )
        a_bridge("vm-1", machine=HERE, pid=1, started_at=timezone.now())

    monkeypatch.setattr(fire_drill.os, "kill", strike)
    return sent


def on_the_line(process: subprocess.Popen[bytes], **fields: Any) -> Call:
    """A call on a bridge that is this process, and a second bridge that could take it."""
    call, _ = held(bridge="vm-1")
    a_bridge("vm-1", **{"machine": HERE, "pid": process.pid, "started_at": timezone.now()} | fields)
    a_bridge("vm-2", machine="another")
    return call


def drill(*words: str) -> None:
    call_command("fire_drill", "--yes", *words)


def test_nobody_is_struck_without_a_yes(process: subprocess.Popen[bytes], strikes: Strikes) -> None:
    on_the_line(process)
    with pytest.raises(CommandError, match="say --yes"):
        call_command("fire_drill")
    assert strikes == []


@pytest.mark.parametrize("words", [("--how", "flood"), ("--kills", "0"), ("--kills", "-1"), ("--kills", "many")])
def test_what_cannot_be_done_is_refused(
    process: subprocess.Popen[bytes], strikes: Strikes, words: tuple[str, ...]
) -> None:
    on_the_line(process)
    with pytest.raises(CommandError):
        drill(*words)
    assert strikes == []


def test_without_bridges_there_is_nothing_to_strike(strikes: Strikes) -> None:
    with pytest.raises(CommandError, match="No bridge of this machine says that it is there"):
        drill()


NOT_TO_BE_STRUCK = {"of another machine": {"machine": "another"}, "itself": {"pid": os.getpid()}, "nobody": {"pid": 0}}


@pytest.mark.parametrize("fields", list(NOT_TO_BE_STRUCK.values()), ids=list(NOT_TO_BE_STRUCK))
def test_only_a_bridge_of_this_machine_that_is_what_it_says_is_struck(
    process: subprocess.Popen[bytes], strikes: Strikes, fields: dict[str, Any]
) -> None:
    on_the_line(process, **fields)
    with pytest.raises(CommandError, match="No bridge of this machine says that it is there"):
        drill()
    assert strikes == []


def test_a_number_that_was_given_to_a_younger_process_is_left_alone(
    process: subprocess.Popen[bytes], strikes: Strikes
) -> None:
    on_the_line(process, started_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(CommandError, match="No bridge"):
        drill()
    assert strikes == []


def test_a_bridge_without_calls_is_left_alone(process: subprocess.Popen[bytes], strikes: Strikes) -> None:
    a_bridge("vm-1", machine=HERE, pid=process.pid, started_at=timezone.now())
    with pytest.raises(CommandError, match="holds a call"):
        drill()
    assert strikes == []


def test_calls_that_nobody_could_take_are_not_interrupted_unless_it_is_insisted_on(
    process: subprocess.Popen[bytes], strikes: Strikes
) -> None:
    on_the_line(process)
    a_bridge("vm-2", capacity=0)
    with pytest.raises(CommandError, match="vm-1 holds 1 calls, and the other bridges have room for 0"):
        drill()
    assert strikes == []
    BridgeWorker.objects.filter(name="vm-2").update(capacity=10, is_draining=True)
    with pytest.raises(CommandError, match="have room for 0"):
        drill()
    BridgeWorker.objects.filter(name="vm-2").update(is_draining=False)
    drill("--force")
    assert strikes == [(process.pid, signal.SIGKILL)]


def test_a_strike_is_told_as_json_and_stands_in_the_history(
    process: subprocess.Popen[bytes], strikes: Strikes, capsys: pytest.CaptureFixture[str]
) -> None:
    call = on_the_line(process)
    drill("--json")
    told = json.loads(capsys.readouterr().out)
    assert strikes == [(process.pid, signal.SIGKILL)]
    assert (told["how"], told["bridge"], told["pid"]) == ("kill", "vm-1", process.pid)
    assert (told["calls"], told["ended"], told["turns_lost"], told["is_back"]) == ([call.pk], [], 0, True)
    assert told["resumed"].keys() == {str(call.pk)}
    assert CallEvent.objects.get(kind="fire_drill").data == {"bridge": "vm-1", "how": "kill"}
    entry = AuditEntry.objects.get(act="fire_drill")
    assert entry.subject_ref == "bridge:vm-1"
    assert entry.actor_ref.startswith("shell:")


def test_a_strike_is_told_in_words(
    process: subprocess.Popen[bytes], strikes: Strikes, capsys: pytest.CaptureFixture[str]
) -> None:
    on_the_line(process)
    drill("--how", "stop")
    assert "stop vm-1: 1 of 1 calls resumed" in capsys.readouterr().out
    assert strikes == [(process.pid, signal.SIGSTOP)]
    assert psutil.Process(process.pid).status() == psutil.STATUS_STOPPED


def test_a_strike_at_a_tool_waits_for_one(
    process: subprocess.Popen[bytes], strikes: Strikes, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = on_the_line(process)
    monkeypatch.setattr(command, "_TOOL_PATIENCE_S", 0.0)
    with pytest.raises(CommandError, match="No tool was at work"):
        drill("--how", "tool")
    ToolRun.begin(call=call, ref="call_1", tool="end_call", arguments="{}", epoch=1, now=timezone.now())
    drill("--how", "tool")
    assert strikes == [(process.pid, signal.SIGKILL)]


def test_a_call_that_is_not_taken_up_fails_the_drill_and_one_that_ended_does_not(
    process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_the_line(process)
    ended, _ = held(bridge="vm-1")
    monkeypatch.setattr(command, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(command, "_BACK_PATIENCE_S", 0.0)
    kill: Callable[[int, int], None] = os.kill

    def strike(pid: int, signum: int) -> None:
        kill(pid, signum)
        ended.advance(CallFact.LEG_ENDED, at=timezone.now(), source="carrier")

    monkeypatch.setattr(fire_drill.os, "kill", strike)
    with pytest.raises(CommandError, match="1 calls were not resumed"):
        drill("--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["resumed"], told["ended"], told["is_back"]) == ({}, [ended.pk], False)
