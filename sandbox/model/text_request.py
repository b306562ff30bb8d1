"""The body of `POST /v1/responses`: what may be in it, and what the script makes of it.

Fields, values and bounds are those of the API's reference (openai/types/responses/response_create_params.py in the
SDK); https://developers.openai.com/api/docs/guides/function-calling for the items of tools. Whoever asks for what this
stand-in does not do (background work, stored conversations, files) is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.model import summary
from sandbox.model.refusal import Refused
from sandbox.model.script import Prompt
from sandbox.model.shape import (
    Check,
    anything,
    array,
    boolean,
    by_kind,
    choice,
    integer,
    mapping,
    nullable,
    number,
    record,
    string,
    tagged,
)

MODELS = (
    *("gpt-5.5", "gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5.2", "gpt-5.1", "gpt-5.1-mini"),
    *("gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"),
)
_FEWEST_TOKENS = 16
_EFFORTS = ("none", "minimal", "low", "medium", "high")
_NAME = r"[a-zA-Z0-9_-]{1,64}"
_TEXT_PART: Check = tagged(
    {kind: record({"type": anything, "text": string()}) for kind in ("input_text", "output_text")}
)
_STATUS: Check = choice("in_progress", "completed", "incomplete")
_ITEM: Check = tagged(
    {
        "message": record(
            {
                "type": anything,
                "role": choice("user", "assistant", "system", "developer"),
                "content": by_kind(text=string(), array=array(_TEXT_PART)),
            },
            {"id": string(), "status": _STATUS},
        ),
        "function_call": record(
            {
                "type": anything,
                "call_id": string(max_length=64),
                "name": string(pattern=_NAME),
                "arguments": string(),
            },
            {"id": string(), "status": _STATUS},
        ),
        "function_call_output": record(
            {"type": anything, "call_id": string(max_length=64), "output": string()},
            {"id": string(), "status": _STATUS},
        ),
    }
)
_TOOL: Check = tagged(
    {
        "function": record(
            {"type": anything, "name": string(pattern=_NAME), "parameters": nullable(mapping(anything))},
            {"description": nullable(string()), "strict": nullable(boolean)},
        )
    }
)
_REQUEST: Check = record(
    {"model": string(), "input": by_kind(text=string(), array=array(anything))},
    {
        "instructions": nullable(string()),
        "tools": array(_TOOL, max_length=128),
        "tool_choice": choice("none", "auto", "required"),
        "parallel_tool_calls": boolean,
        "store": nullable(boolean),
        "stream": nullable(boolean),
        "max_output_tokens": nullable(integer(low=_FEWEST_TOKENS)),
        "temperature": nullable(number(low=0.0, high=2.0)),
        "top_p": nullable(number(low=0.0, high=1.0)),
        "metadata": nullable(mapping(string(max_length=512), max_pairs=16, max_key_length=64)),
        "safety_identifier": string(max_length=64),
        "prompt_cache_key": string(),
        "truncation": nullable(choice("auto", "disabled")),
        "service_tier": nullable(choice("auto", "default", "flex", "priority")),
        "reasoning": nullable(
            record(optional={"effort": nullable(choice("none", "minimal", "low", "medium", "high"))})
        ),
    },
)


def check(body: Any) -> list[dict[str, Any]]:
    """The items of a request's input. Raises `Refused` as the API would."""
    _REQUEST(body, "")
    given = body["input"]
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    items = [_with_type(item) for item in given]
    for place, item in enumerate(items):
        _ITEM(item, f"input[{place}]")
    _check_calls(items)
    return items


def _with_type(item: Any) -> Any:
    """A message need not say that it is one."""
    return {"type": "message", **item} if isinstance(item, dict) and "type" not in item and "role" in item else item


def _check_calls(items: Sequence[Mapping[str, Any]]) -> None:
    called = [item["call_id"] for item in items if item["type"] == "function_call"]
    answered = [item["call_id"] for item in items if item["type"] == "function_call_output"]
    for call_id in answered:
        if call_id not in called:
            raise Refused("", f"No tool call found for function call output with call_id {call_id}.", param="input")
    for call_id in called:
        if call_id not in answered:
            raise Refused("", f"No tool output found for function call {call_id}.", param="input")


def words(item: Mapping[str, Any]) -> str:
    """What an item says."""
    content = item.get("content", "")
    said = content if isinstance(content, str) else " ".join(part["text"] for part in content)
    return said or item.get("output", "") or item.get("arguments", "")


def prompt(body: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> Prompt:
    """What the script is asked. A system message that comes last is an order for this one answer."""
    places = [place for place, item in enumerate(items) if item.get("role") == "assistant"]
    asked = [item for item in reversed(items[places[-1] + 1 :] if places else items) if _asks(item)]
    newest = items[-1] if items else {}
    after_tool = None
    if newest.get("type") == "function_call_output":
        names = {item["call_id"]: item["name"] for item in items if item["type"] == "function_call"}
        after_tool = names[newest["call_id"]]
    is_order = newest.get("role") in ("system", "developer")
    return Prompt(
        heard=[] if after_tool else [words(item) for item in asked],
        remembered=[words(item) for item in reversed(items) if item.get("role") != "assistant"],
        must_answer=not after_tool and any(item.get("role") == "user" for item in asked),
        after_tool=after_tool,
        output=newest.get("output", ""),
        instructions=words(newest) if is_order else None,
        is_opening=not any(item.get("role") in ("user", "assistant") for item in items),
        tools=[] if body.get("tool_choice") == "none" else body.get("tools", []),
    )


def _asks(item: Mapping[str, Any]) -> bool:
    if item.get("role") in ("system", "developer") and summary.is_background(words(item)):
        return False
    return item.get("role") in ("user", "system", "developer") and bool(words(item))
