"""The page of a test call, played: its line to the bridge, and its line at the carrier once it is put through.

It speaks what the page's scripts speak. Its time passes with the sandbox's, but for one thing: the bridge takes no
frame from a page ahead of the real clock, so a call that is not put through yet is no faster than real.
"""

import base64
import json
import threading
import time
from collections import deque
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from sandbox import audio, speech

if TYPE_CHECKING:
    from agents.models import PromptVersion
    from tests.journeys.house import House

FRAME = 160  # bytes, 20 ms
AHEAD_MS = 1_500  # of the real clock; the bridge takes a little more
PUT_THROUGH = "put_through"


class Page:
    """One test call as its page holds it. `sid` names its line to the bridge, `line_sid` the one at the carrier."""

    def __init__(self, house: "House", version: "PromptVersion", *, who: str = "sam@demo.test") -> None:
        self._house = house
        _let_carrier_catch_up(house)
        session = house.sign_in(who)
        begun = house.press(session, f"/test-calls/{version.pk}/begin/")
        assert begun.status_code == 200, begun.text
        self.given: dict[str, Any] = begun.json()
        self.sid, self.line_sid, self.closed_why = str(self.given["callSid"]), "", ""
        self._open = ExitStack()
        self._bridge: ClientConnection | None = self._open.enter_context(_phone(house, session, self.given["path"]))
        self._network: ClientConnection | None = None
        self._sequence = self._frames = 0
        self._to_say = bytearray()
        self._to_play: deque[bytes | str] = deque()  # frames, and the names of marks between them
        self._pause = threading.Event()
        self._start()
        self._began = time.monotonic()

    @property
    def is_put_through(self) -> bool:
        """True once the server has let go of the line to the bridge because there is another."""
        return self.closed_why == PUT_THROUGH

    def _start(self) -> None:
        assert self._bridge is not None
        self._bridge.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        start = {
            "accountSid": "", "streamSid": self.given["streamSid"], "callSid": self.sid, "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"ticket": self.given["ticket"]},
        }  # fmt: skip
        self._send("start", start)
        line = self.given["line"]
        if line["adapter"] == "socket":
            self._network = self._open.enter_context(connect(line["url"], proxy=None))
            self._network.send(json.dumps({"type": "hello", "token": line["token"]}))

    def say(self, text: str) -> int:
        """Speak a sentence into whichever line is on; how long it takes, in milliseconds."""
        if self.is_put_through:
            return int(self._house.ask("POST", f"calls/{self.line_sid}/say", json={"text": text})["ms"])
        spoken = speech.say(text).audio
        self._to_say += spoken
        return len(spoken) // audio.BYTES_PER_MS

    def hang_up(self) -> None:
        """Leave, whatever line is on."""
        if self._network is not None:
            with suppress(ConnectionClosed):  # who has closed says so when it is read from
                self._network.send(json.dumps({"type": "hangup"}))
        if self._bridge is not None:
            self._send("stop", {"accountSid": "", "callSid": self.sid})
        self._network = self._bridge = None
        self._open.close()

    def let_pass(self, ms: int) -> None:
        """This much time passes for the page."""
        self._look_at_network()
        for _ in range(ms // 20):
            self._hear()
            if self._bridge is None:
                return
            self._frame()
        ahead_ms = self._frames * 20 - (time.monotonic() - self._began) * 1000
        self._pause.wait(max(ahead_ms - AHEAD_MS, 0) / 1000)

    def _hear(self) -> None:
        while self._bridge is not None:
            try:
                message = json.loads(self._bridge.recv(timeout=0))
            except TimeoutError:
                return
            except ConnectionClosed as closed:
                self.closed_why = closed.rcvd.reason if closed.rcvd else "lost"
                self._bridge = None
                return
            if message["event"] == "media":
                sound = base64.b64decode(message["media"]["payload"])
                self._to_play.extend(sound[at : at + FRAME] for at in range(0, len(sound), FRAME))
            elif message["event"] == "mark":
                self._to_play.append(message["mark"]["name"])
            elif message["event"] == "clear":
                marks = [each for each in self._to_play if isinstance(each, str)]
                self._to_play.clear()
                self._return(marks)

    def _frame(self) -> None:
        """20 ms: one frame of the microphone, one of the loudspeaker, and the marks it has reached."""
        spoken, self._to_say = bytes(self._to_say[:FRAME]), self._to_say[FRAME:]
        self._frames += 1
        payload = base64.b64encode(spoken.ljust(FRAME, b"\xff")).decode()
        media = {"track": "inbound", "chunk": str(self._frames), "timestamp": str(self._frames * 20)}
        self._send("media", media | {"payload": payload})
        reached: list[str] = []
        has_played = False
        while self._to_play and (isinstance(self._to_play[0], str) or not has_played):
            each = self._to_play.popleft()
            if isinstance(each, str):
                reached.append(each)
            else:
                has_played = True
        self._return(reached)

    def _return(self, marks: list[str]) -> None:
        for name in marks:
            self._send("mark", {"name": name})

    def _look_at_network(self) -> None:
        while self._network is not None:
            try:
                message = json.loads(self._network.recv(timeout=0))
            except TimeoutError:
                return
            except ConnectionClosed:
                self._network = None
                return
            if message["type"] == "incoming":
                self.line_sid = message["call_sid"]
                self._network.send(json.dumps({"type": "accept", "call_sid": self.line_sid}))
            assert message["type"] not in ("refused", "problem"), message

    def _send(self, event: str, body: dict[str, Any]) -> None:
        assert self._bridge is not None
        self._sequence += 1
        message = {"event": event, "sequenceNumber": str(self._sequence), "streamSid": self.given["streamSid"]}
        with suppress(ConnectionClosed):  # who has closed says so when it is read from
            self._bridge.send(json.dumps(message | {event: body}))


def _let_carrier_catch_up(house: "House") -> None:
    """A token that we sign is good from now on, by the real clock; the carrier's stands still between the journeys."""
    behind = datetime.now(UTC) - datetime.fromisoformat(house.ask("GET", "clock")["date"])
    if (ms := int(behind / timedelta(milliseconds=1)) + 10_000) > 0:  # and it stands until the page has said hello
        house.step(ms, tick_ms=1000)


def _phone(house: "House", session: requests.Session, path: str) -> AbstractContextManager[ClientConnection]:
    cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    address = f"ws{house.url.removeprefix('http')}{path}"
    return connect(address, origin=house.url, additional_headers={"Cookie": cookies}, proxy=None)
