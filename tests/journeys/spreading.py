"""Which journeys stay together where several processes share them, and which go first."""

import re

import pytest
from xdist.scheduler import LoadScopeScheduling

from contactcenter import serving

# Some of their houses need processes of their own for calls by SIP: one house is enough.
_BY_SIP = ("test_doors.py", "test_sip.py", "test_whatsapp.py")
_OTHER = re.compile(rf"[\[-](daphne|{serving.FAST_WEBSOCKETS})[\]-]")


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Those of one file, which share what is held once for all of them, and all those on a server of the rarer kinds.

    Most journeys are on one server, whose house every process brings up once.
    """

    def _split_scope(self, nodeid: str) -> str:
        if server := _OTHER.search(nodeid):
            return server[1]
        file = nodeid.partition("::")[0]
        return "by SIP" if file.endswith(_BY_SIP) else file


def rank(item: pytest.Item) -> int:
    """Those in real time first: they take long, and leave the machine to others meanwhile. Then the large groups."""
    if "running" not in getattr(item, "fixturenames", ()):
        return 0
    return 1 if _OTHER.search(item.nodeid) or item.path.name in _BY_SIP else 2
