"""The floor in Python: a relay that rewraps each frame by cutting bytes and does nothing else.

`bare_relay.py PORT MODEL_ORIGIN`. No marks, no truncation, no transcript, no database; it also drops nothing, so it
buffers what comes before the model is configured. On picows where that can be imported, else on websockets.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any, Protocol

import uvloop

_APPEND = b'{"type":"input_audio_buffer.append","audio":"'
_PAYLOAD = b'"payload":"'
_DELTA = b'"delta":"'
_SESSION = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad"}},
        "output": {"format": {"type": "audio/pcmu"}},
    },
}


class Socket(Protocol):
    """One side of a call."""

    def send(self, message: bytes) -> None:
        """Send a text message, without waiting."""

    def close(self) -> None:
        """Close the socket."""


class Call:
    """One call: what each side says is rewrapped for the other."""

    def __init__(self, carrier: Socket, dial: Callable[["Call"], None]) -> None:
        self._carrier, self._dial = carrier, dial
        self.model: Socket | None = None
        self._is_ready = False
        self._waiting: list[bytes] = []
        self._before = b""

    def from_carrier(self, message: bytes) -> None:
        """A message of the carrier."""
        if message.startswith(b'{"event":"media"'):
            at = message.index(_PAYLOAD) + len(_PAYLOAD)
            event = _APPEND + message[at : message.index(b'"', at)] + b'"}'
            if self._is_ready and self.model is not None:
                self.model.send(event)
            else:
                self._waiting.append(event)
        elif message.startswith(b'{"event":"start"'):
            stream_sid = json.loads(message)["streamSid"]
            self._before = b'{"event":"media","streamSid":"' + stream_sid.encode() + b'","media":{"payload":"'
            self._dial(self)
        elif message.startswith(b'{"event":"stop"'):
            self.end()

    def from_model(self, message: bytes) -> None:
        """An event of the model."""
        if b'"response.output_audio.delta"' in message[:96]:
            at = message.index(_DELTA) + len(_DELTA)
            self._carrier.send(self._before + message[at : message.index(b'"', at)] + b'"}}')
        elif not self._is_ready and self.model is not None:
            kind = json.loads(message)["type"]
            if kind == "session.created":
                self.model.send(json.dumps({"type": "session.update", "session": _SESSION}).encode())
            elif kind == "session.updated":
                self._is_ready = True
                for event in self._waiting:
                    self.model.send(event)
                self._waiting.clear()

    def end(self) -> None:
        """Close the model's side."""
        if self.model is not None:
            self.model.close()


def on_picows(port: int, model: str) -> Any:
    """The relay as callbacks on picows' transports."""
    import picows

    text = picows.WSMsgType.TEXT
    tasks: set[asyncio.Task[None]] = set()

    class Side:
        def __init__(self, transport: Any) -> None:
            self._transport = transport

        def send(self, message: bytes) -> None:
            self._transport.send(text, message)

        def close(self) -> None:
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()

    class FromModel(picows.WSListener):
        def __init__(self, call: Call) -> None:
            self._call = call

        def on_ws_connected(self, transport: Any) -> None:
            self._call.model = Side(transport)

        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if frame.msg_type is text:
                self._call.from_model(frame.get_payload_as_bytes())

    def dial(call: Call) -> None:
        async def connect() -> None:
            await picows.ws_connect(lambda: FromModel(call), f"{model}/v1/realtime?model=bare")

        task = asyncio.get_running_loop().create_task(connect())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    class FromCarrier(picows.WSListener):
        def on_ws_connected(self, transport: Any) -> None:
            self._call = Call(Side(transport), dial)

        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if frame.msg_type is text:
                self._call.from_carrier(frame.get_payload_as_bytes())
            elif frame.msg_type is picows.WSMsgType.CLOSE:
                transport.send_close(picows.WSCloseCode.OK)
                transport.disconnect()

        def on_ws_disconnected(self, transport: Any) -> None:
            self._call.end()

    async def serve() -> None:
        server = await picows.ws_create_server(lambda _: FromCarrier(), "127.0.0.1", port)
        await server.serve_forever()

    return serve()


def on_websockets(port: int, model: str) -> Any:
    """The same with two reading tasks per call; a sender task of each socket keeps the order."""
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import serve

    class Side:
        def __init__(self, socket: Any) -> None:
            self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
            self._task = asyncio.create_task(self._send_all(socket))

        async def _send_all(self, socket: Any) -> None:
            while (message := await self._queue.get()) is not None:
                await socket.send(message, text=True)
            await socket.close()

        def send(self, message: bytes) -> None:
            self._queue.put_nowait(message)

        def close(self) -> None:
            self._queue.put_nowait(None)

    tasks: set[asyncio.Task[None]] = set()

    def dial(call: Call) -> None:
        async def converse() -> None:
            address = f"{model}/v1/realtime?model=bare"
            async with connect(address, compression=None, ping_interval=None) as socket:
                call.model = Side(socket)
                async for message in socket:
                    call.from_model(message if isinstance(message, bytes) else message.encode())

        task = asyncio.create_task(converse())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def answer(socket: Any) -> None:
        call = Call(Side(socket), dial)
        async for message in socket:
            call.from_carrier(message if isinstance(message, bytes) else message.encode())
        call.end()

    async def run() -> None:
        async with serve(answer, "127.0.0.1", port, compression=None, ping_interval=None) as server:
            await server.serve_forever()

    return run()


def main() -> None:
    """Relay until the process is stopped."""
    port, model = int(sys.argv[1]), sys.argv[2].replace("http", "ws", 1)
    try:
        relay = on_picows(port, model)
    except ImportError:
        relay = on_websockets(port, model)
    uvloop.run(relay)


if __name__ == "__main__":
    main()
