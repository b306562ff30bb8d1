"""An application on whose sockets nobody is welcome: the path says with which code they are told."""

from typing import Any


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"} | ({"code": int(code)} if (code := scope["path"].strip("/")) else {}))
    await receive()
