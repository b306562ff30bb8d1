"""The ASGI application: pages and webhooks, the carrier's and the browsers' sockets, start and stop of the process."""

import asyncio
import contextlib
import gc
import os
import sys
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
gc.disable()  # nothing of what is loaded here goes again, and looking for it would take a sixth of the start
_http = get_asgi_application()  # loads the applications; what follows needs them

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.db import database_sync_to_async  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.db import DatabaseError, InterfaceError  # noqa: E402
from django.urls import get_resolver, path, re_path  # noqa: E402
from django.utils import timezone  # noqa: E402

from calls import intake  # noqa: E402
from calls.consumers.process import process  # noqa: E402
from calls.consumers.test_call import TestCallConsumer  # noqa: E402
from calls.routing import websocket_urlpatterns  # noqa: E402
from contactcenter import ops, webhook_way  # noqa: E402
from contactcenter.dashboard.consumer import LiveConsumer, who_may_test  # noqa: E402
from contactcenter.dashboard.listening import ListenConsumer  # noqa: E402

get_resolver().url_patterns  # noqa: B018  (loads every view now: the first caller must not wait for it)

# The event loop must not wait for the thread that writes to the database: by default it would for up to 5 ms.
_SWITCH_S = 0.0005
_WARM_UP_S = 3.0


async def _nowhere(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Refuse a socket to an address that does not exist."""
    await receive()
    await send({"type": "websocket.close"})


def _of_ours(consumer: Any, **known: Any) -> Any:
    """A socket for pages of ours, with the person who opened them."""
    return AllowedHostsOriginValidator(AuthMiddlewareStack(consumer.as_asgi(**known)))


_webhooks = webhook_way.WebhookHandler()
_phone = _of_ours(TestCallConsumer, who_may=who_may_test)


_router = ProtocolTypeRouter(
    {
        "http": _http,
        "websocket": URLRouter(
            [
                *websocket_urlpatterns,
                path("live/", _of_ours(LiveConsumer)),
                path("listen/<int:call_id>/", _of_ours(ListenConsumer)),
                path("phone/", _phone),
                path("phone/<slug:bridge>/", _phone),
                re_path(r"", _nowhere),  # type: ignore[arg-type]  # Channels routes ASGI applications
            ]
        ),
    }
)


def _settle_before_daphne_stops() -> None:
    """Daphne does not tell an application that it stops; its reactor does, once every connection has ended."""
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is not None and reactor.running:
        from twisted.internet.defer import Deferred

        loop = asyncio.get_running_loop()
        reactor.addSystemEventTrigger(
            "during", "shutdown", lambda: Deferred.fromFuture(loop.create_task(process.settle()))
        )


process.when_started(_settle_before_daphne_stops)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One connection, or the life of the process."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/healthz":
        await ops.heartbeat(send)
    elif scope["type"] == "http" and scope["path"].startswith(webhook_way.PATHS):
        await _webhooks(scope, receive, send)
    else:
        await _router(scope, receive, send)


async def _warm_up() -> None:
    """Before anybody calls; a database that is away, or has no tables yet, is no reason not to start."""
    with contextlib.suppress(DatabaseError, InterfaceError, TimeoutError):
        async with asyncio.timeout(_WARM_UP_S):
            await database_sync_to_async(intake.warm_up, thread_sensitive=False)(now=timezone.now())


async def _live(receive: Any, send: Any) -> None:
    """At the start a bridge says that it is there; at the end, what calls left behind is written before it goes."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            process.ensure_started()
            await _warm_up()
            await send({"type": "lifespan.startup.complete"})
        else:
            await process.settle()
            await send({"type": "lifespan.shutdown.complete"})
            return


# What is loaded by now stays: the garbage collector need not look through it while callers speak.
gc.collect()
gc.freeze()
gc.enable()
sys.setswitchinterval(_SWITCH_S)
