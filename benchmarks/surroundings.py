"""What every benchmark needs around it: the stores, in a folder of their own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import stores

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "bench"


@contextmanager
def with_stores() -> Iterator[None]:
    """PostgreSQL and Valkey, named in the environment as the product reads it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
    with stores.start(VAR, for_tests=True) as brought:
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = brought.database_url, brought.redis_url
        yield
