"""Which journeys stay together where several processes share them."""

import re

from xdist.scheduler import LoadScopeScheduling

from contactcenter import serving

_SERVER = re.compile(rf"[\[-](uvicorn|daphne|{serving.FAST_WEBSOCKETS})[\]-]")


class ByFileAndServer(LoadScopeScheduling):  # type: ignore[misc]
    """Those of one file and one server: they share what is held or started once for all of them."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        found = _SERVER.search(test)
        return f"{file} {found[1] if found else ''}"
