"""Scripts of the pages, run without a browser: Playwright brings the program that can."""

import json
import subprocess
from pathlib import Path
from typing import Any

from playwright._impl._driver import compute_driver_executable

SCRIPTS = Path(__file__).resolve().parents[3] / "static/js"


def run(script: str) -> Any:
    """What a module prints as JSON; it may import from static/js as `js/…`."""
    node = compute_driver_executable()[0]
    whole = script.replace('from "js/', f'from "{SCRIPTS.as_uri()}/')
    done = subprocess.run(
        [node, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--input-type=module", "--eval", whole],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
