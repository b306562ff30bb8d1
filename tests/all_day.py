"""A law for tests that ring people by the wall's clock: every hour of the day is one to ring people in.

Everything else is the law as it stands. What the hours are is tested where time is stepped.
"""

from datetime import time
from pathlib import Path

from django.utils import timezone

from compliance import law
from compliance.models import Ruleset

# An area code for the numbers of such tests, and a campaign's own hours.
AREA = "212"
WINDOW = {"window_from": time.min, "window_to": time.max}
_ID, _SHIPPED = "2026-11-all-day", Path(law.__file__).parent / "rulesets" / "2026-11.toml"
_CHANGES = (
    ('id = "2026-11"', f'id = "{_ID}"'),
    ("effective_from = 2026-01-01", "effective_from = 2026-01-02"),
    ('places = "US", value = "08:00-21:00"', 'places = "US", value = "00:00-24:00"'),
)


def adopt() -> None:
    """Have it decide from now on, in the database that is open; said twice, it is the same."""
    if Ruleset.objects.filter(pk=_ID).exists():
        return
    text = _SHIPPED.read_text(encoding="utf-8")
    for before, after in _CHANGES:
        assert before in text
        text = text.replace(before, after, 1)
    law.adopt(text, by="tests", now=timezone.now())
