"""The record of the running launcher, ``var/run.json``: so that a second one finds the first, alive or dead."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from contactcenter import serving
from deploy import private_files, processes
from deploy.environment import Ports
from deploy.processes import Mark

# Until what a killed launcher has left is ended by force; nobody loses a call when the demo's go.
PATIENCE_S = {"demo": 2, "serve": 10}
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Instance:
    """A launcher and the processes it started."""

    launcher: Mark
    mode: str  # "demo" or "serve"
    host: str
    url: str
    ports: Ports
    children: dict[str, Mark] = field(default_factory=dict)
    watchers: list[Mark] = field(default_factory=list)  # one per child, passing on what it prints
    patience_s: float = 20.0  # how long it may take to stop in good order

    @property
    def is_alive(self) -> bool:
        """Whether the launcher itself still runs."""
        return processes.is_alive(self.launcher)


def write(var: Path, instance: Instance) -> None:
    """Record the running launcher."""
    private_files.write_json(var / "run.json", asdict(instance))


def read(var: Path) -> Instance | None:
    """The launcher recorded last, unless it ended in good order."""
    record = private_files.read_json(var / "run.json")
    return _from_record(record) if record else None


def forget(var: Path) -> None:
    """The launcher ended in good order."""
    (var / "run.json").unlink(missing_ok=True)


def end_leftovers(var: Path) -> list[str]:
    """End what a launcher that was killed hard has left running; the names of what there was.

    You must have made sure that the recorded launcher is not alive.
    """
    dead = read(var)
    if dead is None:
        return []
    names = [name for name, child in dead.children.items() if processes.is_alive(child)]
    processes.end(dead.children.values(), patience_s=PATIENCE_S[dead.mode])
    processes.end(dead.watchers, patience_s=0)  # they ignore polite signals
    processes.end(orphaned_bridges(dead.ports), patience_s=0)
    forget(var)
    return names


def orphaned_bridges(ports: Ports) -> list[Mark]:
    """Bridges of this folder whose parent has gone, where no kernel ends them with it: known by their ports."""
    ours = {str(port) for port in range(ports.bridge, ports.bridge + ports.bridges)}
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if serving.APPLICATION in words and ours.intersection(words) and Path(process.cwd()) == ROOT:
                found.append(processes.mark(process.pid))
        except psutil.Error:  # gone meanwhile, or somebody else's
            continue
    return [mark for mark in found if mark is not None]


def _from_record(record: dict[str, Any]) -> Instance:
    return Instance(
        launcher=Mark(**record["launcher"]),
        mode=record["mode"],
        host=record["host"],
        url=record["url"],
        ports=Ports(**record["ports"]),
        children={name: Mark(**child) for name, child in record["children"].items()},
        watchers=[Mark(**watcher) for watcher in record["watchers"]],
        patience_s=record.get("patience_s", 20.0),
    )
