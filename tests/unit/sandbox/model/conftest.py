import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sandbox.model.app import make_app
from tests.unit.sandbox.model.serving import KEY, AnnouncingClock
from tests.unit.sandbox.model.stepped_client import Client


@pytest.fixture
async def client():
    """A connected client with the telephone configuration."""
    client = Client()
    client.connect()
    client.configure(instructions="Be kind.")
    yield client
    client.session.stop()
    await asyncio.sleep(0)


@pytest.fixture
async def fresh_client():
    """A client that has to connect itself."""
    client = Client()
    yield client
    if hasattr(client, "session"):
        client.session.stop()
    await asyncio.sleep(0)


@pytest.fixture
async def server():
    """The model's server, and a client of its HTTP."""
    async with TestClient(TestServer(make_app(clock=AnnouncingClock(), api_key=KEY))) as client:
        yield client
