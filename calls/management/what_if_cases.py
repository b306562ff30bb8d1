"""The cases of `manage.py what_if`: one row of a file each, read with care, every value or its default."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from compliance import local_time, places
from compliance.ruleset import TERRITORIES
from compliance.verdict import Purpose, Voice

COLUMNS = (
    "case_id", "to", "line_type", "addr_state", "addr_tz", "now_utc", "voice", "purpose", "consent", "consent_age_days",
    "natl_dnc", "natl_scrub_age_days", "internal_dnc", "ebr", "attempts_utc", "rnd", "rnd_age_days", "caller_id",
    "campaign_abandon_pct", "flags",
)  # fmt: skip
NEEDED = ("to", "now_utc")
CONSENTS = (
    "none", "oral", "express", "written", "written_incomplete", "written_other_seller", "written_other_number",
    "revoked_all", "revoked_topic",
)  # fmt: skip
_FLAGS = ("protected_line", "kill_switch", "in_flight", "no_capacity")
_STATE_FLAGS = ("state_suspended", "counsel_ok")
_LINES = ("wireless", "landline", "voip", "unknown")
_NO_ZONE = "Etc/Unknown"
_MOST_DAYS = 36_500
_MOST_ATTEMPTS = 1000


class UnableToRead(Exception):
    """A row cannot be understood; `str()` says which value and what it may be, for a person."""


@dataclass(frozen=True, slots=True)
class Case:
    """What somebody wants to know: this call, to this person, at this moment."""

    to: str
    now: datetime
    line: str = "wireless"
    state: str = ""
    zone: str = ""
    voice: Voice = Voice.AI
    purpose: Purpose = Purpose.TELEMARKETING
    consent: str = "written"
    consent_age_days: int = 10
    is_registered: bool = False
    copy_age_days: int = 5
    internal: str = "no"
    purchased_days_ago: int | None = None
    asked_days_ago: int | None = None
    attempts: tuple[datetime, ...] = ()
    reassigned: str = "unchecked"
    reassigned_age_days: int = 0
    is_caller_id_ours: bool = True
    abandoned_pct: float = 0.5
    flags: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()
    signed_off: tuple[str, ...] = ()


def lines_of(file: Iterable[str]) -> Iterator[str]:
    """The lines of a file that are no comments."""
    return (line for line in file if not line.lstrip("\ufeff").startswith("#"))


def read(row: Mapping[str | None, object]) -> Case:
    """One row as a case. Raises UnableToRead; columns that nobody knows are ignored."""
    values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    for name in NEEDED:
        if not values[name]:
            raise UnableToRead(f"{name} is empty.")
    kind, days = _relationship(values["ebr"])
    flags = [flag.strip() for flag in values["flags"].split(";") if flag.strip()]
    return Case(
        to=values["to"],
        now=_time("now_utc", values["now_utc"]),
        # A kind of line that nobody knows is taken for the strictest.
        line=values["line_type"] if values["line_type"] in _LINES else "unknown" if values["line_type"] else "wireless",
        state=_state("addr_state", values["addr_state"]) if values["addr_state"] else "",
        zone=_zone(values["addr_tz"]),
        voice=Voice(_one_of("voice", values["voice"], tuple(Voice), Voice.AI)),
        purpose=Purpose(_one_of("purpose", values["purpose"], tuple(Purpose), Purpose.TELEMARKETING)),
        consent=_one_of("consent", values["consent"], CONSENTS, "written"),
        consent_age_days=_days("consent_age_days", values["consent_age_days"], 10),
        is_registered=_one_of("natl_dnc", values["natl_dnc"], ("no", "yes"), "no") == "yes",
        copy_age_days=_days("natl_scrub_age_days", values["natl_scrub_age_days"], 5),
        internal=_one_of("internal_dnc", values["internal_dnc"], ("no", "all", "marketing"), "no"),
        purchased_days_ago=days if kind == "purchase" else None,
        asked_days_ago=days if kind == "inquiry" else None,
        attempts=_attempts(values["attempts_utc"]),
        reassigned=_one_of("rnd", values["rnd"], ("no", "yes", "no_data", "unchecked"), "unchecked"),
        reassigned_age_days=_days("rnd_age_days", values["rnd_age_days"], 0),
        is_caller_id_ours=_one_of("caller_id", values["caller_id"], ("ok", "bad"), "ok") == "ok",
        abandoned_pct=_share("campaign_abandon_pct", values["campaign_abandon_pct"]),
        flags=tuple(flag for flag in flags if _is_plain(flag)),
        suspended=_states_of("state_suspended", flags),
        signed_off=_states_of("counsel_ok", flags),
    )


def _one_of(name: str, text: str, allowed: tuple[str, ...], default: str) -> str:
    if not text:
        return default
    if text not in allowed:
        raise UnableToRead(f"{name} is {text[:40]!r}, and can be {', '.join(allowed)}.")
    return text


def _time(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnableToRead(f"{name} is {text[:40]!r}, and should look like 2026-12-01T15:00:00Z.") from None
    if not 2000 <= at.year < 2200:
        raise UnableToRead(f"{name} is {text[:40]!r}, a year for which there are no rules.")
    return at


def _days(name: str, text: str, default: int) -> int:
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or int(text) > _MOST_DAYS:
        raise UnableToRead(f"{name} is {text[:40]!r}, and should be a whole number of days.")
    return int(text)


def _share(name: str, text: str) -> float:
    try:
        share = float(text or 0.5)
    except ValueError:
        share = -1
    if not 0 <= share <= 100:
        raise UnableToRead(f"{name} is {text[:40]!r}, and should be a number from 0 to 100.")
    return share


def _relationship(text: str) -> tuple[str, int]:
    kind, colon, days = text.partition(":")
    if text in ("", "none"):
        return "", 0
    if kind not in ("purchase", "inquiry") or not colon or not days:
        raise UnableToRead(f"ebr is {text[:40]!r}, and can be none, purchase:<days> or inquiry:<days>.")
    return kind, _days("ebr", days, 0)


def _attempts(text: str) -> tuple[datetime, ...]:
    found = tuple(_time("attempts_utc", part.strip()) for part in text.split(";") if part.strip())
    if len(found) > _MOST_ATTEMPTS:
        raise UnableToRead(f"attempts_utc has {len(found)} times; {_MOST_ATTEMPTS} are enough.")
    return found


def _state(name: str, text: str) -> str:
    state = text.upper()
    if state not in places.STATES and state not in TERRITORIES:
        raise UnableToRead(f"{name} is {text[:40]!r}, which is no state.")
    return state


def _zone(text: str) -> str:
    if text == _NO_ZONE:  # what libraries call a zone that nobody knows: nobody is called there
        return text
    if text and (not local_time.is_zone(text) or local_time.zone_named(text) is None):
        raise UnableToRead(f"addr_tz is {text[:60]!r}, which is no time zone. They look like America/New_York.")
    return text


def _is_plain(flag: str) -> bool:
    name, colon, _ = flag.partition(":")
    if flag in _FLAGS:
        return True
    if colon and name in _STATE_FLAGS:
        return False
    raise UnableToRead(f"flags has {flag[:40]!r}, and can have {', '.join(_FLAGS)}, state_suspended:ST, counsel_ok:ST.")


def _states_of(name: str, flags: list[str]) -> tuple[str, ...]:
    return tuple(_state("flags", flag.partition(":")[2]) for flag in flags if flag.startswith(f"{name}:"))
