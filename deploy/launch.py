"""One run of the launcher, from the first look around to the last process stopped."""

import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from contactcenter import bridges, serving
from deploy import environment, instance, levels, ports, preparation, processes, programs, static_files, stores
from deploy.console import Console
from deploy.environment import Ports
from deploy.fleet import Fleet
from deploy.instance import Instance
from deploy.levels import Party
from deploy.opening import Opening
from deploy.ports import Reserved
from deploy.preparation import Commands, Failed
from deploy.processes import Mark
from deploy.signals import STOP_SIGNALS, undisturbed

# For everything but the calls in progress; of these nobody loses any when the demo stops.
PATIENCE_S = {"demo": 6, "serve": serving.GRACE_S + 5}
BASE_PORT = 9000


class AlreadyRunning(RuntimeError):
    """A launcher of this folder runs already; the message says where, and how to stop it."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run and how to show it. ``mode`` is ``demo`` or ``serve``; ``given`` are the person's variables."""

    mode: str
    given: Mapping[str, str]
    var: Path
    console: Console

    def run(self) -> int:
        """Run until something stops it; the exit code.

        Raises AlreadyRunning, NoPort, Unusable, UnknownServer, UnableToStart, Failed.
        """
        if leftovers := clear_the_ground(self.var):
            self.console.say(f"Ended what a killed launcher had left running: {', '.join(leftovers)}.")
        with Reserved() as reserved:
            me = introduce(self.mode, self.given, choose_ports(self.mode, self.given, take=reserved.take))
            try:
                instance.write(self.var, me)
                self.console.say("Starting …")
                with ExitStack() as stores_in_use:
                    with undisturbed():  # a signal between their start and our keeping them would leave them running
                        brought = stores_in_use.enter_context(bring_stores(self.given, self.var))
                    code = self._run_on(brought, me, reserved)
                    ignore_signals()
                    return code
            finally:
                instance.forget(self.var)

    def _run_on(self, brought: stores.Stores, me: Instance, reserved: Reserved) -> int:
        env = product_environment(self.given, me=me, brought=brought, var=self.var)
        prepared = self.var / "prepared"
        prepared.unlink(missing_ok=True)
        with ExitStack() as ending:
            with undisturbed():
                commands = ending.enter_context(Commands(env))
            static_files.collect(commands, var=self.var)
            believe = "" if self.mode == "demo" else environment.believed_proxies(self.given)
            product = programs.product(env, ports=me.ports, believe=believe)
            lines = {name: programs.line(command) for name, command in product.items()}
            if self.mode == "demo":
                # Loading takes the web process as long as preparing the database takes; the others need the tables.
                lines |= {name: programs.line_after(prepared, lines[name]) for name in ("worker", "beat", "sidebands")}
                keys = environment.sandbox_keys(self.var)
                is_real = levels.model(env) is Party.REAL
                simulated = programs.sandbox(ports=me.ports, keys=keys, var=self.var, is_model_real=is_real)
                lines["sandbox"] = programs.line(simulated)
            else:
                commands.run("migrate", "--no-input", "--verbosity", "0")
                commands.close()

            def on_started(children: dict[str, Mark], watchers: list[Mark]) -> None:
                instance.write(self.var, replace(me, children=children, watchers=watchers))
                opening = Opening(me, env, brought.seconds, prepared, go_on=lambda: not fleet.is_stopping)
                work = partial(opening.demo, commands) if self.mode == "demo" else opening.serve
                threading.Thread(target=self._open, args=(work, fleet), daemon=True).start()

            fleet = Fleet(
                console=self.console,
                patience_s=PATIENCE_S[self.mode],
                first=("bridge",)
                if self.mode == "serve"
                else (),  # webhooks are answered while calls come to their end
                first_patience_s=me.patience_s - PATIENCE_S[self.mode],
                on_started=on_started,
            )
            for name, line in lines.items():
                fleet.add_process(name, line, env=env, cwd=str(preparation.ROOT))
            reserved.release()
            fleet.loop()
        return self._farewell(fleet)

    def _open(self, work: Callable[[], str], fleet: Fleet) -> None:
        """Beside the fleet: greet once all is ready, or give up."""
        try:
            greeting = work()
        except Failed as failure:
            fleet.give_up(str(failure))
        else:
            self.console.say(greeting)

    def _farewell(self, fleet: Fleet) -> int:
        if fleet.why:
            self.console.say(f"{fleet.why}{self.console.last_words(['web'])}")
            return 1
        if fleet.died:
            last_words = self.console.last_words(fleet.died)
            self.console.say(f"{' and '.join(fleet.died)} ended by itself, so everything was stopped.{last_words}")
            return 1
        self.console.say("Stopped.")
        return 0


