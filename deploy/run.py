"""The launcher behind `make demo`, `make serve`, `make manage` and `make stop`.

It brings the stores along, runs the processes and stops them. It stands outside the product, which only sees
environment variables: demo and real accounts differ in nothing else.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # instead of this folder, whose file names concern nobody else

from contactcenter.serving import UnknownServer
from deploy import environment, instance, launch, preparation, processes, stores
from deploy.console import Console
from deploy.environment import Ports, Unusable
from deploy.ports import NoPort
from deploy.signals import STOP_SIGNALS

VAR = ROOT / "var"
STOPPING_S = 20  # beyond what the processes may take: for the stores


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit code."""
    parser = argparse.ArgumentParser(prog="deploy/run.py", description="Run the contact centre on this machine.")
    modes = parser.add_subparsers(dest="mode", required=True)
    modes.add_parser("demo", help="with a simulated phone network and model, and something to look at")
    modes.add_parser("serve", help="against the accounts of the environment or .env")
    modes.add_parser("stop", help="stop what runs, and what a hard kill has left")
    command = modes.add_parser("manage", help="one management command with the same stores: manage -- check")
    command.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args(arguments)
    given = environment.settled(real=os.environ, dotenv=environment.read_dotenv(ROOT / ".env"))
    for signum in STOP_SIGNALS:  # SIGINT too: a shell without job control has it ignored in what it starts with &
        signal.signal(signum, _interrupt)
    try:
        if asked.mode == "stop":
            return stop()
        if asked.mode == "manage":
            return manage(asked.command[asked.command[:1] == ["--"] :], given)
        with _console(asked.mode, given) as console:
            return launch.Launch(mode=asked.mode, given=given, var=VAR, console=console).run()
    except (
        launch.AlreadyRunning,
        NoPort,
        Unusable,
        UnknownServer,
        stores.UnableToStart,
        preparation.Failed,
    ) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.")
        return 0


def manage(command: list[str], given: dict[str, str]) -> int:
    """Run a management command as the running demo or server would; without one, bring the stores for its sake."""
    running = instance.read(VAR)
    if running is None or not running.is_alive:
        running = launch.introduce("serve", given, Ports(web=launch.wanted_port(given)))
    with launch.bring_stores(given, VAR) as brought:
        env = launch.product_environment(given, me=running, brought=brought, var=VAR)
        code = preparation.run_at_the_terminal(env, command or ["help"])
        launch.ignore_signals()
        return code


def stop() -> int:
    """Stop the running launcher, or what a killed one has left; nothing runs afterwards but commands of the person."""
    running = instance.read(VAR)
    if running is not None and running.is_alive:
        os.kill(running.launcher.pid, signal.SIGTERM)
        if not processes.wait_gone([running.launcher], patience_s=running.patience_s + STOPPING_S):
            processes.end([running.launcher], patience_s=1)
    instance.end_leftovers(VAR)
    if not stores.stop_unused(VAR):
        print("The stores stay up: a management command still uses them.")
    return 0


def _console(mode: str, given: dict[str, str]) -> Console:
    show_all = mode == "serve" or bool(given.get("VERBOSE"))
    return Console(show_all=show_all, logs=VAR / "log" if mode == "demo" else None)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
