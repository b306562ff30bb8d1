"""What a tool of an MCP server has answered, in words for the model: text and structured content, and nothing else.

Source: https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-result.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.foreign_shapes import visible
from calls.tools.answer import UNTELLABLE, quoted

_LONGEST = 15_000  # characters that are looked at
_KINDS = {"image": "a picture", "audio": "a sound", "resource": "a document", "resource_link": "a link"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an answer; `trouble` is for people, and empty when there is none."""

    words: str
    is_error: bool = False
    trouble: str = ""


def told(result: Mapping[str, Any]) -> Told:
    """The result of `tools/call`, told."""
    if result.get("resultType", "complete") != "complete":
        return _useless("It wants more to be asked, which is not done here.")
    content = result.get("content")
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    structured = result.get("structuredContent")
    texts = [str(block.get("text", "")) for block in blocks if block.get("type") == "text"]
    if isinstance(structured, dict):  # servers repeat it as text, for those who read nothing else
        texts = [text for text in texts if _parsed(text) != structured]
        texts.append(json.dumps(structured, ensure_ascii=False, separators=(", ", ": ")))
    said = visible(" ".join(filter(None, texts)), _LONGEST)
    left_out = {_KINDS.get(str(block.get("type")), "something else") for block in blocks if block.get("type") != "text"}
    rest = f" (Left out, because it cannot be told: {', '.join(sorted(left_out))}.)" if left_out else ""
    if result.get("isError") is True:
        why = quoted(said or "it does not say why.", by="The tool says that it failed")
        return Told(why + rest, True, "The tool says that it failed.")
    if not said:
        if left_out:
            return _useless(f"The server answered with nothing but {', '.join(sorted(left_out))}.")
        return Told("It is done. The server had nothing to say.")
    return Told(quoted(said) + rest)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _useless(trouble: str) -> Told:
    return Told(UNTELLABLE, True, trouble)
