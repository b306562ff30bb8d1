"""The Responses API's JSON, to and from the text conversation's vocabulary; nothing is kept at the model between two.

Total in both directions, like `wire`: an event that is not known, or not as documented, is none.

Source: https://developers.openai.com/api/docs/guides/streaming-responses (the events, switched on `type`) and
https://developers.openai.com/api/docs/guides/function-calling (items of `input`, the shape of tools).
"""

from dataclasses import dataclass
from typing import Any

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice import relay_messages as r

# What somebody can listen to in one go; an answer that is longer is ended there.
LONGEST_ANSWER_TOKENS = 1_000
# Errors of the model that will not pass by themselves.
_FOR_GOOD = frozenset({"invalid_prompt", "insufficient_quota", "model_not_found", "invalid_api_key"})


@dataclass(frozen=True, slots=True)
class TextModel:
    """Who answers, and with what it is told each time."""

    model: str
    instructions: str
    tools: tuple[dict[str, Any], ...] = ()
    longest_tokens: int = LONGEST_ANSWER_TOKENS


def request(settings: TextModel, ask: r.Ask) -> dict[str, Any]:
    """The parameters of `POST /responses` for one question. `instructions` of one answer come last, as from above."""
    items = [_item(item) for item in ask.items]
    if ask.instructions:
        items.append({"role": "system", "content": ask.instructions})
    asked: dict[str, Any] = {
        "model": settings.model,
        "instructions": settings.instructions,
        "input": items or [{"role": "system", "content": "The line is open. Greet the caller."}],
        "store": False,
        "max_output_tokens": settings.longest_tokens,
    }
    if settings.tools:
        asked["tools"] = [_tool(tool) for tool in settings.tools]
    return asked


def _item(item: r.HistoryItem) -> dict[str, Any]:
    if isinstance(item, e.AddMessage):
        return {"role": item.role, "content": item.text}
    if isinstance(item, e.AddToolCall):
        return {"type": "function_call", "call_id": item.call_id, "name": item.name, "arguments": item.arguments}
    return {"type": "function_call_output", "call_id": item.call_id, "output": item.output}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    # Not strict: that would demand every property, and ours may be left out.
    shape = {name: tool[name] for name in ("name", "description", "parameters")}
    return {"type": "function", **shape, "strict": False}


def decode(event: Any, *, answer_id: str) -> r.AnswerMessage | None:
    """One event of an answer's stream; None for what the conversation does not need, or is not as documented."""
    kind = event.get("type") if isinstance(event, dict) else None
    try:
        match kind:
            case "response.output_text.delta" | "response.refusal.delta":
                return r.Piece(answer_id, _text(event["delta"]))
            case "response.output_item.done":
                return _output(event["item"], answer_id)
            case "response.completed" | "response.incomplete":
                return _ended(event["response"], answer_id)
            case "response.failed":
                return _failed(event["response"].get("error"), answer_id)
            case "error":
                return _failed(event, answer_id)
    except (KeyError, TypeError, AttributeError):
        return None
    return None


def _output(item: dict[str, Any], answer_id: str) -> m.ToolCalled | None:
    if item.get("type") != "function_call":
        return None
    return m.ToolCalled(answer_id, _text(item["call_id"])[:64], _text(item["name"])[:64], _text(item["arguments"]))


def _ended(response: dict[str, Any], answer_id: str) -> r.AnswerEnded:
    details = response.get("incomplete_details") or {}
    reason = details.get("reason") or "" if response.get("status") == "incomplete" else ""
    return r.AnswerEnded(answer_id, _text(response["id"])[:80], _usage(response.get("usage")), str(reason)[:60])


def _failed(error: Any, answer_id: str) -> r.AnswerFailed:
    code = str(error.get("code") or "unknown")[:60] if isinstance(error, dict) else "unknown"
    return r.AnswerFailed(answer_id, code, is_permanent=code in _FOR_GOOD)


def _usage(usage: Any) -> dict[str, Any]:
    """Tokens, in the words the Realtime API has for them: one shape for the books."""
    if not isinstance(usage, dict):
        return {}
    details = usage.get("input_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return {
        "input_token_details": {
            "text_tokens": usage.get("input_tokens"),
            "cached_tokens_details": {"text_tokens": cached},
        },
        "output_token_details": {"text_tokens": usage.get("output_tokens")},
    }


def _text(value: Any) -> str:
    """Text as the database and UTF-8 can hold it."""
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
