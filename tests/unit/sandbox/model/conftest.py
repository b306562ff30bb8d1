import asyncio

import pytest

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
