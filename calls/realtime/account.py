"""The model's account: which models the key may use, and which webhooks there are. Synchronous, bounded in time.

Source: https://developers.openai.com/api/docs/api-reference/models, /api/docs/guides/webhooks.
"""

from typing import TYPE_CHECKING

from calls.golive.snapshot import Unread, WebhookThere
from calls.realtime import sdk

if TYPE_CHECKING:
    from openai import OpenAIError

_REFUSED = (401, 403)


class UnableToChange(Exception):
    """The vendor did not take the change; `str()` is a short code without secrets.

    `may_be_done`: it may have done it all the same, its answer was lost.
    """

    def __init__(self, error: "OpenAIError") -> None:
        super().__init__(_unread(error).why)
        self.may_be_done = not (isinstance(error, sdk.load().APIStatusError) and 400 <= error.status_code < 500)


def models() -> frozenset[str] | Unread:
    """The models the key may use."""
    try:
        return frozenset(model.id for model in sdk.client().models.list())
    except sdk.load().OpenAIError as error:
        return _unread(error)


def webhooks() -> tuple[WebhookThere, ...] | Unread:
    """The addresses that are told of events."""
    try:
        return tuple(
            WebhookThere(one.id, one.name, one.url, tuple(one.event_types))
            for one in sdk.client().webhooks.list(limit=100)
        )
    except sdk.load().OpenAIError as error:
        return _unread(error)


def read_events(webhook_id: str) -> str:
    """What a webhook is told of, separated by commas. Raises UnableToChange."""
    try:
        return ",".join(sdk.client().webhooks.retrieve(webhook_id).event_types)
    except sdk.load().OpenAIError as error:
        raise UnableToChange(error) from error


def write_events(webhook_id: str, events: str) -> None:
    """Have a webhook be told of these, and of nothing else. Raises UnableToChange."""
    try:
        sdk.client().webhooks.with_raw_response.update(
            webhook_id,
            event_types=[event for event in events.split(",") if event],  # type: ignore[misc]  # theirs, given back
        )
    except sdk.load().OpenAIError as error:
        raise UnableToChange(error) from error


def _unread(error: "OpenAIError") -> Unread:
    if isinstance(error, sdk.load().APIStatusError):
        return Unread(f"OpenAI answered {error.status_code}", is_refused=error.status_code in _REFUSED)
    return Unread(f"OpenAI was not reached: {type(error).__name__}")
