"""The model's account: the key, the models, the webhook of SIP calls, and how much of its limits is left."""

from collections.abc import Iterator

from calls.golive.findings import Change, Finding, Severity
from calls.golive.snapshot import Snapshot, Unread, read

INCOMING = "realtime.call.incoming"
_ABOUT = "OpenAI"
_LITTLE = 0.2


def key(snapshot: Snapshot) -> Iterator[Finding]:
    """The key is taken."""
    if not snapshot.ours.has_model_key:
        yield _no_key("openai.missing", "No OPENAI_API_KEY is set.", "Set OPENAI_API_KEY and start again.")
    elif isinstance(snapshot.models, Unread):
        if snapshot.models.is_refused:
            yield _no_key(
                "openai.key", "OpenAI does not take the key.", "Make a new key for this project and set OPENAI_API_KEY."
            )
        else:
            yield _no_key(
                "openai.unreachable",
                f"OpenAI could not be asked: {snapshot.models.why}.",
                "Look at status.openai.com, and whether this machine may reach the internet.",
            )


def _no_key(name: str, said: str, by_hand: str) -> Finding:
    return Finding(
        name,
        Severity.BLOCKER,
        _ABOUT,
        said,
        "Without it no assistant can be reached.",
        "They hear the opening words, then an apology, and the fallback.",
        by_hand=by_hand,
    )


def models(snapshot: Snapshot) -> Iterator[Finding]:
    """Every model that published prompts name may be used with this key."""
    if isinstance(snapshot.models, Unread) or not snapshot.ours.has_model_key:
        return
    for name in snapshot.ours.models:
        if name not in snapshot.models:
            yield Finding(
                f"openai.model:{name}",
                Severity.BLOCKER,
                _ABOUT,
                f"The model {name} is not among those this key may use.",
                "A published prompt, or the default of new ones, names it.",
                "Assistants with it cannot be reached: they hear an apology, and the fallback.",
                by_hand="Allow the model in the project's limits, or publish a prompt with another one.",
            )


def webhook(snapshot: Snapshot) -> Iterator[Finding]:
    """Where SIP calls are expected, we are told of them."""
    path = snapshot.ours.webhook_path
    if not path or isinstance(snapshot.webhooks, Unread):
        return
    url = snapshot.ours.public_url + path
    ours = [one for one in snapshot.webhooks if one.url == url]
    if not ours:
        yield Finding(
            "openai.webhook",
            Severity.BLOCKER,
            _ABOUT,
            f"OpenAI has no webhook to {url}.",
            "A SIP call waits for our answer to it, a few seconds and no longer.",
            "Calls by SIP ring and are never answered.",
            by_hand=f"Platform settings, Webhooks: create one to {url} with {INCOMING}, and set OPENAI_WEBHOOK_SECRET.",
        )
    elif not any(INCOMING in one.events for one in ours):
        one = ours[0]
        yield Finding(
            "openai.webhook.events",
            Severity.BLOCKER,
            _ABOUT,
            f"The webhook to {url} is not told of {INCOMING}.",
            "A SIP call waits for our answer to it, a few seconds and no longer.",
            "Calls by SIP ring and are never answered.",
            changes=(
                Change(
                    *("webhook", one.id, one.name, "event_types"),
                    before=",".join(one.events),
                    after=",".join((*one.events, INCOMING)),
                ),
            ),
        )


def limits(snapshot: Snapshot) -> Iterator[Finding]:
    """There is something left of the model's limits."""
    if read(snapshot.models, frozenset()) and snapshot.model_share_left < _LITTLE:
        yield Finding(
            "openai.limits",
            Severity.SERIOUS,
            _ABOUT,
            f"{snapshot.model_share_left:.0%} is left of the model's tightest limit.",
            "At zero the model answers nobody until the limit is full again.",
            "More callers than now would hear that all lines are busy.",
            by_hand="Ask OpenAI for a higher tier, or let fewer calls in at once.",
        )
