"""Asked in another process: what it has loaded."""

import sys


def is_loaded(*, call_pk: int, library: str) -> bool:
    """As a job of the process in which tools are run."""
    return library in sys.modules
