"""The rules of the gate against a second reading of the law, in as many cases as there is time for."""

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import pytest

from tests.faults.case import Case
from tests.unit.compliance import agreement

_A_BATCH = 5_000
_SEEK_EVERY = 12


# A part of it, in a module that a fresh process finds by its name.
_batch = partial(agreement.of_seed, seek_every=_SEEK_EVERY)


@pytest.mark.fault("law")
def test_two_readings_of_the_law_agree(case: Case) -> None:
    sizes = [min(_A_BATCH, case.size - done) for done in range(0, case.size, _A_BATCH)]
    seeds = [f"{case.seed} {n}" for n in range(len(sizes))]
    found = _total(seeds, sizes)
    case.did(found.outcomes.total())
    case.reached("answers that differ", len(found.broken))
    case.reached("calls outside their hours, without their consent or after a stop", found.unlawful)
    case.reached("share that may be called, percent", round(100 * found.allowed_share, 1))
    case.reached("moments sought minute by minute", found.sought)
    assert found.broken[:3] == []


def _total(seeds: list[str], sizes: list[int]) -> agreement.Agreement:
    found = agreement.Agreement()
    if len(sizes) == 1:
        return _batch(seeds[0], sizes[0])
    # Fresh processes: this one has threads and connections that a copy of it would break.
    with ProcessPoolExecutor(max(1, (os.cpu_count() or 1)), mp_context=get_context("spawn")) as pool:
        for part in pool.map(_batch, seeds, sizes):
            found.outcomes += part.outcomes
            found.sought += part.sought
            found.unlawful += part.unlawful
            found.broken += part.broken
    return found
