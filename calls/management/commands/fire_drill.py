"""End bridges on purpose while calls are on them, and measure what becomes of the calls."""

import getpass
import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls.control import fire_drill
from calls.control.fire_drill import How, Outcome, Strike
from calls.intake.continuation import RESUMPTIONS_LIMIT, RESUMPTIONS_WITHIN

_LOOK_EVERY_S = 0.05
_TOOL_PATIENCE_S = 30.0
_PATIENCE_S = 20.0
_BACK_PATIENCE_S = 60.0
# A call that loses bridge after bridge is given up in the end. A drill must not bring it about.
_APART_S = RESUMPTIONS_WITHIN.total_seconds() / RESUMPTIONS_LIMIT + 2


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
        parser.add_argument(
            "--force", action="store_true", help="also when the other bridges have no room for the calls"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object per strike")

    def handle(self, *args: Any, **options: Any) -> None:
        """Strike, wait, report; the next strike begins when the struck bridge has been replaced."""
        if options["kills"] < 1:
            raise CommandError("There must be at least one strike.")
        if not options["yes"]:
            _ask_first()
        not_resumed, next_at = 0, 0.0
        for n in range(options["kills"]):
            time.sleep(max(0.0, next_at - time.monotonic()))
            try:
                struck = self._strike(How(options["how"][n % len(options["how"])]), force=options["force"])
            except (fire_drill.NothingToStrike, fire_drill.NobodyToGoOn) as refused:
                raise CommandError(str(refused)) from None
            next_at = time.monotonic() + _APART_S
            outcome = self._wait(struck)
            is_back = _wait_until(lambda struck=struck: fire_drill.is_back(struck), _BACK_PATIENCE_S)
            self._tell(struck, outcome, is_back=is_back, as_json=options["json"])
            not_resumed += len(struck.calls) - len(outcome.resumed) - len(outcome.ended)
        if not_resumed:
            raise CommandError(f"{not_resumed} calls were not resumed.")

    def _strike(self, how: How, *, force: bool) -> Strike:
        bridge = ""
        if how is How.TOOL:
            self.stderr.write("Waiting for a tool to be at work …")
            self.stderr.flush()
            bridge = _wait_until(fire_drill.tool_at_work, _TOOL_PATIENCE_S)
            if not bridge:
                raise CommandError("No tool was at work.")
        by = f"shell:{getpass.getuser()}"
        return fire_drill.strike(how=how, by=by, now=timezone.now(), bridge=bridge, whatever_follows=force)

    def _wait(self, struck: Strike) -> Outcome:
        _wait_until(lambda: fire_drill.outcome(struck).is_known_of(struck), _PATIENCE_S)
        return fire_drill.outcome(struck)

    def _tell(self, struck: Strike, outcome: Outcome, *, is_back: bool, as_json: bool) -> None:
        if as_json:
            told = {
                "how": struck.how,
                "bridge": struck.bridge,
                "pid": struck.pid,
                "at": struck.at.isoformat(),
                "calls": sorted(struck.calls),
                "resumed": outcome.resumed,
                "ended": sorted(outcome.ended),
                "turns_lost": outcome.turns_lost,
                "is_back": is_back,
            }
            self.stdout.write(json.dumps(told))
            return
        seconds = outcome.resumed.values()
        words = [
            f"{struck.how:4} {struck.bridge}: {len(outcome.resumed)} of {len(struck.calls)} calls resumed",
            f"new stream after {fire_drill.quantile(seconds, 0.5):.2f} s (p50)",
            f"{fire_drill.quantile(seconds, 0.99):.2f} s (p99)",
            f"{len(outcome.ended)} ended meanwhile",
            f"{outcome.turns_lost} turns lost",
        ]
        self.stdout.write(", ".join(words) + ("" if is_back else "; nobody has taken its place"))


def _ask_first() -> None:
    if not sys.stdin.isatty():
        raise CommandError("Callers would be interrupted, and nobody is here to be asked: say --yes.")
    if input("Callers will be interrupted. Type the word drill to go on: ") != "drill":
        raise CommandError("Nothing was done.")


def _wait_until(look: Any, patience_s: float) -> Any:
    until = time.monotonic() + patience_s
    while not (found := look()) and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
    return found
