"""The debugger: errors and warnings become alerts, and are told to the application if it has said where.

https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field

import aiohttp

from sandbox.carrier import webhooks
from sandbox.carrier.account_book import Alert
from sandbox.carrier.ledger import Entry
from sandbox.carrier.state import Carrier
from sandbox.carrier.values import new_sid

_MOST_ALERTS = 1000


@dataclass(slots=True)
class _Subject:
    """Whom the debugger's request is about: nobody that could be called."""

    sid: str = ""
    is_forgotten: bool = False
    last_callback: asyncio.Task[None] | None = None
    cookies: aiohttp.CookieJar = field(default_factory=aiohttp.CookieJar)


def heard_of(carrier: Carrier, entry: Entry) -> None:
    """Something was written into the ledger: errors and warnings with a code of the carrier's become alerts."""
    is_about_nobody = entry["kind"] == "warning" and not entry["call_sid"]  # as of the debugger's own address
    if entry["kind"] in ("error", "warning") and entry.get("code") and not is_about_nobody:
        level = str(entry["kind"])
        note(carrier, code=int(str(entry["code"])), level=level, text=str(entry.get("message", "")),
             resource_sid=str(entry["call_sid"]))  # fmt: skip


def note(carrier: Carrier, *, code: int, level: str, text: str, resource_sid: str) -> Alert:
    """A new alert, told to the debugger's webhook if there is one."""
    book = carrier.account
    alert = Alert(new_sid("NO"), code, level, text, resource_sid, carrier.clock.now_ms())
    book.alerts.append(alert)
    del book.alerts[:-_MOST_ALERTS]
    if book.debugger_url:
        carrier.spawn(_tell(carrier, alert))
    return alert


async def _tell(carrier: Carrier, alert: Alert) -> None:
    payload = {
        "resource_sid": alert.resource_sid,
        "service_sid": None,
        "error_code": str(alert.code),
        "more_info": {"Msg": alert.text, "ErrorCode": str(alert.code), "LogLevel": alert.level.upper()},
        "webhook": {"type": "application/json", "request": {"url": "", "method": "POST", "parameters": {}}},
    }
    params = (
        ("AccountSid", carrier.account_sid),
        ("Sid", alert.sid),
        ("ParentAccountSid", ""),
        ("Timestamp", f"{carrier.clock.date(alert.at_ms):%Y-%m-%dT%H:%M:%S.%f}Z"),
        ("Level", alert.level.upper()),
        ("PayloadType", "application/json"),
        ("Payload", json.dumps(payload)),
    )
    with contextlib.suppress(webhooks.WebhookFailed):  # which is no error for the debugger
        await webhooks.request(
            carrier,
            call=_Subject(),
            kind="debugger",
            url=carrier.account.debugger_url,
            method="POST",
            params=params,
        )
