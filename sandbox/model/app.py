"""The model stand-in as an aiohttp application."""

from aiohttp import web

from sandbox import speech
from sandbox.clock import Clock
from sandbox.model import account, control, embeddings, sip_routes, socket, text_socket
from sandbox.model.state import STATE, ModelState

__all__ = ["STATE", "make_app"]


_LARGEST_BODY = 16 * 1024 * 1024  # of a control request: prepared speech may be minutes long


def make_app(*, clock: Clock, api_key: str) -> web.Application:
    """The Realtime API at `/v1/realtime`, answers in text at `/v1/responses`, and the control routes at `/_sandbox/`.

    `app[STATE]` is its memory.
    """
    speech.warm_up()
    app = web.Application(client_max_size=_LARGEST_BODY)
    app[STATE] = ModelState(clock=clock, api_key=api_key)
    app[account.BOOK] = [account.AccountBook()]
    app.add_routes(socket.routes)
    app.add_routes(account.routes)
    app.add_routes(text_socket.routes)
    app.add_routes(embeddings.routes)
    app.add_routes(control.routes)
    app.add_routes(sip_routes.routes)
    app.on_shutdown.append(socket.end_sessions)
    app.on_shutdown.append(sip_routes.close)
    return app
