"""The record of the running launcher."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from contactcenter import serving
from deploy import instance, launch, processes
from deploy.environment import Ports
from deploy.instance import Instance
from deploy.processes import Mark

GONE = Mark(pid=1, born="long ago")


def record(*, launcher: Mark, **children: Mark) -> Instance:
    ports = Ports(web=8000, carrier=8001, model=8002)
    return Instance(
        launcher=launcher, mode="demo", host="127.0.0.1", url="http://127.0.0.1:8000", ports=ports, children=children
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = record(launcher=processes.own_mark(), web=GONE)
    instance.write(tmp_path, written)
    assert instance.read(tmp_path) == written


def test_nothing_is_read_where_nothing_runs_or_the_record_is_damaged(tmp_path: Path) -> None:
    assert instance.read(tmp_path) is None
    (tmp_path / "run.json").write_text('{"launcher": ')
    assert instance.read(tmp_path) is None


def test_a_second_launcher_is_told_where_the_first_is(tmp_path: Path) -> None:
    instance.write(tmp_path, record(launcher=processes.own_mark()))
    with pytest.raises(launch.AlreadyRunning, match=r"running already at http://127\.0\.0\.1:8000 .*make stop"):
        launch.clear_the_ground(tmp_path)


def test_what_a_killed_launcher_left_is_ended_and_forgotten(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "import signal; print(flush=True); signal.pause()"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, start_new_session=True) as left:
        assert left.stdout is not None
        left.stdout.readline()
        web = processes.mark(left.pid)
        assert web is not None
        instance.write(tmp_path, record(launcher=GONE, web=web, worker=GONE))
        assert launch.clear_the_ground(tmp_path) == ["web"]
        assert left.wait(timeout=10) != 0
    assert instance.read(tmp_path) is None


def test_bridges_whose_parent_is_gone_are_known_by_their_ports_and_folder(tmp_path: Path) -> None:
    words = [serving.APPLICATION, "--port"]
    program = [sys.executable, "-c", "import signal; print(flush=True); signal.pause()", *words]
    with (
        subprocess.Popen([*program, "9002"], stdout=subprocess.PIPE, cwd=instance.ROOT) as ours,
        subprocess.Popen([*program, "9003"], stdout=subprocess.PIPE, cwd=instance.ROOT) as of_somebody_else,
        subprocess.Popen([*program, "9002"], stdout=subprocess.PIPE, cwd=tmp_path) as of_another_folder,
    ):
        for process in (ours, of_somebody_else, of_another_folder):
            process.stdout.readline()
        found = instance.orphaned_bridges(Ports(web=1, bridge=9001, bridges=2))
        for process in (ours, of_somebody_else, of_another_folder):
            process.kill()
    assert [mark.pid for mark in found] == [ours.pid]


def test_a_record_of_an_older_version_is_read(tmp_path: Path) -> None:
    instance.write(tmp_path, record(launcher=GONE))
    known = json.loads((tmp_path / "run.json").read_text())
    del known["patience_s"], known["ports"]["bridge"], known["ports"]["bridges"], known["ports"]["pages"]
    (tmp_path / "run.json").write_text(json.dumps(known))
    found = instance.read(tmp_path)
    assert found is not None
    assert found.ports.bridges == 0


def test_a_port_must_be_a_number() -> None:
    assert launch.wanted_port({}) == 8000
    assert launch.wanted_port({"PORT": "9000"}) == 9000
    for wrong in ("http", "-1", "0", "65536"):
        with pytest.raises(launch.ports.NoPort, match="is not a port number"):
            launch.wanted_port({"PORT": wrong})
