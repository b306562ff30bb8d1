"""What happens beside the starting processes until the doors are open, and the words the person is greeted with.

Nothing is said before it is true: an address is printed once it answers and everything behind it is prepared.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy import environment, levels, preparation
from deploy.instance import Instance
from deploy.preparation import Commands, Failed

PATIENCE_S = 90


@dataclass(frozen=True, slots=True)
class Opening:
    """What has to be prepared for one launch. ``go_on`` tells whether anybody still wants it."""

    me: Instance
    env: Mapping[str, str]
    stores_s: float
    prepared: Path  # the file for which worker and beat wait
    go_on: Callable[[], bool]

    def serve(self) -> str:
        """Wait for the first page and for the bridges; the greeting.

        Raises Failed.
        """
        self._wait_for_doors()
        return serve_block(self.env, instance=self.me)

    def demo(self, commands: Commands) -> str:
        """Prepare the database while the product loads, then point the simulated numbers here; the greeting.

        Raises Failed.
        """
        commands.run("migrate", "--no-input", "--verbosity", "0")
        seeded = commands.run("seed_demo")
        self._wait_for_doors()
        problem = self._point_numbers_here(commands)
        commands.close()
        self.prepared.touch()  # they load while the first page is looked at; until then tasks wait in their queue
        ready_s = time.time() - psutil.Process().create_time()
        return demo_block(
            self.env, instance=self.me, seeded=seeded, stores_s=self.stores_s, ready_s=ready_s, problem=problem
        )

    def _wait_for_doors(self) -> None:
        """Those behind the front first: it would say of each that nobody answers."""
        ports = self.me.ports
        behind = [ports.pages, *range(ports.bridge, ports.bridge + ports.bridges)]
        for url in [*(environment.local_url(environment.DEFAULT_HOST, port) for port in behind), self.me.url]:
            if not preparation.wait_for(f"{url}/healthz", timeout_s=PATIENCE_S, go_on=self.go_on):
                raise Failed(f"No page at {url} after {PATIENCE_S} s.")

    def _point_numbers_here(self, commands: Commands) -> str:
        """Configure the simulated account as a real one is configured; what went wrong, or nothing."""
        if not preparation.wait_for(phone_url(self.me), timeout_s=PATIENCE_S, go_on=self.go_on):
            return f"the simulated phone network does not answer at {phone_url(self.me)}"
        try:
            commands.run("configure_twilio", "--yes")
        except Failed as failure:
            return str(failure)
        return ""


def serve_block(env: Mapping[str, str], *, instance: Instance) -> str:
    """Where the product is, how real it is, and what real calls still need."""
    first = f"{instance.url}   {levels.name(env)} · {bridges(instance)}"
    return _block([first, *levels.missing_lines(env), "Ctrl-C stops everything."])


def demo_block(
    env: Mapping[str, str], *, instance: Instance, seeded: str, stores_s: float, ready_s: float, problem: str
) -> str:
    """Where the demo is, who may sign in (``seeded`` says it), and what is simulated.

    ``stores_s`` and ``ready_s`` are what the person waited for: the stores, and all of it since the launcher began.
    """
    lines = [
        f"stores up in {stores_s:.1f} s · ready after {ready_s:.1f} s · {levels.name(env)} · {bridges(instance)}",
        *seeded.splitlines(),
        f"{instance.url}   the contact centre",
        f"{phone_url(instance)}   the phone: call in, press keys, hang up",
        f"{instance.url}/test-calls/   talk to an assistant yourself, by microphone",
        f"{levels.simulated_line(env)}   Ctrl-C stops everything.",
    ]
    if problem:
        lines += ["The simulated numbers do not lead here:", *problem.splitlines()]
    return _block(lines)


def bridges(instance: Instance) -> str:
    """How many processes hold the calls."""
    return "1 bridge" if instance.ports.bridges == 1 else f"{instance.ports.bridges} bridges"


def phone_url(instance: Instance) -> str:
    """The page of the simulated phone network."""
    return environment.local_url(environment.DEFAULT_HOST, instance.ports.carrier)


def _block(lines: list[str]) -> str:
    return "\n" + "".join(f"  {line}\n" for line in lines)
