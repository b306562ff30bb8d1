"""Cases drawn by lot: most of them could be lawful calls, and each has a few reasons why it may not be."""

import random
from datetime import UTC, datetime, timedelta

from calls.management.what_if_cases import Case
from compliance.verdict import Purpose, Voice
from tests.unit.compliance import oracle

# Where it is still the day before, too, the law of every state is in force: some begin with the year.
_FIRST, _DAYS = datetime(2026, 1, 2, tzinfo=UTC), 3652
_CODES = tuple(oracle.AREA)
_PURPOSES = (Purpose.TELEMARKETING,) * 6 + (Purpose.INFORMATIONAL,) * 3 + (Purpose.HEALTHCARE, Purpose.EMERGENCY)
_CONSENTS = (
    "none", "oral", "express", "written", "written_incomplete", "written_other_seller", "written_other_number",
    "revoked_all", "revoked_topic",
)  # fmt: skip


def draw(dice: random.Random) -> Case:
    """One case."""
    code = dice.choice(_CODES)
    number = f"+1{code}{'633' if code == '684' else '555'}0101"
    state = dice.choice(tuple(oracle.ADDRESSES)) if _seldom(dice, 5) else ""
    now = _moment(dice, code)
    return Case(
        to=number,
        now=now,
        line=dice.choice(("wireless", "wireless", "landline", "voip", "unknown")),
        state=state,
        zone=oracle.ADDRESSES[state] if state else "",
        voice=dice.choice((Voice.AI, Voice.AI, Voice.HUMAN_MANUAL, Voice.HUMAN_DIALER)),
        purpose=dice.choice(_PURPOSES),
        consent="written" if dice.random() < 0.75 else dice.choice(_CONSENTS),
        consent_age_days=dice.choice((0, 10, 44, 45)) if dice.random() < 0.8 else dice.choice((46, 400)),
        is_registered=_seldom(dice, 6),
        copy_age_days=dice.choice((0, 5, 30, 31)) if dice.random() < 0.94 else dice.choice((32, 90)),
        internal="no" if dice.random() < 0.94 else dice.choice(("all", "marketing")),
        purchased_days_ago=dice.choice((30, 540, 560, 2000)) if _seldom(dice, 3) else None,
        asked_days_ago=dice.choice((1, 85, 100)) if _seldom(dice, 4) else None,
        attempts=_attempts(dice, now),
        reassigned=dice.choice(("no", "no", "no_data", "unchecked", "unchecked", "unchecked")),
        reassigned_age_days=dice.choice((0, 10, 31, 32)),
        is_caller_id_ours=dice.random() < 0.97,
        abandoned_pct=dice.choice((0.0, 0.5, 2.9, 3.0, 3.0)) if dice.random() < 0.97 else 3.1,
        flags=tuple(f for f in ("protected_line", "kill_switch", "in_flight", "no_capacity") if dice.random() < 0.012),
        suspended=("LA", "NY") if _seldom(dice, 20) else (),
        signed_off=("CA", "WA") if dice.random() < 0.5 else (),
    )


def _moment(dice: random.Random, code: str) -> datetime:
    """Any moment of eleven years, to the second; more often by day, and at the edges of hours."""
    at = _FIRST + timedelta(days=dice.randrange(_DAYS), seconds=dice.randrange(86_400))
    if dice.random() < 0.6:  # by day on their first clock
        zone = oracle.clock(oracle.AREA[code][1][0])
        at = at.astimezone(zone).replace(hour=dice.randrange(8, 21)).astimezone(UTC)
    if _seldom(dice, 3):
        at = at.replace(minute=dice.choice((0, 0, 29, 30, 59)), second=dice.choice((0, 0, 59)))
    return at


def _attempts(dice: random.Random, now: datetime) -> tuple[datetime, ...]:
    if dice.random() < 0.7:
        return ()
    hours = dice.choice((30, 30, 200, 720))
    found = [now - timedelta(seconds=dice.randrange(hours * 3600)) for _ in range(dice.randrange(1, 5))]
    if _seldom(dice, 4):
        found.append(now - timedelta(hours=dice.choice((8, 24, 168, 720))))
    dice.shuffle(found)
    return tuple(found)


def _seldom(dice: random.Random, n: int) -> bool:
    return dice.randrange(n) == 0
