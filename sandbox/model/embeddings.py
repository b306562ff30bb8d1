"""POST /v1/embeddings: texts as vectors. Words stand for themselves, and a few of them for each other."""

import hashlib
import json
import math
import re
from typing import Any

from aiohttp import web

from sandbox.model.socket import error_response, refuse_key
from sandbox.model.state import STATE

_MOST_TEXTS = 2048
_DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
# Words that mean the same, so that likeness is more than sameness.
_ALIKE = {
    "price": "cost",
    "costs": "cost",
    "expensive": "cost",
    "refund": "return",
    "money": "return",
    "back": "return",
}

routes = web.RouteTableDef()


def vector(text: str, dimensions: int) -> list[float]:
    """A vector of length one."""
    values = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()):
        digest = hashlib.sha256(_ALIKE.get(word, word.removesuffix("s")).encode()).digest()
        values[int.from_bytes(digest[:4], "big") % dimensions] += 1.0
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / length for value in values]


@routes.post("/v1/embeddings")
async def embeddings(request: web.Request) -> web.Response:
    """The vectors of one text or several."""
    state = request.app[STATE]
    if (refusal := refuse_key(request, state)) is not None:
        return refusal
    try:
        body: dict[str, Any] = json.loads(await request.text())
    except json.JSONDecodeError:
        return error_response(400, "We could not parse the JSON body of your request.", code=None)
    model, given = body.get("model"), body.get("input")
    if model not in _DIMENSIONS:
        return error_response(404, f"The model `{model}` does not exist.", code="model_not_found", param="model")
    listed = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    texts = [one for one in listed if isinstance(one, str) and one]
    if (
        len(texts) != len(listed)
        or not 0 < len(texts) <= _MOST_TEXTS
        or body.get("encoding_format", "float") != "float"
    ):
        return error_response(400, "'$.input' is invalid.", code=None, param="input")
    dimensions = body.get("dimensions", _DIMENSIONS[model])
    data = [
        {"object": "embedding", "index": index, "embedding": vector(text, dimensions)}
        for index, text in enumerate(texts)
    ]
    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return web.json_response({"object": "list", "data": data, "model": model, "usage": usage})
