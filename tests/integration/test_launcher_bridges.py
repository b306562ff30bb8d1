"""The launcher and the bridges: they come back, go first and in peace, and outlive nobody."""

import os
import signal
from collections.abc import Iterator

import pytest

from deploy import instance, processes
from tests.integration.launching import PATIENCE_S, Project, a_project, read_until
from tests.journeys.house import eventually


@pytest.fixture
def project() -> Iterator[Project]:
    with a_project() as made:
        yield made


def test_a_bridge_that_dies_is_back_and_the_launcher_goes_on(project: Project) -> None:
    demo = project.start("demo", BRIDGES="2")
    assert "2 bridges\n" in read_until(demo, "Ctrl-C stops everything")
    before = project.bridges()
    assert len(before) == 2
    os.kill(before[0].pid, signal.SIGKILL)
    assert "bridge died" in read_until(demo, "bridge died")
    running = eventually(
        lambda: len(found := project.bridges()) == 2 and before[0] not in found and project.everything()
    )
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=PATIENCE_S)
    assert rest.endswith("Stopped.\n")
    assert demo.returncode == 0
    assert processes.wait_gone(running, patience_s=10)


def test_bridges_do_not_outlive_their_parent(project: Project) -> None:
    """The kernel ends them: nobody would notice when they hang, and the next start needs their ports."""
    demo = project.start("demo")
    read_until(demo, "Ctrl-C stops everything")
    running = instance.read(project.top / "var")
    bridges = project.bridges()
    assert running is not None
    assert bridges
    os.kill(running.children["bridge"].pid, signal.SIGKILL)
    text, _ = demo.communicate(timeout=PATIENCE_S)
    assert "bridge ended by itself, so everything was stopped." in text
    assert processes.wait_gone(bridges, patience_s=10)


def test_calls_may_end_before_everything_else_stops(project: Project) -> None:
    serve = project.start("serve", DRAIN_S="60")
    read_until(serve, "Ctrl-C stops everything")
    running = project.everything()
    serve.send_signal(signal.SIGTERM)
    rest, _ = serve.communicate(timeout=PATIENCE_S)
    assert rest.endswith("Stopped.\n")
    assert (project.top / "var" / "drained.txt").read_text() == "well", "pages were answered while bridges drained"
    assert processes.wait_gone(running, patience_s=10)


@pytest.mark.rarely
def test_a_second_wish_to_stop_does_not_wait_for_calls(project: Project) -> None:
    serve = project.start("serve", DRAIN_S="600")
    read_until(serve, "Ctrl-C stops everything")
    running = project.everything()
    serve.send_signal(signal.SIGINT)
    read_until(serve, "Calls in progress may go on for 615 s; Ctrl-C ends them now.")
    serve.send_signal(signal.SIGINT)
    serve.communicate(timeout=PATIENCE_S)
    assert serve.returncode == 0
    assert processes.wait_gone(running, patience_s=10)