def clear_the_ground(var: Path) -> list[str]:
    """End what a launcher killed hard has left running; the names of what there was.

    Raises AlreadyRunning when the launcher of this folder lives.
    """
    known = instance.read(var)
    if known is not None and known.is_alive:
        raise AlreadyRunning(
            f"It is running already at {known.url} (make {known.mode}, process {known.launcher.pid}). "
            "Stop it with Ctrl-C in its terminal, or from here with: make stop"
        )
    return instance.end_leftovers(var)


def wanted_port(given: Mapping[str, str]) -> int:
    """The port the person asks for, or ours.

    Raises NoPort.
    """
    wanted = given.get("PORT") or str(environment.DEFAULT_PORT)
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise ports.NoPort(f"PORT={wanted} is not a port number.")
    return int(wanted)


def choose_ports(mode: str, given: Mapping[str, str], *, take: Callable[[str, int], bool]) -> Ports:
    """Where to listen: the product where the person wants it, the simulated servers beside it.

    Raises NoPort, Unusable.
    """
    here = partial(take, given.get("HOST") or environment.DEFAULT_HOST)
    locally = partial(take, environment.DEFAULT_HOST)
    insist = bool(given.get("PORT"))
    web = ports.choose(wanted=wanted_port(given), insist=insist, take=here, what="the contact centre")
    pages = ports.choose(wanted=BASE_PORT, take=locally, what="the web process")
    count = environment.bridges(given)
    bridge = ports.choose_row(wanted=pages + 1, count=count, take=locally, what="the bridges")
    chosen = Ports(web=web, pages=pages, bridge=bridge, bridges=count)
    if mode != "demo":
        return chosen
    carrier = ports.choose(wanted=web + 1, take=locally, what="the simulated phone network")
    model = ports.choose(wanted=carrier + 1, take=locally, what="the simulated model")
    business = ports.choose(wanted=model + 1, take=locally, what="the simulated business")
    return replace(chosen, carrier=carrier, model=model, business=business)


def introduce(mode: str, given: Mapping[str, str], chosen: Ports) -> Instance:
    """This launcher, before it has started anything.

    Raises Unusable.
    """
    host = given.get("HOST") or environment.DEFAULT_HOST
    drain_s = environment.drain_s(given) + bridges.SETTLING_S if mode == "serve" else 0
    return Instance(
        launcher=processes.own_mark(),
        mode=mode,
        host=host,
        url=environment.local_url(host, chosen.web),
        ports=chosen,
        patience_s=drain_s + PATIENCE_S[mode],
    )


def bring_stores(given: Mapping[str, str], var: Path) -> stores.Stores:
    """The stores the person has not brought.

    Raises UnableToStart.
    """
    return stores.start(var, postgres=not given.get("DATABASE_URL"), valkey=not given.get("REDIS_URL"))


def product_environment(given: Mapping[str, str], *, me: Instance, brought: stores.Stores, var: Path) -> dict[str, str]:
    """The environment of the product and of its management commands."""
    serve = environment.for_serve(
        given,
        host=me.host,
        port=me.ports.web,
        database_url=brought.database_url,
        redis_url=brought.redis_url,
        secret_key=environment.secret_key(var),
    )
    if me.mode != "demo":
        return serve
    return environment.for_demo(serve, ports=me.ports, keys=environment.sandbox_keys(var), var=var)


def ignore_signals() -> None:
    """From here on everything is being stopped already, stores last."""
    for signum in STOP_SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
