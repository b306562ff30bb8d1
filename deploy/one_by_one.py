"""Run management commands one after the other in a single process: loading Django takes longer than most of them.

Each line of standard input is a JSON list, the words after `manage.py`; each line of standard output answers with the
exit code and what the command printed. Errors go to standard error, as ever.
"""

import contextlib
import io
import json
import runpy
import sys
import traceback
from pathlib import Path


def main() -> None:
    """Answer until the input ends."""
    sys.path[0] = str(Path.cwd())
    answers = sys.stdout
    for line in sys.stdin:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = _run(json.loads(line))
        sys.stderr.flush()
        print(json.dumps({"code": code, "said": said.getvalue()}), file=answers, flush=True)


def _run(words: list[str]) -> int:
    sys.argv = ["manage.py", *words]
    try:
        runpy.run_path("manage.py", run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except Exception:  # noqa: BLE001 whatever it is: one command failed, and the next may be asked for
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
