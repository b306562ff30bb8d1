"""Somebody's browser that listens to a call, as far as a test can be one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.journeys.house import House

MS = 8  # bytes


class Listener:
    """What came out of the socket so far: both sides, and how it stands."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._lock = threading.Lock()
        self.caller, self.assistant = bytearray(), bytearray()
        self.places: list[tuple[int, int]] = []  # on the call's clock: from, to
        self.states: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            for message in self._socket:
                with self._lock:
                    self._take(message)
        except ConnectionClosed:
            return

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.states.append(json.loads(message)["state"])
            return
        at_ms, sound = int.from_bytes(message[:4], "big"), message[4:]
        half = len(sound) // 2
        self.caller += sound[:half]
        self.assistant += sound[half:]
        self.places.append((at_ms, at_ms + half // MS))

    @property
    def heard_ms(self) -> int:
        """How much was heard."""
        with self._lock:
            return len(self.caller) // MS


@contextmanager
def listening(house: House, call_id: int, who: str = "sam@demo.test") -> Iterator[Listener]:
    """Listen to a call."""
    session = house.sign_in(who)
    cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    address = f"ws{house.url.removeprefix('http')}/listen/{call_id}/"
    with connect(address, additional_headers={"Cookie": cookie, "Origin": house.url}, compression=None) as socket:
        yield Listener(socket)
