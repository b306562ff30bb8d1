"""End bridges on purpose while calls are on them, and measure what becomes of the calls."""

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls.control import fire_drill
from calls.control.fire_drill import How, Outcome, Strike

_LOOK_EVERY_S = 0.05
_TOOL_PATIENCE_S = 30.0
_PATIENCE_S = 20.0
_BACK_PATIENCE_S = 60.0


class Command(BaseCommand):
    """`manage.py fire_drill`."""

    help = (
        "End bridges of this machine on purpose while calls are on them, and measure what becomes of the calls. "
        "Callers notice. Example: manage.py fire_drill --kills 3 --how kill stop"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How often, how, and whether to ask first."""
        parser.add_argument("--kills", type=int, default=1, help="how many strikes (default: %(default)s)")
        parser.add_argument("--how", nargs="+", choices=[how.value for how in How], default=[How.KILL.value])
        parser.add_argument("--yes", action="store_true", help="do not ask first")
        parser.add_argument("--json", action="store_true", help="print one JSON object per strike")

    def handle(self, *args: Any, **options: Any) -> None:
        """Strike, wait, report; the next strike begins when the struck bridge has been replaced."""
        if not options["yes"] and input("Callers will be interrupted. Type the word drill to go on: ") != "drill":
            raise CommandError("Nothing was done.")
        not_resumed = 0
        for n in range(options["kills"]):
            how = How(options["how"][n % len(options["how"])])
            try:
                struck = self._strike(how)
            except fire_drill.NothingToStrike as nothing:
                raise CommandError(str(nothing)) from None
            outcome = self._wait(struck)
            is_back = _wait_until(
                lambda struck=struck: fire_drill.is_back(struck, now=timezone.now()), _BACK_PATIENCE_S
            )
            self._tell(struck, outcome, is_back=is_back, as_json=options["json"])
            not_resumed += len(struck.calls) - len(outcome.resumed) - len(outcome.ended)
        if not_resumed:
            raise CommandError(f"{not_resumed} calls were not resumed.")

    def _strike(self, how: How) -> Strike:
        bridge = ""
        if how is How.TOOL:
            self.stderr.write("Waiting for a tool to be at work …")
            bridge = _wait_until(fire_drill.tool_at_work, _TOOL_PATIENCE_S)
            if not bridge:
                raise CommandError("No tool was at work.")
        return fire_drill.strike(how=how, now=timezone.now(), bridge=bridge)

    def _wait(self, struck: Strike) -> Outcome:
        _wait_until(lambda: fire_drill.outcome(struck).is_known_of(struck), _PATIENCE_S)
        return fire_drill.outcome(struck)

    def _wait_for_another(self, struck: Strike) -> bool:
        return bool(_wait_until(lambda: fire_drill.is_back(struck, now=timezone.now()), _BACK_PATIENCE_S))

    def _tell(self, struck: Strike, outcome: Outcome, *, is_back: bool, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(struck) | asdict(outcome) | {"is_back": is_back}, default=_plain))
            return
        seconds = outcome.resumed.values()
        told = [
            f"{struck.how:4} {struck.bridge}: {len(outcome.resumed)} of {len(struck.calls)} calls resumed",
            f"new stream after {fire_drill.quantile(seconds, 0.5):.2f} s (p50)",
            f"{fire_drill.quantile(seconds, 0.99):.2f} s (p99)",
            f"{len(outcome.ended)} ended meanwhile",
            f"{outcome.turns_lost} turns lost",
        ]
        self.stdout.write(", ".join(told) + ("" if is_back else "; nobody has taken its place"))


def _wait_until(look: Any, patience_s: float) -> Any:
    until = time.monotonic() + patience_s
    while not (found := look()) and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
    return found


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value.isoformat()
