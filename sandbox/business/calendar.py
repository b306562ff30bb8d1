"""A calendar over HTTP: free hours of a day, and bookings, each of which is made once however often it is asked for.

`GET /calendar/slots?day=2026-12-01` answers `{"day", "free": ["09:00", …]}`. `POST /calendar/bookings` takes
`{"day", "time", "name", "about"}` and answers 201 with `{"booking", "day", "time"}`; it needs `Idempotency-Key`, and
the same key with the same body gets the same answer, with another body 422.
"""

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

_FIRST_HOUR, _LAST_HOUR = 9, 16
_DAYS_AHEAD = 60
_KEYS = {"day": 10, "time": 5, "name": 80, "about": 200}
_TIME = re.compile(r"(?:09|1[0-6]):00")


@dataclass
class Calendar:
    """What is booked; `today` is the first day on which something can be."""

    today: dt.date
    booked: dict[tuple[str, str], str] = field(default_factory=dict)
    answered: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)  # by idempotency key

    def free(self, day: str) -> list[str]:
        """The hours of a day that can be booked. Raises ValueError."""
        date = dt.date.fromisoformat(day)
        if date.isoformat() != day or not self.today <= date <= self.today + dt.timedelta(days=_DAYS_AHEAD):
            raise ValueError(day)
        if date.weekday() >= 5:
            return []
        hours = [f"{hour:02}:00" for hour in range(_FIRST_HOUR, _LAST_HOUR + 1)]
        return [time for time in hours if (day, time) not in self.booked and not _is_taken_by_others(day, time)]


def _is_taken_by_others(day: str, time: str) -> bool:
    """About a third of the hours, the same ones each time."""
    return hashlib.sha256(f"{day} {time}".encode()).digest()[0] < 85


CALENDAR = web.AppKey("calendar", Calendar)
routes = web.RouteTableDef()


@routes.get("/calendar/slots")
async def slots(request: web.Request) -> web.Response:
    """The free hours of one day."""
    if set(request.query) != {"day"}:
        return _no(400, "exactly one query parameter is taken: day")
    try:
        free = request.app[CALENDAR].free(request.query["day"])
    except ValueError:
        return _no(422, f"day is a date from today on, at most {_DAYS_AHEAD} days ahead, as 2026-12-01")
    return web.json_response({"day": request.query["day"], "free": free})


@routes.post("/calendar/bookings")
async def book(request: web.Request) -> web.Response:
    """Book an hour, once for each key."""
    calendar, key = request.app[CALENDAR], request.headers.get("Idempotency-Key", "")
    if not key:
        return _no(400, "Idempotency-Key is missing")
    if request.content_type != "application/json":
        return _no(415, "application/json is taken")
    try:
        wanted = json.loads(await request.text())
    except ValueError:
        return _no(400, "the body is no JSON")
    if problem := _problem(wanted):
        return _no(422, problem)
    if key in calendar.answered:
        before, answer = calendar.answered[key]
        return web.json_response(answer, status=201) if before == wanted else _no(422, "this key was used for another")
    try:
        is_free = wanted["time"] in calendar.free(wanted["day"])
    except ValueError:
        return _no(422, "there is no such day to be booked")
    if not is_free:
        return _no(409, "this hour is taken")
    number = f"B-{len(calendar.booked) + 1001}"
    calendar.booked[wanted["day"], wanted["time"]] = number
    answer = {"booking": number, "day": wanted["day"], "time": wanted["time"]}
    calendar.answered[key] = (wanted, answer)
    return web.json_response(answer, status=201)


def _problem(wanted: Any) -> str:
    if not isinstance(wanted, dict) or set(wanted) != set(_KEYS):
        return f"the body has exactly {', '.join(_KEYS)}"
    for name, longest in _KEYS.items():
        if not isinstance(wanted[name], str) or not 0 < len(wanted[name]) <= longest:
            return f"{name} is a text of 1 to {longest} characters"
    return "" if _TIME.fullmatch(wanted["time"]) else "time is a full hour from 09:00 to 16:00"


def _no(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)
