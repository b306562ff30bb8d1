"""Asking the application over HTTP, as the carrier does: signed, limited in time, retried and written down.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides and `…/webhooks-security`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

import aiohttp
from yarl import URL

from sandbox.carrier import overrides
from sandbox.carrier.signature import forge, sign
from sandbox.carrier.state import Carrier
from sandbox.carrier.values import Subject

_MOST_REDIRECTS = 10
_KEPT_OF_ANSWER = 4000
USER_AGENT = "TwilioProxy/1.1"

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer; `url` is where it finally came from, so relative addresses in it can be resolved."""

    status: int
    content_type: str
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


class WebhookFailed(Exception):
    """No usable answer: 11200 HTTP failure, 11205 no connection, 11210 unknown host, 11215 too many redirects."""

    def __init__(self, code: int, message: str, *, failure: str) -> None:
        super().__init__(message)
        self.code = code
        self.failure = failure  # ct, rt, 4xx, 5xx or other: what a retry policy looks at


async def request(
    carrier: Carrier, *, call: Subject, kind: str, url: str, method: str, params: Pairs, spoil_signature: bool = False
) -> Answer:
    """Send one request with its retries. Raises `WebhookFailed` when no attempt brought a 2xx answer."""
    address, _, fragment = url.partition("#")
    limits, refused = overrides.parse(fragment)
    for sentence in refused:
        carrier.ledger.add("warning", call_sid=call.sid, code=11200, message=f"URL override ignored: {sentence}")
    token = secrets.token_hex(16)
    deadline_ms = carrier.clock.now_ms() + limits.total_ms
    for attempt in range(limits.retries + 1):
        sending = _Sending(carrier, call, kind, token, attempt, limits, spoil_signature)
        try:
            return await sending.run(address, method, params, deadline_ms)
        except WebhookFailed as failed:
            late = carrier.clock.now_ms() >= deadline_ms
            if late or attempt == limits.retries or not limits.retries_on(failed.failure):
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


@dataclass(slots=True)
class _Sending:
    """One attempt, over all the redirects it is sent through."""

    carrier: Carrier
    call: Subject
    kind: str
    token: str
    attempt: int
    limits: overrides.Overrides
    spoil_signature: bool

    async def run(self, url: str, method: str, params: Pairs, deadline_ms: float) -> Answer:
        for _ in range(_MOST_REDIRECTS + 1):
            status, headers, body = await self._send_once(url, method, params, deadline_ms)
            if status in (301, 302, 303, 307, 308) and "Location" in headers:
                url = urljoin(url, headers["Location"])
                if status < 304:
                    method, params = "GET", ()
                continue
            if 200 <= status < 300:
                return Answer(status, headers.get("Content-Type", "").split(";")[0].strip().lower(), body, url)
            family = f"{status // 100}xx"
            raise WebhookFailed(11200, f"{url} answered {status}", failure=family)
        raise WebhookFailed(11215, f"more than {_MOST_REDIRECTS} redirects from {url}", failure="other")

    async def _send_once(
        self, url: str, method: str, params: Pairs, deadline_ms: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        clock, form = self.carrier.clock, params if method == "POST" else ()
        if method == "GET" and params:
            url += ("&" if "?" in url else "?") + urlencode(params)
        signature = sign(auth_token=self.carrier.auth_token, url=url, params=form)
        if self.spoil_signature:
            signature = forge(signature)
        entry = self.carrier.ledger.add(
            self.kind,
            call_sid=self.call.sid,
            method=method,
            url=url,
            params=list(params),
            signature=signature,
            idempotency_token=self.token,
            attempt=self.attempt,
            status=None,
        )
        began_ms = clock.now_ms()
        facts: dict[str, object] = {}
        try:
            limit_ms = max(1.0, min(self.limits.read_ms, deadline_ms - began_ms))
            with self.carrier.waiting():
                status, headers, body = await clock.within(limit_ms, self._exchange(url, method, form, signature))
            facts = {"status": status, "answer": body[:_KEPT_OF_ANSWER].decode("utf-8", errors="replace")}
            return status, headers, body
        except _FAILURES as reason:
            failed = _explain(url, reason)
            facts = {"error": failed.code, "message": str(failed)}
            raise failed from reason
        finally:
            self.carrier.ledger.amend(entry, **facts, ms=round(clock.now_ms() - began_ms, 3))

    async def _exchange(
        self, url: str, method: str, form: Pairs, signature: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        address = URL(url, encoded=True)
        headers = {
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": self.token,
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
        }
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
            body = urlencode(form).encode()
        cookies = {name: morsel.value for name, morsel in self.call.cookies.filter_cookies(address).items()}
        async with self.carrier.session().request(
            method,
            address,
            data=body,
            headers=headers,
            cookies=cookies,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.limits.connect_ms / 1000),
        ) as response:
            self.call.cookies.update_cookies(response.cookies, address)
            return response.status, response.headers, await response.read()


_FAILURES = (aiohttp.ClientError, TimeoutError, ValueError, OSError)


def _explain(url: str, reason: Exception) -> WebhookFailed:
    match reason:
        case aiohttp.ClientConnectorDNSError():
            return WebhookFailed(11210, f"{url}: unknown host", failure="ct")
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return WebhookFailed(11205, f"{url}: no connection", failure="ct")
        case TimeoutError():
            return WebhookFailed(11200, f"{url} did not answer in time", failure="rt")
        case _:
            return WebhookFailed(11200, f"{url}: {reason!r}", failure="other")


async def fetch_audio(carrier: Carrier, *, call: Subject, url: str) -> Answer:
    """Get the file of a `<Play>`: a signed GET without parameters."""
    return await request(carrier, call=call, kind="webhook", url=url, method="GET", params=())
