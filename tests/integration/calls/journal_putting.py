"""A process that puts one entry after the other, and says so, until it is killed."""

import asyncio
import os
import sys

import django

django.setup()

from django.conf import settings
from django.db import connections

from calls import journal
from tests.integration.calls.journal_keeping import keep


async def put_for_ever(call_id: int) -> None:
    """Each number is said when it is on disk."""
    n = 0
    while True:
        journal.soon(keep, call_id=call_id, n=n)
        print(n, flush=True)
        n += 1
        await asyncio.sleep(0.0005)


if __name__ == "__main__":
    settings.SPOOL_DIR = os.environ["SPOOL_DIR"]  # as it is: the tests' settings have a folder of their own
    connections["default"].settings_dict["NAME"] = os.environ["TESTED_DATABASE"]
    asyncio.run(put_for_ever(int(sys.argv[1])))
