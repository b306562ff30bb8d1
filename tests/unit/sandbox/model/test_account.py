"""The model's account: what the key may use, and who is told of what."""

from collections.abc import AsyncIterator

import openai
import pytest
from aiohttp import web

from sandbox.clock import Clock
from sandbox.model import app as model_app

KEY = "sk-test"
HOOK = {"name": "Calls", "url": "https://calls.example.com/openai/webhook/", "events": ["batch.completed"]}


@pytest.fixture
async def base() -> AsyncIterator[str]:
    runner = web.AppRunner(model_app.make_app(clock=Clock(stepped=True), api_key=KEY), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def client_of(base: str, key: str = KEY) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key=key, base_url=f"{base}/v1", max_retries=0, webhook_secret="")


async def set_(client: openai.AsyncOpenAI, base: str, **changed: object) -> None:
    await client.post(f"{base}/_sandbox/account", body=changed, cast_to=object)


async def test_models_are_listed_for_the_key_and_nobody_else(base: str) -> None:
    async with client_of(base) as client:
        assert "gpt-realtime-2.1" in {model.id async for model in client.models.list()}
        await set_(client, base, models=["gpt-4o"])
        assert {model.id async for model in client.models.list()} == {"gpt-4o"}
    async with client_of(base, "sk-other") as stranger:
        with pytest.raises(openai.AuthenticationError):
            await stranger.models.list()


async def test_webhooks_are_listed_and_told_of_more(base: str) -> None:
    async with client_of(base) as client:
        await set_(client, base, webhooks=[HOOK])
        (hook,) = [one async for one in client.webhooks.list()]
        assert (hook.url, hook.event_types) == (HOOK["url"], ["batch.completed"])
        await client.webhooks.update(hook.id, event_types=["batch.completed", "realtime.call.incoming"])
        assert (await client.webhooks.retrieve(hook.id)).event_types == ["batch.completed", "realtime.call.incoming"]
        with pytest.raises(openai.BadRequestError):
            await client.webhooks.update(hook.id, event_types=["no.such.event"])
        with pytest.raises(openai.NotFoundError):
            await client.webhooks.retrieve("we_none")
