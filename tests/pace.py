"""A pytest plugin that makes a run faster and changes nothing of what it finds.

What has been loaded and collected by now goes no more, and looking through all of it for garbage, again and
again, takes its part of every run.
"""

import gc


def pytest_collection_finish() -> None:
    """Before the first test: leave alone what is there, and look at the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
