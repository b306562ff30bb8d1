"""The vendor's library, loaded where it is first needed: it takes half a second, and most processes never need it."""

from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from openai import OpenAI

LIBRARY = "openai"
TIMEOUT_S = 5.0


@cache
def load() -> ModuleType:
    """The library itself, for its errors."""
    import openai

    return openai


def client() -> "OpenAI":
    """The client of the settings, kept with its connections. It asks once: whoever wants more asks again."""
    return _client(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.OPENAI_PROJECT_ID)


@cache
def _client(base_url: str, api_key: str, project: str) -> "OpenAI":
    from openai import OpenAI

    return OpenAI(
        api_key=api_key or "none", base_url=base_url, project=project or None, max_retries=0, timeout=TIMEOUT_S
    )
