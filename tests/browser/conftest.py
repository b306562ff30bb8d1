"""A server with a database of its own, and a real browser that looks at it. A page that complains fails its test.

The server is a process of its own, as in production: what a test writes reaches the screen over Valkey and a socket.
"""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from calls.models import Supervision
from tests import chromium
from tests.complaints import Complaints
from tests.integration import conftest as integration
from tests.journeys.house import PATIENT, House

ROOT = Path(__file__).resolve().parents[2]
django_db_modify_db_settings, django_db_setup = integration.django_db_modify_db_settings, integration.django_db_setup
START_PATIENCE_S = 90  # beside three other rings that all begin
WIDE = {"width": 1440, "height": 900}


class Server:
    """The web process under test; it can be stopped and started again on the same port."""

    def __init__(self, env: dict[str, str], port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._env = env
        self._command = [sys.executable, "-m", "uvicorn", "contactcenter.asgi:application", "--port", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and come back when the port answers."""
        self._process = subprocess.Popen([*self._command, "--log-level", "warning"], env=self._env, cwd=ROOT)
        for _ in range(START_PATIENCE_S * 10):
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", urlsplit(self.url).port or 0)) == 0:
                    return
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        raise RuntimeError("the server under test did not start")

    def stop(self) -> None:
        """Stop at once, as if the machine had gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[Server]:
    """The web process, looking at the tests' database, recordings and Valkey."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.server_settings",
        "BROWSER_TESTS_DATABASE": connection.settings_dict["NAME"],
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "RECORDINGS_URL": f"file://{storages['recordings'].location}",
        "UPLOADS_URL": f"file://{storages['default'].location}",
        "EVIDENCE_URL": f"file://{storages['evidence'].location}",
        "BANNER": "Simulated phone network",
        "PAY_CONNECTOR": "Default",
    }
    server = Server(env, port)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    """One Chromium for the whole run."""
    program = chromium.find()
    assert program, "no Chromium: set CHROMIUM, or run `make test`, which installs one"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def living_house() -> Iterator[House]:
    """The whole product with the sandbox on its far side, in real time; one for all that need it."""
    house = House("uvicorn", clock="real", more_env=PATIENT)
    yield house
    house.stop()


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """A list that must be empty in the end."""
    heard = Complaints()
    yield heard
    assert heard == []


Watch = Callable[..., Awaitable[Page]]


@pytest.fixture
async def watch(
    transactional_db: None, server: Server, chrome: Browser, complaints: Complaints
) -> AsyncIterator[Watch]:
    """Open a page of the product as somebody: `await watch("/", alice)`; `theme`, `size` and more are the browser's."""
    contexts: list[BrowserContext] = []

    async def open_page(path: str, person: User | None = None, *, theme: str = "light", **options: object) -> Page:
        known = {"viewport": WIDE, "color_scheme": theme, "base_url": server.url, "reduced_motion": "reduce"}
        context = await chrome.new_context(**known | options)
        contexts.append(context)
        if person is not None:
            key = await database_sync_to_async(session_of)(person)
            await context.add_cookies([{"name": "session", "value": key, "url": server.url}])
        page = await context.new_page()
        page.set_default_timeout(10_000)
        complaints.listen(page)
        await page.goto(path)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    # The server writes down that they have left; the tables are emptied only then.
    for _ in range(100):
        if not await database_sync_to_async(Supervision.objects.filter(ended_at=None).exists)():
            break
        await asyncio.sleep(0.03)


def session_of(person: User) -> str:
    """A session in which this person is signed in."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def written(transactional_db: None) -> Callable[..., Awaitable[object]]:
    """Do something with the database from a test: `await written(given.alice)`; what it announces goes out."""
    return lambda job, *args, **kwargs: database_sync_to_async(job)(*args, **kwargs)
