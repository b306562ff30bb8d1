"""PURE: what the carrier's debugger tells of an error, as little as is needed of it.

The form's payload repeats the request that failed, with whatever a caller said or keyed in: nothing of it is taken.

Source: https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

_LEVELS = {"ERROR": "error", "WARNING": "warning"}
_MOST_CODE = 999_999


@dataclass(frozen=True, slots=True)
class DebuggerCallback:
    """One error. `resource_sid`: what it was about, often a leg; `code` 0 when none can be read."""

    report_sid: str
    account_sid: str
    level: str
    code: int
    resource_sid: str
    occurred_at: datetime | None


def debugger_callback(form: Mapping[str, str]) -> DebuggerCallback:
    """Read the form; what is not as documented is left empty."""
    payload = _object(form.get("Payload", ""))
    code = str(payload.get("error_code") or "")
    return DebuggerCallback(
        report_sid=form.get("Sid", "").replace("\0", "")[:80],
        account_sid=form.get("AccountSid", "")[:64],
        level=_LEVELS.get(form.get("Level", "").upper(), "error"),
        code=int(code) if code.isascii() and code.isdecimal() and int(code) <= _MOST_CODE else 0,
        resource_sid=_word(payload.get("resource_sid")),
        occurred_at=_moment(form.get("Timestamp", "")),
    )


def _word(value: object) -> str:
    return value.replace("\0", "")[:64] if isinstance(value, str) else ""


def _object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
