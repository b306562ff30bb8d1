"""What texts mean, asked over the wire of the stand-in: in order, of length one, and a reason when nothing comes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from aiohttp.test_utils import TestServer

from calls.realtime import embeddings
from sandbox.clock import Clock
from sandbox.model.app import make_app
from tests.unit.sandbox.model.serving import KEY


@pytest.fixture
async def model(settings: Any) -> AsyncIterator[None]:
    async with TestServer(make_app(clock=Clock(), api_key=KEY)) as server:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = str(server.make_url("/v1")), KEY
        yield


async def ask(*texts: str) -> list[Any]:
    found = await asyncio.to_thread(embeddings.vectors, texts, timeout_s=5.0)
    return [np.frombuffer(one, dtype=np.float32) for one in found]


async def test_likeness_is_a_product_of_vectors(model: None) -> None:
    tents, price, boots = await ask("What a tent costs.", "tent price", "Boots are repaired.")
    assert tents.shape == (embeddings.DIMENSIONS,)
    assert float(tents @ tents) == pytest.approx(1.0, abs=1e-5)
    assert float(tents @ price) > 0.5 > float(tents @ boots)


@pytest.mark.parametrize("changes", [{"OPENAI_API_KEY": "sk-wrong"}, {"OPENAI_EMBEDDING_MODEL": "gpt-5"}])
async def test_a_refusal_is_a_reason(model: None, settings: Any, changes: dict[str, str]) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(embeddings.UnableToEmbed):
        await ask("x")


async def test_nobody_there_is_a_reason(settings: Any) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    with pytest.raises(embeddings.UnableToEmbed):
        await ask("x")
