"""Every test in its ring, one summary at the end: `tests/run.py [RING …] [-k WORDS] [-- pytest's own arguments]`.

A test that is skipped counts as failed: what cannot run here is said in the summary, not passed over.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
# A run starts some hundred processes: what the first has compiled the others need not compile again.
SLOW = ("PYTHONDONTWRITEBYTECODE",)

from deploy import stores
from tests import again, chromium, rings
from tests.lanes import Lanes
from tests.rings import Ring, Running


def main(arguments: list[str]) -> int:
    """Run the rings asked for, all of them when none is named; the exit code."""
    parser = argparse.ArgumentParser(prog="tests/run.py", description=__doc__)
    parser.add_argument("rings", nargs="*", metavar="RING", help=f"{', '.join(rings.NAMES)}; all when none is named")
    parser.add_argument("-k", metavar="WORDS", help="only tests whose names match, as in pytest")
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    asked = parser.parse_args(arguments[:cut])
    if unknown := set(asked.rings) - set(rings.NAMES):
        parser.error(f"unknown ring: {', '.join(sorted(unknown))}")
    for_pytest = [*(["-k", asked.k] if asked.k else []), *arguments[cut + 1 :]]
    names = [name for name in rings.NAMES if name in (asked.rings or rings.NAMES)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell may have started us deaf to Ctrl-C, and what we start would be as deaf.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        done = run_all(names, for_pytest)
    except stores.UnableToStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(rings.summary(sorted(done, key=lambda ring: rings.NAMES.index(ring.name))))
    return 1 if any(ring.is_bad for ring in done) else 0


def run_all(names: Sequence[str], for_pytest: Sequence[str]) -> list[Ring]:
    """Run rings, several at a time where there is room, with stores brought up once for those that need them."""
    bare = {name: value for name, value in os.environ.items() if name not in SLOW}
    full = dict(bare)

    def start(name: str, output: IO[str] | None) -> Running | Ring:
        if name == "browser":
            browser = chromium.find_or_install()
            if browser is None:
                return rings.without_browser(in_ci=full.get("CI", "").lower() in ("1", "true"))
            full["CHROMIUM"] = browser
        env = bare if name in rings.WITHOUT_STORES else full
        return Running(name, for_pytest, env, output=output)

    with ExitStack() as in_use:
        if set(names) - set(rings.WITHOUT_STORES):
            brought = in_use.enter_context(
                stores.start(
                    rings.VAR,
                    for_tests=True,
                    postgres=not full.get("DATABASE_URL"),
                    valkey=not full.get("REDIS_URL"),
                )
            )
            full["DATABASE_URL"] = full.get("DATABASE_URL") or brought.database_url
            full["REDIS_URL"] = full.get("REDIS_URL") or brought.redis_url
        done = Lanes(rings.lanes(), start).run(sorted(names, key=rings.LONGEST_FIRST.index))
        if len(names) > 1 and rings.lanes() > 1:
            for ring in done:
                again.ask(ring, full)
        return done


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
