"""Calls that have come to the model by SIP: let in, turned away, ended.

Each is asked once: what was asked may have been done although no answer came, and nobody may be let in twice.

Source: https://developers.openai.com/api/docs/guides/realtime-sip.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from calls.realtime import sdk, session_config
from calls.realtime.session_config import SessionSettings


class SipRefused(Exception):
    """The model's side did not do it; `str()` is a short code without secrets.

    `is_gone`: there is no such call any more. `is_unknown`: no answer came, so it may have been done.
    """

    def __init__(self, why: str, *, is_gone: bool = False, is_unknown: bool = False) -> None:
        super().__init__(why)
        self.is_gone = is_gone
        self.is_unknown = is_unknown


def accept(call_id: str, session: SessionSettings) -> None:
    """Let a call in; the model's session begins with this. Raises SipRefused."""
    whole = session_config.accepted(session)
    with calls() as verbs:
        # As a body of its own: the vendor's types lag behind what a session may hold.
        verbs.accept(call_id, type="realtime", extra_body=whole)


def reject(call_id: str, *, status: int) -> None:
    """Turn a call away with this SIP status. Raises SipRefused."""
    with calls() as verbs:
        verbs.reject(call_id, status_code=status)


def hang_up(call_id: str) -> None:
    """End a call; one that is over already is no news. Raises SipRefused."""
    try:
        with calls() as verbs:
            verbs.hangup(call_id)
    except SipRefused as refused:
        if not refused.is_gone:
            raise


@contextmanager
def calls() -> Iterator[Any]:
    """The vendor's verbs for calls, as the settings have it; its errors in our words. Raises SipRefused."""
    openai = sdk.load()
    try:
        yield sdk.client().realtime.calls
    except openai.APITimeoutError as error:
        raise SipRefused("timed out", is_unknown=True) from error
    except openai.APIConnectionError as error:
        raise SipRefused("not reached", is_unknown=True) from error
    except openai.APIStatusError as error:
        code, status = str(getattr(error, "code", "") or "")[:60], error.status_code
        why = f"{status} {code}".strip()
        raise SipRefused(why, is_gone=status == 404, is_unknown=status >= 500) from error
    except openai.APIError as error:
        raise SipRefused(type(error).__name__, is_unknown=True) from error
