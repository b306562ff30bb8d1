"""A call to a number on a trunk: offered to the trunk's addresses, one after the other, until one takes it.

https://www.twilio.com/docs/sip-trunking#origination. It takes no time on the clock; what each attempt would have taken
is told. What the servers out there answer is said by whoever tests; where nothing is said, nobody answers, but for the
model's: its side decides for itself, and whoever it lets in is heard there. No document runs on such a call, and nobody
is told of it.
"""

import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from xml.sax.saxutils import escape

from sandbox.carrier import calls, model_line
from sandbox.carrier.lines import OriginationUrl, Trunk
from sandbox.carrier.state import Carrier, FetchDocument, InlineDocument, Number

_PATIENCE_MS = 4_000
_QUICK_MS = 80
_LAST_WORD = frozenset({400, 404, 405, 410, 416, 482, 484, 486})
_HOST = re.compile(r"^sip:(?:[^@]*@)?([^:;?]+)", re.IGNORECASE)


@dataclass(slots=True)
class Attempt:
    """One INVITE; `code` 0 is silence."""

    sip_url: str
    code: int
    ms: int


@dataclass(slots=True)
class Offered:
    """What came of a call. `outcome`: answered, refused (and nobody else was asked), disaster, or failed."""

    outcome: str
    attempts: list[Attempt] = field(default_factory=list)
    answered_by: str = ""
    call_sid: str = ""  # of the call that runs the document for disasters, or speaks with the model

    def as_json(self) -> dict[str, Any]:
        """For the control routes."""
        return asdict(self)


def offer(carrier: Carrier, number: Number, *, from_: str) -> Offered:
    """Somebody calls this number. Raises `calls.UnableToCall` when it is on no trunk."""
    trunk = carrier.lines.trunk_of(number.other.get("TrunkSid", ""))
    if trunk is None:
        raise calls.UnableToCall(f"{number.e164} is on no trunk")
    offered = _offer(carrier, trunk)
    if offered.outcome == "failed" and trunk.disaster_recovery_url:
        document = FetchDocument(trunk.disaster_recovery_url, trunk.disaster_recovery_method)
        call = calls.place_with(carrier, number, from_=from_, document=document)
        offered.outcome, offered.call_sid = "disaster", call.sid
    if offered.outcome == "answered" and _is_models(offered.answered_by):
        offered.call_sid = _to_model(carrier, number, offered.answered_by, from_=from_)
    facts = offered.as_json()
    sid = facts.pop("call_sid")
    carrier.ledger.add("origination", call_sid=sid, trunk_sid=trunk.sid, to=number.e164, **facts)
    return offered


def _offer(carrier: Carrier, trunk: Trunk) -> Offered:
    offered = Offered("failed")
    for url in _in_order(carrier, trunk):
        attempt = _invite(carrier, trunk, url)
        offered.attempts.append(attempt)
        if 200 <= attempt.code < 300:
            offered.outcome, offered.answered_by = "answered", url.sip_url
            return offered
        if attempt.code in _LAST_WORD or attempt.code >= 600:
            offered.outcome = "refused"
            return offered
    return offered


def _is_models(sip_url: str) -> bool:
    found = _HOST.match(sip_url)
    return found is not None and found[1].lower() in model_line.HOSTS


def _to_model(carrier: Carrier, number: Number, sip_url: str, *, from_: str) -> str:
    document = InlineDocument(f"<Response><Dial><Sip>{escape(sip_url)}</Sip></Dial></Response>")
    silent = replace(number, status_callback="", voice_fallback_url="")
    return calls.place_with(carrier, silent, from_=from_, document=document).sid


def _in_order(carrier: Carrier, trunk: Trunk) -> list[OriginationUrl]:
    """Lowest priority first; within one, drawn by weight."""
    waiting = [url for url in trunk.urls.values() if url.enabled]
    ordered = []
    while waiting:
        lowest = min(url.priority for url in waiting)
        same = [url for url in waiting if url.priority == lowest]
        drawn = carrier.dice.choices(same, weights=[url.weight for url in same])[0]
        ordered.append(drawn)
        waiting.remove(drawn)
    return ordered


def _invite(carrier: Carrier, trunk: Trunk, url: OriginationUrl) -> Attempt:
    if trunk.secure and ";transport=tls" not in url.sip_url.lower():
        message = f"secure trunk: {url.sip_url} is not asked over TLS"
        carrier.ledger.add("error", code=32209, message=message)
        return Attempt(url.sip_url, 503, 0)
    found = _HOST.match(url.sip_url)
    own = 200 if _is_models(url.sip_url) and carrier.model_side is not None else 0
    code = carrier.lines.answers.get(found[1].lower(), own) if found else 0
    return Attempt(url.sip_url, code, _QUICK_MS if code else _PATIENCE_MS)
