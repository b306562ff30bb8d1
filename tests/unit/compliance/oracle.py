"""A second reading of the law of calling, written apart from the rules: plain tables, plain loops, minute by minute.

Nothing of the product is used here. Where both agree, a mistake has to have been made twice in the same way.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
# Area code: its state, and every clock in it.
AREA = {
    "212": ("NY", [EASTERN]), "203": ("CT", [EASTERN]), "305": ("FL", [EASTERN]), "850": ("FL", [EASTERN, CENTRAL]),
    "689": ("FL", [EASTERN]), "207": ("ME", [EASTERN]), "401": ("RI", [EASTERN]), "215": ("PA", [EASTERN]),
    "216": ("OH", [EASTERN]), "301": ("MD", [EASTERN]), "617": ("MA", [EASTERN]), "404": ("GA", [EASTERN]),
    "313": ("MI", [EASTERN]), "906": ("MI", [EASTERN, CENTRAL]), "606": ("KY", [EASTERN, CENTRAL]),
    "364": ("KY", [EASTERN, CENTRAL]), "502": ("KY", [EASTERN]), "317": ("IN", [EASTERN]),
    "219": ("IN", [EASTERN, CENTRAL]), "423": ("TN", [EASTERN, CENTRAL]), "615": ("TN", [CENTRAL]),
    "865": ("TN", [EASTERN]), "205": ("AL", [CENTRAL]), "504": ("LA", [CENTRAL]), "601": ("MS", [CENTRAL]),
    "312": ("IL", [CENTRAL]), "612": ("MN", [CENTRAL]), "402": ("NE", [CENTRAL]), "308": ("NE", [CENTRAL, MOUNTAIN]),
    "605": ("SD", [CENTRAL, MOUNTAIN]), "701": ("ND", [CENTRAL, MOUNTAIN]), "405": ("OK", [CENTRAL]),
    "512": ("TX", [CENTRAL]), "915": ("TX", [MOUNTAIN]), "801": ("UT", [MOUNTAIN]), "505": ("NM", [MOUNTAIN]),
    "307": ("WY", [MOUNTAIN]), "303": ("CO", [MOUNTAIN]), "208": ("ID", ["America/Boise", PACIFIC]),
    "602": ("AZ", ["America/Phoenix"]), "928": ("AZ", ["America/Phoenix", MOUNTAIN]), "702": ("NV", [PACIFIC]),
    "775": ("NV", [PACIFIC, MOUNTAIN]), "310": ("CA", [PACIFIC]), "206": ("WA", [PACIFIC]), "503": ("OR", [PACIFIC]),
    "541": ("OR", [PACIFIC, "America/Boise"]), "804": ("VA", [EASTERN]), "201": ("NJ", [EASTERN]),
    "808": ("HI", ["Pacific/Honolulu"]), "907": ("AK", ["America/Anchorage", "America/Adak"]),
    "787": ("PR", ["America/Puerto_Rico"]), "671": ("GU", ["Pacific/Guam"]), "684": ("AS", ["Pacific/Pago_Pago"]),
}  # fmt: skip
ADDRESSES = {
    "FL": EASTERN, "HI": "Pacific/Honolulu", "NY": EASTERN, "CA": PACIFIC, "UT": MOUNTAIN, "LA": CENTRAL, "TX": CENTRAL,
    "ME": EASTERN, "NE": CENTRAL, "OH": EASTERN, "GU": "Pacific/Guam", "SD": MOUNTAIN,
}  # fmt: skip

# Hours of sales calls, from and to: Monday to Friday, Saturday, Sunday; None is barred.
NO = None
_STANDARD, _EIGHT, _NINE = (8, 21), (8, 20), (9, 21)
SALES = {
    "AL": (_EIGHT, _EIGHT, NO), "CT": ((9, 20), (9, 20), (9, 20)), "FL": (_EIGHT, _EIGHT, _EIGHT),
    "KY": ((10, 21), (10, 21), (10, 21)), "LA": (_EIGHT, _EIGHT, NO), "MD": (_EIGHT, _EIGHT, _EIGHT),
    "MA": (_EIGHT, _EIGHT, _EIGHT), "MI": (_NINE, _NINE, _NINE), "MN": (_NINE, _NINE, _NINE),
    "MS": (_EIGHT, _EIGHT, NO), "NV": ((9, 20), (9, 20), (9, 20)), "NM": (_NINE, _NINE, _NINE),
    "OK": (_EIGHT, _EIGHT, _EIGHT), "OR": (_EIGHT, _EIGHT, _EIGHT), "RI": ((9, 18), (10, 17), NO),
    "TX": (_NINE, _NINE, (12, 21)), "UT": (_STANDARD, _STANDARD, NO), "WA": (_EIGHT, _EIGHT, _EIGHT),
    "WY": (_EIGHT, _EIGHT, _EIGHT),
}  # fmt: skip
SALES_BY_AI = {
    "CA": (_NINE, _NINE, _NINE), "IL": (_NINE, _NINE, _NINE), "ME": ((9, 17), NO, NO),
    "NE": (_STANDARD, _STANDARD, (13, 21)), "OK": ((9, 20), (9, 20), (9, 20)), "SD": (_NINE, NO, NO),
}  # fmt: skip
NO_HOLIDAYS = {"AL", "LA", "PA", "RI", "UT"}
ORDER = [
    "CALLER_ID_INVALID", "PROTECTED_LINE", "INTERNAL_DNC", "CONSENT_REVOKED", "NATIONAL_DNC",
    "CONSENT_RECORD_INCOMPLETE", "CONSENT_SELLER_MISMATCH", "CONSENT_NUMBER_MISMATCH", "CONSENT_WRITTEN_REQUIRED",
    "CONSENT_WRITTEN_REQUIRED_STATE", "CONSENT_EXPRESS_REQUIRED", "NUMBER_REASSIGNED", "STATE_AI_BLOCKED",
    "STATE_EBR_REQUIRED", "KILL_SWITCH", "DNC_SCRUB_STALE", "RND_CHECK_REQUIRED", "STATE_EMERGENCY_SUSPENSION",
    "CAMPAIGN_ABANDON_RATE", "FREQUENCY_CAP", "DAY_BARRED", "QUIET_HOURS", "IN_FLIGHT", "NO_CAPACITY",
]  # fmt: skip
ORDER.remove("PROTECTED_LINE")
ORDER.insert(0, "PROTECTED_LINE")
TIMED = {"FREQUENCY_CAP", "DAY_BARRED", "QUIET_HOURS"}
DENIED = set(ORDER[: ORDER.index("KILL_SWITCH")])
MINUTE = timedelta(minutes=1)


@dataclass
class Answer:
    outcome: str
    codes: list[str]
    until: datetime | None


@lru_cache
def clock(name: str) -> ZoneInfo:
    return ZoneInfo(name)


# --- holidays ---


def nth(year: int, month: int, weekday: int, n: int) -> date:
    days = [week[weekday] for week in calendar.monthcalendar(year, month) if week[weekday]]
    return date(year, month, days[n])


@lru_cache
def holidays(state: str, year: int) -> frozenset[date]:
    found = {
        date(year, 1, 1), nth(year, 1, 0, 2), nth(year, 2, 0, 2), nth(year, 5, 0, -1), date(year, 6, 19),
        date(year, 7, 4), nth(year, 9, 0, 0), nth(year, 10, 0, 1), date(year, 11, 11), nth(year, 11, 3, 3),
        date(year, 12, 25),
    }  # fmt: skip
    if state == "UT":
        found.add(date(year, 7, 24))
    if state == "PA":
        found |= {date(year, 6, 14), easter(year) - timedelta(2), nth(year, 11, 0, 0) + timedelta(1)}
    if state == "LA":
        found |= {easter(year) - timedelta(47), easter(year) - timedelta(2)}
    if state == "AL":
        found |= {nth(year, 4, 0, 3), nth(year, 6, 0, 0)}
    if state == "RI":
        found.add(nth(year, 8, 0, 1))
    return frozenset(found)


@lru_cache(maxsize=100_000)
def is_holiday(state: str, day: date) -> bool:
    def named(one: date) -> bool:
        return one in holidays(state, one.year)

    if named(day):
        return True
    if day.weekday() == 4 and named(day + timedelta(1)):
        return True
    return day.weekday() == 0 and named(day - timedelta(1))


# --- one minute ---


@lru_cache(maxsize=100_000)
def hours(state: str, day: date, voice: str) -> tuple[int, int] | None:
    """When sales calls may be made there that day; None: not at all."""
    place = {5: 1, 6: 2}.get(day.weekday(), 0)
    start, end = 8, 21
    tables = [SALES] + ([SALES_BY_AI] if voice == "ai" else [])
    for table in tables:
        found = table[state][place] if state in table else (8, 21)
        if found is None:
            return None
        start, end = max(start, found[0]), min(end, found[1])
    if state in NO_HOLIDAYS and is_holiday(state, day):
        return None
    if state == "NE" and voice == "ai" and is_holiday(state, day):
        start = max(start, 13)
    return start, end


def clock_says(case, at: datetime) -> set[str]:
    """DAY_BARRED, QUIET_HOURS, or nothing."""
    states, zones = places(case)
    found = set()
    for zone in zones:
        there = at.astimezone(clock(zone))
        if not 8 <= there.hour < 21:
            found.add("QUIET_HOURS")
        if case.purpose != "telemarketing":
            continue
        for state in states:
            allowed = hours(state, there.date(), case.voice)
            if allowed is None:
                found.add("DAY_BARRED")
            elif not allowed[0] <= there.hour < allowed[1]:
                found.add("QUIET_HOURS")
    return {"DAY_BARRED"} if "DAY_BARRED" in found else found


def places(case) -> tuple[list[str], list[str]]:
    state, zones = AREA[case.to[2:5]]
    return [state] + [case.state] * bool(case.state), zones + [case.zone] * bool(case.zone)


def caps(case) -> list[tuple[int, timedelta]]:
    found = [(3, timedelta(hours=24))]
    states, _ = places(case)
    if case.voice == "ai":
        if case.purpose == "telemarketing" and "ME" in states:
            found.append((1, timedelta(hours=8)))
        if case.line == "landline" and not has_any(case):
            if case.purpose == "informational":
                found.append((3, timedelta(days=30)))
            if case.purpose == "healthcare":
                found += [(1, timedelta(hours=24)), (3, timedelta(days=7))]
    return found


def is_capped(case, at: datetime) -> bool:
    return any(sum(at - window < one <= at for one in case.attempts) >= n for n, window in caps(case))


def is_right_time(case, at: datetime) -> bool:
    return not clock_says(case, at) and not is_capped(case, at)


def first_right_minute(case) -> datetime | None:
    """Minute by minute, for two weeks."""
    at = case.now.replace(second=0, microsecond=0)
    if at < case.now:
        at += MINUTE
    while at <= case.now + timedelta(days=14):
        if is_right_time(case, at):
            return at
        at += MINUTE
    return None


# --- everything else ---


def has_any(case) -> bool:
    return case.consent in ("oral", "express", "written")


def signature_needed(case) -> str:
    states, _ = places(case)
    if case.purpose != "telemarketing":
        return ""
    if case.voice == "ai":
        return "federal"
    if "CT" in states or (case.voice == "human_dialer" and {"FL", "OK", "MD"} & set(states)):
        return "state"
    return ""


def needs_consent(case) -> bool:
    if signature_needed(case):
        return True
    return case.voice == "ai" and case.purpose in ("informational", "healthcare") and case.line != "landline"


def bought(case) -> bool:
    """Cases stay clear of the exact day."""
    return (case.purchased_days_ago is not None and case.purchased_days_ago < 545) or (
        case.asked_days_ago is not None and case.asked_days_ago < 88
    )


def codes_now(case) -> set[str]:
    states, _ = places(case)
    sale, ai = case.purpose == "telemarketing", case.voice == "ai"
    found = set(clock_says(case, case.now))
    if is_capped(case, case.now):
        found.add("FREQUENCY_CAP")
    if "protected_line" in case.flags:
        found.add("PROTECTED_LINE")
    if not case.is_caller_id_ours:
        found.add("CALLER_ID_INVALID")
    if case.internal == "all" or (case.internal == "marketing" and sale):
        found.add("INTERNAL_DNC")
    is_revoked = case.consent.startswith("revoked")
    if is_revoked:
        found.add("CONSENT_REVOKED")
    if sale and case.is_registered and case.consent != "written" and not (bought(case) and not ai):
        found.add("NATIONAL_DNC")
    wrong = {
        "written_incomplete": "CONSENT_RECORD_INCOMPLETE",
        "written_other_seller": "CONSENT_SELLER_MISMATCH",
        "written_other_number": "CONSENT_NUMBER_MISMATCH",
    }.get(case.consent)
    kind = signature_needed(case)
    if not is_revoked:
        if kind == "federal" and case.consent != "written":
            found.add(wrong or "CONSENT_WRITTEN_REQUIRED")
        elif kind == "state" and case.consent != "written":
            found.add("CONSENT_WRITTEN_REQUIRED_STATE")
        elif not kind and needs_consent(case) and not has_any(case):
            found.add(wrong or "CONSENT_EXPRESS_REQUIRED")
    maine = sale and "ME" in states
    if (needs_consent(case) or maine) and case.reassigned == "yes":
        found.add("NUMBER_REASSIGNED")
    stands_on = case.consent == "written" if kind else has_any(case)
    if maine or (needs_consent(case) and stands_on and case.consent_age_days > 45):
        is_fresh_no = case.reassigned == "no" and case.reassigned_age_days <= 31
        if not is_fresh_no and case.reassigned != "yes":
            found.add("RND_CHECK_REQUIRED")
    if sale and ai:
        found |= {"STATE_AI_BLOCKED" for state in states if state in ("CA", "WA") and state not in case.signed_off}
        if {"MS", "NM"} & set(states) and not bought(case):
            found.add("STATE_EBR_REQUIRED")
    if sale:
        if case.copy_age_days > 31:
            found.add("DNC_SCRUB_STALE")
        if set(case.suspended) & set(states):
            found.add("STATE_EMERGENCY_SUSPENSION")
        if case.abandoned_pct > 3:
            found.add("CAMPAIGN_ABANDON_RATE")
    found |= {
        code
        for flag, code in (("kill_switch", "KILL_SWITCH"), ("in_flight", "IN_FLIGHT"), ("no_capacity", "NO_CAPACITY"))
        if flag in case.flags
    }
    if case.purpose == "emergency":
        found &= {"CALLER_ID_INVALID", "KILL_SWITCH", "IN_FLIGHT", "NO_CAPACITY"}
    return found


def answer(case, *, seeks: bool = True) -> Answer:
    """What must be answered; without `seeks` the moment of a deferral is not looked for."""
    assert case.now.tzinfo is UTC
    found = sorted(codes_now(case), key=ORDER.index)
    denied = [code for code in found if code in DENIED]
    if denied:
        return Answer("deny", found, None)
    if not found:
        return Answer("allow", [], None)
    until = first_right_minute(case) if seeks and set(found) <= TIMED else None
    return Answer("defer", found, until)
