"""The launcher from start to end, with small stand-ins for the programs it runs: what a person and a hard kill see."""

import os
import signal
import socket
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from deploy import processes
from tests.integration.launching import PATIENCE_S, Project, a_project, kill, read_until, url_in


@pytest.fixture
def project() -> Iterator[Project]:
    with a_project() as made:
        yield made


@pytest.mark.parametrize(
    "signum",
    [signal.SIGINT, *(pytest.param(other, marks=pytest.mark.rarely) for other in (signal.SIGTERM, signal.SIGHUP))],
)
def test_the_demo_greets_once_all_is_true_and_stops_without_a_trace(project: Project, signum: signal.Signals) -> None:
    demo = project.start("demo")
    text = read_until(demo, "Ctrl-C stops everything")
    assert "supervisor: sam@demo.test / demo" in text
    assert "Nothing leaves this machine" in text
    assert "2 bridges\n" in text
    with urllib.request.urlopen(f"{url_in(text)}/healthz") as page:
        assert page.read() == b"well"
    ran = [line.split()[0] for line in project.commands()]
    assert ran == ["collectstatic", "migrate", "seed_demo", "configure_twilio"]
    running = project.everything()
    demo.send_signal(signum)
    rest, _ = demo.communicate(timeout=PATIENCE_S)
    lines = [line for line in rest.strip().splitlines() if "WARNING: something" not in line]  # on a slow machine, late
    assert (lines, demo.returncode) == (["Stopped."], 0)
    assert processes.wait_gone(running, patience_s=10)
    assert not (project.top / "var" / "run.json").exists()


def test_warnings_reach_the_terminal_and_everything_the_logs(project: Project) -> None:
    demo = project.start("demo")
    text = read_until(demo, "| WARNING: something")
    assert text.splitlines()[-1].split()[0] in ("worker", "beat"), "both say it"
    assert "Uvicorn running" not in text
    assert "Uvicorn running" in (project.top / "var" / "log" / "web.log").read_text()


def test_a_second_launcher_says_where_the_first_one_is(project: Project) -> None:
    url = url_in(read_until(project.start("demo"), "Ctrl-C stops everything"))
    second = project.start("serve")
    said, _ = second.communicate(timeout=PATIENCE_S)
    assert url in said
    assert "make stop" in said
    assert second.returncode == 1


def test_a_management_command_uses_the_stores_and_accounts_of_the_running_demo(project: Project) -> None:
    read_until(project.start("demo"), "Ctrl-C stops everything")
    running = project.everything()
    command = project.start("manage", "--", "fail", "--loudly")
    command.communicate(timeout=PATIENCE_S)
    assert command.returncode == 3
    assert project.commands()[-1].split()[2:] == project.commands()[0].split()[-2:]
    assert all(map(processes.is_alive, running))


def test_a_management_command_alone_brings_the_stores_and_stops_them(project: Project) -> None:
    (project.top / "var").mkdir()
    command = project.start("manage", "--", "check")
    command.communicate(timeout=PATIENCE_S)
    assert command.returncode == 0
    assert "host=" in project.commands()[0]
    assert not (project.top / "var" / "stores.json").exists()


def test_after_a_hard_kill_the_next_start_ends_what_is_left_and_works(project: Project) -> None:
    killed = project.start("demo")
    read_until(killed, "Ctrl-C stops everything")
    left = project.everything()
    kill(killed)
    text = read_until(project.start("demo"), "Ctrl-C stops everything")
    assert (
        "Ended what a killed launcher had left running: front, web, bridge, worker, beat, sidebands, sandbox." in text
    )
    stores = left[-2:]
    assert all(map(processes.is_alive, stores)), "stores are adopted, not restarted"
    assert processes.wait_gone(left[:-2], patience_s=10)


@pytest.mark.rarely
def test_after_a_hard_kill_of_everything_the_next_start_works(project: Project) -> None:
    killed = project.start("demo")
    read_until(killed, "Ctrl-C stops everything")
    left = project.everything()
    for known in left:
        os.kill(known.pid, signal.SIGKILL)
    assert killed.wait(timeout=PATIENCE_S) == -signal.SIGKILL
    assert processes.wait_gone(left, patience_s=10)
    read_until(project.start("demo"), "Ctrl-C stops everything")


@pytest.mark.rarely
def test_stop_ends_a_running_demo_and_the_leftovers_of_a_killed_one(project: Project) -> None:
    for ending in (lambda demo: None, kill):
        demo = project.start("demo")
        read_until(demo, "Ctrl-C stops everything")
        running = project.everything()
        ending(demo)
        stop = project.start("stop")
        assert (stop.communicate(timeout=PATIENCE_S)[0], stop.returncode) == ("", 0)
        demo.communicate(timeout=PATIENCE_S)
        assert processes.wait_gone(running, patience_s=10)


@pytest.mark.parametrize(("variable", "value"), [("BRIDGES", "none"), ("DRAIN_S", "long")])
def test_a_value_nothing_can_be_done_with_is_named(project: Project, variable: str, value: str) -> None:
    asked = project.start("serve", **{variable: value})
    text, _ = asked.communicate(timeout=PATIENCE_S)
    assert text.startswith(f"{variable}={value} is not a number")
    assert asked.returncode == 1


def test_when_one_process_dies_everything_stops_and_its_last_words_are_shown(project: Project) -> None:
    demo = project.start("demo", DYING="beat")
    text, _ = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 1
    assert "beat ended by itself, so everything was stopped." in text
    assert "WARNING: something" in text.partition("beat.log")[2]
    assert not (project.top / "var" / "stores.json").exists()


def test_a_taken_port_is_given_up_unless_it_was_asked_for(project: Project, taken: int) -> None:
    asked = project.start("demo", PORT=str(taken))
    text, _ = asked.communicate(timeout=PATIENCE_S)
    assert f"Port {taken} for the contact centre is taken" in text
    assert asked.returncode == 1


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    "through",
    [
        pytest.param((), id="", marks=pytest.mark.rarely),
        pytest.param(("sh", "-c", "trap '' INT; exec \"$@\"", "sh"), id="background"),
    ],
)
def test_an_early_signal_stops_what_has_started(project: Project, through: tuple[str, ...]) -> None:
    """Also one of a kind that whoever started us had ignored: a shell does so for what runs in its background."""
    demo = project.start("demo", through=through)
    read_until(demo, "Starting")
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=PATIENCE_S)
    assert rest.endswith("Stopped.\n")
    assert demo.returncode == 0
    assert not [
        one for one in psutil.process_iter(["cmdline"]) if str(project.top) in " ".join(one.info["cmdline"] or [])
    ]


def test_serve_names_its_level_and_what_real_calls_need(project: Project) -> None:
    (project.top / ".env").write_text("OPENAI_API_KEY=sk-secret-of-mine\n")
    text = read_until(project.start("serve"), "Ctrl-C stops everything")
    assert "no phone network, real model" in text
    assert "TWILIO_ACCOUNT_SID" in text
    assert "secret" not in text
    assert [line.split()[0] for line in project.commands()] == ["collectstatic", "migrate"]
