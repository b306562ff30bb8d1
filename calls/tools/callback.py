"""`callback`: the caller wants to be called back."""

from datetime import datetime
from zoneinfo import ZoneInfo

from calls.control import callbacks
from calls.models import Call
from calls.tools.answer import ToolAnswer
from compliance import local_time
from compliance.numbers import time_zones_of


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Keep when the caller wants to be called back, and what about."""
    when = arguments.get("when", "").strip()
    try:
        reading = datetime.fromisoformat(when).replace(tzinfo=None) if when else None
    except ValueError:
        return ToolAnswer(f"`when` must look like 2026-11-30T15:00. {_what_time_it_is(call, now)}", is_error=True)
    wish = callbacks.Wish(arguments.get("reason", "").strip(), reading, arguments.get("time_zone", "").strip())
    try:
        made = callbacks.ask(call=call, wish=wish, now=now)
    except callbacks.UnableToCallBack as problem:
        return ToolAnswer(
            f"{problem} {_what_time_it_is(call, now)} Ask the caller for another time, or for the time zone they are "
            "in if that is the question, and try again.",
            is_error=True,
        )
    if made.due_at is None or not made.zone:
        return ToolAnswer("It is noted. Tell the caller that a colleague will call back.")
    there = local_time.reading(made.due_at, ZoneInfo(made.zone))
    if reading is None:
        return ToolAnswer("It is noted. Tell the caller that a colleague will call back as soon as possible.")
    return ToolAnswer(f"It is noted for {there:%A, %d %B at %H:%M}, the caller's time. Confirm that to the caller.")


def _what_time_it_is(call: Call, now: datetime) -> str:
    """What the caller's clock shows now, for a model that has none."""
    zones = time_zones_of(call.customer_e164)
    zone = local_time.zone_named(zones[0]) if zones else None
    name, there = ("UTC", now) if zone is None else (zone.key, local_time.reading(now, zone))
    return f"It is {there:%A, %Y-%m-%d %H:%M} now ({name})."
