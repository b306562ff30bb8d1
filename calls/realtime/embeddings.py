"""What texts mean, as vectors: asked of the model's account, bounded in time. One kind of vector at a time.

Without the vendor's SDK: tools load this, and loading that takes a second in which a caller would wait.

Source: https://developers.openai.com/api/docs/guides/embeddings.
"""

from collections.abc import Sequence

import numpy as np
import requests
from django.conf import settings

# Enough to tell pieces of a few documents apart, and small enough to compare thousands while a caller waits.
DIMENSIONS = 256


class UnableToEmbed(Exception):
    """No vectors came; `str()` is a short reason without secrets."""


def is_possible() -> bool:
    """True when there is a key, and a model for it."""
    return bool(settings.OPENAI_API_KEY) and settings.OPENAI_EMBEDDING_MODEL != "none"


def vectors(texts: Sequence[str], *, timeout_s: float) -> list[bytes]:
    """A vector of length one for each text, as float32. Raises UnableToEmbed."""
    headers = {"Authorization": f"Bearer {settings.OPENAI_API_KEY}"}
    if settings.OPENAI_PROJECT_ID:
        headers["OpenAI-Project"] = settings.OPENAI_PROJECT_ID
    wanted = {"model": settings.OPENAI_EMBEDDING_MODEL, "dimensions": DIMENSIONS, "encoding_format": "float"}
    try:
        answer = requests.post(
            f"{settings.OPENAI_BASE_URL}/embeddings",
            json=wanted | {"input": list(texts)},
            headers=headers,
            timeout=timeout_s,
            allow_redirects=False,
        )
        if answer.status_code != 200:
            raise UnableToEmbed(f"HTTP {answer.status_code}")
        rows = sorted(answer.json()["data"], key=lambda row: row["index"])
        found = [_unit(row["embedding"]) for row in rows]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise UnableToEmbed(type(error).__name__) from error
    if len(found) != len(texts) or any(len(one) != DIMENSIONS * 4 for one in found):
        raise UnableToEmbed("vectors of another number or length")
    return found


def _unit(values: Sequence[float]) -> bytes:
    vector = np.asarray(values, dtype=np.float32)
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).tobytes()
