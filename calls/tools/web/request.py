"""What is sent to a tool's server: built from what an admin has defined, what the model said, and whose call it is."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from agents import json_shapes, web_addresses
from agents.models import HttpTool
from agents.models.http_tool import IN_PATH
from compliance.encrypted import Unreadable

SECRET_MARK = "whsec_"
LARGEST_ANSWER = 64 * 1024  # bytes


class UnableToAsk(Exception):
    """It cannot be sent like this; `str()` says why, for the model. `trouble` is for people."""

    def __init__(self, words: str, trouble: str = "") -> None:
        super().__init__(words)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as each try sends it.

    An answer may have `largest` bytes. `is_enough` is given the parts of one that is a stream of events, as they come,
    and says when the rest need not be waited for.
    """

    target: web_addresses.Target
    method: str
    headers: Mapping[str, str]
    body: bytes
    largest: int = LARGEST_ANSWER
    is_enough: Callable[[bytes], bool] | None = None


def build(*, tool: HttpTool, said: Mapping[str, str], call: str, caller: str, key: str, now: datetime) -> Request:
    """The request for these arguments of the model's. Raises UnableToAsk when they do not fit, or the address does not.

    Who calls is told by us: nothing the model says changes it.
    """
    arguments = json_shapes.typed(said, tool.parameters)
    if problem := json_shapes.problem_with(arguments, {**tool.parameters, "additionalProperties": False}):
        raise UnableToAsk(f"The arguments do not fit: {problem} Nothing was done.")
    in_path = IN_PATH.findall(tool.url)
    rest = {name: value for name, value in arguments.items() if name not in in_path}
    url = IN_PATH.sub(lambda found: _in_path(arguments[found.group(1)]), tool.url)
    body = b""
    if tool.method == HttpTool.Method.GET:
        asked = urlencode({name: _plain(value) for name, value in rest.items()}, doseq=True)
        url += ("&" if "?" in url else "?") + asked if asked else ""
    else:
        body = json.dumps(rest, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    try:
        target = web_addresses.target(url, allowed=settings.TOOL_ALLOWED_HOSTS)
    except web_addresses.Refused as refused:
        raise UnableToAsk("This tool is not set up rightly. Nothing was done.", str(refused)) from None
    headers = {"Accept": "application/json", "User-Agent": "contactcenter", "Idempotency-Key": key, "X-Call": call}
    if body:
        headers["Content-Type"] = "application/json"
    if tool.sends_caller and caller:
        headers["X-Caller"] = caller
    secrets = tool.secret_headers()
    if any(isinstance(value, Unreadable) for value in (*secrets.values(), tool.signing_secret)):
        raise UnableToAsk("This tool is not set up rightly. Nothing was done.", "A secret cannot be decrypted.")
    mac = signed(str(tool.signing_secret), target, body, key=key, now=now)
    return Request(target, tool.method, {**secrets, **headers, **mac}, body)


def _in_path(value: Any) -> str:
    """One step of the path, and never two or a step back."""
    text = str(_plain(value))
    if text.strip(".") == "" or len(text) > 200:
        raise UnableToAsk("The arguments do not fit: one of them is empty or too long. Nothing was done.")
    return quote(text, safe="")


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return [_plain(one) for one in value] if isinstance(value, list) else value


def signed(secret: str, target: web_addresses.Target, body: bytes, *, key: str, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks; none without a secret. What has no body is signed with its path instead."""
    if not secret:
        return {}
    at = str(int(now.timestamp()))
    content = b".".join((key.encode(), at.encode(), body or target.path.encode()))
    shared = base64.b64decode(secret.removeprefix(SECRET_MARK))
    mac = base64.b64encode(hmac.digest(shared, content, "sha256")).decode()
    return {"Webhook-Id": key, "Webhook-Timestamp": at, "Webhook-Signature": f"v1,{mac}"}


def key_of(*, call: int, tool: str, said: Mapping[str, str]) -> str:
    """The same for the same wish in the same call, however often it is asked for."""
    wish = json.dumps([call, tool, said], sort_keys=True).encode()
    return f"msg_{hmac.digest(settings.LOOKUP_KEY.encode(), wish, 'sha256').hex()[:32]}"
