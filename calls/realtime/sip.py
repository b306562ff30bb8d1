"""Calls that have come to the model by SIP: let in, turned away, ended.

Each is asked once, or once more where the connection itself failed: what was asked may have been done although no
answer came, and nobody may be let in twice.

Source: https://developers.openai.com/api/docs/guides/realtime-sip.
"""

from functools import cache
from typing import Any

from django.conf import settings
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAI

from calls.realtime import session_config
from calls.realtime.session_config import SessionSettings

TIMEOUT_S = 5.0


class SipRefused(Exception):
    """The model's side did not do it; `str()` is a short code without secrets.

    `is_gone`: there is no such call any more. `is_unknown`: no answer came, so it may have been done.
    """

    def __init__(self, why: str, *, is_gone: bool = False, is_unknown: bool = False) -> None:
        super().__init__(why)
        self.is_gone = is_gone
        self.is_unknown = is_unknown


@cache
def get_client(base_url: str, api_key: str, project: str) -> OpenAI:
    """The vendor's client for calls; kept, with its connections."""
    return OpenAI(
        api_key=api_key or "none", base_url=base_url, project=project or None, max_retries=0, timeout=TIMEOUT_S
    )


def calls() -> Any:
    """The vendor's verbs for calls, as the settings have it."""
    client = get_client(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.OPENAI_PROJECT_ID)
    return client.realtime.calls


def accept(call_id: str, session: SessionSettings) -> None:
    """Let a call in; the model's session begins with this. Raises SipRefused."""
    whole = session_config.accepted(session)
    try:
        # As a body of its own: the vendor's types lag behind what a session may hold.
        calls().accept(call_id, type="realtime", extra_body=whole)
    except APIError as error:
        raise translated(error) from error


def reject(call_id: str, *, status: int) -> None:
    """Turn a call away with this SIP status. Raises SipRefused."""
    try:
        calls().reject(call_id, status_code=status)
    except APIError as error:
        raise translated(error) from error


def hang_up(call_id: str) -> None:
    """End a call; one that is over already is no news. Raises SipRefused."""
    try:
        calls().hangup(call_id)
    except APIError as error:
        refused = translated(error)
        if not refused.is_gone:
            raise refused from error


def translated(error: APIError) -> SipRefused:
    """The vendor's error in our words."""
    if isinstance(error, APITimeoutError):
        return SipRefused("timed out", is_unknown=True)
    if isinstance(error, APIConnectionError):
        return SipRefused("not reached", is_unknown=True)
    if isinstance(error, APIStatusError):
        code = str(getattr(error, "code", "") or "")[:60]
        is_gone = error.status_code == 404
        return SipRefused(f"{error.status_code} {code}".strip(), is_gone=is_gone, is_unknown=error.status_code >= 500)
    return SipRefused(type(error).__name__, is_unknown=True)
