"""What a page in a browser may send when it speaks Media Streams in the carrier's place, and how fast.

The carrier proves itself by its signature and is believed; a page is anybody's program. So of a page's messages only
those pass that an honest page sends at that moment: frames of 20 ms in their order and no faster than somebody can
speak, marks that were given to it, keys, the end. Everything else ends the call, with a reason for people.

Source of the messages: https://www.twilio.com/docs/voice/media-streams/websocket-messages.
"""

import json
import re
from collections import Counter
from typing import Any

# A frame is about 350 characters, a mark fewer.
LONGEST = 2000
FRAME_MS = 20
# A page whose browser was busy catches up; nobody has spoken for this long ahead of the clock.
AHEAD_MS = 3000
# Keys in a row, and a second.
KEYS = 20
_FRAME = re.compile(r"[A-Za-z0-9+/]{214}==")  # 160 bytes
_MARK = re.compile(r"[A-Za-z0-9]{1,40}")
_KEYS = frozenset("0123456789*#")


class Refused(ValueError):
    """A message that no honest page sends; `str()` is a code, without anything of the message."""


class Guard:
    """What has passed between a page and us so far; times are seconds of any clock that only moves on."""

    def __init__(self, *, stream_sid: str, now_s: float) -> None:
        self._stream_sid = stream_sid
        self._began_s = now_s
        self._sequence = 1  # of `start`
        self._frames = self._keys = 0
        self._marks: Counter[str] = Counter()  # given to the page and not returned

    def sent(self, text: str) -> None:
        """Note a message of ours: its mark, if it is one, may come back once."""
        if text.startswith('{"event":"mark"'):
            self._marks[json.loads(text)["mark"]["name"]] += 1

    def passed(self, text: str, *, now_s: float) -> str:
        """A message of the page as the bridge may have it. Raises Refused."""
        if not text:
            raise Refused("not text")
        if len(text) > LONGEST:
            raise Refused("message too long")
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            raise Refused("not JSON") from None
        if not isinstance(message, dict) or message.get("streamSid") != self._stream_sid:
            raise Refused("not of this stream")
        self._sequence += 1
        if message.get("sequenceNumber") != str(self._sequence):
            raise Refused("out of order")
        event = message.get("event")
        body = message.get(event) if isinstance(event, str) else None
        if not isinstance(body, dict):
            raise Refused("not as documented")
        match event:
            case "media":
                return self._frame(body, now_s=now_s)
            case "mark":
                return self._mark(body)
            case "dtmf":
                return self._key(body, now_s=now_s)
            case "stop":
                return self.stop()
        raise Refused("unknown message")

    def stop(self) -> str:
        """The end of the stream, as the page would send it."""
        return self._spelled("stop", {"accountSid": "", "callSid": ""})

    def _frame(self, media: dict[str, Any], *, now_s: float) -> str:
        self._frames += 1
        at_ms = self._frames * FRAME_MS
        payload = media.get("payload")
        if media.get("track") != "inbound" or not isinstance(payload, str) or _FRAME.fullmatch(payload) is None:
            raise Refused("not a frame")
        if media.get("chunk") != str(self._frames) or media.get("timestamp") != str(at_ms):
            raise Refused("out of order")
        if at_ms > (now_s - self._began_s) * 1000 + AHEAD_MS:
            raise Refused("faster than anybody speaks")
        frame = {"track": "inbound", "chunk": str(self._frames), "timestamp": str(at_ms), "payload": payload}
        return self._spelled("media", frame)

    def _mark(self, mark: dict[str, Any]) -> str:
        name = mark.get("name")
        if not isinstance(name, str) or _MARK.fullmatch(name) is None or not self._marks[name]:
            raise Refused("a mark we did not give")
        self._marks[name] -= 1
        if not self._marks[name]:
            del self._marks[name]
        return self._spelled("mark", {"name": name})

    def _key(self, dtmf: dict[str, Any], *, now_s: float) -> str:
        digit = dtmf.get("digit")
        if not isinstance(digit, str) or digit not in _KEYS:
            raise Refused("not a key")
        self._keys += 1
        if self._keys > KEYS + (now_s - self._began_s) * KEYS:
            raise Refused("too many keys")
        return self._spelled("dtmf", {"track": "inbound_track", "digit": digit})

    def _spelled(self, event: str, body: dict[str, str]) -> str:
        """Exactly as the carrier spells it, with nothing of the page's but what was looked at."""
        message = {
            "event": event,
            "sequenceNumber": str(self._sequence),
            "streamSid": self._stream_sid,
            event: body,
        }
        return json.dumps(message, separators=(",", ":"))
