"""Settings of the server the browser tests look at: the tests' own, with recordings where the tests put them."""

import os

from contactcenter import settings as product
from contactcenter.settings_test import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["BROWSER_TESTS_DATABASE"]  # noqa: F405
STORAGES = {**STORAGES, **{name: product.STORAGES[name] for name in ("default", "recordings", "evidence")}}  # noqa: F405
