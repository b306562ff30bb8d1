"""A call under way goes on with another version of its assistant's prompt."""

from datetime import datetime

from asgiref.sync import async_to_sync
from django.db import transaction

from agents.models import PromptVersion
from calls.control import bridges
from calls.lifecycle import Phase
from calls.models import Call
from compliance import audit


class UnableToSwap(Exception):
    """The call keeps its version; `str()` says why, for a person."""


def swap(*, call: Call, version: PromptVersion, by: str, now: datetime) -> None:
    """Let a call go on with this version, from its next answer on. Raises UnableToSwap."""
    if version.is_draft:
        raise UnableToSwap("A draft is heard in test calls only: publish it, or try it on a share of the callers.")
    if call.prompt_version is None or call.prompt_version.assistant_id != version.assistant_id:
        raise UnableToSwap("This call is with another assistant.")
    if call.phase not in (Phase.RINGING, Phase.WITH_ASSISTANT):
        raise UnableToSwap("The caller is not with the assistant now.")
    place = bridges.holding(call)
    if place is None:
        raise UnableToSwap("The assistant cannot be reached at this moment. Try again in a few seconds.")
    with transaction.atomic():
        if not call.swap_prompt(version, by=by, now=now):
            raise UnableToSwap("The call has this version already, or is over.")
        audit.note(act="swap_prompt", subject=f"call:{call.pk}", by=by, now=now, number=version.number)
    async_to_sync(bridges.swap_prompt)(place, call_id=call.pk)
