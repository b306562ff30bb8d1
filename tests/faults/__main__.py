"""The fault suite: `python -m tests.faults [-k WORDS] [--seed N] [--smoke]`; the figures go to var/faults.json.

Everything is drawn from the seed, so what a case did can be done again. Stores are brought along where the environment
names none.
"""

import argparse
import subprocess
import sys

from tests.journeys.house import ROOT


def main(arguments: list[str]) -> int:
    """Run the cases asked for; 0 when no goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("-k", metavar="WORDS", help="only cases whose names match, as in pytest")
    parser.add_argument("--seed", type=int, default=1, help="what everything is drawn from (default: %(default)s)")
    parser.add_argument("--smoke", action="store_true", help="the small sizes, as in `make test`")
    asked = parser.parse_args(arguments)
    command = [sys.executable, "-m", "pytest", "tests/faults", "-q", "--seed", str(asked.seed)]
    command += [] if asked.smoke else ["--full"]
    command += ["-k", asked.k] if asked.k else []
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
